//! A buyer's URL, parsed and checked once, and carried as proof of that.

use std::{fmt, net::IpAddr};

use http::Uri;
use url::{Host, Url};

use super::{ExchangePolicy, private_address::refusal};

/// The longest URL that is taken, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;

/// A URL that requests may be sent to. The addresses its name leads to are checked again at each connection.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
}

impl Target {
    /// Reads a URL as somebody wrote it, and names the rule that it breaks, if any.
    pub fn parse(text: &str, policy: &ExchangePolicy) -> Result<Self, TargetError> {
        if text.len() > URL_BYTES_MAX {
            return Err(TargetError::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| TargetError::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if policy.allow_private_targets => {}
            _ => return Err(TargetError::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        let port = url.port_or_known_default().ok_or(TargetError::NotAUrl)?;
        if !policy.allow_private_targets && port != 443 && port != 8443 {
            return Err(TargetError::Port(port));
        }
        check_host(&url, policy)?;
        let uri = url.as_str().parse().map_err(|_| TargetError::NotAUrl)?;
        Ok(Self { uri })
    }

    /// The same place with further query pairs, for buyers that are asked by `GET`.
    pub fn with_query<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut url = Url::parse(&self.uri.to_string()).expect("a target was made from a URL");
        url.query_pairs_mut().extend_pairs(pairs);
        Self { uri: url.as_str().parse().expect("form encoding yields a URI") }
    }

    /// Scheme, host and port: what may be shown and logged. Path and query can hold a key.
    pub fn origin(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map(|it| it.as_str()).unwrap_or_default();
        format!("{scheme}://{authority}")
    }

    /// The whole URL. It may hold credentials: it is for who set it up, and for no log.
    pub fn written(&self) -> String {
        self.uri.to_string()
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn host(&self) -> &str {
        self.uri.host().unwrap_or_default()
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.origin()).finish()
    }
}

/// The rule that a URL breaks. Never repeats the URL, which may hold credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The text is no absolute URL with a host.
    #[error("this is not a full URL such as https://buyer.example/ping")]
    NotAUrl,
    /// More than [`URL_BYTES_MAX`].
    #[error("a URL may have at most {URL_BYTES_MAX} characters")]
    TooLong,
    /// A scheme that is not allowed here.
    #[error("only https URLs are allowed")]
    Scheme,
    /// `user:password@` before the host.
    #[error("a URL may not hold a user name or password; use the offer's authentication instead")]
    UserInfo,
    /// `#…` at the end.
    #[error("a URL may not have a part after #")]
    Fragment,
    /// A port that is not allowed here.
    #[error("port {0} is not allowed; only 443 and 8443 are")]
    Port(u16),
    /// The host is an address that may not be connected to.
    #[error("the host is {0}, which may not be connected to")]
    PrivateAddress(&'static str),
    /// The host name can only mean this machine or this network.
    #[error("the host name means this machine or its own network")]
    LocalName,
}

fn check_host(url: &Url, policy: &ExchangePolicy) -> Result<(), TargetError> {
    let address = match url.host().ok_or(TargetError::NotAUrl)? {
        Host::Ipv4(v4) => IpAddr::V4(v4),
        Host::Ipv6(v6) => IpAddr::V6(v6),
        Host::Domain(name) if policy.allow_private_targets || !is_local(name) => return Ok(()),
        Host::Domain(_) => return Err(TargetError::LocalName),
    };
    refusal(address, policy).map_or(Ok(()), |reason| Err(TargetError::PrivateAddress(reason)))
}

/// Names that no public name server answers for (RFC 6761, RFC 6762, RFC 7686, RFC 8375, and ICANN's private
/// `internal`), and what is rather an address with too many dots than a name.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit('.').next().unwrap_or_default();
    ["localhost", "local", "internal", "onion"].contains(&last)
        || !name.contains('.')
        || name.ends_with(".home.arpa")
        || last.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, allow_private_targets: bool) -> Result<String, TargetError> {
        let policy = ExchangePolicy { allow_private_targets, own_addresses: Vec::new() };
        Target::parse(text, &policy).map(|it| it.origin())
    }

    #[test]
    fn a_plain_https_url_is_a_target() {
        assert_eq!(parse("https://buyer.example/ping?key=k", false).unwrap(), "https://buyer.example");
        assert_eq!(parse(" https://Buyer.Example:8443/ ", false).unwrap(), "https://buyer.example:8443");
        assert_eq!(parse("https://bücher.example/", false).unwrap(), "https://xn--bcher-kva.example");
    }

    #[test]
    fn each_broken_rule_is_named() {
        for (text, error) in [
            ("", TargetError::NotAUrl),
            ("buyer.example/ping", TargetError::NotAUrl),
            ("https://", TargetError::NotAUrl),
            ("http://buyer.example/", TargetError::Scheme),
            ("file:///etc/passwd", TargetError::Scheme),
            ("ftp://buyer.example/", TargetError::Scheme),
            ("javascript:alert(1)", TargetError::Scheme),
            ("https://user@buyer.example/", TargetError::UserInfo),
            ("https://user:secret@buyer.example/", TargetError::UserInfo),
            ("https://:secret@buyer.example/", TargetError::UserInfo),
            ("https://buyer.example/#part", TargetError::Fragment),
            ("https://buyer.example:444/", TargetError::Port(444)),
            ("https://buyer.example:22/", TargetError::Port(22)),
            ("https://localhost/", TargetError::LocalName),
            ("https://redis/", TargetError::LocalName),
            ("https://db.internal./", TargetError::LocalName),
            ("https://nas.home.arpa/", TargetError::LocalName),
            ("https://buyer.onion/", TargetError::LocalName),
            ("https://127.0.0.1../", TargetError::LocalName),
            ("https://0x7f.1../", TargetError::LocalName),
        ] {
            assert_eq!(parse(text, false).unwrap_err(), error, "{text}");
        }
        assert_eq!(
            parse(&format!("https://a.example/{}", "x".repeat(2_048)), false),
            Err(TargetError::TooLong)
        );
    }

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "①②⑦.0.0.1",
            "127。0。0。1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[0:0:0:0:0:ffff:a00:1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "0",
            "10.0.0.1",
            "%31%32%37.0.0.1",
        ] {
            let error = parse(&format!("https://{host}/"), false).unwrap_err();
            assert!(matches!(error, TargetError::PrivateAddress(_)), "{host}: {error}");
        }
    }

    #[test]
    fn a_developer_may_use_http_and_any_port() {
        assert_eq!(parse("http://127.0.0.1:9100/ping", true).unwrap(), "http://127.0.0.1:9100");
        assert_eq!(parse("http://localhost:1/", true).unwrap(), "http://localhost:1");
        assert!(parse("http://169.254.169.254/", true).is_err());
        assert_eq!(parse("http://u:p@127.0.0.1/", true), Err(TargetError::UserInfo));
    }

    #[test]
    fn query_pairs_are_encoded_and_kept_apart_from_what_was_there() {
        let policy = ExchangePolicy::default();
        let target = Target::parse("https://buyer.example/ping?key=1", &policy).unwrap();
        let asked = target.with_query([("zip", "33109"), ("name", "a&b=c d")]);
        assert_eq!(asked.uri().query(), Some("key=1&zip=33109&name=a%26b%3Dc+d"));
    }

    #[test]
    fn debug_shows_the_origin_alone() {
        let target = Target::parse("https://buyer.example/secret?key=1", &ExchangePolicy::default()).unwrap();
        assert_eq!(format!("{target:?}"), "Target(\"https://buyer.example\")");
    }
}
