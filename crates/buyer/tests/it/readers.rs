//! Every reader of a buyer's bytes as one total function: it panics if what must hold of anything does not hold. The
//! property tests and the fuzz targets of `fuzz/` feed it.

use std::{sync::Arc, time::Duration};

use auction::{
    Auth, Bid, Credential, Currency, Destination, Endpoints, Expiry, Mapping, NoBid, Ping, SipUri, Vertical,
    Whereto, Wire, ZipDigits,
};
use buyer::{
    dialect::{self, Dialect, Receipt},
    exchange::{ExchangePolicy, HttpResponse, Target},
    json,
    mapped::{self, Read},
    presets, proposal,
    reading::{self, Ends, Found, Price, Reply, Words},
    standard_webhooks::Signer,
    xml,
};
use lead::{AuctionId, Channel, E164, JourneyId, Money, OfferId, PingId, Profile, Timestamp};

/// When everything happens.
const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);
/// The statuses that are read differently.
const STATUSES: [u16; 8] = [200, 202, 204, 304, 404, 410, 422, 503];

/// Our own wire.
pub fn own_wire(body: &[u8]) {
    dialect(&Wire::Own, body);
}

/// The mapping of every network that is known by name.
pub fn every_preset(body: &[u8]) {
    for name in presets::NAMES {
        dialect(&presets::preset(name).expect("a known name"), body);
    }
}

/// Mappings that use every place, of JSON and of XML, with an expiry in each of its forms.
pub fn full_mappings(body: &[u8]) {
    for expiry in [Expiry::Seconds, Expiry::EpochMillis, Expiry::Rfc3339] {
        dialect(&Wire::Json(mapping("$..", "$.", expiry)), body);
        dialect(&Wire::Xml(mapping("/response/", "/response/", expiry)), body);
    }
}

fn mapping(bid: &str, root: &str, expiry: impl Fn(String) -> Expiry) -> Mapping {
    let at = |name: &str| Some(format!("{root}{name}"));
    Mapping {
        bid: format!("{bid}bidAmount"),
        accepted: at("accept"),
        bid_id: at("bidId"),
        sip_address: at("sipAddress"),
        phone_number: at("phoneNumber"),
        expiry: Some(expiry(format!("{root}expireInSeconds"))),
        payable_after: at("callMinDuration"),
        reject_reason: at("rejectReason"),
        reject_code: at("rejectCode"),
        currency: at("currency"),
        ping_id: at("pingId"),
        list: at("buyers"),
    }
}

/// A bid, a confirm and a receipt from the same body under every status.
fn dialect(wire: &Wire, body: &[u8]) {
    let dialect = dialect_of(wire);
    for status in STATUSES {
        let body = body.to_vec().into();
        let answer = HttpResponse { status, retry_after: None, body, resent: false };
        match dialect.bid(&ping(), &answer) {
            Ok(bid) => {
                assert!((200..300).contains(&status) && status != 204);
                is_a_bid(&bid);
            }
            Err(why) => is_a_reason(&why, status),
        }
        match dialect.confirmed(&answer) {
            Ok(confirmed) => {
                assert!((200..300).contains(&status) && status != 204);
                is_whereto(&confirmed.whereto);
                is_life(confirmed.expires_in, confirmed.expires_at);
            }
            Err(why) => is_a_reason(&why, status),
        }
        match dialect.receipt(&answer) {
            Receipt::Refused(why) => is_a_reason(&why, status),
            Receipt::Accepted => assert!((200..300).contains(&status)),
            Receipt::TryAgain => assert_eq!(status, 503),
            Receipt::Gone => assert_eq!(status, 410),
            Receipt::NeedsFixing(shown) => assert_eq!(shown, status),
        }
    }
}

fn is_a_bid(bid: &Bid) {
    is_price(bid.price);
    if let Some(id) = &bid.id {
        is_id(id);
    }
    is_life(bid.expires_in, bid.expires_at);
    is_whereto(&bid.whereto);
    let _ = format!("{bid:?}");
}

fn is_price(price: Money) {
    assert!(Money::ZERO < price && price <= Money::MAX, "{price:?}");
}

fn is_id(id: &str) {
    assert!(
        (1..=reading::ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(|b| (b' '..=b'~').contains(&b))
    );
}

/// Whatever the life, the auction's sums with it and its text exist.
fn is_life(expires_in: Option<Duration>, expires_at: Option<Timestamp>) {
    let end = expires_in.map(|life| NOW + life).into_iter().chain(expires_at).min();
    let _ = end.map(|end| (end.since(NOW), end.to_string()));
}

fn is_whereto(whereto: &Whereto) {
    let Whereto::Named(named) = whereto else { return };
    assert!(named.len() <= 2);
    for destination in named {
        match destination {
            Destination::Phone(number) => {
                assert_eq!(E164::parse(number.as_str()).as_ref(), Ok(number));
                assert!(number.as_str()[1..].bytes().all(|b| b.is_ascii_digit()));
            }
            Destination::Sip(uri) => {
                let text = uri.as_str();
                assert_eq!(SipUri::parse(text).as_ref(), Ok(uri));
                assert!(text.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"?".contains(&b)), "{text}");
                assert!(text.starts_with("sip:") || text.starts_with("sips:"), "{text}");
            }
        }
    }
}

/// What is kept of a refusal is short and printable, and holds nobody's number or address.
fn is_a_reason(why: &NoBid, status: u16) {
    assert!(!why.code().is_empty());
    match why {
        NoBid::BadStatus(shown) => assert!(*shown == status && !(200..300).contains(&status)),
        NoBid::Rejected { code, text, .. } => {
            let kept = [(code, reading::CODE_CHARS_MAX), (text, reading::TEXT_CHARS_MAX)];
            for (kept, chars_max) in kept.into_iter().filter_map(|(kept, most)| Some((kept.as_ref()?, most)))
            {
                assert!(!kept.is_empty() && kept.chars().count() <= chars_max, "{kept:?}");
                assert!(!kept.contains('@') && !kept.chars().any(char::is_control), "{kept:?}");
                holds_no_number(kept);
            }
        }
        _ => {}
    }
}

fn holds_no_number(text: &str) {
    for run in text.split(char::is_alphabetic) {
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        assert!(digits <= reading::DIGITS_KEPT_MAX, "{text:?}");
    }
}

/// Our reader of JSON: never more than the library reads, and nothing else.
pub fn json(body: &[u8]) {
    let Ok(value) = json::read(body) else { return };
    let text = std::str::from_utf8(body).expect("what was read is UTF-8");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    assert_eq!(serde_json::from_str::<serde_json::Value>(text).ok().as_ref(), Some(&value));
    assert_eq!(json::read(value.to_string().as_bytes()), Ok(value));
}

/// Our reader of XML: every place of it can be asked for.
pub fn xml(body: &[u8]) {
    let Ok(root) = xml::read(body) else { return };
    for path in ["/response/bidAmount", "/r", "/r/a", "/a/b/c"] {
        let path = xml::ElementPath::parse(path).expect("a path");
        if let Ok(Some(element)) = root.find(&path) {
            let text = element.text();
            assert_eq!(text.trim_matches([' ', '\t', '\r', '\n']), text);
            assert!(!text.contains('\0'));
        }
    }
}

/// A sample reply that somebody pastes: where the paths that are proposed can be used, they read a bid or a reason.
pub fn sample(body: &[u8]) {
    let Ok(proposal) = proposal::propose(body) else { return };
    assert!(proposal.leaves.len() <= proposal::LEAVES_MAX);
    let places = |places: &Wire| match places {
        Wire::Json(mapping) if !mapping.bid.is_empty() => mapped::json(mapping).map(drop),
        Wire::Xml(mapping) if !mapping.bid.is_empty() => mapped::xml(mapping).map(drop),
        _ => Ok(()),
    };
    if places(&proposal.wire).is_err() {
        return;
    }
    match proposal::read(&proposal.wire, body) {
        Ok(bid) => is_a_bid(&bid),
        Err(why) => is_a_reason(&why, 200),
    }
}

/// A price, a time, seconds, an id and a flag, from one text in every form that a reply may give it.
pub fn primitives(text: &str) {
    for found in [
        Found::Absent,
        Found::Flag(true),
        Found::Number(text.to_owned()),
        Found::Text(text.to_owned()),
        Found::Other,
    ] {
        if let Ok(Price::Amount(price)) = reading::price(&found) {
            is_price(price);
        }
        if let Ok(Some(id)) = reading::id(&found)
            && !id.is_empty()
        {
            is_id(&id);
        }
        let life = reading::life(&found).ok().flatten();
        let millis = reading::epoch_millis(&found).ok().flatten();
        let time = reading::rfc3339(&found).ok().flatten();
        is_life(life, millis);
        is_life(reading::payable_after(&found).ok().flatten(), time);
        for words in [Words::Flags, Words::FlagsAndStatus] {
            let _ = reading::verdict(&found, words);
            if let Ok(Some(why)) = reading::refusal(&Found::Absent, &found, &found, words) {
                is_a_reason(&why, 200);
            }
        }
        if reading::same(&found, text, auction::Malformed::Currency).is_ok() {
            assert!(matches!(found, Found::Absent | Found::Text(_)));
        }
    }
}

/// A destination, from one text as an address and as a number.
pub fn destination(text: &str) {
    let shown = Found::Text(text.to_owned());
    let number = Found::Number(text.to_owned());
    for (sip, phone) in [
        (&shown, &Found::Absent),
        (&Found::Absent, &shown),
        (&Found::Absent, &number),
        (&shown, &shown),
        (&number, &Found::Other),
    ] {
        is_whereto(&reading::whereto(sip, phone));
    }
}

/// A signing secret: read or refused in few words, and never shown.
pub fn secret(text: &str) {
    match Signer::parse([text]) {
        Ok(signer) => {
            assert!(text.starts_with("whsec_"));
            assert_eq!(signer.headers(NOW, "sale-1", text.as_bytes()).len(), 3);
            assert_eq!(format!("{signer:?}"), "Signer { keys: 1 }");
        }
        Err(why) => assert!(why.to_string().len() < 120),
    }
}

/// A path of a mapping: refused, or it follows any reply in good time. `body` is the reply.
pub fn path(text: &str, body: &[u8]) {
    let mapping = Mapping { bid: text.to_owned(), list: Some(text.to_owned()), ..Mapping::default() };
    if let Ok(places) = mapped::json(&mapping)
        && let Ok(reply) = places.read(body)
    {
        assert!(reply.is_empty_list || reply.ends == Ends::default());
        assert_eq!(Reply { bid: Found::Absent, is_empty_list: false, ..reply }, Reply::default());
    }
    if let Ok(places) = mapped::xml(&mapping) {
        let _ = places.read(body);
    }
}

/// A URL: refused in few words, or a place whose origin is the same however it is asked.
pub fn url(text: &str) {
    for allow_private_targets in [false, true] {
        let policy = ExchangePolicy { allow_private_targets, own_addresses: Vec::new() };
        match Target::parse(text, &policy) {
            Ok(target) => {
                let asked = target.with_query([("zip", "33109"), ("a&b", "c d")]);
                assert_eq!(asked.origin(), target.origin());
                assert_eq!(
                    Target::parse(&target.origin(), &policy).map(|it| it.origin()),
                    Ok(target.origin())
                );
                assert!(allow_private_targets || target.origin().starts_with("https://"));
            }
            Err(why) => assert!(why.to_string().len() < 120),
        }
    }
}

fn dialect_of(wire: &Wire) -> Arc<dyn Dialect> {
    let endpoints = Endpoints {
        ping_url: Some("https://buyer.example/ping".to_owned()),
        post_url: "https://buyer.example/post".to_owned(),
        confirm_url: None,
        auth: Auth::None,
        headers: std::collections::BTreeMap::new(),
        signing_secrets: Vec::<Credential>::new(),
        ping: None,
        post: None,
        wire: wire.clone(),
    };
    dialect::of(&endpoints, &ExchangePolicy::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn ping() -> Ping {
    let offer = OfferId::parse("buyer-c-medicare").expect("a slug");
    Ping {
        id: PingId::of(AuctionId::of(JourneyId::of_call("AC1", "CA1"), "0", 0), &offer),
        offer,
        channel: Channel::Call,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        profile: Profile::new(),
        zip_digits: ZipDigits::Five,
        tmax: Duration::from_secs(2),
        floor: None,
        currency: Currency::usd(),
        repeat_of: None,
        test: false,
    }
}

/// When to come back, by any header of an answer: never later than may be asked for.
pub fn retry_after(header: &[u8], date: &[u8]) {
    let value = |bytes: &[u8]| http::HeaderValue::from_bytes(bytes).ok();
    let pairs = [(http::header::RETRY_AFTER, value(header)), (http::header::DATE, value(date))];
    let headers = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let wait = buyer::exchange::retry_after(&headers);
    assert!(wait.is_none_or(|wait| wait <= buyer::exchange::RETRY_AFTER_MAX));
}
