//! Feeds anything to a reply on our own wire.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| buyer::own_wire(data));
