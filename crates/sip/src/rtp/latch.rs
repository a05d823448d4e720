//! Where a party's packets come from (symmetric RTP): behind NAT it is not where its session description says.
//!
//! The described address is believed whenever it speaks. Otherwise the first source of the described stream is taken,
//! and nobody else is heard while it speaks, so that a stranger who guesses the port can neither hear nor interrupt. A
//! party whose port changes is believed again when it has been silent for [`RELATCH_SILENCE`] and its host or its stream
//! is the same.

use std::{net::SocketAddr, time::Duration};

use crate::limits::RELATCH_SILENCE;

/// What a packet's source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The party, where it was before.
    Known,
    /// The party, from here on: packets to it go there.
    New,
    /// Somebody else.
    Stranger,
}

/// One party's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latch {
    described: SocketAddr,
    heard: Option<Heard>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Heard {
    from: SocketAddr,
    ssrc: u32,
    /// When it spoke last, since any moment that stays the same.
    at: Duration,
}

impl Latch {
    /// A party at the address that its session description has.
    pub fn new(described: SocketAddr) -> Self {
        Self { described, heard: None }
    }

    /// The party is described anew. The same address changes nothing.
    pub fn describe(&mut self, described: SocketAddr) {
        if self.described != described {
            *self = Self::new(described);
        }
    }

    /// Whose packet this is. `at`: since any moment that stays the same.
    pub fn on_packet(&mut self, at: Duration, from: SocketAddr, ssrc: u32) -> Source {
        let source = match &self.heard {
            None => Source::New,
            Some(heard) if heard.from == from => Source::Known,
            Some(_) if from == self.described => Source::New,
            Some(heard) => {
                let silent = at.saturating_sub(heard.at) >= RELATCH_SILENCE;
                let same = heard.from.ip() == from.ip() || heard.ssrc == ssrc;
                if silent && same { Source::New } else { Source::Stranger }
            }
        };
        if source != Source::Stranger {
            self.heard = Some(Heard { from, ssrc, at });
        }
        source
    }

    /// Where packets to it go. `None`: nowhere yet.
    pub fn target(&self) -> Option<SocketAddr> {
        let described =
            (!self.described.ip().is_unspecified() && self.described.port() != 0).then_some(self.described);
        self.heard.as_ref().map(|it| it.from).or(described)
    }

    /// Since when it is silent, if it ever spoke.
    pub fn spoke_at(&self) -> Option<Duration> {
        self.heard.as_ref().map(|it| it.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn the_first_that_speaks_is_believed_and_a_stranger_is_not() {
        let mut latch = Latch::new(at("10.0.0.7:4000"));
        assert_eq!(latch.target(), Some(at("10.0.0.7:4000")));
        assert_eq!(latch.on_packet(MS(0), at("198.51.100.7:61000"), 1), Source::New);
        assert_eq!(latch.on_packet(MS(20), at("198.51.100.7:61000"), 1), Source::Known);
        assert_eq!(latch.on_packet(MS(30), at("203.0.113.9:5000"), 9), Source::Stranger);
        assert_eq!(latch.on_packet(MS(2_000), at("203.0.113.9:5000"), 9), Source::Stranger);
        assert_eq!(latch.target(), Some(at("198.51.100.7:61000")));
    }

    #[test]
    fn a_new_port_of_the_same_host_is_believed_after_silence() {
        let mut latch = Latch::new(at("10.0.0.7:4000"));
        latch.on_packet(MS(0), at("198.51.100.7:61000"), 1);
        assert_eq!(latch.on_packet(MS(20), at("198.51.100.7:61002"), 1), Source::Stranger);
        assert_eq!(latch.on_packet(MS(520), at("198.51.100.7:61002"), 2), Source::New);
        assert_eq!(latch.target(), Some(at("198.51.100.7:61002")));
    }

    #[test]
    fn the_described_address_is_always_believed() {
        let mut latch = Latch::new(at("10.0.0.7:4000"));
        latch.on_packet(MS(0), at("203.0.113.9:5000"), 9);
        assert_eq!(latch.on_packet(MS(1), at("10.0.0.7:4000"), 1), Source::New);
        assert_eq!(latch.on_packet(MS(2), at("203.0.113.9:5000"), 9), Source::Stranger);
    }

    #[test]
    fn a_new_description_begins_anew_and_the_same_does_not() {
        let mut latch = Latch::new(at("10.0.0.7:4000"));
        latch.on_packet(MS(0), at("198.51.100.7:61000"), 1);
        latch.describe(at("10.0.0.7:4000"));
        assert_eq!(latch.target(), Some(at("198.51.100.7:61000")));
        latch.describe(at("10.0.0.8:4000"));
        assert_eq!(latch.target(), Some(at("10.0.0.8:4000")));
        latch.describe(at("0.0.0.0:4000"));
        assert_eq!(latch.target(), None);
    }
}
