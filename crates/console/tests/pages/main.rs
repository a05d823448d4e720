//! Every page in headless Chromium. A page's own file stands beside this one.

mod access;
mod browser;
mod calls;
mod entries;
#[path = "../../../store/tests/it/home.rs"]
mod home;
#[path = "../seeds/mod.rs"]
mod seeds;
#[expect(dead_code, reason = "the store's own tests drive calls in more ways")]
#[path = "../../../store/tests/it/world.rs"]
mod store_world;
#[expect(dead_code, reason = "the tests of the routes ask in more ways")]
#[path = "../world/mod.rs"]
mod world;
