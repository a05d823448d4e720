//! Audio: fetched once, and its length.

use super::{exchange::Exchange, faults::Kind, leg::Leg, request::Ask, twiml::Method};
use crate::lock::lock;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use url::Url;

const UNKNOWN_LENGTH: Duration = Duration::from_secs(4);

/// What was fetched already.
#[derive(Debug, Default)]
pub(crate) struct Library(Mutex<BTreeMap<String, Result<Duration, String>>>);

impl Exchange {
    /// How long a piece of audio is, or why it cannot be played.
    pub(crate) async fn audio(self: &Arc<Self>, leg: &Arc<Leg>, url: &Url) -> Result<Duration, String> {
        if let Some(known) = lock(&self.library.0).get(url.as_str()) {
            return known.clone();
        }
        let ask = Ask { kind: Kind::Media, url: url.clone(), method: Method::Get, params: vec![] };
        let found = match self.ask(leg, ask).await {
            Ok(reply) if reply.status >= 400 => Err(format!("HTTP {}", reply.status)),
            Ok(reply) if reply.body.is_empty() => Err("empty".to_owned()),
            Ok(reply) => Ok(named(url).or_else(|| wav(&reply.body)).unwrap_or(UNKNOWN_LENGTH)),
            Err(words) => Err(words),
        };
        lock(&self.library.0).insert(url.to_string(), found.clone());
        found
    }
}

/// `…-12s.wav` is twelve seconds long.
fn named(url: &Url) -> Option<Duration> {
    let name = url.path().rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let seconds = stem.rsplit('-').next()?.strip_suffix('s')?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The length that a WAV header tells: bytes of data by bytes a second.
fn wav(bytes: &[u8]) -> Option<Duration> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let number = |at: usize| Some(u64::from(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?)));
    let (mut at, mut rate) = (12, 0);
    loop {
        let (name, size) = (bytes.get(at..at + 4)?, number(at + 4)?);
        match name {
            b"fmt " => rate = number(at + 16)?,
            b"data" if rate > 0 => {
                let there = u64::try_from(bytes.len().saturating_sub(at + 8)).ok()?;
                return Some(Duration::from_millis(size.min(there) * 1000 / rate));
            }
            _ => {}
        }
        at += 8 + usize::try_from(size + size % 2).ok()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_in_the_name() {
        assert_eq!(named(&Url::parse("http://a/ring-12s.wav").unwrap()), Some(Duration::from_secs(12)));
        assert_eq!(named(&Url::parse("http://a/ring.wav").unwrap()), None);
    }

    #[test]
    fn a_length_in_the_header() {
        let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        file.extend(16u32.to_le_bytes());
        file.extend([1, 0, 1, 0]);
        file.extend(8000u32.to_le_bytes());
        file.extend(16_000u32.to_le_bytes());
        file.extend([2, 0, 16, 0]);
        file.extend(b"data");
        file.extend(24_000u32.to_le_bytes());
        file.extend(vec![0; 24_000]);
        assert_eq!(wav(&file), Some(Duration::from_millis(1500)));
        assert_eq!(wav(b"RIFF"), None);
    }
}
