//! Feeds anything to the environment as a configuration.

#![no_main]

use fuzz::edge;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| edge::environment(text));
