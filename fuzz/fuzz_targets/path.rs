//! Feeds anything to a path of a mapping, and the reply that it is followed in.

#![no_main]

use fuzz::buyer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [path, body] = fuzz::texts(data);
    buyer::path(&path, body.as_bytes());
});
