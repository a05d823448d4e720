//! The addresses that a buyer's URL may never lead to: one table, checked against the very address that is
//! connected to.
//!
//! The union of what the guards of Svix and smokescreen refuse, of the IANA special-purpose registries
//! (RFC 6890 and its updates), and of the one cloud metadata address that looks public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ExchangePolicy;

/// Why this address must not be connected to, or `None` if it may be.
pub fn refusal(address: IpAddr, policy: &ExchangePolicy) -> Option<&'static str> {
    let address = address.to_canonical();
    let found = match address {
        IpAddr::V4(v4) => V4.iter().find(|row| row.holds(v4)).map(|row| (row.reason, row.rule)),
        IpAddr::V6(v6) => V6
            .iter()
            .find(|row| row.holds(v6))
            .map(|row| (row.reason, row.rule))
            .or(beyond_global_unicast(v6)),
    };
    match found {
        Some((_, Rule::Private)) if policy.allow_private_targets => None,
        Some((reason, _)) => Some(reason),
        None if policy.allow_private_targets => None,
        None => policy
            .own_addresses
            .iter()
            .any(|own| own.to_canonical() == address)
            .then_some("an address of this server"),
    }
}

/// Whether `allow_private_targets` lifts a row.
#[derive(Clone, Copy)]
enum Rule {
    Private,
    Never,
}

struct Row<A> {
    network: A,
    bits: u32,
    reason: &'static str,
    rule: Rule,
}

impl Row<Ipv4Addr> {
    fn holds(&self, address: Ipv4Addr) -> bool {
        (self.network.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
    }
}

impl Row<Ipv6Addr> {
    fn holds(&self, address: Ipv6Addr) -> bool {
        (self.network.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
    }
}

/// Outside 2000::/3 nothing is allocated as global unicast (RFC 4291, 2.4).
fn beyond_global_unicast(address: Ipv6Addr) -> Option<(&'static str, Rule)> {
    (address.segments()[0] & 0xe000 != 0x2000).then_some(("not a global unicast address", Rule::Never))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u32, rule: Rule, reason: &'static str) -> Row<Ipv4Addr> {
    Row { network: Ipv4Addr::new(a, b, c, d), bits, reason, rule }
}

const fn v6(network: [u16; 4], bits: u32, rule: Rule, reason: &'static str) -> Row<Ipv6Addr> {
    let [a, b, c, d] = network;
    Row { network: Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), bits, reason, rule }
}

const V4: [Row<Ipv4Addr>; 17] = [
    v4(127, 0, 0, 0, 8, Rule::Private, "a loopback address"),
    v4(10, 0, 0, 0, 8, Rule::Private, "a private address"),
    v4(172, 16, 0, 0, 12, Rule::Private, "a private address"),
    v4(192, 168, 0, 0, 16, Rule::Private, "a private address"),
    v4(169, 254, 0, 0, 16, Rule::Never, "a link-local address"),
    v4(168, 63, 129, 16, 32, Rule::Never, "a cloud platform's own address"),
    v4(100, 64, 0, 0, 10, Rule::Never, "a carrier-grade NAT address"),
    v4(0, 0, 0, 0, 8, Rule::Never, "an address of \"this network\""),
    v4(192, 0, 0, 0, 24, Rule::Never, "a protocol assignment"),
    v4(192, 0, 2, 0, 24, Rule::Never, "a documentation address"),
    v4(198, 51, 100, 0, 24, Rule::Never, "a documentation address"),
    v4(203, 0, 113, 0, 24, Rule::Never, "a documentation address"),
    v4(192, 31, 196, 0, 24, Rule::Never, "a protocol assignment"),
    v4(192, 88, 99, 0, 24, Rule::Never, "a 6to4 relay address"),
    v4(198, 18, 0, 0, 15, Rule::Never, "a benchmarking address"),
    v4(224, 0, 0, 0, 4, Rule::Never, "a multicast address"),
    v4(240, 0, 0, 0, 4, Rule::Never, "a reserved or broadcast address"),
];

const V6: [Row<Ipv6Addr>; 14] = [
    Row { network: Ipv6Addr::LOCALHOST, bits: 128, reason: "a loopback address", rule: Rule::Private },
    v6([0xfc00, 0, 0, 0], 7, Rule::Private, "a unique local address"),
    v6([0xfe80, 0, 0, 0], 10, Rule::Never, "a link-local address"),
    v6([0xff00, 0, 0, 0], 8, Rule::Never, "a multicast address"),
    v6([0, 0, 0, 0], 96, Rule::Never, "an unspecified or IPv4-compatible address"),
    v6([0x64, 0xff9b, 0, 0], 96, Rule::Never, "a NAT64 address"),
    v6([0x64, 0xff9b, 1, 0], 48, Rule::Never, "a local NAT64 address"),
    v6([0x100, 0, 0, 0], 63, Rule::Never, "a discard address"),
    v6([0x2001, 0, 0, 0], 32, Rule::Never, "a Teredo address"),
    v6([0x2001, 0, 0, 0], 23, Rule::Never, "a protocol assignment"),
    v6([0x2001, 0xdb8, 0, 0], 32, Rule::Never, "a documentation address"),
    v6([0x2002, 0, 0, 0], 16, Rule::Never, "a 6to4 address"),
    v6([0x3fff, 0, 0, 0], 20, Rule::Never, "a documentation address"),
    v6([0x5f00, 0, 0, 0], 16, Rule::Never, "a segment routing address"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str, allow_private_targets: bool) -> bool {
        let policy = ExchangePolicy { allow_private_targets, own_addresses: Vec::new() };
        refusal(address.parse().unwrap(), &policy).is_some()
    }

    #[test]
    fn every_range_is_refused_at_both_of_its_ends() {
        for (first, last) in [
            ("127.0.0.0", "127.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("168.63.129.16", "168.63.129.16"),
            ("100.64.0.0", "100.127.255.255"),
            ("0.0.0.0", "0.255.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("224.0.0.0", "239.255.255.255"),
            ("240.0.0.0", "255.255.255.255"),
            ("::", "::ffff"),
            ("::1", "::1"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fec0::", "feff::1"),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("64:ff9b::", "64:ff9b::ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("::ffff:127.0.0.1", "::ffff:169.254.169.254"),
            ("4000::", "e000::"),
        ] {
            assert!(refused(first, false), "{first}");
            assert!(refused(last, false), "{last}");
        }
    }

    #[test]
    fn public_addresses_next_to_the_ranges_are_allowed() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2600::1",
            "2a00::1",
        ] {
            assert!(!refused(address, false), "{address}");
        }
    }

    #[test]
    fn a_developer_may_reach_loopback_and_private_ranges_only() {
        for address in
            ["127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:127.0.0.1"]
        {
            assert!(!refused(address, true), "{address}");
        }
        for address in
            ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::", "255.255.255.255", "100.100.100.200"]
        {
            assert!(refused(address, true), "{address}");
        }
    }

    #[test]
    fn the_servers_own_public_address_is_refused() {
        let policy = ExchangePolicy {
            allow_private_targets: false,
            own_addresses: vec!["::ffff:8.8.4.4".parse().unwrap()],
        };
        assert_eq!(refusal("8.8.4.4".parse().unwrap(), &policy), Some("an address of this server"));
        assert_eq!(refusal("8.8.8.8".parse().unwrap(), &policy), None);
    }
}
