//! Feeds anything to a prompt's file.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::wav(data));
