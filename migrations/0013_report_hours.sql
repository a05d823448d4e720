-- expand
-- What the calls of an hour came to, summed up once, so that a report of many days reads sums. Each is true for as long as it
-- is there: whoever changes what it was made of drops the sums of the hour in the same transaction. The database itself sees
-- to that, by the words that each kind of it has in a folder of its own, since a release that does not know this table writes
-- the rows as well.
CREATE TABLE report_hours (
    -- Whole hours since the epoch: of the calls' arrivals, or of when the sales were booked.
    hour BIGINT NOT NULL,
    -- By what it is summed up, with the number of the form of the lines, ex: buyer.1.
    kind TEXT NOT NULL,
    -- One line for each value, as JSON.
    lines TEXT NOT NULL,
    PRIMARY KEY (hour, kind)
);
