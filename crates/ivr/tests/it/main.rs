//! Interviews as stories, checks as tables, scripts and their problems, and a storm.

mod checks;
mod problems;
mod stories;
mod storm;
mod wire;
mod world;
