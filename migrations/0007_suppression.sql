-- expand
-- Numbers that are not to be called, and when leads were called. Times are microseconds since the epoch.

CREATE TABLE suppressions (
    id UUID NOT NULL PRIMARY KEY,
    -- The keyed hash of the number, as for callers.
    phone BYTEA NOT NULL UNIQUE,
    -- The number, sealed under the master key: erasing a person does not make us call again.
    sealed BYTEA NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('pressed_9', 'said_stop', 'imported', 'by_hand', 'asked_by_form')),
    added_at BIGINT NOT NULL,
    -- Who put it there; NULL: the person asked for it.
    person UUID,
    -- In which journey it was asked for.
    journey UUID
);
CREATE INDEX suppressions_added ON suppressions (added_at, id);

-- One row for each dial of a lead, to count those of the last day. Nothing here says whom.
CREATE TABLE lead_dials (
    journey UUID NOT NULL,
    n BIGINT NOT NULL,
    phone BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (journey, n)
);
CREATE INDEX lead_dials_phone ON lead_dials (phone, at);
CREATE INDEX lead_dials_at ON lead_dials (at);
