//! Feeds anything to what is kept of a reply.

#![no_main]

use fuzz::edge;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| edge::kept(data));
