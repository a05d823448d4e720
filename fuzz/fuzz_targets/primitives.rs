//! Feeds anything to a price, a time, seconds, an id and a flag.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| buyer::primitives(text));
