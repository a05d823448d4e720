//! `Paces`: who asks too often. Times of the last askings go in, a verdict comes out; nothing here reads a clock.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use lead::Timestamp;

use crate::limits::SUBJECTS_MAX;

/// So many in so long, counted back from each moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Most.
    pub most: u32,
    /// In this time.
    pub window: Duration,
}

/// One thing that is counted for an asking: whose, and which paces it must keep.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Whose askings: a keyed hash of a number, an address, a key's id; with a word before it that says which.
    pub subject: Vec<u8>,
    /// All of them hold.
    pub paces: &'a [Pace],
}

/// An asking is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOften {
    /// In how long the same asking may be let through.
    pub retry_after: Duration,
}

/// The last askings of everybody.
#[derive(Debug, Default)]
pub struct Paces {
    askings: BTreeMap<Vec<u8>, VecDeque<Timestamp>>,
}

impl Paces {
    /// Counts an asking, if everything about it keeps its paces; one that is refused is not counted. Gives how many more
    /// may come at once.
    ///
    /// # Errors
    /// When it comes too often, with the wait that mends it.
    pub fn ask(&mut self, now: Timestamp, asked: &[Asked<'_>]) -> Result<u32, TooOften> {
        let none = VecDeque::new();
        let wait = asked.iter().flat_map(|it| {
            let times = self.askings.get(&it.subject).unwrap_or(&none);
            it.paces.iter().filter_map(move |pace| pace.wait(now, times))
        });
        if let Some(retry_after) = wait.max() {
            return Err(TooOften { retry_after });
        }
        let mut left = u32::MAX;
        for it in asked {
            let most = it.paces.iter().map(|pace| pace.most).max().unwrap_or(0);
            let times = self.askings.entry(it.subject.clone()).or_default();
            times.push_back(now);
            while times.len() > usize::try_from(most).unwrap_or(usize::MAX) {
                times.pop_front();
            }
            left = it.paces.iter().map(|pace| pace.left(now, times)).fold(left, u32::min);
        }
        self.forget();
        Ok(left)
    }

    /// How many subjects are counted.
    pub fn len(&self) -> usize {
        self.askings.len()
    }

    /// Whether nobody has asked.
    pub fn is_empty(&self) -> bool {
        self.askings.is_empty()
    }

    /// Forgets the half that asked longest ago, where there are too many.
    fn forget(&mut self) {
        if self.askings.len() <= SUBJECTS_MAX {
            return;
        }
        let mut last: Vec<Timestamp> =
            self.askings.values().filter_map(|times| times.back().copied()).collect();
        let middle = last.len() / 2;
        let (_, median, _) = last.select_nth_unstable(middle);
        let median = *median;
        self.askings.retain(|_, times| times.back().is_some_and(|at| *at > median));
    }
}

impl Pace {
    /// The asking that must have passed out of the window before another one is let through; nothing: it is now.
    fn wait(&self, now: Timestamp, times: &VecDeque<Timestamp>) -> Option<Duration> {
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let nth = times.len().checked_sub(most)?;
        if most == 0 {
            return Some(self.window);
        }
        let free_at = *times.get(nth)? + self.window;
        (free_at > now).then(|| free_at.since(now))
    }

    fn left(&self, now: Timestamp, times: &VecDeque<Timestamp>) -> u32 {
        // In order, as they came: a key may have thousands.
        let used = times.len() - times.partition_point(|at| *at + self.window <= now);
        self.most.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX))
    }
}
