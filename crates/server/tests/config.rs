//! The configuration as people write it: what is taken, what is refused, and with which words.

#[path = "config/any_edge.rs"]
mod any_edge;
#[path = "config/config.rs"]
mod config;
#[path = "config/shipped.rs"]
mod shipped;
