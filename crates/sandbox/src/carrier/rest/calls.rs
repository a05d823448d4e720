//! Calls that exist: look them up, list them, redirect them, end them, record them.

use super::{Outcome, Request, refusal};
use crate::{
    carrier::{
        document::Source,
        exchange::Exchange,
        faults::Kind,
        leg::{Direction, Leg, Order, Recording, Status},
        request::Ask,
        twiml::Method,
    },
    clock,
    lock::lock,
};
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

pub(super) fn fetch(exchange: &Arc<Exchange>, sid: &str) -> Outcome {
    match exchange.leg(sid) {
        Some(leg) => (200, shown(exchange, &leg)),
        None => unknown(sid),
    }
}

pub(super) fn list(exchange: &Arc<Exchange>, request: &Request) -> Outcome {
    let wanted =
        |name: &str, value: Option<&str>| request.param(name).is_none_or(|asked| value == Some(asked));
    let matching = |leg: &&Arc<Leg>| {
        wanted("ParentCallSid", leg.parent.as_deref())
            && wanted("To", Some(&leg.to))
            && wanted("From", Some(&leg.from))
            && wanted("Status", Some(leg.status().word()))
    };
    let legs = exchange.legs();
    let found: Vec<Value> = legs.iter().rev().filter(matching).map(|leg| shown(exchange, leg)).collect();
    let page_size = request.param("PageSize").and_then(|size| size.parse().ok()).unwrap_or(found.len());
    let uri = format!("{}/Calls.json", exchange.account_path());
    let calls: Vec<Value> = found.into_iter().take(page_size).collect();
    (200, json!({"calls": calls, "page": 0, "page_size": page_size, "uri": uri, "next_page_uri": null}))
}

/// Redirects or ends a leg; what it was doing is interrupted at once.
pub(super) fn update(exchange: &Arc<Exchange>, sid: &str, request: &Request) -> Outcome {
    let Some(leg) = exchange.leg(sid) else { return unknown(sid) };
    let order = match (request.param("Url"), request.param("Twiml"), request.param("Status")) {
        (None, None, Some("completed" | "canceled")) => Order::End,
        (None, None, Some(_)) => return refusal(400, 21218, "Invalid Status"),
        (None, Some(twiml), None) if twiml.len() > 4000 => return refusal(400, 32018, "Twiml is too long"),
        (None, Some(twiml), None) => Order::Perform(Source::Inline(twiml.to_owned())),
        (Some(text), None, None) => match Url::parse(text) {
            Ok(url) => Order::Perform(Source::Ask(pushed(exchange, &leg, url, request))),
            Err(_) => return refusal(400, 21205, "Url is not a valid URL"),
        },
        _ => return refusal(400, 20001, "Exactly one of Url, Twiml and Status"),
    };
    let live = match (&order, leg.status()) {
        (_, Status::InProgress) => true,
        (Order::Perform(_), Status::Ringing) => leg.direction == Direction::Inbound,
        (Order::End, Status::Queued | Status::Initiated | Status::Ringing) => true,
        _ => false,
    };
    if !live || leg.ended().is_some() {
        return refusal(400, 21220, "Call is not in-progress. Cannot redirect.");
    }
    leg.order(order);
    (200, shown(exchange, &leg))
}

pub(super) fn record(exchange: &Arc<Exchange>, sid: &str, request: &Request) -> Outcome {
    let Some(leg) = exchange.leg(sid) else { return unknown(sid) };
    if leg.status() != Status::InProgress {
        return refusal(400, 21220, "Requested resource is not eligible for recording");
    }
    let recording = Recording {
        sid: exchange.sid("RE"),
        source: "StartCallRecordingAPI",
        channels: if request.param("RecordingChannels") == Some("dual") { 2 } else { 1 },
        began: clock::now(),
        callback: request.param("RecordingStatusCallback").and_then(|url| Url::parse(url).ok()),
    };
    let answer = json!({
        "sid": recording.sid,
        "account_sid": exchange.config.account_sid,
        "call_sid": leg.sid,
        "status": "in-progress",
        "channels": recording.channels,
        "source": recording.source,
        "start_time": clock::rfc2822(leg.carrier_time(exchange, recording.began)),
    });
    lock(&leg.recordings).push(recording);
    (201, answer)
}

/// What was recorded of a leg.
pub(super) fn recordings(exchange: &Exchange, sid: &str) -> Outcome {
    if exchange.leg(sid).is_none() {
        return unknown(sid);
    }
    let recordings: Vec<_> = exchange
        .recordings_of(sid)
        .into_iter()
        .map(|recording| json!({"sid": recording, "call_sid": sid, "status": "completed"}))
        .collect();
    (200, json!({"recordings": recordings, "next_page_uri": null}))
}

/// A leg in Twilio's names.
pub(super) fn shown(exchange: &Exchange, leg: &Leg) -> Value {
    let time = |moment| clock::rfc2822(leg.carrier_time(exchange, moment));
    let duration = leg.ended().map(|_| leg.talked(exchange).as_secs().to_string());
    json!({
        "sid": leg.sid,
        "account_sid": exchange.config.account_sid,
        "api_version": "2010-04-01",
        "parent_call_sid": leg.parent,
        "from": leg.from,
        "to": leg.to,
        "direction": leg.direction.word(),
        "status": leg.status().word(),
        "date_created": time(leg.call.began),
        "start_time": leg.answered().map(time),
        "end_time": leg.ended().map(time),
        "duration": duration,
        "answered_by": null,
        "price": null,
        "price_unit": "USD",
        "uri": format!("{}/Calls/{}.json", exchange.account_path(), leg.sid),
    })
}

fn pushed(exchange: &Exchange, leg: &Leg, url: Url, request: &Request) -> Ask {
    let get = request.param("Method").is_some_and(|method| method.eq_ignore_ascii_case("get"));
    let method = if get { Method::Get } else { Method::Post };
    Ask { kind: Kind::Pushed, url, method, params: exchange.standard_params(leg) }
}

fn unknown(sid: &str) -> Outcome {
    refusal(404, 20404, &format!("The requested resource /Calls/{sid}.json was not found"))
}
