-- Pages of users upwards: by time, and by descending ids where times are the
-- same. tenant_users_page is read backwards for the other direction.

-- +goose Up

CREATE INDEX tenant_users_page_up ON tenant_users (app_id, tenant_id, primary_time_joined, primary_user_id DESC);
