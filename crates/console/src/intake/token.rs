//! Status tokens: who has one may ask how a callback stands. A journey's id alone opens nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use lead::JourneyId;
use sha2::Sha256;
use uuid::Uuid;

const MAC_BYTES: usize = 16;

pub(super) fn made(key: &[u8; 32], lead: JourneyId) -> String {
    let id = lead.uuid();
    let tag = mac(key, id).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &tag[..MAC_BYTES]].concat())
}

/// The journey of a token of ours.
pub(super) fn read(key: &[u8; 32], text: &str) -> Option<JourneyId> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (id, tag) = bytes.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    (tag.len() == MAC_BYTES && mac(key, id).verify_truncated_left(tag).is_ok())
        .then(|| JourneyId::from_uuid(id))
}

fn mac(key: &[u8; 32], id: Uuid) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(id.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_no_other_text_is_one() {
        let (key, lead) = ([7; 32], JourneyId::from_uuid(Uuid::from_u128(42)));
        let token = made(&key, lead);
        assert_eq!(read(&key, &token), Some(lead));
        assert_eq!(read(&[8; 32], &token), None);
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_eq!(read(&key, &other), None, "{other}");
        }
        for text in ["", "A", &token[1..], &lead.to_string()] {
            assert_eq!(read(&key, text), None, "{text}");
        }
    }
}
