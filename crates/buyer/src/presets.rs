//! The mappings of networks whose replies are known: chosen by name in the console, then frozen on the offer like
//! any other mapping. Each has its real replies in `fixtures/<name>/good`.

use auction::{Expiry, Mapping, Wire};

/// The names that [`preset`] knows.
pub const NAMES: [&str; 5] = ["ringba", "retreaver", "trackdrive", "elocal", "boberdoo"];

/// The wire of a network, by its name.
pub fn preset(name: &str) -> Option<Wire> {
    let some = |path: &str| Some(path.to_owned());
    let wire = match name {
        "ringba" => Wire::Json(Mapping {
            bid: "$.bidAmount".to_owned(),
            bid_id: some("$.bidId"),
            sip_address: some("$.sipAddress"),
            phone_number: some("$.phoneNumber"),
            expiry: Some(Expiry::Seconds("$.expireInSeconds".to_owned())),
            reject_reason: some("$.rejectReason"),
            ..Mapping::default()
        }),
        "retreaver" => Wire::Json(Mapping {
            bid: "$.retreaver_payout".to_owned(),
            accepted: some("$.status"),
            bid_id: some("$.uuid"),
            phone_number: some("$.inbound_number"),
            expiry: Some(Expiry::Rfc3339("$.expires_at".to_owned())),
            payable_after: some("$.retreaver_seconds"),
            ..Mapping::default()
        }),
        "trackdrive" => Wire::Json(Mapping {
            bid: "$.buyers[0].bid".to_owned(),
            accepted: some("$.status"),
            bid_id: some("$.buyers[0].ping_id"),
            list: some("$.buyers"),
            ..Mapping::default()
        }),
        "elocal" => Wire::Json(Mapping {
            bid: "$.response.price".to_owned(),
            accepted: some("$.response.status"),
            bid_id: some("$.response.token"),
            phone_number: some("$.response.phone_number"),
            ..Mapping::default()
        }),
        "boberdoo" => Wire::Xml(Mapping {
            bid: "/response/best_bid".to_owned(),
            accepted: some("/response/status"),
            bid_id: some("/response/lead_id"),
            ..Mapping::default()
        }),
        _ => return None,
    };
    Some(wire)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_used() {
        for name in NAMES {
            match preset(name) {
                Some(Wire::Json(mapping)) => assert!(crate::mapped::json(&mapping).is_ok(), "{name}"),
                Some(Wire::Xml(mapping)) => assert!(crate::mapped::xml(&mapping).is_ok(), "{name}"),
                other => panic!("{name}: {other:?}"),
            }
        }
        assert_eq!(preset("unknown"), None);
    }
}
