//! Keys in the body of an INFO, in the two forms that carriers send.

use super::Key;
use crate::limits::INFO_BYTES_MAX;

/// The key that an INFO tells: `application/dtmf-relay` (`Signal=5`, `Duration=160`) or `application/dtmf` (`5`).
/// `None`: it tells none.
pub fn from_info(content_type: &str, body: &[u8]) -> Option<Key> {
    if body.len() > INFO_BYTES_MAX {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/dtmf-relay") {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        let (_, signal) = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))?;
        return key(signal);
    }
    if kind.eq_ignore_ascii_case("application/dtmf") {
        return key(text);
    }
    None
}

/// A key as it is written, or by its event's number where that has two digits: 10 is the star, 11 the hash.
fn key(text: &str) -> Option<Key> {
    let text = text.trim();
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Key::of_char(c),
        (Some(_), Some(_)) => Key::of_event(text.parse().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(content_type: &str, body: &str) -> Option<char> {
        from_info(content_type, body.as_bytes()).map(Key::char)
    }

    #[test]
    fn both_forms_are_read() {
        assert_eq!(heard("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(heard("Application/DTMF-Relay; x=y", "duration = 90\nsignal= *\n"), Some('*'));
        assert_eq!(heard("application/dtmf-relay", "Signal=11\r\n"), Some('#'));
        assert_eq!(heard("application/dtmf", "#"), Some('#'));
        assert_eq!(heard("application/dtmf", "d\r\n"), Some('D'));
    }

    #[test]
    fn what_is_no_key_is_nothing() {
        for (content_type, body) in [
            ("application/dtmf-relay", "Duration=160"),
            ("application/dtmf-relay", "Signal=\r\n"),
            ("application/dtmf", "55 please"),
            ("application/dtmf", ""),
            ("text/plain", "5"),
        ] {
            assert_eq!(heard(content_type, body), None, "{content_type} {body}");
        }
        assert_eq!(from_info("application/dtmf", &[b'5'; INFO_BYTES_MAX + 1]), None);
    }
}
