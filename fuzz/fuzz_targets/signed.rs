//! Feeds anything to a signed webhook with one byte changed.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [path_and_query, body, at] = fuzz::texts(data);
    fuzz::changed_byte(path_and_query, body, at.as_bytes());
});
