//! The console by its socket: who may, what is refused, and what is kept of it.

mod access;
mod table;
#[path = "../world/mod.rs"]
mod world;
