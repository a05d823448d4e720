//! XChaCha20-Poly1305 with a random nonce in front of the sealed bytes.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

use super::{OpenSealError, SealError};
use crate::chance;

/// The bytes of a nonce.
const NONCE: usize = 24;

/// Seals bytes for one purpose: `nonce ‖ sealed bytes ‖ tag`.
pub(super) fn seal(key: &[u8; 32], purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE] = chance::bytes()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    let payload = Payload { msg: plain, aad: purpose };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed for the same purpose.
pub(super) fn open(key: &[u8; 32], purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenSealError> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE>().ok_or(OpenSealError::Broken)?;
    let cipher = XChaCha20Poly1305::new(&Key::from(*key));
    cipher
        .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: purpose })
        .map_err(|_| OpenSealError::Broken)
}
