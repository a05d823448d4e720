//! The bridge's values by themselves; how they work together is told in the journey's stories.

mod compliance;
mod handover;
mod hours;
mod permit;
mod queue;
mod world;
