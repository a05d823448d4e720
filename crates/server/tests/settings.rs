//! Settings and configuration as people write them: what is taken, what is refused, and with which words.

#[path = "settings/any_edge.rs"]
mod any_edge;
#[path = "settings/any_text.rs"]
mod any_text;
#[path = "settings/broken.rs"]
mod broken;
#[path = "settings/broken_offers.rs"]
mod broken_offers;
#[path = "settings/config.rs"]
mod config;
#[path = "settings/example.rs"]
mod example;
#[path = "settings/reading.rs"]
mod reading;
#[path = "settings/reference.rs"]
mod reference;
#[path = "settings/world.rs"]
mod world;
