//! Feeds anything to a telephone number of a form.

#![no_main]

use fuzz::publisher;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| publisher::number(text));
