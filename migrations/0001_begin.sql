-- One text for SQLite and Postgres. Times are microseconds since the epoch, money is micro-units, ids are UUIDs.
-- What is personal is sealed; a caller's number stands only as a keyed hash.

CREATE TABLE journeys (
    id UUID NOT NULL PRIMARY KEY,
    head BYTEA NOT NULL,
    events BIGINT NOT NULL,
    settings_version BIGINT NOT NULL,
    -- The data key under the master key. NULL: the person was erased.
    wrapped_key BYTEA,
    -- The caller's keyed hash. NULL: withheld, or the person is to be forgotten.
    caller BYTEA,
    -- Which erasure is to forget, or has forgotten, its person; and when the data key went.
    erasure UUID,
    erased_at BIGINT,
    wake_at BIGINT,
    -- Which wake-up a node was given, and until when it has it to itself. Another deadline is another wake-up.
    woken_at BIGINT,
    woken_until BIGINT,
    campaign TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT
);
CREATE INDEX journeys_wake ON journeys (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX journeys_caller ON journeys (caller) WHERE caller IS NOT NULL;
CREATE INDEX journeys_erasure ON journeys (erasure) WHERE erasure IS NOT NULL;
CREATE INDEX journeys_forgetting ON journeys (id) WHERE erasure IS NOT NULL AND wrapped_key IS NOT NULL;
CREATE INDEX journeys_erased ON journeys (erased_at) WHERE erased_at IS NOT NULL;

CREATE TABLE events (
    journey UUID NOT NULL,
    n BIGINT NOT NULL,
    event_key TEXT NOT NULL,
    at BIGINT NOT NULL,
    format BIGINT NOT NULL,
    kind TEXT NOT NULL,
    hash BYTEA NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (journey, n)
);
CREATE UNIQUE INDEX events_once ON events (journey, event_key);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    used BIGINT NOT NULL
);

CREATE TABLE seats (
    name TEXT NOT NULL PRIMARY KEY,
    used BIGINT NOT NULL
);

CREATE TABLE reservations (
    attempt UUID NOT NULL PRIMARY KEY,
    journey UUID NOT NULL,
    n BIGINT NOT NULL,
    offer TEXT NOT NULL,
    price BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'voided')),
    seat TEXT NOT NULL CHECK (seat IN ('held', 'free')),
    seat_until BIGINT NOT NULL,
    uncounted BOOLEAN NOT NULL,
    -- The duplicate window that it was checked against, and the caller's keyed hash.
    window_name TEXT,
    caller BYTEA,
    at BIGINT NOT NULL
);
CREATE INDEX reservations_journey ON reservations (journey);
CREATE INDEX reservations_caller ON reservations (caller, window_name) WHERE state = 'held';

-- What each reservation took of the counters; taken: it has not been given back.
CREATE TABLE reservation_counters (
    attempt UUID NOT NULL,
    name TEXT NOT NULL,
    amount BIGINT NOT NULL,
    most BIGINT NOT NULL,
    gives_back TEXT NOT NULL CHECK (gives_back IN ('never', 'unanswered', 'unpaid')),
    taken BOOLEAN NOT NULL,
    PRIMARY KEY (attempt, name)
);

-- The seats that each reservation sits on, until it leaves or its time is over.
CREATE TABLE reservation_seats (
    attempt UUID NOT NULL,
    name TEXT NOT NULL,
    seat_until BIGINT NOT NULL,
    taken BOOLEAN NOT NULL,
    PRIMARY KEY (attempt, name)
);
CREATE INDEX reservation_seats_taken ON reservation_seats (name, seat_until) WHERE taken;

-- Who had which caller, by the names of the duplicate windows.
CREATE TABLE contacts (
    caller BYTEA NOT NULL,
    name TEXT NOT NULL,
    sale UUID NOT NULL,
    journey UUID NOT NULL,
    answered_at BIGINT NOT NULL,
    payable_at BIGINT,
    PRIMARY KEY (caller, name, sale)
);
CREATE INDEX contacts_sale ON contacts (sale);
CREATE INDEX contacts_journey ON contacts (journey);

CREATE TABLE sales (
    id UUID NOT NULL PRIMARY KEY,
    journey UUID NOT NULL,
    attempt UUID NOT NULL,
    offer TEXT NOT NULL,
    buyer TEXT NOT NULL,
    campaign TEXT NOT NULL,
    publisher TEXT,
    price BIGINT NOT NULL,
    best_static BIGINT,
    ranked TEXT NOT NULL,
    over_cap BOOLEAN NOT NULL,
    test BOOLEAN NOT NULL,
    accepted_at BIGINT NOT NULL,
    booked_at BIGINT NOT NULL
);
CREATE INDEX sales_journey ON sales (journey);
CREATE INDEX sales_booked ON sales (booked_at, id);

-- Appended, never changed.
CREATE TABLE sale_entries (
    sale UUID NOT NULL,
    n BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('pending', 'earned', 'void', 'payout', 'reversal', 'dispute')),
    reason TEXT,
    amount BIGINT NOT NULL,
    talk_ms BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (sale, n)
);
CREATE UNIQUE INDEX sale_entries_once ON sale_entries (sale, kind) WHERE kind IN ('pending', 'earned', 'void', 'dispute');

-- A journey has at most one sale that is not void.
CREATE TABLE live_sales (
    journey UUID NOT NULL PRIMARY KEY,
    sale UUID NOT NULL UNIQUE
);

CREATE TABLE posts (
    id UUID NOT NULL PRIMARY KEY,
    sale UUID NOT NULL,
    journey UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('lead.sold', 'lead.returned')),
    offer TEXT NOT NULL,
    buyer TEXT NOT NULL,
    body BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'due', 'claimed', 'delivered', 'dead', 'cancelled')),
    due_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    first_claimed_at BIGINT,
    owner TEXT,
    lease_until BIGINT,
    last_status BIGINT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE UNIQUE INDEX posts_once ON posts (sale, kind);
CREATE INDEX posts_due ON posts (due_at) WHERE state = 'due';
CREATE INDEX posts_leased ON posts (lease_until) WHERE state = 'claimed';
-- Each offer's queue: what was never sent, what is sent again, and all of it by age.
CREATE INDEX posts_fresh ON posts (offer, due_at, id) WHERE state = 'due' AND first_claimed_at IS NULL;
CREATE INDEX posts_again ON posts (offer, due_at, id) WHERE state = 'due' AND first_claimed_at IS NOT NULL;
CREATE INDEX posts_aged ON posts (offer, created_at, id) WHERE state = 'due';
CREATE INDEX posts_dead ON posts (offer, created_at, id) WHERE state = 'dead';
CREATE INDEX posts_journey ON posts (journey);
CREATE INDEX posts_created ON posts (created_at, id);

-- How an offer's post URL fares where it is not well. disabled: it answered 410, and nothing is sent until somebody
-- enables it. draining: it works again, and what waited is due whatever its own time says.
CREATE TABLE post_endpoints (
    offer TEXT NOT NULL PRIMARY KEY,
    buyer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('failing', 'disabled', 'draining')),
    since BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    -- When what was tried before may be tried again, and before when nothing at all is sent.
    probe_at BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL,
    -- A hash of the URL that answered 410: another one enables the offer again.
    url_hash TEXT
);
CREATE INDEX post_endpoints_buyer ON post_endpoints (buyer);

-- Who disabled or enabled an offer's posts, when and why. Appended, never changed.
CREATE TABLE post_endpoint_changes (
    offer TEXT NOT NULL,
    n BIGINT NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('disabled', 'enabled')),
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (offer, n)
);

CREATE TABLE auction_records (
    auction UUID NOT NULL PRIMARY KEY,
    journey UUID NOT NULL,
    campaign TEXT NOT NULL,
    settings_version BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    profile TEXT NOT NULL
);
CREATE INDEX auction_records_journey ON auction_records (journey);
CREATE INDEX auction_records_closed ON auction_records (closed_at, auction);

CREATE TABLE auction_offers (
    auction UUID NOT NULL,
    place BIGINT NOT NULL,
    offer TEXT NOT NULL,
    buyer TEXT NOT NULL,
    ping UUID,
    wait_ms BIGINT,
    outcome TEXT NOT NULL,
    detail TEXT,
    price BIGINT,
    reply TEXT,
    sign TEXT,
    PRIMARY KEY (auction, place)
);

-- One plain row per ended journey: nothing personal.
CREATE TABLE journey_rows (
    journey UUID NOT NULL PRIMARY KEY,
    campaign TEXT NOT NULL,
    publisher TEXT,
    channel TEXT NOT NULL,
    arrived_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    pings BIGINT NOT NULL,
    bids BIGINT NOT NULL,
    sale UUID,
    buyer TEXT,
    offer TEXT,
    price BIGINT,
    best_static BIGINT,
    sale_state TEXT,
    payout BIGINT NOT NULL,
    talk_ms BIGINT,
    over_cap BOOLEAN NOT NULL,
    test BOOLEAN NOT NULL
);
CREATE INDEX journey_rows_arrived ON journey_rows (arrived_at, journey);

CREATE TABLE consents (
    journey UUID NOT NULL,
    text_version TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (journey, text_version, given_at)
);

CREATE TABLE settings_versions (
    version BIGINT NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL,
    published_at BIGINT NOT NULL,
    note TEXT NOT NULL
);

-- What the clock of the process has shown last ('shown'): the one after it goes on from there.
CREATE TABLE moments (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- How often it was noted: a value that changes each time, so that it is really written.
    times BIGINT NOT NULL
);

-- What was asked to be forgotten, for the record: nothing of the person.
CREATE TABLE erasures (
    id UUID NOT NULL PRIMARY KEY,
    asked_by TEXT NOT NULL CHECK (asked_by IN ('phone', 'journey', 'sale')),
    asked_at BIGINT NOT NULL,
    journeys BIGINT NOT NULL,
    posts_cancelled BIGINT NOT NULL
);

-- Whose calls that are only in flight are to be forgotten as well, for as long as such a call may last.
CREATE TABLE erasing (
    caller BYTEA NOT NULL PRIMARY KEY,
    erasure UUID NOT NULL,
    at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);

-- Recordings that the carrier is to delete. NULL due_at: it did, or it has none.
CREATE TABLE recording_deletions (
    reference TEXT NOT NULL PRIMARY KEY,
    journey UUID NOT NULL,
    asked_at BIGINT NOT NULL,
    due_at BIGINT,
    tries BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX recording_deletions_due ON recording_deletions (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX recording_deletions_journey ON recording_deletions (journey);
