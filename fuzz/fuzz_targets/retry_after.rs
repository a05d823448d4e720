//! Feeds anything to the headers that say when to come back.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [header, date] = fuzz::texts(data);
    buyer::retry_after(header.as_bytes(), date.as_bytes());
});
