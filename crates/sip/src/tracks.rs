//! A recording of two voices: pieces of sound laid on one time, the first voice left, the second right.
//!
//! Start with [`Tracks`]. What comes evenly follows what came before, however uneven its way was; a pause is silence of its own
//! length. Both sides together are a WAV file of mu-law behind its [`head`].

use std::{collections::VecDeque, time::Duration};

/// Bytes of the head of a file.
pub const HEAD_BYTES: usize = 46;
/// Samples of both sides in a second.
const RATE: u64 = 8_000;
/// How far a piece may come behind the end of those before it and still follow them: what its way makes of an even stream.
const UNEVEN: u64 = RATE / 5;
/// How far one side may be ahead of what has come of it; what is beyond is let go.
const AHEAD_MAX: u64 = RATE * 2;
/// How long the slower side is waited for; then its place is silence.
const BEHIND_MAX: u64 = RATE;
/// Silence, in mu-law.
const SILENCE: u8 = 0xff;

/// Two voices on one time.
#[derive(Debug, Default)]
pub struct Tracks {
    sides: [Side; 2],
    /// Samples that were taken of both.
    taken: u64,
}

#[derive(Debug, Default)]
struct Side {
    waits: VecDeque<u8>,
    /// Where it ends, in samples from the beginning.
    end: u64,
}

impl Tracks {
    /// A piece of the left side (0) or the right one, in mu-law, that came at this time.
    pub fn on_piece(&mut self, right: bool, at: Duration, samples: &[u8]) {
        let at = u64::try_from(at.as_micros()).unwrap_or(u64::MAX).saturating_mul(RATE) / 1_000_000;
        let side = &mut self.sides[usize::from(right)];
        let gap = at.saturating_sub(side.end);
        // A pause, or what never came: its place is silence.
        if gap > UNEVEN {
            side.silent(gap);
        }
        if side.end.saturating_sub(at) <= AHEAD_MAX {
            side.waits.extend(samples);
            side.end += samples.len() as u64;
        }
    }

    /// What is complete of both sides since the last time, left and right in turns.
    pub fn take(&mut self) -> Vec<u8> {
        let [left, right] = [&self.sides[0], &self.sides[1]].map(|side| side.end);
        self.take_to(left.min(right).max(left.max(right).saturating_sub(BEHIND_MAX)))
    }

    /// The rest.
    pub fn finish(&mut self) -> Vec<u8> {
        self.take_to(self.sides[0].end.max(self.sides[1].end))
    }

    /// How long it is so far.
    pub fn lasts(&self) -> Duration {
        Duration::from_micros(self.taken.saturating_mul(1_000_000) / RATE)
    }

    fn take_to(&mut self, end: u64) -> Vec<u8> {
        let count = end.saturating_sub(self.taken);
        for side in &mut self.sides {
            side.silent(end.saturating_sub(side.end));
        }
        self.taken += count;
        let [left, right] = &mut self.sides;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let pairs = left.waits.drain(..count).zip(right.waits.drain(..count));
        pairs.flat_map(|(left, right)| [left, right]).collect()
    }
}

impl Side {
    fn silent(&mut self, samples: u64) {
        let count = usize::try_from(samples).unwrap_or(usize::MAX);
        self.waits.extend(std::iter::repeat_n(SILENCE, count));
        self.end += samples;
    }
}

/// The head of a file of so many bytes of sound: mu-law, two channels.
pub fn head(bytes: u32) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    let mut at = 0;
    let mut put = |part: &[u8]| {
        head[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    };
    put(b"RIFF");
    put(&bytes.saturating_add(38).to_le_bytes());
    put(b"WAVEfmt ");
    put(&18_u32.to_le_bytes());
    // Mu-law, two channels of 8 bits, and nothing more to say of it.
    put(&7_u16.to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&8_000_u32.to_le_bytes());
    put(&16_000_u32.to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&8_u16.to_le_bytes());
    put(&0_u16.to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn sides(bytes: &[u8]) -> [Vec<u8>; 2] {
        [0, 1].map(|side| bytes.iter().skip(side).step_by(2).copied().collect())
    }

    #[test]
    fn both_sides_are_on_one_time_however_uneven_they_come() {
        let mut tracks = Tracks::default();
        let mut file = vec![];
        for n in 0..50 {
            tracks.on_piece(false, MS(n * 20 + n % 3 * 15), &[1; 160]);
            if n >= 25 {
                tracks.on_piece(true, MS(n * 20), &[2; 160]);
            }
            file.extend(tracks.take());
        }
        file.extend(tracks.finish());
        let [left, right] = sides(&file);
        assert_eq!((left, tracks.lasts()), (vec![1; 8_000], MS(1_000)));
        assert_eq!(right, [vec![SILENCE; 4_000], vec![2; 4_000]].concat(), "it began half a second later");
    }

    #[test]
    fn a_pause_is_silence_and_a_side_that_says_nothing_is_not_waited_for() {
        let mut tracks = Tracks::default();
        tracks.on_piece(false, MS(0), &[1; 160]);
        tracks.on_piece(false, MS(3_000), &[3; 160]);
        let first = tracks.take();
        assert_eq!(first.len(), 2 * (24_160 - 8_000), "all but the last second");
        let [left, right] = sides(&[first, tracks.finish()].concat());
        assert_eq!(left, [vec![1; 160], vec![SILENCE; 23_840], vec![3; 160]].concat());
        assert_eq!(right, vec![SILENCE; 24_160]);
    }

    #[test]
    fn what_comes_far_too_fast_is_let_go() {
        let mut tracks = Tracks::default();
        for _ in 0..1_000 {
            tracks.on_piece(false, MS(0), &[1; 160]);
        }
        assert!(tracks.finish().len() <= 2 * (16_000 + 160));
    }

    #[test]
    fn the_head_says_what_it_is() {
        let head = head(320);
        assert_eq!((&head[..4], &head[8..16], &head[38..42]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        assert_eq!((head[20], head[22], head[42..46].to_vec()), (7, 2, 320_u32.to_le_bytes().to_vec()));
        assert_eq!(u32::from_le_bytes([head[4], head[5], head[6], head[7]]), 358);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn any_pieces_make_a_recording_of_two_equal_sides(
            pieces in proptest::collection::vec((proptest::bool::ANY, 0..9_000_u64, 0..400_usize), 0..20)
        ) {
            let (mut tracks, mut bytes) = (Tracks::default(), 0);
            for (right, at, length) in pieces {
                tracks.on_piece(right, MS(at), &vec![7; length]);
                bytes += tracks.take().len();
            }
            bytes += tracks.finish().len();
            assert_eq!(bytes as u64, tracks.taken * 2);
            assert!(tracks.sides.iter().all(|side| side.waits.is_empty()));
        }
    }
}
