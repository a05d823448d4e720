//! The ringback that a caller on hold hears where a campaign names no audio of its own.

use std::sync::LazyLock;

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

/// Samples a second of telephony.
const RATE: u32 = 8_000;
/// One ring and its pause: 2 s and 2 s.
const SECONDS: u32 = 4;

static RING: LazyLock<Bytes> = LazyLock::new(|| wav(&samples()).into());

/// `GET /audio/ring.wav`: 4 s of the North American ringback, 16-bit PCM at 8 kHz.
pub async fn ring() -> Response {
    let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, RING.clone()).into_response()
}

/// 440 Hz and 480 Hz together for 2 s, then silence (ITU-T E.180, Supplement 2, USA).
#[expect(clippy::float_arithmetic, reason = "sound is no money")]
pub(crate) fn samples() -> Vec<i16> {
    let tone = |n: u32, hertz: f64| (f64::from(n) * hertz * std::f64::consts::TAU / f64::from(RATE)).sin();
    let sample = |n: u32| if n < 2 * RATE { (tone(n, 440.0) + tone(n, 480.0)) * 3_000.0 } else { 0.0 };
    (0..RATE * SECONDS).map(|n| sample(n) as i16).collect()
}

/// 1,000 Hz for 0.3 s: in the place of a text that nobody can read aloud.
#[expect(clippy::float_arithmetic, reason = "sound is no money")]
pub(crate) fn beep() -> Vec<i16> {
    let sample = |n: u32| (f64::from(n) * 1_000.0 * std::f64::consts::TAU / f64::from(RATE)).sin() * 5_000.0;
    (0..RATE * 3 / 10).map(|n| sample(n) as i16).collect()
}

/// A RIFF file of one channel of 16-bit PCM.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).unwrap_or(0);
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend(b"RIFF");
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    for word in [1_u16, 1] {
        file.extend(word.to_le_bytes());
    }
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    for word in [2_u16, 16] {
        file.extend(word.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_four_seconds_of_sound_and_silence() {
        assert_eq!(RING.len(), 44 + 4 * 8_000 * 2);
        assert_eq!(&RING[..4], b"RIFF");
        assert!(RING[44..44 + 32_000].iter().any(|byte| *byte != 0));
        assert!(RING[44 + 32_000..].iter().all(|byte| *byte == 0));
    }
}
