//! A call that the server begins by REST.

use super::{
    call,
    document::Source,
    exchange::Exchange,
    faults::Kind,
    leg::{Leg, Order, Status},
    line::Then,
    perform::{Performer, Role},
    request::Ask,
    script::Script,
    twiml::Method,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use url::Url;

/// What the call does when it is answered.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) first: First,
    pub(crate) timeout: Duration,
    /// After which an answered call is ended.
    pub(crate) time_limit: Duration,
    pub(crate) machine: Machine,
}

/// The first document.
#[derive(Debug)]
pub(crate) enum First {
    Url(Url, Method),
    Twiml(String),
}

/// Answering machine detection.
#[derive(Debug)]
pub(crate) enum Machine {
    Off,
    /// The answer waits for the guess.
    First,
    /// The guess comes to a callback of its own.
    Later(Option<Url>),
}

/// Rings, and performs the document when somebody answers.
pub(crate) async fn run(
    exchange: Arc<Exchange>,
    leg: Arc<Leg>,
    outbound: Outbound,
    mut orders: mpsc::UnboundedReceiver<Order>,
) {
    let rung = tokio::select! {
        biased;
        Some(_) = orders.recv() => Err(Status::Canceled),
        rung = ring(&exchange, &leg, outbound.timeout) => rung,
    };
    if let Err(status) = rung {
        leg.end(status);
        call::finish(&exchange, &leg);
        return call::close(leg.call.clone()).await;
    }
    let line = exchange.rung(&leg.to);
    leg.answer();
    leg.report(&exchange, "answered");
    let mut params = exchange.standard_params(&leg);
    let guess = ("AnsweredBy".to_owned(), line.answered_by().to_owned());
    match outbound.machine {
        Machine::First => {
            exchange.pace.sleep(Duration::from_secs(3)).await;
            params.push(guess);
        }
        Machine::Later(Some(url)) => {
            let params = params.iter().cloned().chain([guess]).collect();
            leg.office.post(Ask { kind: Kind::Machine, url, method: Method::Post, params });
        }
        Machine::Off | Machine::Later(None) => {}
    }
    leg.office.settled().await;
    let first = match outbound.first {
        First::Url(url, method) => Source::Ask(Ask { kind: Kind::Voice, url, method, params }),
        First::Twiml(text) => Source::Inline(text),
    };
    let script = Arc::new(Script::new(line.person));
    let performer = Performer::new(&exchange, &leg, script, Role::Caller);
    let talk = call::run_boxed(performer, first, orders);
    tokio::pin!(talk);
    tokio::select! {
        biased;
        () = &mut talk => {}
        () = exchange.pace.sleep(outbound.time_limit) => {
            leg.order(Order::End);
            talk.await;
        }
    }
    call::close(leg.call.clone()).await;
}

async fn ring(exchange: &Exchange, leg: &Leg, timeout: Duration) -> Result<(), Status> {
    let line = exchange.rung(&leg.to);
    leg.set_status(Status::Initiated);
    leg.report(exchange, "initiated");
    if matches!(line.then, Then::Failed) {
        return Err(Status::Failed);
    }
    leg.set_status(Status::Ringing);
    leg.report(exchange, "ringing");
    exchange.pace.sleep(line.after_ring.min(timeout)).await;
    match line.then {
        Then::Busy => Err(Status::Busy),
        Then::NoAnswer => {
            exchange.pace.sleep(timeout.saturating_sub(line.after_ring)).await;
            Err(Status::NoAnswer)
        }
        _ if line.after_ring > timeout => Err(Status::NoAnswer),
        _ => Ok(()),
    }
}
