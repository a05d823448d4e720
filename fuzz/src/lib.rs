//! What the fuzz targets call: the very functions that the property tests of the crates call, one for each reader of
//! outside bytes.

#[path = "../../crates/buyer/tests/it/readers.rs"]
pub mod buyer;
#[path = "../../crates/ivr/tests/it/readers.rs"]
pub mod caller;
#[path = "../../crates/carrier/tests/it/readers.rs"]
pub mod carrier;
#[path = "../../crates/publisher/tests/it/readers.rs"]
pub mod publisher;
#[path = "../../crates/sip/tests/it/readers.rs"]
pub mod dialogs;
#[cfg(feature = "settings")]
#[path = "../../crates/server/tests/config/any_edge.rs"]
pub mod edge;
#[cfg(feature = "settings")]
#[path = "../../crates/settings/tests/it/any_text.rs"]
pub mod settings;

use self::carrier::{By, Signed, any_changed_byte_is_refused};

/// Cuts an input into texts, at the byte that no text holds.
pub fn texts<const N: usize>(data: &[u8]) -> [String; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0xff);
    std::array::from_fn(|_| String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned())
}

/// Signs a webhook of our account and changes a byte of it: `at` says which, to what, and which algorithm signs.
pub fn changed_byte(path_and_query: String, body: String, at: &[u8]) {
    let byte = |which: usize| at.get(which).copied().unwrap_or_default();
    // Another account's webhook is refused before its signature is read.
    let body = format!("AccountSid=AC00000000000000000000000000000001&{body}");
    let by = if byte(0).is_multiple_of(2) { By::Token } else { By::SharedKey };
    let place = usize::from(u16::from_be_bytes([byte(1), byte(2)]));
    any_changed_byte_is_refused(&Signed { path_and_query, body }, by, place, byte(3));
}
