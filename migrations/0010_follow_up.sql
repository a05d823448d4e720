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
