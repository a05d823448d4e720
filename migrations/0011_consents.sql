-- expand
-- Consents that are spoken for one buyer, and recordings, to know when their time is over.

-- The recording in which a consent was spoken, by the carrier's reference.
ALTER TABLE consents ADD COLUMN recording TEXT;

-- One row for each recording that the carrier holds, until it was asked to delete it.
CREATE TABLE recordings (
    reference TEXT NOT NULL PRIMARY KEY,
    journey UUID NOT NULL,
    ready_at BIGINT NOT NULL
);
CREATE INDEX recordings_ready ON recordings (ready_at, reference);
CREATE INDEX consents_given ON consents (given_at);

-- One-time codes that were sent, kept as a keyed hash, and how often one was tried. Whose number it is, is the keyed hash as for
-- callers.
CREATE TABLE codes (
    journey UUID NOT NULL,
    n BIGINT NOT NULL,
    phone BYTEA NOT NULL,
    mac BYTEA NOT NULL,
    at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    PRIMARY KEY (journey, n)
);
CREATE INDEX codes_phone ON codes (phone, at);
CREATE INDEX codes_at ON codes (at);
CREATE TABLE code_tries (
    journey UUID NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX code_tries_at ON code_tries (at);
