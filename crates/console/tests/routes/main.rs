//! The console by its socket: who may, what is refused, and what is kept of it.

mod access;
mod api;
mod behind;
mod callbacks;
mod calls;
#[path = "../../../store/tests/it/closed_lists.rs"]
mod closed_lists;
mod entries;
mod health;
#[path = "../../../store/tests/it/home.rs"]
mod home;
mod intake;
#[path = "../intake_side/mod.rs"]
mod intake_side;
mod money;
mod posts;
mod publisher_keys;
#[path = "../seeds/mod.rs"]
mod seeds;
mod settings;
mod simulated;
mod standing;
#[path = "../store_side/mod.rs"]
mod store_side;
mod suppressions;
mod table;
mod test_calls;
mod today;
mod webhooks;
#[path = "../world/mod.rs"]
mod world;
