//! The store on a real database: every promise, and what must be absent.

mod commits;
mod full_disk;
mod group;
mod light;
mod money;
mod outbox;
mod reserve;
mod sealing;
mod small_disk;
mod views;
mod world;
