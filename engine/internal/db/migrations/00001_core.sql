-- The schema of the core, common to SQLite and PostgreSQL. Every key begins
-- with the app. Times are milliseconds. An empty text means "none". What must
-- go together is deleted together by the engine: there are no foreign keys.

-- +goose Up

CREATE TABLE apps (
    app_id     TEXT   NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE tenants (
    app_id     TEXT   NOT NULL,
    tenant_id  TEXT   NOT NULL,
    settings   TEXT   NOT NULL, -- JSON: factors, core configuration, providers
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, tenant_id)
);

INSERT INTO apps (app_id, created_at) VALUES ('public', 0);
INSERT INTO tenants (app_id, tenant_id, settings, created_at) VALUES ('public', 'public', '{}', 0);

-- Secrets of an app, encrypted when the operator gave a master key.
CREATE TABLE key_values (
    app_id TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (app_id, name)
);

-- A row is one login method. Those with one primary_user_id are one person;
-- is_primary says that others may be linked to it.
CREATE TABLE users (
    app_id              TEXT    NOT NULL,
    user_id             TEXT    NOT NULL,
    recipe_id           TEXT    NOT NULL,
    primary_user_id     TEXT    NOT NULL,
    is_primary          BOOLEAN NOT NULL,
    time_joined         BIGINT  NOT NULL,
    primary_time_joined BIGINT  NOT NULL,
    email               TEXT    NOT NULL,
    phone               TEXT    NOT NULL,
    third_party_id      TEXT    NOT NULL,
    third_party_user_id TEXT    NOT NULL,
    password_hash       TEXT    NOT NULL,
    PRIMARY KEY (app_id, user_id)
);
CREATE INDEX users_by_primary ON users (app_id, primary_user_id);
CREATE INDEX users_by_email ON users (app_id, email);
CREATE INDEX users_by_phone ON users (app_id, phone);
CREATE INDEX users_by_third_party ON users (app_id, third_party_id, third_party_user_id);

-- What a login method signs in with in a tenant. The primary key is what makes
-- an address belong to one login method of a recipe.
CREATE TABLE tenant_logins (
    app_id    TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    recipe_id TEXT NOT NULL,
    kind      TEXT NOT NULL, -- email, phone or tparty
    value     TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, recipe_id, kind, value)
);
CREATE INDEX tenant_logins_by_user ON tenant_logins (app_id, user_id);
CREATE INDEX tenant_logins_by_value ON tenant_logins (app_id, tenant_id, kind, value);

-- Which login methods a tenant has, with what a page of users is ordered by.
CREATE TABLE tenant_users (
    app_id              TEXT   NOT NULL,
    tenant_id           TEXT   NOT NULL,
    user_id             TEXT   NOT NULL,
    recipe_id           TEXT   NOT NULL,
    primary_user_id     TEXT   NOT NULL,
    primary_time_joined BIGINT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, user_id)
);
CREATE INDEX tenant_users_page ON tenant_users (app_id, tenant_id, primary_time_joined, primary_user_id);
CREATE INDEX tenant_users_by_user ON tenant_users (app_id, user_id);
CREATE INDEX tenant_users_by_primary ON tenant_users (app_id, primary_user_id);

CREATE TABLE verified_emails (
    app_id  TEXT NOT NULL,
    user_id TEXT NOT NULL,
    email   TEXT NOT NULL,
    PRIMARY KEY (app_id, user_id, email)
);

CREATE TABLE password_reset_tokens (
    app_id     TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    tenant_id  TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, token_hash)
);
CREATE INDEX password_reset_tokens_by_user ON password_reset_tokens (app_id, user_id);
CREATE INDEX password_reset_tokens_by_expiry ON password_reset_tokens (app_id, expires_at);

CREATE TABLE email_verification_tokens (
    app_id     TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    tenant_id  TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, token_hash)
);
CREATE INDEX email_verification_tokens_by_user ON email_verification_tokens (app_id, user_id);
CREATE INDEX email_verification_tokens_by_expiry ON email_verification_tokens (app_id, expires_at);

-- The newest code for an address, and how often it was tried.
CREATE TABLE email_verification_codes (
    app_id     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    tenant_id  TEXT   NOT NULL,
    code_hash  TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, email, tenant_id)
);
CREATE INDEX email_verification_codes_by_expiry ON email_verification_codes (app_id, expires_at);

-- When a user last tried codes: fixed-width times, the newest first.
CREATE TABLE code_tries (
    app_id     TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    tried_at   TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id)
);
CREATE INDEX code_tries_by_expiry ON code_tries (app_id, expires_at);

CREATE TABLE user_metadata (
    app_id   TEXT NOT NULL,
    user_id  TEXT NOT NULL,
    metadata TEXT NOT NULL, -- JSON
    PRIMARY KEY (app_id, user_id)
);

CREATE TABLE roles (
    app_id TEXT NOT NULL,
    role   TEXT NOT NULL,
    PRIMARY KEY (app_id, role)
);

CREATE TABLE role_permissions (
    app_id     TEXT NOT NULL,
    role       TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (app_id, role, permission)
);
CREATE INDEX role_permissions_by_permission ON role_permissions (app_id, permission);

CREATE TABLE user_roles (
    app_id    TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    role      TEXT NOT NULL,
    PRIMARY KEY (app_id, tenant_id, user_id, role)
);
CREATE INDEX user_roles_by_user ON user_roles (app_id, user_id);
CREATE INDEX user_roles_by_role ON user_roles (app_id, role, tenant_id);

-- rotated_at holds the times of the latest rotations of the refresh token:
-- fixed width, the newest first. purge_at is expires_at rounded up to a day, so
-- that most rotations change no index.
CREATE TABLE sessions (
    app_id         TEXT   NOT NULL,
    handle         TEXT   NOT NULL,
    tenant_id      TEXT   NOT NULL,
    user_id        TEXT   NOT NULL, -- of the login method
    refresh_hash   TEXT   NOT NULL, -- of the only refresh token that rotates
    generation     BIGINT NOT NULL, -- of that token
    rotated_at     TEXT   NOT NULL,
    payload        TEXT   NOT NULL, -- JSON in the access token
    data           TEXT   NOT NULL, -- JSON kept here
    use_static_key BIGINT NOT NULL, -- 0 or 1
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT NOT NULL,
    purge_at       BIGINT NOT NULL,
    PRIMARY KEY (app_id, handle)
);
CREATE INDEX sessions_by_user ON sessions (app_id, user_id);
CREATE INDEX sessions_by_purge ON sessions (app_id, purge_at);

-- One key of a kind and an algorithm for each slot of time, however many
-- instances want one.
CREATE TABLE signing_keys (
    app_id       TEXT   NOT NULL,
    kid          TEXT   NOT NULL,
    kind         TEXT   NOT NULL, -- dynamic or static
    slot         BIGINT NOT NULL, -- when it begins to sign; of static keys the algorithm
    algorithm    TEXT   NOT NULL,
    private_key  TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    verify_until BIGINT NOT NULL, -- 0 means for ever
    PRIMARY KEY (app_id, kid),
    UNIQUE (app_id, kind, slot)
);

CREATE TABLE active_users (
    app_id      TEXT   NOT NULL,
    user_id     TEXT   NOT NULL, -- of the primary user
    last_active BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id)
);
CREATE INDEX active_users_by_time ON active_users (app_id, last_active);

-- full_at is when the budget will be full again: all of its state.
CREATE TABLE rate_limits (
    app_id   TEXT   NOT NULL,
    key_hash TEXT   NOT NULL,
    full_at  BIGINT NOT NULL,
    PRIMARY KEY (app_id, key_hash)
);
CREATE INDEX rate_limits_by_expiry ON rate_limits (app_id, full_at);
