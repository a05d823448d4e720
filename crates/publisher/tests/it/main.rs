//! Forms as stories, readers with any bytes, and who asks too often.

mod any_bytes;
mod forms;
mod paces;
mod readers;
mod troubles;
mod world;
