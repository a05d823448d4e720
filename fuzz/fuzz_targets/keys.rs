//! Feeds anything to the payloads of telephone events.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::keys(data));
