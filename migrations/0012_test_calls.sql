-- expand
-- Test calls of one offer that somebody of the business asked for, for a while.

-- One row each. The telephone that calls is kept as the keyed hash as for callers, until the call has come or its time is over.
CREATE TABLE test_calls (
    id UUID NOT NULL PRIMARY KEY,
    offer TEXT NOT NULL,
    dnis TEXT NOT NULL,
    caller BYTEA,
    person UUID,
    asked_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- The call that it became.
    journey UUID
);
CREATE INDEX test_calls_ends ON test_calls (ends_at);
CREATE INDEX test_calls_offer ON test_calls (offer, asked_at);
CREATE UNIQUE INDEX test_calls_journey ON test_calls (journey) WHERE journey IS NOT NULL;

-- Whether the auction was a test, which says nothing of how buyers do. NULL: an older release has written it, and it was none.
ALTER TABLE auction_records ADD COLUMN test BOOLEAN;
