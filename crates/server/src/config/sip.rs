//! How calls are taken from carriers of SIP, and how it is read.

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use sip::screen::Net;

use super::{
    layers::Layers,
    sections::SECOND,
    trunks::{Trunk, trunks},
};

/// How calls are taken from carriers of SIP.
#[derive(Debug, Clone)]
pub struct SipConfig {
    /// Where it listens by UDP.
    pub udp: SocketAddr,
    /// Where it listens by TCP.
    pub tcp: Option<SocketAddr>,
    /// The address that others reach it at.
    pub advertised: IpAddr,
    /// This node's name, another for each node of one store.
    pub node: String,
    /// The ports of speech.
    pub ports: RangeInclusive<u16>,
    /// The most callers at a time.
    pub calls_max: usize,
    /// How long a party that should speak may be silent.
    pub silence_max: Duration,
    /// The longest leg.
    pub call_max: Duration,
    /// Buyers' switches that are dialled without a trunk.
    pub peers: Vec<Net>,
    /// A folder of recordings.
    pub prompts: Option<PathBuf>,
    /// The command that reads a text aloud. Empty: none.
    pub say: Vec<String>,
    /// How long it may take.
    pub say_timeout: Duration,
    /// The folder of recordings. `None`: nothing is recorded.
    pub recordings: Option<PathBuf>,
    /// The longest recording.
    pub recording_max: Duration,
    /// The bytes that may lie in the folder.
    pub recordings_room: u64,
    /// Who brings calls and takes them, by name.
    pub trunks: Vec<Trunk>,
}

impl SipConfig {
    /// `None`: it is off.
    pub(super) fn read(layers: &mut Layers, named: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let [udp, tcp] = ["sip.udp", "sip.tcp"].map(|name| listen(layers, name));
        let advertised = layers.parsed("sip.advertised", "this is no address", |text| {
            text.parse::<IpAddr>().map_err(|_| "write the IP address that others reach this node at")
        });
        let node = layers.parsed("sip.node", "this is no name of a node", |text| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let is_one = (1..=16).contains(&text.len()) && text.chars().all(plain);
            is_one.then(|| text.to_owned()).ok_or("write 1 to 16 small letters and digits, ex: \"a1\"")
        });
        let ports = layers.parsed("sip.ports", "this is no range of ports", ports);
        let calls_max = layers.count("sip.calls_max", 1..=20_000);
        let silence_max = layers.wait("sip.silence_max", 5 * SECOND..=600 * SECOND);
        let call_max = layers.wait("sip.call_max", 60 * SECOND..=24 * 3_600 * SECOND);
        let texts = layers.list("sip.peers");
        let peers: Vec<Net> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        if peers.len() != texts.len() {
            let mend = "write IP addresses or networks, ex: [\"192.0.2.0/24\"]".to_owned();
            layers.wrong("sip.peers", "one of these is no address", mend);
        }
        let prompts = layers.text("sip.prompts").filter(|path| !path.is_empty()).map(PathBuf::from);
        let say = layers.list("sip.say");
        let say_timeout = layers.wait("sip.say_timeout", SECOND / 2..=30 * SECOND);
        let recordings = layers.text("sip.recordings").filter(|path| !path.is_empty()).map(PathBuf::from);
        let recording_max = layers.wait("sip.recording_max", 60 * SECOND..=24 * 3_600 * SECOND);
        let recordings_room = u64::from(layers.count("sip.recordings_mib", 1..=u32::MAX)) << 20;
        let trunks = trunks(layers, named);
        let udp = match udp {
            Some(udp) => udp,
            None if tcp.is_some() || !trunks.is_empty() => {
                layers.missing("sip.udp", "and calls by SIP are configured");
                return None;
            }
            None => return None,
        };
        let advertised = advertised.or_else(|| (!udp.ip().is_unspecified()).then(|| udp.ip()));
        if advertised.is_none() {
            layers.missing("sip.advertised", "and sip.udp listens at every address");
        }
        if udp.ip().is_ipv6() || advertised.is_some_and(|ip| ip.is_ipv6()) {
            let mend = "listen at an IPv4 address".to_owned();
            layers.wrong("sip.udp", "IPv6 is not tried yet", mend);
        }
        if trunks.is_empty() {
            let mend =
                "name who brings calls, ex: [sip.trunk.acme] with sources = [\"192.0.2.1\"]".to_owned();
            layers.wrong("sip.udp", "no trunk is configured, so nobody could call", mend);
        }
        Some(Self {
            udp,
            tcp,
            advertised: advertised?,
            node: node?,
            ports: ports?,
            calls_max: usize::try_from(calls_max).unwrap_or(usize::MAX),
            silence_max,
            call_max,
            peers,
            prompts,
            say,
            say_timeout,
            recordings,
            recording_max,
            recordings_room,
            trunks,
        })
    }
}

/// Where it listens. `None`: nowhere.
fn listen(layers: &mut Layers, name: &'static str) -> Option<SocketAddr> {
    let read = |text: &str| match text {
        "off" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| "write an IP address and a port, ex: \"0.0.0.0:5060\", or \"off\""),
    };
    layers.parsed::<Option<SocketAddr>, _>(name, "this is no address with a port", read).flatten()
}

/// Ex: `20000-29999`. A call has two lines of two ports each.
fn ports(text: &str) -> Result<RangeInclusive<u16>, &'static str> {
    let range = text.split_once('-').and_then(|(first, last)| {
        let port = |text: &str| text.trim().parse::<u16>().ok();
        Some(port(first)?..=port(last)?)
    });
    let wide = |range: &RangeInclusive<u16>| {
        *range.start() >= 1_024 && range.end().saturating_sub(*range.start()) >= 15
    };
    range.filter(wide).ok_or("write two ports from 1024, at least 16 of them, ex: \"20000-29999\"")
}
