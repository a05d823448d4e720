//! Feeds anything to a filled form's body.

#![no_main]

use fuzz::publisher;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| publisher::body(data));
