//! Feeds anything to a signing secret.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| buyer::secret(text));
