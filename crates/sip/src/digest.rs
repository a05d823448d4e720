//! The algorithm's name in a digest: the library below writes and reads `SHA256` where RFC 8760 has `SHA-256`.
//!
//! [`to_library`] and [`from_library`] change the token in a header's value and nothing else: not a realm or a nonce that
//! happens to hold the same letters, since those stand in quotes.

/// Names of RFC 8760, and the library's. That of 512 bits is not among them: the library computes another hash under a
/// similar name.
const NAMES: [(&str, &str); 2] = [("SHA-256-sess", "SHA256-sess"), ("SHA-256", "SHA256")];

/// A challenge's value as the library reads it. `None`: nothing is to change.
pub fn to_library(value: &str) -> Option<String> {
    changed(value, |name| {
        NAMES.iter().find(|(rfc, _)| rfc.eq_ignore_ascii_case(name)).map(|(_, library)| *library)
    })
}

/// A response's value as RFC 8760 has it. `None`: nothing is to change.
pub fn from_library(value: &str) -> Option<String> {
    changed(value, |name| NAMES.iter().find(|(_, library)| *library == name).map(|(rfc, _)| *rfc))
}

/// Whether a challenge asks for something that can be answered: MD5, SHA-256, or no algorithm named.
pub fn can_answer(value: &str) -> bool {
    let Some((from, to)) = algorithm(value) else { return true };
    let name = value[from..to].trim_matches('"');
    ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"].iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// A part of a challenge or of its answer, without its quotes, ex: `nonce`. `None`: it has none of this name.
pub fn part(value: &str, name: &str) -> Option<String> {
    let (mut quoted, mut escaped, mut from) = (false, false, 0);
    let mut parts = vec![];
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&value[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&value[from..]);
    parts.into_iter().find_map(|part| {
        let part = part.trim();
        // The first one has the scheme before it.
        let part = part.strip_prefix("Digest ").map_or(part, str::trim_start);
        let (is, value) = part.split_once('=')?;
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        is.trim().eq_ignore_ascii_case(name).then(|| bare.unwrap_or(value).to_owned())
    })
}

fn changed(value: &str, other: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
    let (from, to) = algorithm(value)?;
    let name = other(value[from..to].trim_matches('"'))?;
    Some(format!("{}{name}{}", &value[..from], &value[to..]))
}

/// Where the algorithm's name stands, outside of quoted strings.
fn algorithm(value: &str) -> Option<(usize, usize)> {
    let (mut quoted, mut escaped) = (false, false);
    let bytes = value.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if !quoted => {
                let starts = at == 0 || matches!(bytes[at - 1], b' ' | b',' | b'\t');
                if starts && let Some(found) = named(value, at) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

/// The value that is named here, if this is the algorithm.
fn named(value: &str, at: usize) -> Option<(usize, usize)> {
    const NAME: &str = "algorithm";
    if !value.get(at..at + NAME.len())?.eq_ignore_ascii_case(NAME) {
        return None;
    }
    let behind = &value[at + NAME.len()..];
    let sign = behind.trim_start().strip_prefix('=')?.trim_start();
    let from = value.len() - sign.len();
    let length = sign.find([',', ' ', '\t', '\r', '\n']).unwrap_or(sign.len());
    Some((from, from + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_changed_and_nothing_else() {
        let challenge =
            r#"Digest realm="SHA-256, algorithm=SHA-256", nonce="a\"b", Algorithm = SHA-256, qop="auth""#;
        let changed =
            r#"Digest realm="SHA-256, algorithm=SHA-256", nonce="a\"b", Algorithm = SHA256, qop="auth""#;
        assert_eq!(to_library(challenge).as_deref(), Some(changed));
        assert_eq!(from_library(changed).as_deref(), Some(challenge));
        assert_eq!(
            to_library(r#"Digest algorithm="sha-256-sess""#).as_deref(),
            Some("Digest algorithm=SHA256-sess")
        );
    }

    #[test]
    fn others_are_left_alone() {
        for value in
            ["Digest realm=\"x\", algorithm=MD5", "Digest realm=\"x\"", "Digest xalgorithm=SHA-256", ""]
        {
            assert_eq!(to_library(value), None, "{value}");
        }
        assert_eq!(to_library("Digest algorithm=SHA-512-256"), None);
    }

    #[test]
    fn parts_are_found_whatever_stands_in_quotes() {
        let answer =
            r#"Digest username="a, nonce=\"no\"", realm="x", nonce="n1", uri="sip:a@b;c=d", qop=auth"#;
        for (name, value) in [("nonce", "n1"), ("realm", "x"), ("QOP", "auth"), ("uri", "sip:a@b;c=d")] {
            assert_eq!(part(answer, name).as_deref(), Some(value), "{name}");
        }
        assert_eq!((part(answer, "cnonce"), part("", "nonce")), (None, None));
    }

    #[test]
    fn what_cannot_be_answered_is_known() {
        assert!(can_answer("Digest realm=\"x\""));
        assert!(can_answer("Digest algorithm=md5, realm=\"x\""));
        assert!(can_answer("Digest algorithm=SHA-256"));
        assert!(!can_answer("Digest algorithm=SHA-512-256"));
        assert!(!can_answer("Digest algorithm=AKAv1-MD5"));
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_read(value in ".{0,80}") {
            crate::digest::can_answer(&value);
            part(&value, "nonce");
            to_library(&value).into_iter().for_each(|it| assert!(it.len() <= value.len()));
        }
    }
}
