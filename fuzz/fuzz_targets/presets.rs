//! Feeds anything to a reply by the mapping of every known network.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| buyer::every_preset(data));
