//! Feeds anything to a webhook's path.

#![no_main]

use fuzz::carrier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| carrier::path(text));
