//! The limits of what is handed in. `docs/limits.md` lists them beside everybody else's.

use std::time::Duration;

/// The largest body of a form, in bytes.
pub const BODY_BYTES_MAX: usize = 32 * 1024;

/// Most fields of one body.
pub const SENT_FIELDS_MAX: usize = 100;

/// Most fields that a form declares.
pub const FIELDS_MAX: usize = 50;

/// Most words of a choice.
pub const CHOICES_MAX: usize = 100;

/// Most consent texts of a form, old ones as well.
pub const CONSENTS_MAX: usize = 20;

/// Most characters of a consent text.
pub const CONSENT_CHARS_MAX: usize = 4_000;

/// Most sellers that a consent text names.
pub const SELLERS_MAX: usize = 100;

/// Most characters of a name, a text or an address.
pub const TEXT_CHARS_MAX: usize = 200;

/// Most characters of a page's URL or of a certificate.
pub const LONG_CHARS_MAX: usize = 2_048;

/// The oldest consent that is taken: an older one is no lead of today.
pub const CONSENT_AGE_MAX: Duration = Duration::from_secs(90 * 86_400);

/// How far a sender's clock may be ahead of ours.
pub const CONSENT_AHEAD_MAX: Duration = Duration::from_secs(300);

/// Most numbers, addresses and keys that are counted at once; of more, those that asked longest ago are forgotten.
pub const SUBJECTS_MAX: usize = 50_000;
