//! The store on a real database: every promise, and what must be absent. `tests/postgres` runs the same on the other one.

mod calls;
mod closed_lists;
mod commits;
mod crowd;
mod disputes;
mod erasing;
mod full_disk;
mod gone;
mod group;
mod home;
mod light;
mod many_calls;
mod money;
mod outbox;
mod posting;
mod queues;
mod redis;
mod reports;
mod reserve;
mod sealing;
mod small_disk;
mod spool;
mod stored;
mod stories;
mod views;
mod world;
