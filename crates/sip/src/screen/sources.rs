//! Who may send anything: addresses and networks of trunks.

use std::{fmt, net::IpAddr, str::FromStr};

/// A network: an address and how many of its bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Net {
    ip: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a source is an IP address, or a network as 192.0.2.0/24 or 2001:db8::/32")]
pub struct NetError;

impl Net {
    /// Whether an address is in it. An IPv4 address in an IPv6 form is taken as what it is.
    pub fn holds(&self, ip: IpAddr) -> bool {
        match (self.ip.to_canonical(), ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let off = u32::from(net) ^ u32::from(ip);
                off.checked_shr(32 - u32::from(self.bits)).unwrap_or_default() == 0
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let off = u128::from(net) ^ u128::from(ip);
                off.checked_shr(128 - u32::from(self.bits)).unwrap_or_default() == 0
            }
            _ => false,
        }
    }
}

impl From<IpAddr> for Net {
    fn from(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Self { ip, bits: if ip.is_ipv4() { 32 } else { 128 } }
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = Self::from(self.ip).bits;
        if self.bits == whole { write!(f, "{}", self.ip) } else { write!(f, "{}/{}", self.ip, self.bits) }
    }
}

impl FromStr for Net {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits)),
            None => (text, None),
        };
        let whole = Self::from(ip.parse::<IpAddr>().map_err(|_| NetError)?);
        let Some(bits) = bits else { return Ok(whole) };
        let bits = bits.parse().ok().filter(|bits| *bits <= whole.bits).ok_or(NetError)?;
        Ok(Self { bits, ..whole })
    }
}

/// Everybody who may send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources(pub Vec<Net>);

impl Sources {
    /// Whether a message from here is looked at.
    pub fn knows(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|net| net.holds(ip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses() {
        let net: Net = "192.0.2.0/24".parse().unwrap();
        assert!(net.holds("192.0.2.77".parse().unwrap()));
        assert!(net.holds("::ffff:192.0.2.77".parse().unwrap()));
        assert!(!net.holds("192.0.3.1".parse().unwrap()));
        assert!(!net.holds("2001:db8::1".parse().unwrap()));
        let one: Net = "192.0.2.1".parse().unwrap();
        assert!(one.holds("192.0.2.1".parse().unwrap()) && !one.holds("192.0.2.2".parse().unwrap()));
        let six: Net = "2001:db8::/32".parse().unwrap();
        assert!(six.holds("2001:db8:1::1".parse().unwrap()) && !six.holds("2001:db9::1".parse().unwrap()));
        let all: Net = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("203.0.113.1".parse().unwrap()));
        assert_eq!(
            [net, one, six, all].map(|it| it.to_string()),
            ["192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "0.0.0.0/0"]
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["", "192.0.2.0/33", "192.0.2/24", "::1/129", "carrier.example", "192.0.2.0/"] {
            assert_eq!(text.parse::<Net>(), Err(NetError), "{text}");
        }
    }
}
