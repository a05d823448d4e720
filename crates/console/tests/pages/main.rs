//! Every page in headless Chromium. A page's own file stands beside this one.

mod access;
mod browser;
#[path = "../world/mod.rs"]
mod world;
