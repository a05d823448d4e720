//! Where a call goes, and where an offer allows it to go (domain.md 14).

use std::{collections::BTreeSet, fmt};

use lead::{
    E164,
    geo::{NumberClass, class_of_nanp},
};
use serde::{Deserialize, Serialize};

/// Where a call goes: a number, or a SIP address. A SIP address is never dialled as digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A telephone number.
    Phone(E164),
    /// A SIP address.
    Sip(SipUri),
}

/// A SIP address: `sip:user@host`, perhaps `sips:`, a port, and `;transport=udp|tcp|tls`. Nothing else.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SipUri(String);

/// Why a text is no SIP address that we would dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a SIP address is user@host, perhaps with sip: or sips:, a port and ;transport=udp, tcp or tls, and nothing more"
)]
pub struct SipUriError;

impl SipUri {
    /// Reads a SIP address; `user@host` without a scheme is one. URI parameters other than `transport` and header
    /// fields are refused, since they steer a carrier.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, SipUriError> {
        let lower = text.to_ascii_lowercase();
        let (scheme, rest) = match lower.as_str() {
            s if s.starts_with("sips:") => ("sips:", &text[5..]),
            s if s.starts_with("sip:") => ("sip:", &text[4..]),
            _ => ("sip:", text),
        };
        let (address, transport) = match rest.split_once(';') {
            Some((address, parameter)) => (address, Some(parameter.to_ascii_lowercase())),
            None => (rest, None),
        };
        let known = ["transport=udp", "transport=tcp", "transport=tls"];
        if transport.as_deref().is_some_and(|p| !known.contains(&p)) {
            return Err(SipUriError);
        }
        let (user, host) = address.split_once('@').ok_or(SipUriError)?;
        if !is_user(user) || !is_host(host) {
            return Err(SipUriError);
        }
        let host = host.to_ascii_lowercase();
        let whole = match transport {
            Some(parameter) => format!("{scheme}{user}@{host};{parameter}"),
            None => format!("{scheme}{user}@{host}"),
        };
        // Twilio takes fewer than 255 (twilio.com/docs/voice/twiml/sip); what is kept is what is dialled, scheme and all.
        if whole.len() > 254 { Err(SipUriError) } else { Ok(Self(whole)) }
    }

    /// The whole address with its scheme.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its domain in lower case, without port and parameters.
    pub fn domain(&self) -> &str {
        let host = self.0.split_once('@').map_or("", |(_, host)| host);
        host.split([';', ':']).next().unwrap_or("")
    }
}

fn is_user(text: &str) -> bool {
    // RFC 3261 §25.1 `user` without its escapes: what is left needs no quoting in any carrier's document.
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(&b);
    !text.is_empty() && text.bytes().all(legal)
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, "5060"), |(name, port)| (name, port));
    let label = |l: &str| {
        let legal = l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        !l.is_empty() && l.len() <= 63 && legal && !l.starts_with('-') && !l.ends_with('-')
    };
    let digits = !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    name.contains('.') && name.split('.').all(label) && digits && port.parse::<u16>().is_ok_and(|p| p > 0)
}

impl fmt::Debug for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sip address]")
    }
}

impl TryFrom<String> for SipUri {
    type Error = SipUriError;
    fn try_from(text: String) -> Result<Self, SipUriError> {
        Self::parse(&text)
    }
}

impl From<SipUri> for String {
    fn from(uri: SipUri) -> Self {
        uri.0
    }
}

/// Where an offer allows its calls to go. Premium, +1 Caribbean and international numbers only if named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowed {
    /// Numbers of the states, D.C. and the territories.
    pub us: bool,
    /// Toll-free numbers.
    pub toll_free: bool,
    /// SIP domains, ex: `rtb.ringba.sip.telnyx.com`. A leading `*.` allows what is below it.
    pub sip_domains: BTreeSet<String>,
    /// These very numbers, of whatever class.
    pub numbers: BTreeSet<E164>,
    /// Numbers that begin so, ex: `+4420`. Named by an admin, of whatever class.
    pub prefixes: BTreeSet<String>,
}

impl Default for Allowed {
    fn default() -> Self {
        Self {
            us: true,
            toll_free: true,
            sip_domains: BTreeSet::new(),
            numbers: BTreeSet::new(),
            prefixes: BTreeSet::new(),
        }
    }
}

impl Allowed {
    /// Whether a call may go there.
    pub fn permits(&self, destination: &Destination) -> bool {
        match destination {
            Destination::Sip(uri) => self.sip_domains.iter().any(|domain| within(uri.domain(), domain)),
            Destination::Phone(number) => self.permits_number(number),
        }
    }

    fn permits_number(&self, number: &E164) -> bool {
        if self.numbers.contains(number)
            || self.prefixes.iter().any(|p| number.as_str().starts_with(p.as_str()))
        {
            return true;
        }
        match number.nanp().map(class_of_nanp) {
            Some(NumberClass::Geographic) => self.us,
            Some(NumberClass::TollFree) => self.toll_free,
            _ => false,
        }
    }
}

fn within(domain: &str, pattern: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(parent) => domain.strip_suffix(parent).is_some_and(|sub| sub.ends_with('.') && sub.len() > 1),
        None => domain == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(text: &str) -> Destination {
        Destination::Phone(E164::parse(text).expect("a number"))
    }

    #[test]
    fn sip_addresses_are_read_strictly() {
        assert_eq!(
            SipUri::parse("RTB1@rtb.ringba.com").map(|u| u.as_str().to_owned()),
            Ok("sip:RTB1@rtb.ringba.com".into())
        );
        assert_eq!(
            SipUri::parse("sips:a@B.example:5061;transport=tls").map(|u| u.domain().to_owned()),
            Ok("b.example".into())
        );
        for text in [
            "",
            "a",
            "a@",
            "@b.example",
            "a@b",
            "sip:a@b.example?X=1",
            "a@b.example;maddr=10.0.0.1",
            "a b@c.example",
            "a@b.example;transport=ws",
            "tel:+13055550142",
            "a@-b.example",
            "a@b.example:0",
            "a@b.example:70000",
            "a%40@b.example",
        ] {
            assert_eq!(SipUri::parse(text), Err(SipUriError), "{text}");
        }
    }

    #[test]
    fn only_named_destinations_outside_the_us_are_dialled() {
        let plain = Allowed::default();
        assert!(plain.permits(&phone("+13055550142")));
        assert!(plain.permits(&phone("+18005550142")));
        for text in [
            "+12425550142",
            "+18765550142",
            "+19005550142",
            "+13059765555",
            "+442079460123",
            "+14165550142",
            "+88213000000",
        ] {
            assert!(!plain.permits(&phone(text)), "{text}");
        }
        let named = Allowed { prefixes: ["+4420".to_owned()].into(), ..Allowed::default() };
        assert!(named.permits(&phone("+442079460123")));
        assert!(!named.permits(&phone("+441212345678")));
    }

    #[test]
    fn sip_domains_are_matched_whole() {
        let allowed = Allowed {
            sip_domains: ["*.ringba.com".to_owned(), "pbx.example".to_owned()].into(),
            ..Allowed::default()
        };
        let sip = |text| Destination::Sip(SipUri::parse(text).expect("an address"));
        assert!(allowed.permits(&sip("a@rtb.ringba.com")));
        assert!(allowed.permits(&sip("a@pbx.example")));
        assert!(!allowed.permits(&sip("a@evilringba.com")));
        assert!(!allowed.permits(&sip("a@ringba.com")));
        assert!(!allowed.permits(&sip("a@pbx.example.evil.example")));
    }
}
