//! Feeds anything to what looks at a datagram, and to the library's parser behind it.

#![no_main]

use fuzz::dialogs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| dialogs::datagram(data));
