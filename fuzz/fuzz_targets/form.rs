//! Feeds anything to a webhook's body at every hook.

#![no_main]

use fuzz::carrier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| carrier::form(data));
