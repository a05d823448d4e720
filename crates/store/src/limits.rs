//! The limits of this crate. `docs/limits.md` lists them.

use std::time::Duration;

/// The most light journeys that one process holds; a call beyond them is refused.
pub const LIGHT_JOURNEYS_MAX: usize = 20_000;
/// How long after its last event a light journey is dropped.
pub const LIGHT_EXPIRY: Duration = Duration::from_secs(2 * 3600);
/// The most expired light journeys that one call drops on its way.
pub const LIGHT_SWEEP_MAX: usize = 64;
/// How long one operation of Redis may take; then the journey is kept durably at once.
pub const REDIS_DEADLINE: Duration = Duration::from_millis(50);
/// How long a connection to Redis may take, with its first write.
pub const REDIS_CONNECT_MAX: Duration = Duration::from_secs(1);
/// The wait before a Redis that went away is looked for; twice as long each time.
pub const REDIS_PROBE_MIN: Duration = Duration::from_millis(100);
/// The longest of these waits.
pub const REDIS_PROBE_MAX: Duration = Duration::from_secs(1);
/// How long Redis must have answered for these waits to begin anew.
pub const REDIS_STEADY: Duration = Duration::from_secs(5);
/// How often one command is sent after its key, from node to node of a Cluster.
pub const REDIS_REDIRECTS_MAX: usize = 3;
/// How long a move into the durable store keeps a list in Redis to itself; then it is doubtful.
pub const REDIS_MOVE_MAX: Duration = Duration::from_secs(5);
/// How long whoever looks at such a list waits for the end of its move; then the durable store is asked.
pub const REDIS_MOVE_WAIT: Duration = Duration::from_secs(1);
/// How often it looks meanwhile.
pub const REDIS_MOVE_LOOK: Duration = Duration::from_millis(5);
/// How long Redis remembers that a journey is durable, so that no late beginning revives it.
pub const REDIS_GONE_FOR: Duration = Duration::from_secs(60);
/// The most journeys that became durable while Redis was away and of which it is told when it is back.
pub const REDIS_OWED_MAX: usize = 20_000;
/// The most news that wait to be told to the other nodes, or to be heard by one place of this one; more are lost and counted.
pub const NEWS_WAITING_MAX: usize = 1_024;
/// The most bytes of one piece of news.
pub const NEWS_BYTES_MAX: usize = 256;
/// How often the connection that hears news is asked whether it is there.
pub const NEWS_PING_EVERY: Duration = Duration::from_secs(5);
/// The wait before it is made anew, half to one and a half times; twice as long each time.
pub const NEWS_PROBE_MIN: Duration = Duration::from_millis(100);
/// The longest of these waits.
pub const NEWS_PROBE_MAX: Duration = Duration::from_secs(2);
/// The sorted sets that hold the wake-ups of light journeys.
pub const REDIS_WAKE_BUCKETS: u8 = 16;
/// How long a node that was given a due journey has it to itself.
pub const REDIS_WAKE_LEASE: Duration = Duration::from_secs(10);
/// How long a node that was given a due journey of Postgres has it to itself.
pub const WAKE_LEASE: Duration = Duration::from_secs(10);
/// How long a round is its node's that says nothing more of it. Two nodes' clocks may be half a second apart.
pub const ROUND_LEASE: Duration = Duration::from_secs(2);
/// The most lapsed rounds that a node is given at once.
pub const ROUNDS_TAKEN_MAX: usize = 200;
/// The most writes that wait for the writer; one beyond them is refused at once.
pub const WRITES_WAITING_MAX: usize = 4_096;
/// The most writes of one transaction.
pub const WRITE_BATCH_MAX: usize = 512;
/// The most auction records that wait for the writer; what comes beyond them is lost and counted.
pub const RECORDS_WAITING_MAX: usize = 2_048;
/// The most auction records of one transaction.
pub const RECORD_BATCH_MAX: usize = 16;
/// How long a caller of a write waits for its commit; after that its outcome is unknown.
pub const WRITE_DEADLINE: Duration = Duration::from_secs(5);
/// How long a read may take, with the wait for its connection.
pub const READ_DEADLINE: Duration = Duration::from_secs(3);
/// The connections of one process that write to Postgres for calls; one more writes records.
pub const POSTGRES_WRITERS_MAX: usize = 4;
/// The connections of one process that read from Postgres at the same time.
pub const POSTGRES_READERS_MAX: u32 = 8;
/// The most writes of one transaction on Postgres: whoever needs one of their locks waits for all of them.
pub const POSTGRES_BATCH_MAX: usize = 32;
/// How often a write on Postgres is run, where somebody else stood in its way or its connection went before the commit.
pub const WRITE_TRIES_MAX: u32 = 3;
/// The wait before the next try, half as long to one and a half times, and longer with each.
pub const WRITE_RETRY_WAIT: Duration = Duration::from_millis(20);
/// How long a new connection to Postgres may take, or a first word on one that was idle.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// How long a statement of a write on Postgres may take: watched here, since a server that is stopped watches nothing.
pub const STATEMENT_DEADLINE: Duration = Duration::from_secs(2);
/// How long such a statement waits for somebody else's lock, as the server watches it.
pub const LOCK_WAIT: Duration = Duration::from_secs(1);
/// How long a transaction may be left alone before the server ends it: a process that is stopped would hold its locks.
pub const IDLE_IN_TRANSACTION_MAX: Duration = Duration::from_secs(2);
/// How long the server may clear away what an erasure has deleted, before whoever erased is told that it waits.
pub const VACUUM_DEADLINE: Duration = Duration::from_secs(60);
/// How long a statement waits for another process that holds the file.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// The readings of the file at the same time, each with a connection of its own.
pub const READERS_MAX: usize = 4;
/// The most master keys: the newest seals, all open.
pub const MASTER_KEYS_MAX: usize = 3;
/// The most posts on their way to an offer whose post URL fails: one for the first time, one that was tried before.
pub const FAILING_PLACES_MAX: u32 = 2;
/// The most posts that one transaction of a replay makes due.
pub const REPLAY_BATCH_MAX: u32 = 500;
/// The most rows of one answer to a list.
pub const ROWS_MAX: i64 = 1_000;
/// The most days or months of one report.
pub const REPORT_PERIODS_MAX: usize = 400;
/// How long an hour has been over when its calls are summed up: most of them have ended by then.
pub const SUMMED_AFTER: Duration = Duration::from_secs(2 * 3600);
/// The hours back for which sums are made; what came before is counted by each report.
pub const SUMS_BACK_HOURS: i64 = 400 * 24;
/// The hours whose sums one statement reads.
pub const SUMS_READ_MAX: i64 = 31 * 24;
/// The most auctions that are looked at for how offers have answered lately.
pub const AUCTIONS_LOOKED_AT_MAX: i64 = 1_000;
/// The most pings of one offer that such a look gives.
pub const ANSWERS_OF_AN_OFFER_MAX: i64 = 100;
/// The most keys of publishers that open something.
pub const PUBLISHER_KEYS_MAX: usize = 2_000;
/// The most of them of one publisher.
pub const PUBLISHER_KEYS_OF_ONE_MAX: usize = 50;
/// What is sealed anew in one transaction when the master key is rotated.
pub const KEY_ROTATION_BATCH_MAX: i64 = 500;
/// The most endpoints of event webhooks.
pub const EVENT_ENDPOINTS_MAX: i64 = 100;
/// The most events on their way to one endpoint at the same time.
pub const EVENT_PLACES_MAX: u32 = 4;
/// How long an event is kept for an endpoint, whatever became of it.
pub const EVENT_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long the secret before the newest one of an endpoint signs as well.
pub const EVENT_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// The most auctions that a draft of an offer is judged by.
pub const PREVIEW_AUCTIONS_MAX: i64 = 500;
/// The most auctions among which those are looked for.
pub const PREVIEW_LOOKED_AT_MAX: i64 = 10_000;
/// The most bytes of a buyer's redacted reply that an auction record keeps.
pub const REPLY_KEPT_MAX: usize = 1_024;
/// Legs of one call that its story shows.
pub const LEGS_OF_A_CALL_MAX: u32 = 64;
/// The write-ahead log's file: above this the writer waits for its readers, copies it into the database and cuts it.
pub const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most memory, in KiB, in which the writer keeps pages of the database.
pub const WRITER_CACHE_KIB: u32 = 16 * 1024;
/// How much it grows before that is tried again, where a reader that stays stood in the way.
pub const LOG_STEP_BYTES: u64 = 16 * 1024 * 1024;
/// How long the writer waits for its readers then.
pub const LOG_WAIT: Duration = Duration::from_millis(200);
/// The part of the floor of free space that the ballast holds, as a divisor.
pub const BALLAST_PARTS: u64 = 4;
/// For how long a call that was in flight when its person was erased is recognised. Then its keyed hash goes as well.
pub const ERASING_FOR: Duration = Duration::from_secs(24 * 3600);
/// The most journeys whose data keys one pass drops.
pub const FORGET_BATCH_MAX: u32 = 500;
/// Tries to copy the log into the file after an erasure, before whoever erased is told that it waits.
pub const SCRUB_TRIES_MAX: u32 = 10;
/// How long one of them waits for the readers and the writer of other processes.
pub const SCRUB_WAIT: Duration = Duration::from_millis(500);
/// The most entries that wait in a spool.
pub const SPOOL_ENTRIES_MAX: usize = 100_000;
/// The bytes after which a spool begins another segment.
pub const SPOOL_SEGMENT_BYTES: u64 = 1024 * 1024;
/// The most bytes of one entry.
pub const SPOOL_RECORD_MAX: u32 = 256 * 1024;
/// The most that a spool is asked at once and has not done yet.
pub const SPOOL_WAITING_MAX: usize = 4_096;
/// The most of it that is synced together.
pub const SPOOL_BATCH_MAX: usize = 512;
/// How long what could not be driven is kept aside.
pub const SPOOL_ASIDE_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// The wait before a Postgres that went away is looked for, half to one and a half times; twice as long each time.
pub const POSTGRES_PROBE_MIN: Duration = Duration::from_millis(100);
/// The longest of these waits.
pub const POSTGRES_PROBE_MAX: Duration = Duration::from_secs(2);
/// How long a session holds that nobody uses.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(30 * 60);
/// How long a session holds at most.
pub const SESSION_LIFE_MAX: Duration = Duration::from_secs(12 * 3600);
/// How long a one-time link opens something.
pub const LINK_LIFE_MAX: Duration = Duration::from_secs(24 * 3600);
/// The most entries of the audit that are read at once.
pub const AUDIT_PAGE_MAX: u32 = 1_000;
/// The most settings versions that are listed at once.
pub const SETTINGS_PAGE_MAX: u32 = 200;
/// How long what a POST of the API came to is kept for its repeats.
pub const API_RESULT_KEPT_FOR: Duration = Duration::from_secs(96 * 3600);
/// How long a POST of the API may be under way; then a repeat does it.
pub const API_UNDER_WAY_MAX: Duration = Duration::from_secs(60);
/// The most lines of a list of numbers that is imported.
pub const SUPPRESSION_LINES_MAX: u64 = 100_000;
/// The longest line of a list of numbers, in bytes; a longer one names none.
pub const NUMBER_LINE_BYTES_MAX: usize = 4_096;
/// How many of them are put on the suppression list in one transaction.
pub const SUPPRESSION_BATCH_MAX: usize = 500;
/// The most bad lines of such a list that are named; all are counted.
pub const BAD_LINES_NAMED_MAX: usize = 1_000;
/// How often a one-time code may be tried, right or wrong.
pub const CODE_TRIES_MAX: u32 = 5;
/// How many codes are sent to one number in a day.
pub const CODES_OF_A_NUMBER_MAX: u32 = 3;
/// How long it is kept that a code was sent, and how often it was tried.
pub const CODES_KEPT_FOR: Duration = Duration::from_secs(48 * 3600);
/// The most recordings, and consents, whose time is over that are let go of at once; the next pass goes on.
pub const RETIRED_AT_ONCE_MAX: u32 = 200;
/// How long a test call that was asked for may come.
pub const TEST_CALL_WAIT_MAX: Duration = Duration::from_secs(15 * 60);
/// The most test calls that wait at the same time.
pub const TEST_CALLS_WAITING_MAX: i64 = 50;
/// The most test calls of an offer that are listed.
pub const TEST_CALLS_LISTED_MAX: i64 = 20;
/// How long it is kept that one was asked for, and which call it became.
pub const TEST_CALLS_KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long what was read holds of whether any call may be a test: another node hears of one after so long.
pub const TEST_CALLS_LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it is kept when a lead was dialled.
pub const LEAD_DIALS_KEPT_FOR: Duration = Duration::from_secs(48 * 3600);
/// The most dials of a number that are read.
pub const LEAD_DIALS_READ_MAX: u32 = 100;
