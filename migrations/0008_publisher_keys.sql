-- expand
-- What publishers hand in leads with, and pages ask for callbacks with. Times are microseconds since the epoch.

CREATE TABLE publisher_keys (
    id UUID NOT NULL PRIMARY KEY,
    -- SHA-256 of the key: 256 random bits.
    hash BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('lead', 'widget')),
    publisher TEXT NOT NULL,
    -- NULL: any campaign.
    campaign TEXT,
    name TEXT NOT NULL,
    -- Its last characters, to recognise it by.
    hint TEXT NOT NULL,
    -- A widget's key itself, which every visitor of its pages is shown. NULL: it is secret, and nowhere.
    shown TEXT,
    -- A JSON list of the origins whose pages may use it.
    origins TEXT NOT NULL,
    -- Most requests in a minute.
    per_minute BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by UUID,
    used_at BIGINT,
    revoked_at BIGINT,
    revoked_by UUID
);
CREATE INDEX publisher_keys_publisher ON publisher_keys (publisher);

-- When people asked for a call at a number, for a day: the keyed hash of the number, and the journey that it began.
CREATE TABLE callback_askings (
    caller BYTEA NOT NULL,
    journey UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (caller, journey)
);
CREATE INDEX callback_askings_at ON callback_askings (at);
