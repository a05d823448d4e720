//! The journey as stories, and as storms of random ones.

mod arriving;
mod callbacks;
mod documents;
mod early;
mod form_storm;
mod forms;
mod giving_up;
mod hanging_up;
mod latch;
mod late;
mod limits;
mod money;
mod naming;
mod next;
mod reopening;
mod repeat;
mod sale;
mod sim;
mod world;
