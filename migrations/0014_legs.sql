-- expand
-- What was said about the legs that a node held itself, and what was heard on them. Nothing in it is of anybody.

CREATE TABLE legs (
    journey UUID NOT NULL,
    leg TEXT NOT NULL,
    -- The attempt whose buyer it is. NULL: the caller's.
    attempt BIGINT,
    trunk TEXT,
    began_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    -- How it ended, and whether we ended it.
    cause TEXT NOT NULL,
    ours BOOLEAN NOT NULL,
    codec TEXT,
    -- Packets that came, that never came, how uneven they came in microseconds; what was sent, and what the other side
    -- reported of that last.
    packets BIGINT NOT NULL,
    lost BIGINT NOT NULL,
    jitter_us BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    sent_lost BIGINT,
    sent_jitter_us BIGINT,
    -- The messages, a JSON list; and how many more there were.
    rungs TEXT NOT NULL,
    more BIGINT NOT NULL,
    PRIMARY KEY (journey, leg)
);
