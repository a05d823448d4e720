//! Speech at 8,000 samples a second in eight bits: µ-law and A-law (G.711), and WAV files made of it or for it.

mod wav;

pub use self::wav::{WavError, read_wav};

use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};

/// Samples of a frame: 20 ms.
pub const FRAME_SAMPLES: usize = 160;

/// How a sample is put into eight bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// PCMU, the American one.
    Mu,
    /// PCMA, everybody else's.
    A,
}

impl Law {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mu, Self::A];

    /// Its payload type by RFC 3551.
    pub fn payload(self) -> u8 {
        match self {
            Self::Mu => 0,
            Self::A => 8,
        }
    }

    /// Its name in a session description.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mu => "PCMU",
            Self::A => "PCMA",
        }
    }

    /// What silence is.
    pub fn silence(self) -> u8 {
        self.encode(0)
    }

    /// One sample, coded.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Self::Mu => encode_ulaw(sample),
            Self::A => encode_alaw(sample),
        }
    }

    /// One sample, decoded.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Self::Mu => decode_ulaw(byte),
            Self::A => decode_alaw(byte),
        }
    }

    /// The same speech in the other law, in place.
    pub fn turn_into(self, other: Self, speech: &mut [u8]) {
        if self != other {
            for byte in speech {
                *byte = other.encode(self.decode(*byte));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_coded_twice_stays_the_same() {
        for law in Law::ALL {
            for byte in 0..=255_u8 {
                let sample = law.decode(byte);
                assert_eq!(law.decode(law.encode(sample)), sample, "{law:?} {byte}");
            }
        }
    }

    #[test]
    fn a_sample_comes_back_within_a_sixteenth() {
        for law in Law::ALL {
            for sample in (-32_000..=32_000).step_by(77) {
                let back = i32::from(law.decode(law.encode(sample)));
                let off = (back - i32::from(sample)).abs();
                assert!(off <= 40 + i32::from(sample).abs() / 16, "{law:?} {sample} {back}");
            }
        }
    }

    #[test]
    fn silence_is_nearly_nothing() {
        for law in Law::ALL {
            assert!(law.decode(law.silence()).abs() <= 8);
        }
    }

    #[test]
    fn the_laws_are_turned_into_each_other() {
        let mut speech = [Law::Mu.encode(1_000), Law::Mu.encode(-20_000)];
        Law::Mu.turn_into(Law::A, &mut speech);
        assert!((Law::A.decode(speech[0]) - 1_000).abs() < 70);
        assert!((i32::from(Law::A.decode(speech[1])) + 20_000).abs() < 1_300);
    }
}
