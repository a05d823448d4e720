-- expand
-- Who is told of what happens, by Standard Webhooks, and what each is still to be told. Nothing personal stands in a body.

CREATE TABLE event_endpoints (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    -- Its URL and its signing secrets, sealed: either may open a door.
    sealed BYTEA NOT NULL,
    -- The types that it is told of, a JSON list.
    wanted TEXT NOT NULL,
    -- Disabled: it answered 410.
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    -- How many tries failed since it worked last, when it may be tried again, and before when nothing at all is sent.
    failures BIGINT NOT NULL,
    probe_at BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL,
    -- It is back: what waits is due, the oldest first.
    draining BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    -- Changes with every change of the row by a person.
    changed_at BIGINT NOT NULL
);

-- One event for one endpoint. It is written in the transaction of the fact that it tells of.
CREATE TABLE event_deliveries (
    id UUID NOT NULL PRIMARY KEY,
    endpoint UUID NOT NULL,
    -- The same for every endpoint and every try: the webhook-id.
    event UUID NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'claimed', 'delivered', 'dead')),
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    owner TEXT,
    lease_until BIGINT,
    last_status BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX event_deliveries_due ON event_deliveries (endpoint, due_at, id) WHERE state = 'due';
CREATE INDEX event_deliveries_aged ON event_deliveries (endpoint, created_at, id) WHERE state = 'due';
CREATE INDEX event_deliveries_leased ON event_deliveries (endpoint, lease_until) WHERE state = 'claimed';
CREATE INDEX event_deliveries_of ON event_deliveries (endpoint, created_at, id);
CREATE INDEX event_deliveries_created ON event_deliveries (created_at);
