//! Telephone events out: a key as the packets of RFC 4733, one each 20 ms, its end three times.

use super::{Key, Told};

/// One packet of a key. All packets of a key carry the timestamp of its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The first packet of the key.
    pub marker: bool,
    /// The packet's payload.
    pub payload: [u8; 4],
    /// Whether the key is over.
    pub end: bool,
}

/// A key that is being sent.
#[derive(Debug, Clone)]
pub struct Sending {
    key: Key,
    total: u16,
    sent: u16,
    ends: u8,
}

const STEP: u16 = 160;
const ENDS: u8 = 3;
const VOLUME: u8 = 10;

impl Sending {
    /// A key, pressed for so many milliseconds: 40 to 8,000.
    pub fn new(key: Key, millis: u64) -> Self {
        let total = u16::try_from(millis.clamp(40, 8_000) * 8).unwrap_or(u16::MAX);
        Self { key, total, sent: 0, ends: 0 }
    }
}

impl Iterator for Sending {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.ends == ENDS {
            return None;
        }
        let marker = self.sent == 0;
        self.sent = self.sent.saturating_add(STEP).min(self.total);
        let end = self.sent == self.total;
        self.ends += u8::from(end);
        let told = Told { event: self.key.event(), end, duration: self.sent };
        Some(Piece { marker, payload: told.write(VOLUME), end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_lengthens_and_ends_three_times() {
        let pieces: Vec<_> = Sending::new(Key::of_char('#').unwrap(), 60).collect();
        let payloads: Vec<_> = pieces.iter().map(|it| it.payload).collect();
        assert_eq!(
            payloads,
            [[11, 10, 0, 160], [11, 10, 1, 64], [11, 0x8a, 1, 224], [11, 0x8a, 1, 224], [11, 0x8a, 1, 224]]
        );
        assert_eq!(pieces.iter().filter(|it| it.marker).count(), 1);
        assert!(pieces[0].marker && pieces[2].end);
    }
}
