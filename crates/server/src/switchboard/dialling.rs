//! Whom a call is made to, and by which trunk.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use auction::Destination;
use journey::Shown;
use lead::{E164, Timestamp};
use sip::leg::Dial;

use crate::config::{Identity, SipConfig, Trunk};

/// Who brings calls and takes them.
pub(super) struct Trunks {
    all: Vec<Trunk>,
    /// What is known of each, in the same order.
    seen: Mutex<Vec<Seen>>,
}

/// What is known of a trunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether it answered when it was asked last, and when that was.
    pub(super) asked: Option<(bool, Timestamp)>,
    /// Calls to it that did not even ring or could not be agreed on, since the process began.
    pub(super) failed: u64,
    /// When the last of them was, and why.
    pub(super) last: Option<(Timestamp, String)>,
}

/// A call that is to be made.
pub(super) struct Wanted<'a> {
    /// The trunk that the caller came by, which is tried first.
    pub(super) trunk: Option<usize>,
    /// Where to.
    pub(super) to: &'a Destination,
    /// What is shown there.
    pub(super) shown: &'a Shown,
    /// The number that was dialled.
    pub(super) dnis: &'a E164,
    /// How long it rings.
    pub(super) ring: Duration,
    /// The hops that are left.
    pub(super) hops: u64,
}

impl Trunks {
    pub(super) fn new(config: &SipConfig) -> Self {
        Self { seen: Mutex::new(vec![Seen::default(); config.trunks.len()]), all: config.trunks.clone() }
    }

    /// The trunk that brings calls from there.
    pub(super) fn bringing(&self, from: IpAddr) -> Option<usize> {
        self.all.iter().position(|trunk| trunk.sources.iter().any(|net| net.holds(from)))
    }

    pub(super) fn calls_max(&self, trunk: usize) -> usize {
        self.all.get(trunk).map_or(0, |trunk| trunk.calls_max)
    }

    pub(super) fn name(&self, trunk: usize) -> &str {
        self.all.get(trunk).map_or("", |trunk| &trunk.name)
    }

    /// The call as it is made: a number by the caller's own trunk where that takes calls, else by the first that does; an
    /// address without one, with the trunk that it goes by. `None`: nobody takes it.
    pub(super) fn dial(&self, wanted: &Wanted<'_>) -> Option<(Dial, Option<usize>)> {
        let (shown, diverted) = match wanted.shown {
            Shown::Campaign(ours) => (lead::Pii::new(ours.as_str().to_owned()), None),
            Shown::Caller(theirs) => {
                (theirs.map(|number| number.as_str().to_owned()), Some(wanted.dnis.as_str().to_owned()))
            }
        };
        let (to, by) = match wanted.to {
            Destination::Phone(number) => {
                let (proxy, at, trunk) = self.taking(wanted.trunk)?;
                (format!("sip:{}@{proxy}", number.as_str()), Some((proxy, at, trunk)))
            }
            // Nobody is spoken to by TLS yet.
            Destination::Sip(address) if is_secure(address.as_str()) => return None,
            Destination::Sip(address) => (address.as_str().to_owned(), None),
        };
        let dial = Dial {
            to,
            via: by.map(|(proxy, ..)| proxy),
            tcp: by.is_some_and(|(.., trunk)| trunk.tcp),
            shown: Some(shown),
            assert: by.is_some_and(|(.., trunk)| trunk.identity == Identity::Asserted),
            diverted,
            credential: by.and_then(|(.., trunk)| trunk.credential.clone()),
            ring: wanted.ring,
            hops: wanted.hops,
        };
        Some((dial, by.map(|(_, at, _)| at)))
    }

    /// The caller's own trunk, else the first, of those that answer; where none does, of all: a probe may be wrong.
    fn taking(&self, first: Option<usize>) -> Option<(SocketAddr, usize, &Trunk)> {
        let seen = self.seen();
        let is_down = |at: usize| seen.get(at).is_some_and(|it| it.asked.is_some_and(|(is_up, _)| !is_up));
        let ordered = || {
            let all = first.into_iter().chain(0..self.all.len());
            all.filter_map(|at| self.all.get(at).and_then(|trunk| Some((trunk.proxy?, at, trunk))))
        };
        ordered().find(|(_, at, _)| !is_down(*at)).or_else(|| ordered().next())
    }

    /// What is known of each, with its name.
    pub(super) fn known(&self) -> Vec<(&Trunk, Seen)> {
        self.all.iter().zip(self.seen().iter().cloned()).collect()
    }

    /// A call to a trunk did not even ring, or could not be agreed on.
    pub(super) fn failed(&self, trunk: usize, now: Timestamp, why: String) {
        if let Some(seen) = self.seen().get_mut(trunk) {
            seen.failed += 1;
            seen.last = Some((now, why));
        }
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The trunks that take calls and are asked whether they are there: name, where, and whether by TCP.
    pub(super) fn proxies(&self) -> Vec<(String, SocketAddr, bool)> {
        self.all
            .iter()
            .filter(|it| it.probe)
            .filter_map(|it| Some((it.name.clone(), it.proxy?, it.tcp)))
            .collect()
    }

    /// Notes whether a trunk answers. Whether that is news.
    pub(super) fn note(&self, now: Timestamp, name: &str, is_up: bool) -> bool {
        let at = self.all.iter().position(|trunk| trunk.name == name);
        let mut seen = self.seen();
        let Some(seen) = at.and_then(|at| seen.get_mut(at)) else { return false };
        // One that was never asked was believed to be there.
        let was_up = seen.asked.replace((is_up, now)).is_none_or(|(was_up, _)| was_up);
        was_up != is_up
    }
}

fn is_secure(address: &str) -> bool {
    address.starts_with("sips:") || address.ends_with(";transport=tls")
}
