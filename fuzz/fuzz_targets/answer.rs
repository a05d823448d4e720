//! Feeds anything to what a caller says or keys.

#![no_main]

use fuzz::caller;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| caller::answer(text));
