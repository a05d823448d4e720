//! The store on a real database: every promise, and what must be absent.

mod commits;
mod disputes;
mod gone;
mod group;
mod light;
mod money;
mod outbox;
mod posting;
mod queues;
mod reserve;
mod sealing;
mod views;
mod world;
