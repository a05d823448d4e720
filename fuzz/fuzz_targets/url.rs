//! Feeds anything to a buyer's URL.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| buyer::url(text));
