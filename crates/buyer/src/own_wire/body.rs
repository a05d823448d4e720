//! The bodies of our own requests. Only [`post`] holds who the lead is; [`ping`] and [`confirm`] hold a number
//! where an offer's audited setting lets them, and nothing else of a person.

use std::collections::BTreeMap;

use auction::{PhoneInPing, Ping, ZipDigits};
use bridge::{Attempt, Post};
use lead::{
    Channel, Consent, Evidence, FieldName, Identity, Money, OfferId, Pii, Profile, SaleId, Timestamp, Value,
};
use serde::Serialize;

use crate::dialect::{ErasedLead, Line};

/// `{pingId, offerId, channel, vertical, state, zip, areaCode, ivr, derived, tmaxMs, currency, test}`, and
/// `floor`, `repeatOf`, `phone` where they apply.
pub(super) fn ping(ping: &Ping, phone: Option<&PhoneInPing>) -> Vec<u8> {
    written(&PingBody {
        ping_id: ping.id.to_string(),
        offer_id: ping.offer.as_str(),
        channel: ping.channel,
        vertical: ping.vertical.as_str(),
        profile: Shown::of(&ping.profile, ping.zip_digits),
        tmax_ms: u64::try_from(ping.tmax.as_millis()).unwrap_or(u64::MAX),
        currency: ping.currency.as_str(),
        test: ping.test,
        floor: ping.floor,
        repeat_of: ping.repeat_of.map(|it| it.to_string()),
        phone: phone.map(|phone| phone.number().reveal().as_str()),
    })
}

/// `{confirm: true, pingId, bidId, offerId, …}` with the profile that was shown in the ping. Of the zip never more
/// than three digits: the buyer has not accepted yet, and finds what its ping showed by `pingId`.
pub(super) fn confirm(attempt: &Attempt) -> Vec<u8> {
    let (ranked, facts) = (attempt.ranked(), attempt.facts());
    let with_phone = ranked.terms.confirm.is_some_and(|confirm| confirm.phone);
    let phone = attempt.caller_id().filter(|_| with_phone);
    written(&ConfirmBody {
        confirm: true,
        ping_id: ranked.ping.to_string(),
        bid_id: ranked.bid.as_deref(),
        offer_id: ranked.offer.as_str(),
        channel: facts.channel,
        profile: Shown::of(&facts.shown, ZipDigits::Three),
        price: ranked.price,
        test: facts.test,
        phone: phone.as_ref().map(|phone| phone.reveal().as_str()),
    })
}

/// `{saleId, pingId, bidId, offerId, channel, profile, lead, call, consent, price, test}`: the ping's values, and what only
/// the winner sees. A value that was answered or changed after the ping stands under `changed`.
pub(super) fn post(post: &Post, line: &Line) -> Vec<u8> {
    let (ranked, facts) = (post.ranked(), post.facts());
    let answered = || CallBody {
        answered_at: post.accepted_at().to_string(),
        carrier_call_id: line.carrier_call.as_deref(),
        recording_url: line.recording_url.as_deref(),
    };
    written(&PostBody {
        sale_id: post.sale().to_string(),
        ping_id: ranked.ping.to_string(),
        bid_id: ranked.bid.as_deref(),
        offer_id: ranked.offer.as_str(),
        channel: facts.channel,
        profile: Shown::of(post.profile(), ZipDigits::Five),
        changed: post.changed().iter().map(|(name, value)| (name.to_string(), shown(value))).collect(),
        lead: identity(post.identity()),
        call: (facts.channel != Channel::Form).then(answered),
        consent: post.consent().map(|consent| consented(consent, &post.identity().evidence)),
        price: ranked.price,
        test: facts.test,
    })
}

/// The bytes of a body that leave for its buyer.
pub(super) fn sent(body: &Pii<Vec<u8>>) -> Vec<u8> {
    body.reveal().clone()
}

/// `{type: "lead.returned", saleId, offerId, at}`
pub(super) fn returned(now: Timestamp, sale: SaleId, offer: &OfferId) -> Vec<u8> {
    written(&ReturnedBody {
        kind: "lead.returned",
        sale_id: sale.to_string(),
        offer_id: offer.as_str(),
        at: now.to_string(),
    })
}

/// `{type: "lead.erased", saleId, pingId, bidId, offerId, reason: "erasure", at}`
pub(super) fn erased(now: Timestamp, lead: &ErasedLead) -> Vec<u8> {
    written(&ErasedBody {
        kind: "lead.erased",
        sale_id: lead.sale.to_string(),
        ping_id: lead.ping.map(|ping| ping.to_string()),
        bid_id: lead.bid.as_deref(),
        offer_id: lead.offer.as_str(),
        reason: "erasure",
        at: now.to_string(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PingBody<'a> {
    ping_id: String,
    offer_id: &'a str,
    channel: Channel,
    vertical: &'a str,
    #[serde(flatten)]
    profile: Shown,
    tmax_ms: u64,
    currency: &'a str,
    test: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmBody<'a> {
    confirm: bool,
    ping_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_id: Option<&'a str>,
    offer_id: &'a str,
    channel: Channel,
    #[serde(flatten)]
    profile: Shown,
    price: Money,
    test: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostBody<'a> {
    sale_id: String,
    ping_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_id: Option<&'a str>,
    offer_id: &'a str,
    channel: Channel,
    profile: Shown,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    changed: BTreeMap<String, serde_json::Value>,
    lead: BTreeMap<String, &'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<ConsentBody<'a>>,
    price: Money,
    test: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallBody<'a> {
    answered_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recording_url: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConsentBody<'a> {
    text_version: &'a str,
    given_at: String,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    sellers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReturnedBody<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    sale_id: String,
    offer_id: &'a str,
    at: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErasedBody<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    sale_id: String,
    ping_id: Option<String>,
    bid_id: Option<&'a str>,
    offer_id: &'a str,
    reason: &'a str,
    at: String,
}

/// A profile on the wire: geography by name, every other answer under `ivr` by its field's name, and the names of
/// the values that nobody answered.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area_code: Option<String>,
    ivr: BTreeMap<String, serde_json::Value>,
    derived: Vec<String>,
}

impl Shown {
    fn of(profile: &Profile, zip_digits: ZipDigits) -> Self {
        let zip = profile.zip().map(|zip| match zip_digits {
            ZipDigits::Five => zip.as_str().to_owned(),
            ZipDigits::Three => zip.as_str()[..3].to_owned(),
        });
        Self {
            state: profile.state().map(|it| it.to_string()),
            zip,
            area_code: profile.area_code().map(|it| it.to_string()),
            ivr: profile.answers().map(|(name, value)| (name.to_string(), shown(value))).collect(),
            derived: profile.derived().map(wire_name).collect(),
        }
    }
}

fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Choice(_) | Value::State(_) | Value::Zip(_) | Value::AreaCode(_) => value.text().into(),
    }
}

/// `first_name` is `firstName` on the wire.
fn wire_name(name: &FieldName) -> String {
    let mut words = name.as_str().split('_');
    let mut wire = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(word.len().min(1));
        wire.push_str(&first.to_ascii_uppercase());
        wire.push_str(rest);
    }
    wire
}

fn identity(identity: &Identity) -> BTreeMap<String, &str> {
    let phone = identity.phone.as_ref().map(|phone| ("phone".to_owned(), phone.reveal().as_str()));
    let fields = identity.fields.iter().map(|(name, value)| (wire_name(name), value.reveal().as_str()));
    fields.chain(phone).collect()
}

fn consented<'a>(consent: &'a Consent, evidence: &'a Evidence) -> ConsentBody<'a> {
    fn shown(value: &Option<Pii<String>>) -> Option<&str> {
        value.as_ref().map(|value| value.reveal().as_str())
    }
    ConsentBody {
        text_version: &consent.text_version,
        given_at: consent.given_at.to_string(),
        sellers: &consent.sellers,
        page: shown(&evidence.page),
        ip_address: shown(&evidence.address),
        certificate: shown(&evidence.certificate),
    }
}

fn written(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a body of strings, numbers and maps with string keys is JSON")
}
