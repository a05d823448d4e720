//! What calls by SIP need of the configuration, and the settings ask for: a folder of recordings, buyers' own switches.

use std::net::IpAddr;

use auction::Destination;
use journey::Recording;
use settings::Settings;

use super::{Code, Finding};
use crate::config::{Config, SipConfig};

pub(super) fn findings(config: &Config, settings: &Settings) -> Vec<Finding> {
    let Some(sip) = &config.sip else { return vec![] };
    let mut found = vec![];
    if sip.recordings.is_none() {
        let recorded = settings.campaigns().filter(|it| matches!(it.recording, Recording::On { .. }));
        found.extend(recorded.map(|campaign| {
            let what = "it records its calls, and those that come by SIP are not recorded";
            let mend = "name a folder in sip.recordings, or set recording = \"off\"";
            Code::TalksUnrecorded.says(format!("campaign.{}", campaign.id), what, mend)
        }));
    }
    for offer in settings.offers().filter(|it| it.active) {
        let Some(Destination::Sip(address)) = &offer.destination else { continue };
        if host(address.as_str()).is_some_and(|host| !is_heard(sip, host)) {
            let what = "its calls go to a switch whose answers are dropped unread, so it never picks up";
            found.push(Code::PeerUnlisted.says(
                format!("offer.{}", offer.id),
                what,
                "add the switch's address to sip.peers",
            ));
        }
    }
    found
}

/// Whether what comes from there is read.
fn is_heard(sip: &SipConfig, host: IpAddr) -> bool {
    let trunks = sip.trunks.iter();
    let of_trunks = trunks.flat_map(|it| it.sources.iter().copied().chain(it.proxy.map(|at| at.ip().into())));
    sip.peers.iter().copied().chain(of_trunks).any(|net| net.holds(host))
}

/// The host of an address, where it is no name: what a name stands for may be another tomorrow.
fn host(address: &str) -> Option<IpAddr> {
    let (_, host) = address.rsplit_once('@')?;
    let host = host.split(';').next()?;
    let bare = host.split_once(':').map_or(host, |(host, _)| host);
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_read_and_a_name_is_none() {
        for address in ["sip:sales@192.0.2.7", "sip:sales@192.0.2.7:5070;transport=tcp", "sips:1@192.0.2.7"] {
            assert_eq!(host(address), Some([192, 0, 2, 7].into()), "{address}");
        }
        assert_eq!(host("sip:sales@pbx.example.com:5060"), None);
    }
}
