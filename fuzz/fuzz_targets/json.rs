//! Feeds anything to our reader of JSON.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| buyer::json(data));
