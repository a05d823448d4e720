//! For how many years recordings and consents are kept.

use lead::Timestamp;
use store::Kept;

/// Whole years; zero is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// Of recordings, from when they were made. One in which a consent was spoken stays as long as the consent.
    pub recordings_years: u32,
    /// Of consents, from when they were given.
    pub consents_years: u32,
}

/// A year with its leap day, so that nothing goes a day early.
const DAYS_OF_A_YEAR: i64 = 366;
const DAY: i64 = 86_400_000_000;

impl Retention {
    /// Since when everything is kept.
    pub fn kept(&self, now: Timestamp) -> Kept {
        let since = |years: u32| {
            (years > 0)
                .then(|| Timestamp::from_micros(now.micros() - i64::from(years) * DAYS_OF_A_YEAR * DAY))
        };
        Kept { recordings_since: since(self.recordings_years), consents_since: since(self.consents_years) }
    }
}
