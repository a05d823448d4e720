//! Feeds anything to an INFO's body, a session timer and a digest's algorithm.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::info(data));
