//! `POST Calls.json`: the server calls somebody.

use super::{Outcome, Request, calls::shown, refusal};
use crate::{
    carrier::{
        call::Call,
        exchange::Exchange,
        leg::{Direction, LegPlan, Status, Tells},
        outbound::{self, First, Machine, Outbound},
        twiml::Method,
    },
    lock::lock,
};
use std::{sync::Arc, time::Duration};
use url::Url;

pub(super) fn create(exchange: &Arc<Exchange>, request: &Request) -> Outcome {
    let Some(to) = request.param("To") else { return refusal(400, 21201, "No 'To' number is specified") };
    let Some(from) = request.param("From") else {
        return refusal(400, 21213, "No 'From' number is specified");
    };
    let outbound = match planned(request) {
        Ok(outbound) => outbound,
        Err(refused) => return refused,
    };
    let sid = exchange.sid("CA");
    let call = Arc::new(Call::new(&sid, from, to));
    lock(&exchange.calls).push(call.clone());
    let plan = LegPlan {
        sid,
        parent: None,
        from: from.to_owned(),
        to: to.to_owned(),
        direction: Direction::OutboundApi,
        status: Status::Queued,
        extra: vec![],
        fallback: request.param("FallbackUrl").map(str::to_owned),
        tells: told(request),
    };
    let (leg, orders) = exchange.open(plan, &call);
    let answer = shown(exchange, &leg);
    exchange.tasks.spawn(outbound::run(exchange.clone(), leg, outbound, orders));
    (201, answer)
}

fn planned(request: &Request) -> Result<Outbound, Outcome> {
    let get = request.param("Method").is_some_and(|method| method.eq_ignore_ascii_case("get"));
    let method = if get { Method::Get } else { Method::Post };
    let first = match (request.param("Url"), request.param("Twiml")) {
        (Some(text), None) => match Url::parse(text) {
            Ok(url) => First::Url(url, method),
            Err(_) => return Err(refusal(400, 21205, "Url is not a valid URL")),
        },
        (None, Some(twiml)) if twiml.len() <= 4000 => First::Twiml(twiml.to_owned()),
        (None, Some(_)) => return Err(refusal(400, 32018, "Twiml is too long")),
        _ => return Err(refusal(400, 21205, "Url parameter is required")),
    };
    let seconds = |name: &str, usual: u64, most: u64| match request.param(name).map(str::parse::<u64>) {
        None => Ok(Duration::from_secs(usual)),
        Some(Ok(seconds)) if (1..=most).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        Some(_) => Err(refusal(400, 21218, &format!("Invalid {name}"))),
    };
    let (timeout, time_limit) = (seconds("Timeout", 60, 600)?, seconds("TimeLimit", 14_400, 14_400)?);
    let machine = match (request.param("MachineDetection"), request.param("AsyncAmd")) {
        (None, _) => Machine::Off,
        (Some(_), Some("true")) => {
            Machine::Later(request.param("AsyncAmdStatusCallback").and_then(|url| Url::parse(url).ok()))
        }
        (Some(_), _) => Machine::First,
    };
    Ok(Outbound { first, timeout, time_limit, machine })
}

fn told(request: &Request) -> Option<Tells> {
    let url = Url::parse(request.param("StatusCallback")?).ok()?;
    let mut events: Vec<String> =
        request.all("StatusCallbackEvent").flat_map(str::split_whitespace).map(str::to_owned).collect();
    if events.is_empty() {
        events.push("completed".to_owned());
    }
    Some(Tells { url, events })
}
