//! The console by its socket: who may, what is refused, and what is kept of it.

mod access;
mod api;
mod calls;
mod entries;
#[path = "../../../store/tests/it/home.rs"]
mod home;
#[path = "../seeds/mod.rs"]
mod seeds;
mod settings;
#[expect(dead_code, reason = "the store's own tests drive calls in more ways")]
#[path = "../../../store/tests/it/world.rs"]
mod store_world;
mod table;
#[path = "../world/mod.rs"]
mod world;
