//! How long answers took: counted by their milliseconds, so that a share of them has its time.

use std::{collections::BTreeMap, time::Duration};

/// How many answers took so long.
#[derive(Default)]
pub(super) struct Waits(BTreeMap<u64, u64>);

impl Waits {
    /// Adds so many answers that took so long, in milliseconds.
    pub(super) fn add(&mut self, ms: i64, times: u64) {
        *self.0.entry(u64::try_from(ms).unwrap_or_default()).or_default() += times;
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The time that so many of a hundred took at most.
    pub(super) fn within(&self, hundredths: u64) -> Option<Duration> {
        let wanted = (self.count() * hundredths).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.0.iter().find(|(_, times)| {
            seen += **times;
            seen >= wanted
        });
        found.map(|(ms, _)| Duration::from_millis(*ms))
    }
}
