-- The tenants of a login method, from the index alone: whenever somebody is
-- read, this is one page less to find.

-- +goose Up

CREATE INDEX tenant_users_of_user ON tenant_users (app_id, user_id, tenant_id);
DROP INDEX tenant_users_by_user;
