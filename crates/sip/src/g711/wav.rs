//! WAV files: PCM of 8 or 16 bits, µ-law or A-law, any channels and rate, to samples at 8,000 a second.

use super::Law;
use crate::limits::{PROMPT_BYTES_MAX, PROMPT_SAMPLES_MAX};

/// The rate that comes out.
const RATE: u64 = 8_000;
/// The rates and channels that are taken.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
const CHANNELS_MAX: u16 = 8;

/// Why a file is no prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// It does not begin as a WAV file does, or is cut off.
    #[error("this is no WAV file; save it as WAV, 16-bit PCM")]
    NotWav,
    /// It is coded otherwise.
    #[error("the WAV file is not PCM of 8 or 16 bits, mu-law or A-law; save it as 16-bit PCM")]
    Coding,
    /// Its rate or number of channels is out of the ordinary.
    #[error("the WAV file's rate must be 4,000 to 192,000 Hz with at most 8 channels")]
    Shape,
    /// It is longer than a prompt may be.
    #[error("the WAV file is too large: 8 MiB and 300 s are the most")]
    TooLong,
}

/// Reads a WAV file as samples at 8,000 a second, channels mixed.
///
/// A higher rate is brought down by the mean of the samples that fall into one of ours, which keeps most of what would
/// alias out of speech; a lower one is brought up along straight lines.
///
/// # Errors
/// Says what of the file is not taken, and its mend.
pub fn read_wav(file: &[u8]) -> Result<Vec<i16>, WavError> {
    if file.len() > PROMPT_BYTES_MAX {
        return Err(WavError::TooLong);
    }
    if file.get(..4) != Some(b"RIFF") || file.get(8..12) != Some(b"WAVE") {
        return Err(WavError::NotWav);
    }
    let (mut format, mut rest) = (None, &file[12..]);
    while rest.len() >= 8 {
        let (head, behind) = rest.split_at(8);
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // What streams write has no length, or a wrong one; the data then goes to the end.
        let body = &behind[..length.min(behind.len())];
        match &head[..4] {
            b"fmt " => format = Some(Format::read(body)?),
            b"data" => return format.ok_or(WavError::NotWav)?.samples(body),
            _ => {}
        }
        rest = behind.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Err(WavError::NotWav)
}

#[derive(Clone, Copy)]
enum Coding {
    Bits8,
    Bits16,
    Law(Law),
}

struct Format {
    coding: Coding,
    channels: u16,
    rate: u32,
}

impl Format {
    fn read(body: &[u8]) -> Result<Self, WavError> {
        let short = |at: usize| -> Result<u16, WavError> {
            let bytes = body.get(at..at + 2).ok_or(WavError::NotWav)?;
            Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        // An extensible format has its true one in its first two bytes.
        let tag = match short(0)? {
            0xfffe => short(24)?,
            tag => tag,
        };
        let coding = match (tag, short(14)?) {
            (1, 8) => Coding::Bits8,
            (1, 16) => Coding::Bits16,
            (6, 8) => Coding::Law(Law::A),
            (7, 8) => Coding::Law(Law::Mu),
            _ => return Err(WavError::Coding),
        };
        let rate = u32::from(short(4)?) | (u32::from(short(6)?) << 16);
        let channels = short(2)?;
        if !RATES.contains(&rate) || channels == 0 || channels > CHANNELS_MAX {
            return Err(WavError::Shape);
        }
        Ok(Self { coding, channels, rate })
    }

    fn samples(&self, body: &[u8]) -> Result<Vec<i16>, WavError> {
        let width = if matches!(self.coding, Coding::Bits16) { 2 } else { 1 };
        let mixed: Vec<i16> = body
            .chunks_exact(width * usize::from(self.channels))
            .map(|frame| {
                let sum: i32 = frame.chunks_exact(width).map(|it| i32::from(self.sample(it))).sum();
                i16::try_from(sum / i32::from(self.channels)).unwrap_or_default()
            })
            .collect();
        let length = mixed.len() as u64 * RATE / u64::from(self.rate);
        if length > PROMPT_SAMPLES_MAX as u64 {
            return Err(WavError::TooLong);
        }
        Ok((0..length).map(|at| at_8000(&mixed, u64::from(self.rate), at)).collect())
    }

    fn sample(&self, bytes: &[u8]) -> i16 {
        match self.coding {
            Coding::Bits8 => (i16::from(bytes[0]) - 128) << 8,
            Coding::Bits16 => i16::from_le_bytes([bytes[0], bytes[1]]),
            Coding::Law(law) => law.decode(bytes[0]),
        }
    }
}

/// The sample at this place of the 8,000 a second.
fn at_8000(samples: &[i16], rate: u64, at: u64) -> i16 {
    let (from, to) = (at * rate, (at + 1) * rate);
    let sample = |at: u64| {
        let last = samples.len().saturating_sub(1);
        usize::try_from(at).ok().and_then(|at| samples.get(at.min(last))).copied().map_or(0, i64::from)
    };
    if rate <= RATE {
        let (first, part) = (from / RATE, i64::try_from(from % RATE).unwrap_or_default());
        let whole = i64::try_from(RATE).unwrap_or(1);
        let mixed = (sample(first) * (whole - part) + sample(first + 1) * part) / whole;
        return i16::try_from(mixed).unwrap_or_default();
    }
    // Each sample of theirs covers RATE of `rate` parts; those that our sample covers are weighed by what it has of them.
    let mut sum = 0_i64;
    for place in from / RATE..to.div_ceil(RATE) {
        let covered = to.min((place + 1) * RATE) - from.max(place * RATE);
        sum += sample(place) * i64::try_from(covered).unwrap_or_default();
    }
    i16::try_from(sum / i64::try_from(rate).unwrap_or(1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        file.extend(16_u32.to_le_bytes());
        file.extend(tag.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        file.extend(data);
        file
    }

    fn pcm(samples: &[i16]) -> Vec<u8> {
        samples.iter().flat_map(|it| it.to_le_bytes()).collect()
    }

    #[test]
    fn a_file_at_our_rate_is_taken_as_it_is() {
        assert_eq!(read_wav(&wav(1, 1, 8_000, 16, &pcm(&[1, -2, 3]))), Ok(vec![1, -2, 3]));
        assert_eq!(read_wav(&wav(1, 1, 8_000, 8, &[128, 255])), Ok(vec![0, 127 << 8]));
        let law = read_wav(&wav(7, 1, 8_000, 8, &[Law::Mu.encode(5_000)])).unwrap();
        assert!((law[0] - 5_000).abs() < 160, "{law:?}");
    }

    #[test]
    fn channels_are_mixed_and_rates_changed() {
        assert_eq!(read_wav(&wav(1, 2, 8_000, 16, &pcm(&[100, 300, -7, 7]))), Ok(vec![200, 0]));
        assert_eq!(read_wav(&wav(1, 1, 16_000, 16, &pcm(&[10, 20, 30, 50]))), Ok(vec![15, 40]));
        assert_eq!(read_wav(&wav(1, 1, 4_000, 16, &pcm(&[0, 100]))), Ok(vec![0, 50, 100, 100]));
        // 24 of 44,100 Hz are 4 of ours, whose mean stays.
        let flat = read_wav(&wav(1, 1, 44_100, 16, &pcm(&[1_000; 441]))).unwrap();
        assert_eq!(flat, vec![1_000; 80]);
    }

    #[test]
    fn a_tone_above_what_we_can_carry_is_damped() {
        // 12 kHz at 48 kHz would come back as 4 kHz.
        let high: Vec<i16> = (0..4_800).map(|it| [0, 10_000, 0, -10_000][it % 4]).collect();
        let down = read_wav(&wav(1, 1, 48_000, 16, &pcm(&high))).unwrap();
        assert!(down.iter().all(|it| it.abs() < 2_500), "{:?}", down.iter().max());
    }

    #[test]
    fn what_is_no_prompt_is_refused() {
        assert_eq!(read_wav(b"RIFX"), Err(WavError::NotWav));
        assert_eq!(read_wav(&wav(3, 1, 8_000, 32, &[0; 8])), Err(WavError::Coding));
        assert_eq!(read_wav(&wav(1, 0, 8_000, 16, &[])), Err(WavError::Shape));
        assert_eq!(read_wav(&wav(1, 1, 1, 16, &[])), Err(WavError::Shape));
        assert_eq!(read_wav(&wav(1, 1, 4_000, 8, &vec![0; 4_000 * 301])), Err(WavError::TooLong));
    }
}
