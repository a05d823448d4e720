//! How the process and what it stands on are: what is looked at each time somebody asks, and what a doctor finds.

use std::{future::Future, pin::Pin, sync::Arc};

use lead::Timestamp;

/// Looks at everything. The server hands in what it sees; `Ask::Others`: it asks the carrier and the buyers too.
pub type LookAfter = Arc<dyn Fn(Ask) -> SeenVitals + Send + Sync>;

/// What will be seen.
pub type SeenVitals = Pin<Box<dyn Future<Output = Vitals> + Send>>;

/// Whether what is outside of this machine is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The carrier, and whether buyers can be reached.
    Others,
    /// Nobody.
    Nobody,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vitals {
    /// The release of this process.
    pub version: &'static str,
    /// Since when it runs.
    pub since: Timestamp,
    /// What it stands on, in the order in which a call needs it.
    pub signs: Vec<Sign>,
    /// What a doctor finds, the gravest first.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// A code that stays the same, ex: `database`.
    pub code: &'static str,
    /// What it is, as people say it.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// How it is, in a sentence without its full stop.
    pub says: String,
}

/// How something is. The worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it should be.
    Well,
    /// Calls are taken and sold, and somebody should look.
    Worry,
    /// No new call is taken here.
    Bad,
}

/// One thing that a doctor found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A code of docs/reference/doctor.md.
    pub code: &'static str,
    /// Whether calls are lost or not sold for it; otherwise it may be meant so.
    pub is_grave: bool,
    /// What it is about, ex: `offer.buyer-c`.
    pub at: String,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub mend: String,
}

impl State {
    /// Its word, for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Worry => "worry",
            Self::Bad => "bad",
        }
    }
}

impl Vitals {
    /// How the whole is: as its worst part.
    pub fn state(&self) -> State {
        self.signs.iter().map(|sign| sign.state).max().unwrap_or(State::Well)
    }
}
