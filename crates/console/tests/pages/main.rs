//! Every page in headless Chromium. A page's own file stands beside this one.

mod access;
mod browser;
mod calls;
mod entries;
mod health;
#[path = "../../../store/tests/it/home.rs"]
mod home;
mod intake;
#[expect(dead_code, reason = "the tests of the routes ask in more ways")]
#[path = "../intake_side/mod.rs"]
mod intake_side;
#[path = "../seeds/mod.rs"]
mod seeds;
mod simulated;
#[path = "../store_side/mod.rs"]
mod store_side;
mod suppressions;
mod today;
mod webhooks;
#[expect(dead_code, reason = "the tests of the routes ask in more ways")]
#[path = "../world/mod.rs"]
mod world;
