//! Interviews as stories, checks as tables, scripts and their problems, and a storm.

mod any_words;
mod checks;
mod problems;
mod readers;
mod stories;
mod storm;
mod wire;
mod world;
