//! The store on a real database: every promise, and what must be absent. `tests/postgres` runs the same on the other one.

mod commits;
mod disputes;
mod erasing;
mod full_disk;
mod gone;
mod group;
mod home;
mod light;
mod money;
mod outbox;
mod posting;
mod queues;
mod redis;
mod reserve;
mod sealing;
mod small_disk;
mod spool;
mod stored;
mod views;
mod world;
