//! Light journeys in Redis: what fails with it, and what must never be found in it.

mod away;
mod cluster;
mod news;
pub mod nodes;
pub mod server;
mod shared;
