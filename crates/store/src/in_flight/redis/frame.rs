//! How a light journey's list is written: a head of six elements, and one element for each event.

use lead::{JourneyId, Timestamp};

use crate::{ChainHash, entry::Encoded, in_flight::Light};

/// Elements before the first event: the chain's hash, the state, until when a move may take, the wake-up, the settings
/// version, and the wrapped key.
pub(super) const HEAD: usize = 6;

/// What the list says of its journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Light,
    Moving,
    Doubtful,
    Gone,
}

impl State {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            b"l" => Some(Self::Light),
            b"m" => Some(Self::Moving),
            b"d" => Some(Self::Doubtful),
            b"g" => Some(Self::Gone),
            _ => None,
        }
    }
}

/// Numbers are written as text, since scripts compare some of them.
pub(super) fn wake(at: Option<Timestamp>) -> Vec<u8> {
    at.map(|at| at.micros().to_string().into_bytes()).unwrap_or_default()
}

pub(super) fn read_wake(bytes: &[u8]) -> Option<Timestamp> {
    number(bytes).map(Timestamp::from_micros)
}

fn number<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// One event. Its place and its chain hash follow from what stands before it, and prove it.
pub(super) fn event(event: &Encoded) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24 + event.key.len() + event.kind.len() + event.body.len());
    bytes.extend(event.at.micros().to_be_bytes());
    bytes.extend(event.format.to_be_bytes());
    for text in [&event.key, &event.kind] {
        bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes.extend(&event.body);
    bytes
}

fn read_event(mut bytes: &[u8], (n, before): (u32, ChainHash)) -> Option<Encoded> {
    let at = Timestamp::from_micros(i64::from_be_bytes(*take(&mut bytes)?));
    let format = i64::from_be_bytes(*take(&mut bytes)?);
    let (key, kind) = (text(&mut bytes)?, text(&mut bytes)?);
    let body = bytes.to_vec();
    let hash = before.with(&key, at, &body);
    Some(Encoded { n, key, at, format, kind, hash, body })
}

fn take<'b, const N: usize>(bytes: &mut &'b [u8]) -> Option<&'b [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(u32::from_be_bytes(*take(bytes)?)).ok()?;
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}

/// A whole list with its state. `None`: it is not whole, and nothing can be made of it.
pub(super) fn read(id: JourneyId, elements: &[Vec<u8>]) -> Option<(State, Light)> {
    let (head, events) = elements.split_at_checked(HEAD)?;
    let [hash, state, _, wake_at, version, wrapped] = head else { return None };
    let mut before = ChainHash::start(id);
    let mut read = Vec::with_capacity(events.len());
    for (n, bytes) in events.iter().enumerate() {
        let event = read_event(bytes, (u32::try_from(n).ok()?, before))?;
        before = event.hash;
        read.push(event);
    }
    let head = ChainHash::from_bytes(hash)?;
    (head == before).then_some(())?;
    let (wake_at, settings_version) = (read_wake(wake_at), number(version)?);
    let light = Light { wrapped: wrapped.clone(), settings_version, events: read, head, wake_at };
    Some((State::of(state)?, light))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_back_and_one_that_lost_or_changed_an_event_does_not() {
        let id = JourneyId::of_call("AC", "1");
        let (mut head, mut elements) = (ChainHash::start(id), vec![]);
        for n in 0..3 {
            let (key, at, body) = (format!("k{n}"), Timestamp::from_secs(5), vec![n; 9]);
            head = head.with(&key, at, &body);
            let kind = "arrived".to_owned();
            elements.push(event(&Encoded { n: n.into(), key, at, format: 1, kind, hash: head, body }));
        }
        let first = [head.bytes().to_vec(), b"m".into(), b"7".into(), b"12".into(), b"3".into(), vec![9; 4]];
        let whole: Vec<_> = first.into_iter().chain(elements).collect();
        let (state, light) = read(id, &whole).expect("it is whole");
        assert_eq!((state, light.head, light.events.len()), (State::Moving, head, 3));
        assert_eq!((light.wake_at, light.settings_version), (Some(Timestamp::from_micros(12)), 3));
        assert_eq!(light.events[2].key, "k2");
        for at in 0..whole.len() {
            let mut less = whole.clone();
            less.remove(at);
            assert!(read(id, &less).is_none(), "without {at}");
        }
        for at in HEAD..whole.len() {
            for byte in 0..whole[at].len() {
                let mut other = whole.clone();
                other[at][byte] ^= 1;
                let kept = |light: Light| {
                    light.events.iter().map(|e| (e.format, e.kind.clone())).collect::<Vec<_>>()
                };
                // The form and the name of an event are no part of its hash; a wrong one is not read as an event.
                if let Some((_, read_as)) = read(id, &other) {
                    assert_ne!(kept(read_as), kept(light.clone()), "{at} {byte}");
                }
            }
        }
    }
}
