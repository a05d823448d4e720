//! Feeds anything to numbers, places and amounts.

#![no_main]

use fuzz::caller;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| caller::words(text));
