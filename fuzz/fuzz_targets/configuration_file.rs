//! Feeds anything to a configuration file.

#![no_main]

use fuzz::edge;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| edge::configuration_file(text));
