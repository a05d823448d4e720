//! The store on a real database: every promise, and what must be absent.

mod commits;
mod erasing;
mod group;
mod light;
mod money;
mod outbox;
mod reserve;
mod sealing;
mod views;
mod world;
