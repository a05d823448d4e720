//! The bridge's values by themselves; how they work together is told in the journey's stories.

mod handover;
mod queue;
mod world;
