//! The one file of this crate that looks at a personal value, to seal it or to make a look-up key of it.

use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use lead::{E164, JourneyId, Pii};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{JourneyKey, Keys, OpenSealError, SealError, cipher};
use crate::durable::Bind;

/// What a reader sees in place of a value whose person was erased.
pub(super) const ERASED: &str = "[erased]";

/// The sealed form of a personal value, in base64. Empty: it was written after its person was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Parts of a caller's number as look-up keys, in the same custody as the key of the whole: keyed, since there are only ten
/// thousand last four digits, and cut, since nothing hangs on telling two of them apart for certain.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct CallerMarks {
    /// Of the area code and the exchange.
    pub(crate) exchange: Option<Vec<u8>>,
    /// Of the last four digits.
    pub(crate) last_four: Option<Vec<u8>>,
}

/// What part of a number somebody looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The area code and the exchange: six digits.
    Exchange,
    /// The last four digits.
    LastFour,
}

/// The bytes of a part's mark.
const MARK: usize = 12;

/// A caller's number as a look-up key: a keyed hash. It is personal all the same, and leaves the process nowhere but
/// into the durable store.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CallerKey([u8; 32]);

impl JourneyKey {
    /// Seals one value of an event.
    pub(crate) fn seal_value(&self, journey: JourneyId, value: &Pii<String>) -> Result<Sealed, SealError> {
        match self {
            Self::Held(key) => {
                let sealed =
                    cipher::seal(key.expose_secret(), &purpose(journey, "event"), value.reveal().as_bytes())?;
                Ok(Sealed(BASE64_STANDARD_NO_PAD.encode(sealed)))
            }
            Self::Erased => Ok(Sealed(String::new())),
        }
    }

    /// Opens one value of an event. An erased one is a placeholder, so that the rest can still be read.
    pub(crate) fn open_value(
        &self,
        journey: JourneyId,
        sealed: &Sealed,
    ) -> Result<Pii<String>, OpenSealError> {
        match self {
            Self::Held(_) if sealed.0.is_empty() => Ok(Pii::new(ERASED.to_owned())),
            Self::Held(key) => {
                let bytes = BASE64_STANDARD_NO_PAD.decode(&sealed.0).map_err(|_| OpenSealError::Broken)?;
                let plain = cipher::open(key.expose_secret(), &purpose(journey, "event"), &bytes)?;
                String::from_utf8(plain).map(Pii::new).map_err(|_| OpenSealError::Broken)
            }
            Self::Erased => Ok(Pii::new(ERASED.to_owned())),
        }
    }

    /// Seals the body of a post.
    pub(crate) fn seal_body(
        &self,
        journey: JourneyId,
        kind: &str,
        body: &Pii<Vec<u8>>,
    ) -> Result<Vec<u8>, SealError> {
        match self {
            Self::Held(key) => cipher::seal(key.expose_secret(), &purpose(journey, kind), body.reveal()),
            Self::Erased => Ok(vec![]),
        }
    }

    /// Opens the body of a post.
    pub(crate) fn open_body(
        &self,
        journey: JourneyId,
        kind: &str,
        body: &[u8],
    ) -> Result<Pii<Vec<u8>>, OpenSealError> {
        match self {
            Self::Held(key) => cipher::open(key.expose_secret(), &purpose(journey, kind), body).map(Pii::new),
            Self::Erased => Err(OpenSealError::Erased),
        }
    }
}

impl Keys {
    /// Seals what a buyer is told of a sale without a word about its person: under the master key, so that it can still be
    /// told when the person is erased.
    pub(crate) fn seal_notice(
        &self,
        journey: JourneyId,
        kind: &str,
        body: &Pii<Vec<u8>>,
    ) -> Result<Vec<u8>, SealError> {
        self.seal(&purpose(journey, kind), body.reveal())
    }

    /// Opens what [`Keys::seal_notice`] sealed.
    pub(crate) fn open_notice(
        &self,
        journey: JourneyId,
        kind: &str,
        body: &[u8],
    ) -> Result<Pii<Vec<u8>>, OpenSealError> {
        self.open(&purpose(journey, kind), body).map(Pii::new)
    }

    /// The look-up keys of a caller's number under every master key, the newest first: the first is written, all are
    /// looked for.
    pub(crate) fn caller(&self, number: &Pii<E164>) -> Vec<CallerKey> {
        self.hashes("pingpost/caller", number.reveal().as_str().as_bytes())
            .into_iter()
            .map(CallerKey)
            .collect()
    }
}

impl Keys {
    /// The marks of a caller's number under the newest master key. A number of another plan has no exchange.
    pub(crate) fn marks(&self, number: &Pii<E164>) -> CallerMarks {
        let number = number.reveal();
        let digits = number.as_str();
        let newest = |part, text: &str| self.marks_of(part, text).into_iter().next();
        CallerMarks {
            exchange: number.nanp().and_then(|digits| newest(Part::Exchange, &digits[..6])),
            last_four: digits.get(digits.len() - 4..).and_then(|last| newest(Part::LastFour, last)),
        }
    }

    /// As [`Keys::marks_of`], of digits in custody, as values of a statement.
    pub(crate) fn sought(&self, part: Part, digits: &Pii<String>) -> Vec<Bind> {
        self.marks_of(part, digits.reveal()).into_iter().map(Bind::from).collect()
    }

    /// The marks of a part that somebody looks for, under every master key, the newest first.
    fn marks_of(&self, part: Part, digits: &str) -> Vec<Vec<u8>> {
        let label = match part {
            Part::Exchange => "pingpost/caller/exchange",
            Part::LastFour => "pingpost/caller/last-four",
        };
        self.hashes(label, digits.as_bytes()).into_iter().map(|hash| hash[..MARK].to_vec()).collect()
    }
}

impl Keys {
    /// The id of a number on the suppression list: it follows from the number and does not show it.
    pub(crate) fn suppression_id(&self, number: &Pii<E164>) -> uuid::Uuid {
        let hashes = self.hashes("pingpost/suppression", number.reveal().as_str().as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hashes[0][..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Seals a number of the suppression list, under the master key.
    pub(crate) fn seal_suppressed(&self, id: uuid::Uuid, number: &Pii<E164>) -> Result<Vec<u8>, SealError> {
        self.seal(&suppressed(id), number.reveal().as_str().as_bytes())
    }

    /// Opens what [`Keys::seal_suppressed`] sealed.
    pub(crate) fn open_suppressed(&self, id: uuid::Uuid, sealed: &[u8]) -> Result<Pii<E164>, OpenSealError> {
        let plain = Pii::new(self.open(&suppressed(id), sealed)?);
        let number = plain.and_then(|plain| E164::parse(std::str::from_utf8(plain).ok()?).ok());
        number.ok_or(OpenSealError::Broken)
    }
}

fn suppressed(id: uuid::Uuid) -> Vec<u8> {
    [b"suppression".as_slice(), id.as_bytes()].concat()
}

/// A number with most of it covered, ex: `(305) •••-••42`: enough to tell two calls apart, not to dial.
pub(crate) fn masked(number: &Pii<String>) -> String {
    let text = number.reveal();
    if text == ERASED {
        return ERASED.to_owned();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.strip_prefix('1'), digits.len()) {
        (Some(nanp), 11) => format!("({}) •••-••{}", &nanp[..3], &nanp[8..]),
        (_, 4..) => format!("+•••••••••{}", &digits[digits.len() - 2..]),
        _ => "•••".to_owned(),
    }
}

impl std::fmt::Debug for CallerMarks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[caller]")
    }
}

impl CallerKey {
    /// Its bytes, for the durable store.
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for CallerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[caller]")
    }
}

/// For what something of a journey is sealed.
pub(crate) fn purpose(journey: JourneyId, of: &str) -> Vec<u8> {
    [journey.uuid().as_bytes().as_slice(), of.as_bytes()].concat()
}
