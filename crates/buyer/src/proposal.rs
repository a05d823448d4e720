//! A sample reply of a buyer becomes a proposed mapping: the alias table of domain.md read once, by a person who looks at the
//! result and freezes it on the offer. At run time nothing is guessed.

use std::{collections::BTreeMap, time::Duration};

use auction::{
    Auth, Bid, Currency, Endpoints, Expiry, Malformed, Mapping, NoBid, Ping, Vertical, Wire, ZipDigits,
};
use lead::{AuctionId, Channel, JourneyId, OfferId, PingId, Profile};
use serde_json::Value;

use crate::{
    dialect,
    exchange::{ExchangePolicy, HttpResponse},
    json,
    xml::{self, Element},
};

/// An address that is never asked.
const NOWHERE: &str = "https://sample.invalid/";

/// The most values of a sample that are shown.
pub const LEAVES_MAX: usize = 200;
/// The most characters of a value that are shown.
pub const SHOWN_CHARS_MAX: usize = 80;

/// What a sample reply holds, and how it would be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The mapping that is proposed. Without a price found, its `bid` is empty and has to be chosen among the leaves.
    pub wire: Wire,
    /// Every single value of the sample, in its order, so that one can be chosen.
    pub leaves: Vec<Leaf>,
}

/// One value of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it is: a JSONPath, or the elements from the root.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Its value as text, cut to [`SHOWN_CHARS_MAX`]. `None`: null, or an empty list or object.
    pub shown: Option<String>,
    /// Whether it can be read as a price.
    pub is_price: bool,
    /// Where it stands: `response`, `buyers[0]`, or the names from the root.
    within: Vec<String>,
}

const BID: &[&str] = &[
    "bidAmount",
    "bid",
    "bid_amount",
    "bidPrice",
    "price",
    "payout",
    "retreaver_payout",
    "Cost",
    "best_bid",
];
const ACCEPTED: &[&str] = &["accept", "accepted", "Success", "success", "status"];
const ID: &[&str] =
    &["bidId", "bid_id", "ping_id", "pingId", "token", "uuid", "lead_id", "try_all_buyers_ping_id"];
const SIP: &[&str] = &["sipAddress"];
const PHONE: &[&str] = &[
    "phoneNumber",
    "phoneNumberNoPlus",
    "phone_number",
    "inbound_number",
    "number",
    "forwarding_number",
    "transfer_number",
    "did",
    "destination_number",
];
const PAYABLE: &[&str] = &["callMinDuration", "retreaver_seconds", "requiredDuration", "duration"];
const REASON: &[&str] = &["rejectReason", "reject_reason"];
const CODE: &[&str] = &["rejectCode", "reject_code"];
const CURRENCY: &[&str] = &["currency"];
/// The words of a status that mean something (domain.md, "Reading a reply").
const STATUS: &[&str] = &[
    "success",
    "accepted",
    "matched",
    "reserved",
    "ok",
    "rejected",
    "unmatched",
    "error",
    "failed",
    "failure",
    "declined",
    "no_bid",
    "nobid",
    "unsold",
];

/// Reads a sample, which is XML where it begins like it and JSON else.
///
/// # Errors
/// The rule that the sample breaks; nothing of the sample.
pub fn propose(sample: &[u8]) -> Result<Proposal, Malformed> {
    let text = std::str::from_utf8(sample).map_err(|_| Malformed::Utf8)?;
    let mut leaves = Vec::new();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        of_element(&xml::read(sample)?, String::new(), &[], &mut leaves);
        let mapping = mapping(&leaves);
        return Ok(Proposal { wire: Wire::Xml(mapping), leaves });
    }
    let value = json::read(sample)?;
    if !value.is_object() {
        return Err(Malformed::Shape);
    }
    of_value(&value, "$".to_owned(), &[], &mut leaves);
    let mut mapping = mapping(&leaves);
    mapping.list = value.get("buyers").filter(|it| it.is_array()).map(|_| "$.buyers".to_owned());
    Ok(Proposal { wire: Wire::Json(mapping), leaves })
}

/// What an offer with this wire makes of a sample that comes with a status of 200, in US dollars. An echoed ping id is another
/// ping's.
///
/// # Errors
/// Why it is no bid.
pub fn read(wire: &Wire, sample: &[u8]) -> Result<Bid, NoBid> {
    let answer = HttpResponse { status: 200, retry_after: None, body: sample.to_vec().into(), resent: false };
    let endpoints = Endpoints {
        ping_url: None,
        post_url: NOWHERE.to_owned(),
        confirm_url: None,
        auth: Auth::None,
        headers: BTreeMap::new(),
        signing_secrets: Vec::new(),
        ping: None,
        post: None,
        wire: wire.clone(),
    };
    // Only a mapping's own paths can be wrong here, and those were made from the sample.
    let dialect = dialect::of(&endpoints, &ExchangePolicy::default())
        .map_err(|_| NoBid::Malformed(Malformed::Shape))?;
    dialect.bid(&asked(), &answer)
}

/// A question as any is: what is read of an answer hangs on its currency and its id alone.
fn asked() -> Ping {
    let offer = OfferId::parse("sample").unwrap_or_else(|_| unreachable!("letters are a slug"));
    Ping {
        id: PingId::of(AuctionId::of(JourneyId::of_call("", ""), "", 0), &offer),
        offer,
        channel: Channel::Call,
        vertical: Vertical::parse("sample").unwrap_or_else(|_| unreachable!("letters are a vertical")),
        profile: Profile::new(),
        zip_digits: ZipDigits::Five,
        tmax: Duration::from_secs(1),
        floor: None,
        currency: Currency::usd(),
        repeat_of: None,
        test: true,
    }
}

fn mapping(leaves: &[Leaf]) -> Mapping {
    let text = |leaf: &Leaf| leaf.shown.clone().unwrap_or_default();
    let digits = |leaf: &Leaf| text(leaf).chars().filter(char::is_ascii_digit).count();
    let at = |names: &[&str], fits: &dyn Fn(&Leaf) -> bool| chosen(leaves, names, fits);
    let seconds = ["expireInSeconds", "expiresInSec"];
    let expiry = at(&seconds, &|leaf| leaf.is_price)
        .map(Expiry::Seconds)
        .or_else(|| at(&["expires_at"], &|leaf| text(leaf).contains('T')).map(Expiry::Rfc3339))
        .or_else(|| at(&["bidExpireEpoch"], &|leaf| digits(leaf) >= 12).map(Expiry::EpochMillis));
    let is_verdict =
        |leaf: &Leaf| leaf.name != "status" || STATUS.contains(&text(leaf).to_ascii_lowercase().as_str());
    Mapping {
        bid: at(BID, &|leaf| leaf.is_price).unwrap_or_default(),
        accepted: at(ACCEPTED, &is_verdict),
        bid_id: at(ID, &|leaf| leaf.shown.is_some()),
        sip_address: at(SIP, &|leaf| text(leaf).contains('@')),
        phone_number: at(PHONE, &|leaf| (7..=15).contains(&digits(leaf))),
        expiry,
        payable_after: at(PAYABLE, &|leaf| leaf.is_price),
        reject_reason: at(REASON, &|_| true),
        reject_code: at(CODE, &|_| true),
        currency: at(CURRENCY, &|leaf| text(leaf).len() == 3),
        ping_id: None,
        list: None,
    }
}

/// The first alias that is there, where it is expected: in the first buyer of a list, at the root, under `response`.
fn chosen(leaves: &[Leaf], names: &[&str], fits: &dyn Fn(&Leaf) -> bool) -> Option<String> {
    let places: [&[&str]; 3] = [&["buyers[0]"], &[], &["response"]];
    let found = |place: &[&str], name: &str| {
        leaves.iter().find(|leaf| leaf.name == name && leaf.within == *place && fits(leaf))
    };
    let mut all = places.iter().flat_map(|place| names.iter().map(move |name| (place, name)));
    all.find_map(|(place, name)| found(place, name)).map(|leaf| leaf.path.clone())
}

fn of_value(value: &Value, path: String, within: &[String], leaves: &mut Vec<Leaf>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (name, inside) in object {
                let path = format!("{path}{}", step(name));
                of_named(inside, path, name, within, leaves);
            }
        }
        // Further ones are other buyers: a mapping names one place.
        Value::Array(items) if within.last().is_some() => {
            let Some(first) = items.first() else { return };
            let mut within = within.to_vec();
            if let Some(last) = within.last_mut() {
                last.push_str("[0]");
            }
            of_value(first, format!("{path}[0]"), &within, leaves);
        }
        _ => {}
    }
}

fn of_named(value: &Value, path: String, name: &str, within: &[String], leaves: &mut Vec<Leaf>) {
    let shown = match value {
        Value::Object(object) if !object.is_empty() => None,
        Value::Array(items) if !items.is_empty() => None,
        Value::String(text) => Some(Some(text.clone())),
        Value::Number(_) | Value::Bool(_) => Some(Some(value.to_string())),
        Value::Null | Value::Object(_) | Value::Array(_) => Some(None),
    };
    match shown {
        Some(shown) => keep(leaves, path, name, shown, within),
        None => of_value(value, path, &[within, &[name.to_owned()]].concat(), leaves),
    }
}

/// A step of a JSONPath (RFC 9535, 2.5.1 and 2.3.1).
fn step(name: &str) -> String {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(legal) {
        return format!(".{name}");
    }
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// XML has no lists: an element that is there more than once has no path of its own.
fn of_element(element: &Element, above: String, within: &[String], leaves: &mut Vec<Leaf>) {
    let path = format!("{above}/{}", element.name());
    let is_root = above.is_empty();
    if !element.has_children() {
        let text = Some(element.text().to_owned()).filter(|text| !text.is_empty());
        return keep(leaves, path, element.name(), text, within);
    }
    let within = match (is_root, element.name()) {
        (true, _) => Vec::new(),
        (false, name) => [within, &[name.to_owned()]].concat(),
    };
    let children = element.children();
    let alone = |child: &&Element| children.iter().filter(|it| it.name() == child.name()).count() == 1;
    for child in children.iter().filter(alone) {
        of_element(child, path.clone(), &within, leaves);
    }
}

fn keep(leaves: &mut Vec<Leaf>, path: String, name: &str, shown: Option<String>, within: &[String]) {
    if leaves.len() >= LEAVES_MAX {
        return;
    }
    let is_price = shown.as_deref().is_some_and(is_price);
    let shown = shown.map(|text| text.chars().take(SHOWN_CHARS_MAX).collect());
    leaves.push(Leaf { path, name: name.to_owned(), shown, is_price, within: within.to_vec() });
}

/// Digits, and perhaps a point and more digits.
fn is_price(text: &str) -> bool {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(part)
}
