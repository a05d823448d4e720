//! Feeds anything to a session description, as an offer and as an answer.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::description(data));
