-- Codes in place of a device that is lost.

-- +goose Up

CREATE TABLE totp_recovery_codes (
    app_id    TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (app_id, user_id, code_hash)
);
