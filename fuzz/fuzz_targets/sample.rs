//! Feeds anything to what reads a sample reply that somebody pastes.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| buyer::sample(data));
