//! `Keys`: the master keys, and the data keys that they wrap.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use lead::JourneyId;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use super::{OpenSealError, SealError, cipher};
use crate::{chance, durable::Bind, limits::MASTER_KEYS_MAX};

/// The bytes of a key's id.
const ID: usize = 4;

/// A master key: 32 bytes. Its id is derived from it, so that nobody can mislabel one.
pub struct MasterKey {
    id: [u8; ID],
    key: SecretBox<[u8; 32]>,
}

/// Why master keys were not taken. The text never repeats a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is not 32 bytes in base64.
    #[error("a master key is 32 random bytes in base64, ex: the output of `openssl rand -base64 32`")]
    NotAKey,
    /// There is none, or there are too many.
    #[error("there must be 1 to {MASTER_KEYS_MAX} master keys, the newest first")]
    Count,
}

/// The master keys: the newest seals, all open.
#[derive(Debug)]
pub struct Keys {
    newest: MasterKey,
    older: Vec<MasterKey>,
}

/// The data key of one journey, or what is left of it.
pub(crate) enum JourneyKey {
    /// It seals and opens.
    Held(SecretBox<[u8; 32]>),
    /// The person was erased.
    Erased,
}

impl MasterKey {
    /// Reads 32 bytes in base64.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let bytes = BASE64_STANDARD.decode(text.expose_secret().trim()).map_err(|_| KeyError::NotAKey)?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| KeyError::NotAKey)?;
        let derived = derive(&key, "pingpost/key-id");
        let mut id = [0; ID];
        id.copy_from_slice(&derived[..ID]);
        Ok(Self { id, key: SecretBox::new(Box::new(key)) })
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

impl Keys {
    /// One key.
    pub const fn new(only: MasterKey) -> Self {
        Self { newest: only, older: vec![] }
    }

    /// Reads keys in base64, the newest first, with commas between them.
    ///
    /// # Errors
    /// When one is no key, or when there are too many.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let each = text.expose_secret().split(',').map(|one| MasterKey::parse(&SecretString::from(one)));
        let mut keys = each.collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MASTER_KEYS_MAX {
            return Err(KeyError::Count);
        }
        let newest = keys.remove(0);
        Ok(Self { newest, older: keys })
    }

    /// A fresh data key for a journey, and its wrapped form.
    pub(crate) fn fresh(&self, journey: JourneyId) -> Result<(JourneyKey, Vec<u8>), SealError> {
        let key: [u8; 32] = chance::bytes()?;
        let wrapped = self.seal(&wrapping(journey), &key)?;
        Ok((JourneyKey::Held(SecretBox::new(Box::new(key))), wrapped))
    }

    /// The data key of a journey from its wrapped form. `None`: it was dropped.
    pub(crate) fn unwrap(
        &self,
        journey: JourneyId,
        wrapped: Option<&[u8]>,
    ) -> Result<JourneyKey, OpenSealError> {
        let Some(wrapped) = wrapped else { return Ok(JourneyKey::Erased) };
        let key: [u8; 32] =
            self.open(&wrapping(journey), wrapped)?.try_into().map_err(|_| OpenSealError::Broken)?;
        Ok(JourneyKey::Held(SecretBox::new(Box::new(key))))
    }

    /// Seals under the newest master key: `key id ‖ nonce ‖ sealed bytes`.
    pub(crate) fn seal(&self, purpose: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let sealed = cipher::seal(self.newest.key.expose_secret(), purpose, plain)?;
        Ok([self.newest.id.as_slice(), &sealed].concat())
    }

    /// Opens what one of the master keys sealed.
    pub(crate) fn open(&self, purpose: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenSealError> {
        let (id, body) = sealed.split_first_chunk::<ID>().ok_or(OpenSealError::Broken)?;
        let key = self.newest_first().find(|key| key.id == *id).ok_or(OpenSealError::UnknownKey)?;
        cipher::open(key.key.expose_secret(), purpose, body)
    }

    /// The keyed hash of a text under a key of its own, for every master key, the newest first.
    pub(super) fn hashes(&self, label: &str, text: &[u8]) -> Vec<[u8; 32]> {
        self.newest_first().map(|key| mac(&derive(key.key.expose_secret(), label), text)).collect()
    }

    /// The newest key's id, which begins whatever it seals.
    pub(crate) fn newest_id(&self) -> Vec<u8> {
        self.newest.id.to_vec()
    }

    /// Every key's id, as the first values of a statement: as many as there may be keys.
    pub(crate) fn id_binds(&self) -> Vec<Bind> {
        let ids: Vec<_> = self.newest_first().map(|key| key.id.to_vec()).collect();
        (0..MASTER_KEYS_MAX).map(|n| ids[n.min(ids.len() - 1)].clone().into()).collect()
    }

    /// A key of its own for something that is signed and not kept: the same on every node.
    pub(crate) fn key_for(&self, label: &str) -> [u8; 32] {
        derive(self.newest.key.expose_secret(), label)
    }

    fn newest_first(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

/// For what a journey's data key is wrapped.
pub(crate) fn wrapping(journey: JourneyId) -> Vec<u8> {
    [journey.uuid().as_bytes().as_slice(), b"data-key"].concat()
}

fn derive(key: &[u8; 32], label: &str) -> [u8; 32] {
    mac(key, label.as_bytes())
}

fn mac(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
