//! Feeds anything to where a bid sends its call.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| buyer::destination(text));
