//! Keys: as telephone events in RTP (RFC 4733), and in the body of an INFO.

mod info;
mod receive;
mod send;

pub use self::{
    info::from_info,
    receive::Receiver,
    send::{Piece, Sending},
};

/// A key of a telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u8);

const KEYS: &[u8; 16] = b"0123456789*#ABCD";

impl Key {
    /// The key of an event's number. `None`: the event is none.
    pub fn of_event(event: u8) -> Option<Self> {
        (event < 16).then_some(Self(event))
    }

    /// The key that is written so.
    pub fn of_char(c: char) -> Option<Self> {
        let upper = c.to_ascii_uppercase();
        let at = KEYS.iter().position(|it| char::from(*it) == upper)?;
        u8::try_from(at).ok().map(Self)
    }

    /// Its event's number.
    pub fn event(self) -> u8 {
        self.0
    }

    /// As it is written.
    pub fn char(self) -> char {
        char::from(KEYS[usize::from(self.0 & 15)])
    }
}

/// What an event's packet says (RFC 4733, 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    event: u8,
    end: bool,
    duration: u16,
}

impl Told {
    fn read(payload: &[u8]) -> Option<Self> {
        // With redundancy the newest event is the last; plain packets hold one.
        let [event, flags, high, low] = *payload.last_chunk::<4>()?;
        if !payload.len().is_multiple_of(4) {
            return None;
        }
        Some(Self { event, end: flags & 0x80 != 0, duration: u16::from_be_bytes([high, low]) })
    }

    fn write(self, volume: u8) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, u8::from(self.end) << 7 | (volume & 0x3f), high, low]
    }
}
