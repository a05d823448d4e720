//! Whom a call is made to, and by which trunk.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use auction::Destination;
use journey::Shown;
use lead::E164;
use sip::leg::Dial;

use crate::config::{Identity, SipConfig, Trunk};

/// Who brings calls and takes them.
pub(super) struct Trunks {
    all: Vec<Trunk>,
    /// Those that did not answer when they were asked last.
    down: Mutex<BTreeSet<String>>,
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
        Self { all: config.trunks.clone(), down: Mutex::default() }
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
    /// address without one. `None`: nobody takes it.
    pub(super) fn dial(&self, wanted: &Wanted<'_>) -> Option<Dial> {
        let (shown, diverted) = match wanted.shown {
            Shown::Campaign(ours) => (lead::Pii::new(ours.as_str().to_owned()), None),
            Shown::Caller(theirs) => {
                (theirs.map(|number| number.as_str().to_owned()), Some(wanted.dnis.as_str().to_owned()))
            }
        };
        let (to, by) = match wanted.to {
            Destination::Phone(number) => {
                let (proxy, trunk) = self.taking(wanted.trunk)?;
                (format!("sip:{}@{proxy}", number.as_str()), Some((proxy, trunk)))
            }
            // Nobody is spoken to by TLS yet.
            Destination::Sip(address) if is_secure(address.as_str()) => return None,
            Destination::Sip(address) => (address.as_str().to_owned(), None),
        };
        Some(Dial {
            to,
            via: by.map(|(proxy, _)| proxy),
            tcp: by.is_some_and(|(_, trunk)| trunk.tcp),
            shown: Some(shown),
            assert: by.is_some_and(|(_, trunk)| trunk.identity == Identity::Asserted),
            diverted,
            credential: by.and_then(|(_, trunk)| trunk.credential.clone()),
            ring: wanted.ring,
            hops: wanted.hops,
        })
    }

    /// The caller's own trunk, else the first, of those that answer; where none does, of all: a probe may be wrong.
    fn taking(&self, first: Option<usize>) -> Option<(SocketAddr, &Trunk)> {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let first = first.and_then(|trunk| self.all.get(trunk));
        let ordered = || first.into_iter().chain(&self.all).filter_map(|trunk| Some((trunk.proxy?, trunk)));
        ordered().find(|(_, trunk)| !down.contains(&trunk.name)).or_else(|| ordered().next())
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
    pub(super) fn note(&self, name: &str, is_up: bool) -> bool {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if is_up { down.remove(name) } else { down.insert(name.to_owned()) }
    }
}

fn is_secure(address: &str) -> bool {
    address.starts_with("sips:") || address.ends_with(";transport=tls")
}
