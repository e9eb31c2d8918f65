-- Passwordless, account linking and the ids of the application.

-- +goose Up

-- What primary users are known by, in every tenant of each of them. The
-- primary key is what makes an address, or a login elsewhere, belong to one
-- person.
CREATE TABLE primary_identities (
    app_id          TEXT NOT NULL,
    tenant_id       TEXT NOT NULL,
    kind            TEXT NOT NULL, -- email, phone or tparty
    value           TEXT NOT NULL,
    primary_user_id TEXT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, kind, value)
);
CREATE INDEX primary_identities_by_user ON primary_identities (app_id, primary_user_id);

-- One attempt to sign in. The id of the device is not here, only its hash:
-- together with link_salt it makes the links.
CREATE TABLE passwordless_devices (
    app_id      TEXT   NOT NULL,
    tenant_id   TEXT   NOT NULL,
    device_hash TEXT   NOT NULL,
    email       TEXT   NOT NULL,
    phone       TEXT   NOT NULL,
    link_salt   TEXT   NOT NULL,
    tries       BIGINT NOT NULL, -- wrong codes so far
    created_at  BIGINT NOT NULL,
    purge_at    BIGINT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, device_hash)
);
CREATE INDEX passwordless_devices_by_email ON passwordless_devices (app_id, tenant_id, email);
CREATE INDEX passwordless_devices_by_phone ON passwordless_devices (app_id, tenant_id, phone);
CREATE INDEX passwordless_devices_by_purge ON passwordless_devices (app_id, purge_at);

CREATE TABLE passwordless_codes (
    app_id      TEXT   NOT NULL,
    tenant_id   TEXT   NOT NULL,
    code_id     TEXT   NOT NULL,
    device_hash TEXT   NOT NULL,
    link_hash   TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    purge_at    BIGINT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, code_id),
    UNIQUE (app_id, tenant_id, link_hash)
);
CREATE INDEX passwordless_codes_by_device ON passwordless_codes (app_id, tenant_id, device_hash);
CREATE INDEX passwordless_codes_by_purge ON passwordless_codes (app_id, purge_at);

-- The ids that an application gave its users. What belongs to signing in goes
-- by user_id; sessions, metadata, roles and proofs go by external_user_id.
CREATE TABLE user_id_mapping (
    app_id           TEXT NOT NULL,
    user_id          TEXT NOT NULL,
    external_user_id TEXT NOT NULL,
    info             TEXT NOT NULL,
    PRIMARY KEY (app_id, user_id),
    UNIQUE (app_id, external_user_id)
);
