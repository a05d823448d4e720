//! Settings as people write them: what is taken, what is refused, and with which words.

mod any_text;
mod broken;
mod broken_offers;
mod document;
mod example;
mod handed;
mod reading;
mod reference;
mod world;
