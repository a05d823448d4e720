-- expand
-- What people follow up. Times are microseconds since the epoch; nothing personal stands here.

-- People who asked to be rung and have not pressed 1 yet, as their journeys stand: one row each, gone with the wish.
CREATE TABLE callbacks (
    journey UUID NOT NULL PRIMARY KEY,
    campaign TEXT NOT NULL,
    publisher TEXT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'calling', 'connected')),
    asked_at BIGINT NOT NULL,
    -- When the next try is due, and the rule that it waits for. NULL: it is rung; it is the plan's own next try.
    due_at BIGINT,
    held_by TEXT,
    -- How many dials may have rung.
    tries BIGINT NOT NULL
);
CREATE INDEX callbacks_asked ON callbacks (asked_at, journey);

-- Whose leads an endpoint is told the outcome of. NULL: it is the business's own.
ALTER TABLE event_endpoints ADD COLUMN publisher TEXT;

-- What buyers that got a lead are told when its person is erased, one row for each sale. A table of its own: `posts` is large, and
-- what its kinds may be is written in it.
CREATE TABLE erasure_notices (
    sale UUID NOT NULL PRIMARY KEY,
    erasure UUID NOT NULL,
    journey UUID NOT NULL,
    offer TEXT NOT NULL,
    buyer TEXT NOT NULL,
    -- The bid that the lead was posted for, as its buyer knows it.
    ping UUID,
    bid TEXT,
    -- By hand: the offer's dialect has no word for it, or its URL would not have it.
    state TEXT NOT NULL CHECK (state IN ('due', 'delivered', 'by_hand')),
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    last_status BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX erasure_notices_due ON erasure_notices (due_at) WHERE state = 'due';
CREATE INDEX erasure_notices_journey ON erasure_notices (journey);
