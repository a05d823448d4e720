//! Feeds anything to an answer of the carrier's REST side.

#![no_main]

use fuzz::carrier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| carrier::rest(data));
