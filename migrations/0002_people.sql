-- Who may use the console and the API, and what they have done. Times are microseconds since the epoch.
-- Passwords are kept as argon2id, everything else that opens a door as SHA-256 of 128 random bits or more.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    -- In lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'offer_manager', 'finance', 'auditor', 'support')),
    -- NULL: none yet; a link is to choose it.
    password TEXT,
    created_at BIGINT NOT NULL,
    -- Changes with every change of the row.
    changed_at BIGINT NOT NULL,
    disabled_at BIGINT
);

-- One-time links: to choose a password, or, without a person, to become the first owner.
CREATE TABLE user_links (
    hash BYTEA NOT NULL PRIMARY KEY,
    person UUID,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- Used, or replaced by a newer one.
    ended_at BIGINT
);
CREATE INDEX user_links_person ON user_links (person);

CREATE TABLE sessions (
    id UUID NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    person UUID NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    -- When the password was given last.
    proven_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX sessions_person ON sessions (person) WHERE ended_at IS NULL;

CREATE TABLE api_tokens (
    id UUID NOT NULL PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    person UUID NOT NULL,
    name TEXT NOT NULL,
    -- Its last characters, to recognise it by.
    hint TEXT NOT NULL,
    -- A JSON list.
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_tokens_person ON api_tokens (person);

-- Appended, never changed. Each entry's hash covers the one before.
CREATE TABLE audit (
    n BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('nobody', 'command', 'user', 'token')),
    person UUID,
    token UUID,
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object TEXT NOT NULL,
    before TEXT,
    after TEXT,
    address TEXT,
    request TEXT,
    hash BYTEA NOT NULL
);

-- What a POST of the API came to, for whoever repeats it under the same key. Sealed: it can hold a new token.
CREATE TABLE api_results (
    owner UUID NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    began_at BIGINT NOT NULL,
    -- NULL: it is under way, or its process ended.
    status BIGINT,
    body BYTEA,
    PRIMARY KEY (owner, idempotency_key)
);
CREATE INDEX api_results_began ON api_results (began_at);
