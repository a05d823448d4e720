//! The numbers of what we send: one stream without a seam, whether it is a prompt, a key or another party's speech.

use super::report::Sent;

/// What is sent to one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbound {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    fresh: bool,
    relayed: Option<Relayed>,
    packets: u32,
    bytes: u32,
}

/// How another party's numbers become ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Relayed {
    ssrc: u32,
    sequence_by: u16,
    timestamp_by: u32,
}

/// The numbers of one packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Whose stream.
    pub ssrc: u32,
    /// Its number.
    pub sequence: u16,
    /// Its time in samples.
    pub timestamp: u32,
    /// Whether something else begins here: the marker is due.
    pub begins: bool,
}

impl Outbound {
    /// A stream that begins with these numbers, which should be random.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, timestamp, fresh: true, relayed: None, packets: 0, bytes: 0 }
    }

    /// A packet of our own with so many samples. `passed`: samples of time since the last packet, where it was longer
    /// ago than its own length.
    pub fn own(&mut self, samples: u32, passed: u32) -> Numbers {
        let begins = std::mem::take(&mut self.fresh) || self.relayed.take().is_some();
        self.timestamp = self.timestamp.wrapping_add(passed);
        let numbers = Numbers { ssrc: self.ssrc, sequence: self.sequence, timestamp: self.timestamp, begins };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(samples);
        numbers
    }

    /// A packet with so many bytes of payload was written.
    pub fn wrote(&mut self, bytes: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(u32::try_from(bytes).unwrap_or_default());
    }

    /// What was sent so far, so many samples of time after the last packet.
    pub fn sent(&self, passed: u32) -> Sent {
        let timestamp = self.timestamp.wrapping_add(passed);
        Sent { ssrc: self.ssrc, timestamp, packets: self.packets, bytes: self.bytes }
    }

    /// Time passes without a packet.
    pub fn pass(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// A packet of our own whose time stands still: the packets of one key.
    pub fn same_time(&mut self) -> Numbers {
        let numbers = self.own(0, 0);
        Numbers { begins: false, ..numbers }
    }

    /// Another party's packet. Its gaps and its order stay as they are, so that the hearer can tell a loss; where
    /// another stream begins, it follows what was sent last.
    pub fn relay(&mut self, ssrc: u32, sequence: u16, timestamp: u32, samples: u32) -> Numbers {
        let (by, begins) = match self.relayed.filter(|it| it.ssrc == ssrc) {
            Some(by) => (by, false),
            None => {
                let by = Relayed {
                    ssrc,
                    sequence_by: self.sequence.wrapping_sub(sequence),
                    timestamp_by: self.timestamp.wrapping_sub(timestamp),
                };
                (by, true)
            }
        };
        self.relayed = Some(by);
        self.fresh = false;
        let numbers = Numbers {
            ssrc: self.ssrc,
            sequence: sequence.wrapping_add(by.sequence_by),
            timestamp: timestamp.wrapping_add(by.timestamp_by),
            begins,
        };
        // What is sent next follows the newest, not one that came late.
        let ahead = numbers.sequence.wrapping_sub(self.sequence);
        if begins || ahead < 0x8000 {
            self.sequence = numbers.sequence.wrapping_add(1);
            self.timestamp = numbers.timestamp.wrapping_add(samples);
        }
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_packets_follow_each_other_over_the_edge() {
        let mut out = Outbound::new(7, u16::MAX, u32::MAX - 159);
        let first = out.own(160, 0);
        assert_eq!((first.sequence, first.timestamp, first.begins), (u16::MAX, u32::MAX - 159, true));
        let second = out.own(160, 0);
        assert_eq!((second.sequence, second.timestamp, second.begins), (0, 0, false));
        let late = out.own(160, 8_000);
        assert_eq!((late.sequence, late.timestamp), (1, 8_160));
    }

    #[test]
    fn another_partys_stream_follows_ours_and_keeps_its_gaps() {
        let mut out = Outbound::new(7, 100, 1_000);
        out.own(160, 0);
        let first = out.relay(9, 5_000, 80_000, 160);
        assert_eq!((first.ssrc, first.sequence, first.timestamp, first.begins), (7, 101, 1_160, true));
        // Two are lost, and one of them comes late.
        assert_eq!(out.relay(9, 5_003, 80_480, 160).sequence, 104);
        assert_eq!(out.relay(9, 5_001, 80_160, 160).sequence, 102);
        let ours = out.own(160, 0);
        assert_eq!((ours.sequence, ours.timestamp, ours.begins), (105, 1_800, true));
    }

    #[test]
    fn a_second_stream_of_the_party_goes_on_without_a_seam() {
        let mut out = Outbound::new(7, 0, 0);
        out.relay(9, 5_000, 80_000, 160);
        let other = out.relay(10, 1, 1, 160);
        assert_eq!((other.sequence, other.timestamp, other.begins), (1, 160, true));
    }
}
