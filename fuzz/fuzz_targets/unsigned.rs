//! Feeds anything to a webhook that nobody signed.

#![no_main]

use fuzz::carrier;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [path_and_query, body, header] = fuzz::texts(data);
    carrier::unsigned(&path_and_query, body.as_bytes(), &header);
});
