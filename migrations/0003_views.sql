-- expand
-- What lists and reports need beside the plain rows. Nothing personal stands in the clear.

-- What is known of a journey when it becomes durable. The marks are keyed hashes of parts of the caller's number, so that a
-- person finds a call by what is on a note: the area code with the exchange, and the last four digits. An erasure takes them.
CREATE TABLE arrivals (
    journey UUID NOT NULL PRIMARY KEY,
    publisher TEXT,
    channel TEXT NOT NULL,
    test BOOLEAN NOT NULL,
    exchange BYTEA,
    last_four BYTEA
);
CREATE INDEX arrivals_exchange ON arrivals (exchange) WHERE exchange IS NOT NULL;
CREATE INDEX arrivals_last_four ON arrivals (last_four) WHERE last_four IS NOT NULL;

-- Calls that have not ended.
CREATE INDEX journeys_live ON journeys (created_at, id) WHERE ended_at IS NULL;

-- The state that bidders were shown, for reports.
ALTER TABLE journey_rows ADD COLUMN state TEXT;

CREATE INDEX journey_rows_campaign ON journey_rows (campaign, arrived_at, journey);
CREATE INDEX journey_rows_publisher ON journey_rows (publisher, arrived_at, journey) WHERE publisher IS NOT NULL;
CREATE INDEX journey_rows_buyer ON journey_rows (buyer, arrived_at, journey) WHERE buyer IS NOT NULL;
CREATE INDEX journey_rows_offer ON journey_rows (offer, arrived_at, journey) WHERE offer IS NOT NULL;
CREATE INDEX journey_rows_outcome ON journey_rows (outcome, arrived_at, journey);
CREATE INDEX journey_rows_pending ON journey_rows (arrived_at, journey) WHERE sale_state = 'pending';
CREATE INDEX journey_rows_price ON journey_rows (price, arrived_at, journey) WHERE price IS NOT NULL;

CREATE INDEX sale_entries_disputes ON sale_entries (sale) WHERE kind = 'dispute';
