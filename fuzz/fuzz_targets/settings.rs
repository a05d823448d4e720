//! Feeds anything to a settings file.

#![no_main]

use fuzz::settings;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| settings::settings(text));
