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
    /// Who brings calls by SIP and takes them. `None`: none are taken so.
    pub trunks: Option<Vec<Trunk>>,
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

/// A trunk, as this process sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Its name.
    pub name: String,
    /// Where its calls come from: addresses and networks.
    pub sources: Vec<String>,
    /// Whether its callers are challenged for a password.
    pub challenges: bool,
    /// Where calls to it go. `None`: it takes none.
    pub proxy: Option<String>,
    /// How: `udp` or `tcp`.
    pub transport: &'static str,
    /// Whether the number that is shown is asserted as well.
    pub asserts: bool,
    /// Callers of its that are here.
    pub calls: usize,
    /// How many there may be.
    pub calls_max: usize,
    /// Whether it answered when it was asked last, and when that was. `None`: it was never asked.
    pub answers: Option<(bool, Timestamp)>,
    /// Calls to it that did not even ring, or on which no codec was agreed, since the process began.
    pub failed: u64,
    /// When the last of them was, and why.
    pub last: Option<(Timestamp, String)>,
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
