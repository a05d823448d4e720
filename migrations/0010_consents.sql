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
