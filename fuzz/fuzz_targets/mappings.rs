//! Feeds anything to a reply by mappings that use every place.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| buyer::full_mappings(data));
