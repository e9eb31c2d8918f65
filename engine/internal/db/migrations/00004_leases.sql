-- Who of several instances does what one of them has to do.

-- +goose Up

CREATE TABLE leases (
    app_id     TEXT   NOT NULL, -- public: the work is for all apps
    name       TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL, -- by the clock of the database
    PRIMARY KEY (app_id, name)
);
