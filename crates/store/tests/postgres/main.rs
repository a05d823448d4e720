//! The same tests of the store, on Postgres: each in a database of its own, all on a server that the first of them starts.
//! What only Postgres has is tested beside them.

#[path = "../it/calls.rs"]
mod calls;
#[path = "../it/closed_lists.rs"]
mod closed_lists;
#[path = "../it/commits.rs"]
mod commits;
#[path = "../it/crowd.rs"]
mod crowd;
#[path = "../it/disputes.rs"]
mod disputes;
#[path = "../it/erasing.rs"]
mod erasing;
#[path = "../it/events.rs"]
mod events;
#[path = "../it/gone.rs"]
mod gone;
#[path = "../it/legs.rs"]
mod legs;
#[path = "../it/light.rs"]
mod light;
#[path = "../it/many_calls.rs"]
mod many_calls;
#[path = "../it/money.rs"]
mod money;
#[path = "../it/outbox.rs"]
mod outbox;
#[path = "../it/posting.rs"]
mod posting;
#[path = "../it/preview.rs"]
mod preview;
#[path = "../it/publisher_keys.rs"]
mod publisher_keys;
#[path = "../it/queues.rs"]
mod queues;
#[path = "../it/redis/mod.rs"]
mod redis;
#[path = "../it/reports.rs"]
mod reports;
#[path = "../it/reserve.rs"]
mod reserve;
#[path = "../it/sealing.rs"]
mod sealing;
#[path = "../it/stored.rs"]
mod stored;
#[path = "../it/stories.rs"]
mod stories;
#[path = "../it/sums.rs"]
mod sums;
#[path = "../it/suppression.rs"]
mod suppression;
#[path = "../it/test_calls.rs"]
mod test_calls;
#[path = "../it/views.rs"]
mod views;
#[path = "../it/world.rs"]
mod world;

mod caps;
mod deadlines;
mod home;
mod nodes;
mod plans;
mod schema;
#[expect(dead_code, reason = "the tests of the process kill it and start it again")]
mod server;
mod summing;
