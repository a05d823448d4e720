//! The URLs that one request may have been signed as.

use std::fmt::Write;

/// Path and query longer than this are cut where they are shown.
const SHOWN_CHARS_MAX: usize = 300;

/// The configured base with the raw path and query: with and without the default port, because Twilio's own signing is
/// not consistent there, and with the query as it came and as two of its helper libraries write it again.
pub(super) fn requested(public_base: &str, raw_path_and_query: &str) -> Vec<String> {
    let mut urls = Vec::new();
    for base in bases(public_base) {
        for path_and_query in queries(raw_path_and_query) {
            let url = format!("{base}{path_and_query}");
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
    }
    urls
}

/// The URL for a message: the names of its query, without the values.
pub(super) fn shown(public_base: &str, raw_path_and_query: &str) -> String {
    let (path, query) =
        raw_path_and_query.split_once('?').map_or((raw_path_and_query, None), |(p, q)| (p, Some(q)));
    let mut shown = format!("{}{path}", public_base.trim_end_matches('/'));
    for (at, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        let name = pair.split('=').next().unwrap_or("");
        shown.push_str(if at == 0 { "?" } else { "&" });
        shown.push_str(name);
        shown.push_str("=…");
    }
    shown.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect()
}

fn bases(public_base: &str) -> Vec<String> {
    let base = public_base.trim_end_matches('/');
    let Some((scheme, rest)) = base.split_once("://") else { return vec![base.to_owned()] };
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let bare = host.strip_suffix(port).unwrap_or(host);
    let has_other_port =
        bare.rsplit_once(':').is_some_and(|(_, digits)| digits.bytes().all(|b| b.is_ascii_digit()));
    if has_other_port {
        return vec![base.to_owned()];
    }
    vec![format!("{scheme}://{bare}{prefix}"), format!("{scheme}://{bare}{port}{prefix}")]
}

fn queries(raw: &str) -> Vec<String> {
    let Some((path, query)) = raw.split_once('?') else { return vec![raw.to_owned()] };
    vec![raw.to_owned(), raw.replace('\'', "%27"), format!("{path}?{}", rewritten(query))]
}

/// As Node's `querystring` writes what it has read.
fn rewritten(query: &str) -> String {
    let mut text = String::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !text.is_empty() {
            text.push('&');
        }
        escape(&mut text, &name);
        text.push('=');
        escape(&mut text, &value);
    }
    text
}

fn escape(to: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            to.push(char::from(byte));
        } else {
            write!(to, "%{byte:02X}").expect("a String takes every write");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_default_port_may_come_and_go() {
        assert_eq!(requested("https://a.example/", "/x"), ["https://a.example/x", "https://a.example:443/x"]);
        assert_eq!(
            requested("https://a.example:443", "/x"),
            ["https://a.example/x", "https://a.example:443/x"]
        );
        assert_eq!(
            requested("http://a.example/in", "/x"),
            ["http://a.example/in/x", "http://a.example:80/in/x"]
        );
        assert_eq!(requested("https://a.example:8443", "/x"), ["https://a.example:8443/x"]);
        assert_eq!(requested("https://a.example:80", "/x"), ["https://a.example:80/x"]);
    }

    #[test]
    fn a_message_shows_no_value() {
        assert_eq!(shown("https://a.example", "/x?To=%2B13055550142&b"), "https://a.example/x?To=…&b=…");
        assert!(shown("https://a.example", &"/é\n".repeat(1000)).chars().count() <= SHOWN_CHARS_MAX);
    }
}
