//! Feeds anything to an RTP packet and all that hears it.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::packet(data));
