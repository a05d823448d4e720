//! What the names in a shape's braces mean, in a ping and in a post.

use auction::{Manner, PhoneInPing, Ping, ZipDigits};
use bridge::Post;
use lead::{Channel, FieldName, Pii, Profile, Value};

use super::{Shapes, filling::Given};
use crate::{dialect::Line, endpoint::Problem};

/// What a ping knows besides the answers that bidders may see.
pub const OF_PING: [&str; 10] = [
    "ping_id",
    "offer_id",
    "channel",
    "vertical",
    "tmax_ms",
    "currency",
    "floor",
    "test",
    "repeat_of",
    "phone",
];
/// What a post knows besides all answers.
pub const OF_POST: [&str; 16] = [
    "sale_id",
    "ping_id",
    "bid_id",
    "offer_id",
    "channel",
    "price",
    "test",
    "phone",
    "answered_at",
    "carrier_call_id",
    "recording_url",
    "consent_text",
    "consent_at",
    "consent_page",
    "consent_ip",
    "consent_certificate",
];

/// What is wrong with a name at this place.
pub(super) fn check(name: &str, of: Shapes, manner: &Manner) -> Result<(), Problem> {
    let (here, there) = match of {
        Shapes::Ping => (OF_PING.as_slice(), OF_POST.as_slice()),
        Shapes::Post => (OF_POST.as_slice(), OF_PING.as_slice()),
    };
    if name == "phone" && *manner == Manner::Query {
        return Err(Problem::PhoneInUrl);
    }
    if here.contains(&name) {
        return Ok(());
    }
    if there.contains(&name) || FieldName::parse(name).is_err() {
        return Err(Problem::ShapeName);
    }
    Ok(())
}

/// A value of a ping. Nothing of a person is there but the number, where an audited setting allows it.
pub(super) fn of_ping(name: &str, ping: &Ping, phone: Option<&PhoneInPing>) -> Option<Given> {
    Some(match name {
        "ping_id" => Given::Text(ping.id.to_string()),
        "offer_id" => Given::Text(ping.offer.to_string()),
        "channel" => channel(ping.channel),
        "vertical" => Given::Text(ping.vertical.as_str().to_owned()),
        "tmax_ms" => Given::Number(i64::try_from(ping.tmax.as_millis()).unwrap_or(i64::MAX)),
        "currency" => Given::Text(ping.currency.as_str().to_owned()),
        "floor" => Given::Text(ping.floor?.to_string()),
        "test" => Given::Flag(ping.test),
        "repeat_of" => Given::Text(ping.repeat_of?.to_string()),
        "phone" => Given::Text(phone?.number().reveal().as_str().to_owned()),
        _ => return answer(name, &ping.profile, ping.zip_digits),
    })
}

/// A value of a post: what the ping showed, then what was answered since, then what only the winner sees.
pub(super) fn of_post(name: &str, post: &Post, line: &Line) -> Option<Given> {
    let (ranked, facts) = (post.ranked(), post.facts());
    let called = || facts.channel != Channel::Form;
    Some(match name {
        "sale_id" => Given::Text(post.sale().to_string()),
        "ping_id" => Given::Text(ranked.ping.to_string()),
        "bid_id" => Given::Text(ranked.bid.clone()?),
        "offer_id" => Given::Text(ranked.offer.to_string()),
        "channel" => channel(facts.channel),
        "price" => Given::Text(ranked.price.to_string()),
        "test" => Given::Flag(facts.test),
        "phone" => Given::Text(post.identity().phone.as_ref()?.reveal().as_str().to_owned()),
        "answered_at" => Given::At(called().then(|| post.accepted_at())?),
        "carrier_call_id" => Given::Text(line.carrier_call.clone()?),
        "recording_url" => Given::Text(line.recording_url.clone()?),
        "consent_text" => Given::Text(post.consent()?.text_version.clone()),
        "consent_at" => Given::At(post.consent()?.given_at),
        "consent_page" => proof(&post.identity().evidence.page)?,
        "consent_ip" => proof(&post.identity().evidence.address)?,
        "consent_certificate" => proof(&post.identity().evidence.certificate)?,
        _ => {
            let shown = answer(name, post.profile(), ZipDigits::Five);
            return shown.or_else(|| since(name, post)).or_else(|| personal(name, post));
        }
    })
}

fn proof(value: &Option<Pii<String>>) -> Option<Given> {
    value.as_ref().map(|value| Given::Text(value.reveal().clone()))
}

fn channel(channel: Channel) -> Given {
    Given::Text(channel.code().to_owned())
}

fn answer(name: &str, profile: &Profile, zip_digits: ZipDigits) -> Option<Given> {
    let value = profile.value(&FieldName::parse(name).ok()?)?;
    Some(match (value, zip_digits) {
        (Value::Zip(zip), ZipDigits::Three) => Given::Text(zip.prefix3().to_owned()),
        (value, _) => given(value),
    })
}

fn since(name: &str, post: &Post) -> Option<Given> {
    post.changed().iter().find(|(field, _)| field.as_str() == name).map(|(_, value)| given(value))
}

fn personal(name: &str, post: &Post) -> Option<Given> {
    let field = FieldName::parse(name).ok()?;
    Some(Given::Text(post.identity().fields.get(&field)?.reveal().clone()))
}

fn given(value: &Value) -> Given {
    match value {
        Value::Number(number) => Given::Number(*number),
        Value::Flag(flag) => Given::Flag(*flag),
        Value::State(state) => Given::State(*state),
        Value::Choice(_) | Value::Zip(_) | Value::AreaCode(_) => Given::Text(value.text()),
    }
}
