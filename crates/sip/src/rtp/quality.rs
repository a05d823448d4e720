//! What became of a party's packets on their way: lost, late, and how uneven they came (RFC 3550, A.1 and A.8).

use std::time::Duration;

/// What was counted of one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Packets that came.
    pub packets: u64,
    /// Packets whose number never came.
    pub lost: u64,
    /// How uneven they came, in samples of 8,000 a second.
    pub jitter: u32,
    /// Packets of somebody else, or that were none.
    pub strange: u64,
}

/// The count of one party.
#[derive(Debug, Clone, Default)]
pub struct Quality {
    stream: Option<Stream>,
    before: Counters,
    strange: u64,
    /// What was expected and what came of the stream at the last report.
    reported: (u64, u64),
}

/// What a report says of what was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Whose stream.
    pub ssrc: u32,
    /// What was lost since the last report, in 256ths.
    pub fraction: u8,
    /// Packets lost of the stream.
    pub lost: u32,
    /// Its highest number, with how often it went around.
    pub highest: u32,
    /// How uneven it came, in samples.
    pub jitter: u32,
}

#[derive(Debug, Clone)]
struct Stream {
    ssrc: u32,
    first: u64,
    highest: u64,
    packets: u64,
    transit: i64,
    /// Sixteen times the jitter.
    jitter: i64,
}

/// A leap of numbers beyond this is another stream, not a loss.
const LEAP_MAX: i64 = 3_000;

impl Quality {
    /// A packet came.
    pub fn on_packet(&mut self, at: Duration, ssrc: u32, sequence: u16, timestamp: u32) {
        let arrived = i64::try_from(at.as_micros() * 8 / 1_000).unwrap_or(i64::MAX);
        let transit =
            i64::from(u32::try_from(arrived & 0xffff_ffff).unwrap_or_default().wrapping_sub(timestamp));
        let same = self.stream.as_mut().filter(|it| it.ssrc == ssrc);
        if let Some(stream) = same {
            let low = u16::try_from(stream.highest & 0xffff).unwrap_or_default();
            let ahead = i64::from(i16::from_ne_bytes(sequence.wrapping_sub(low).to_ne_bytes()));
            if ahead.abs() <= LEAP_MAX {
                stream.highest = stream.highest.max(stream.highest.saturating_add_signed(ahead));
                stream.packets += 1;
                let between = (transit - stream.transit).abs();
                // Across the edge of 32 bits, or over a pause of ours, it says nothing.
                if between < 8_000 * 10 {
                    stream.jitter += between - ((stream.jitter + 8) >> 4);
                }
                stream.transit = transit;
                return;
            }
        }
        self.before = self.counters();
        self.reported = (0, 0);
        let first = u64::from(sequence) + (1 << 32);
        self.stream = Some(Stream { ssrc, first, highest: first, packets: 1, transit, jitter: 0 });
    }

    /// A packet of somebody else came, or one that is none.
    pub fn on_stranger(&mut self) {
        self.strange += 1;
    }

    /// Whose stream is heard.
    pub fn ssrc(&self) -> Option<u32> {
        self.stream.as_ref().map(|it| it.ssrc)
    }

    /// What is to be reported now. `None`: nothing was heard.
    pub fn block(&mut self) -> Option<Block> {
        let stream = self.stream.as_ref()?;
        let expected = stream.highest - stream.first + 1;
        let since = (expected - self.reported.0, stream.packets - self.reported.1);
        let missing = since.0.saturating_sub(since.1);
        let fraction = (missing * 256).checked_div(since.0).unwrap_or_default();
        self.reported = (expected, stream.packets);
        Some(Block {
            ssrc: stream.ssrc,
            fraction: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: u32::try_from(expected.saturating_sub(stream.packets)).unwrap_or(u32::MAX),
            // The count begins one round early, so that what is older than the first is not below zero.
            highest: u32::try_from((stream.highest - (1 << 32)) & 0xffff_ffff).unwrap_or_default(),
            jitter: u32::try_from(stream.jitter >> 4).unwrap_or_default(),
        })
    }

    /// What was counted so far.
    pub fn counters(&self) -> Counters {
        let Some(stream) = &self.stream else { return Counters { strange: self.strange, ..self.before } };
        let expected = stream.highest - stream.first + 1;
        Counters {
            packets: self.before.packets + stream.packets,
            lost: self.before.lost + expected.saturating_sub(stream.packets),
            jitter: u32::try_from(stream.jitter >> 4).unwrap_or_default(),
            strange: self.strange,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(place: u64) -> Duration {
        Duration::from_millis(20 * place)
    }

    #[test]
    fn what_never_comes_is_lost_and_what_comes_late_is_not() {
        let mut quality = Quality::default();
        for place in [65_530_u64, 65_531, 65_533, 65_534, 65_532, 65_537] {
            let sequence = u16::try_from(place % 65_536).unwrap();
            quality.on_packet(at(place), 1, sequence, u32::try_from(place).unwrap() * 160);
        }
        let counted = quality.counters();
        assert_eq!((counted.packets, counted.lost), (6, 2));
    }

    #[test]
    fn an_even_stream_has_no_jitter_and_an_uneven_one_has() {
        let (mut even, mut uneven) = (Quality::default(), Quality::default());
        for place in 0..200_u32 {
            let (sequence, timestamp) = (u16::try_from(place).unwrap(), place * 160);
            even.on_packet(at(u64::from(place)), 1, sequence, timestamp);
            let late = at(u64::from(place)) + Duration::from_millis(u64::from(place % 2) * 10);
            uneven.on_packet(late, 1, sequence, timestamp);
        }
        assert_eq!(even.counters().jitter, 0);
        assert!((70..=80).contains(&uneven.counters().jitter), "{:?}", uneven.counters());
    }

    #[test]
    fn another_stream_is_counted_on_top() {
        let mut quality = Quality::default();
        quality.on_packet(at(0), 1, 1, 0);
        quality.on_packet(at(1), 1, 3, 320);
        quality.on_packet(at(2), 2, 40_000, 7);
        assert_eq!(quality.counters(), Counters { packets: 3, lost: 1, jitter: 0, strange: 0 });
    }
}
