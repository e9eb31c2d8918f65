-- Codes by time, and the people of the dashboard.

-- +goose Up

CREATE TABLE totp_devices (
    app_id     TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    secret     TEXT    NOT NULL, -- base32, encrypted when the operator gave a master key
    period     BIGINT  NOT NULL, -- seconds
    skew       BIGINT  NOT NULL, -- steps
    verified   BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (app_id, user_id, name)
);

-- The users who have devices. failed_at holds the times of the latest wrong
-- codes: fixed width, the newest first.
CREATE TABLE totp_users (
    app_id       TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    failed_at    TEXT   NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id)
);

-- Right codes, until they would be wrong anyway.
CREATE TABLE totp_used_codes (
    app_id     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, code)
);
CREATE INDEX totp_used_codes_by_expiry ON totp_used_codes (app_id, expires_at);

CREATE TABLE dashboard_users (
    app_id        TEXT   NOT NULL,
    user_id       TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    UNIQUE (app_id, email)
);

CREATE TABLE dashboard_sessions (
    app_id       TEXT   NOT NULL,
    session_hash TEXT   NOT NULL,
    user_id      TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    PRIMARY KEY (app_id, session_hash)
);
CREATE INDEX dashboard_sessions_by_user ON dashboard_sessions (app_id, user_id);
CREATE INDEX dashboard_sessions_by_expiry ON dashboard_sessions (app_id, expires_at);
