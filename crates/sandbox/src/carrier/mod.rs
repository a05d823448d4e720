//! An emulated Twilio: a real HTTP peer that signs webhooks, performs TwiML, rings lines and serves REST.
//!
//! Start at [`Carrier::start`], then [`Carrier::line`] for who may be dialled and [`Carrier::place`] for a call.

mod call;
mod child;
mod config;
mod dial;
mod document;
mod exchange;
mod faults;
mod gather;
mod leg;
mod line;
mod media;
mod office;
mod outbound;
mod overrides;
mod perform;
mod record;
mod request;
mod rest;
mod script;
mod signature;
pub(crate) mod twiml;

use crate::lock::lock;
use call::Call;
pub use config::{CarrierConfig, Number, ScreenedOut, Sent, Timestamps};
use document::Source;
use exchange::Exchange;
pub use faults::{CallbackFault, CallbackRule, Faults, Kind, On, RestFault, RestKind, RestRule, When};
use leg::{Direction, Leg, LegPlan, Order, Status, Tells};
pub use line::{By, Line, Party, Talk, Then};
use perform::{Performer, Role};
pub use record::{Alert, CallRecord, DialRecord, EndedBy, Heard, Message, RestRequest, Sound, Webhook};
use request::Ask;
pub use script::{Answer, Caller, HangUp};
pub use signature::sign;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use twiml::Method;
use url::Url;

/// A running carrier.
#[derive(Debug)]
pub struct Carrier {
    exchange: Arc<Exchange>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

/// A call to one of the server's numbers.
#[derive(Clone, Debug)]
pub struct InboundCall {
    /// E.164, or nothing for a caller who hides his number.
    pub from: Option<String>,
    /// The number called.
    pub to: String,
    /// Who calls.
    pub caller: Caller,
    /// Parameters that are added to every webhook of the caller's leg, or take the place of standard ones.
    pub extra_params: Vec<(String, String)>,
}

/// A call under way.
#[derive(Clone, Debug)]
pub struct CallHandle {
    leg: Arc<Leg>,
}

impl Carrier {
    /// Starts a carrier with its REST side on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start(config: CarrierConfig) -> Self {
        Self::start_on(config, TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port"))
    }

    /// As [`Carrier::start`], with its REST side on a socket that is bound already.
    ///
    /// # Panics
    /// If the socket has no address.
    #[must_use]
    pub fn start_on(config: CarrierConfig, listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("a bound socket has an address");
        let exchange = Arc::new(Exchange::new(config, format!("http://{address}")));
        let router = rest::router(exchange.clone());
        let serving = tokio::spawn(async move {
            // It ends when the carrier is stopped.
            let _ = axum::serve(listener, router).await;
        });
        Self { exchange, address, serving }
    }

    /// `http://127.0.0.1:…`, in the place of `https://api.twilio.com`.
    #[must_use]
    pub fn rest_base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The configuration it was started with.
    #[must_use]
    pub fn config(&self) -> &CarrierConfig {
        &self.exchange.config
    }

    /// Sets how a number or SIP URI behaves when it is dialled. Unknown ones cannot be reached.
    pub fn line(&self, at: &str, line: Line) {
        self.exchange.set_line(at, line);
    }

    /// Sets where the calls to a number go, and lists it at `IncomingPhoneNumbers`.
    pub fn set_number(&self, number: Number) {
        self.exchange.set_number(number);
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.exchange.set_faults(faults);
    }

    /// Somebody calls.
    ///
    /// # Panics
    /// If the number's voice URL is no URL.
    #[must_use]
    pub fn place(&self, inbound: InboundCall) -> CallHandle {
        self.place_towards(inbound, None)
    }

    /// As [`Carrier::place`]; whoever is dialled for this call behaves like this line, whatever [`Carrier::line`] says.
    ///
    /// # Panics
    /// If the number's voice URL is no URL.
    #[must_use]
    pub fn place_towards(&self, inbound: InboundCall, dialled: Option<Line>) -> CallHandle {
        let exchange = &self.exchange;
        let number = exchange.number(&inbound.to);
        let from = inbound.from.unwrap_or_else(|| exchange.config.anonymous.clone());
        let sid = exchange.sid("CA");
        let call = Arc::new(Call::new(&sid, &from, &inbound.to).towards(dialled));
        lock(&exchange.calls).push(call.clone());
        let tells = number.status_callback_url.as_deref().and_then(|url| Url::parse(url).ok());
        let plan = LegPlan {
            sid,
            parent: None,
            from,
            to: inbound.to,
            direction: Direction::Inbound,
            status: Status::Ringing,
            extra: inbound.extra_params,
            fallback: number.voice_fallback_url,
            tells: tells.map(|url| Tells { url, events: vec!["completed".to_owned()] }),
        };
        let (leg, orders) = exchange.open(plan, &call);
        let performer =
            Performer::new(exchange, &leg, Arc::new(script::Script::new(inbound.caller)), Role::Caller);
        let url = Url::parse(&number.voice_url).expect("the voice URL of the configuration is a URL");
        let params = exchange.standard_params(&leg);
        let first = Source::Ask(Ask { kind: Kind::Voice, url, method: Method::Post, params });
        exchange.tasks.spawn(async move {
            call::run(performer, first, orders).await;
            call::close(call).await;
        });
        CallHandle { leg }
    }

    /// The records of all calls, also of those that the server began.
    #[must_use]
    pub fn records(&self) -> Vec<CallRecord> {
        lock(&self.exchange.calls).iter().map(|call| call.record()).collect()
    }

    /// The records of the calls that are over, which the carrier then forgets with all their legs and REST requests: many
    /// calls would fill the memory.
    #[must_use]
    pub fn take_ended(&self) -> Vec<CallRecord> {
        let over = |call: &Call| *call.over.borrow();
        let ended: Vec<_> = lock(&self.exchange.calls).extract_if(.., |call| over(call)).collect();
        self.exchange.forget_legs(|leg| over(&leg.call));
        lock(&self.exchange.rest_log).clear();
        ended.iter().map(|call| call.record()).collect()
    }

    /// Forgets the earliest calls that are over, with their legs and all REST requests, until at most so many are known: a
    /// carrier that lives for weeks would fill the memory.
    pub fn forget_ended(&self, kept: usize) {
        let mut calls = lock(&self.exchange.calls);
        let mut more = calls.len().saturating_sub(kept);
        let mut gone = vec![];
        calls.retain(|call| {
            let goes = more > 0 && *call.over.borrow();
            if goes {
                more -= 1;
                gone.push(Arc::clone(call));
            }
            !goes
        });
        drop(calls);
        self.exchange.forget_legs(|leg| gone.iter().any(|call| Arc::ptr_eq(call, &leg.call)));
        lock(&self.exchange.rest_log).clear();
    }

    /// How many calls are not over yet.
    #[must_use]
    pub fn live_calls(&self) -> usize {
        lock(&self.exchange.calls).iter().filter(|call| !*call.over.borrow()).count()
    }

    /// All parties that were ever dialled.
    #[must_use]
    pub fn dials(&self) -> Vec<DialRecord> {
        self.records().into_iter().flat_map(|record| record.dials).collect()
    }

    /// All REST requests.
    #[must_use]
    pub fn rest_requests(&self) -> Vec<RestRequest> {
        lock(&self.exchange.rest_log).clone()
    }

    /// The latest text messages that were taken, in their order.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        lock(&self.exchange.messages).clone()
    }

    /// The recordings that are there.
    #[must_use]
    pub fn recordings(&self) -> Vec<String> {
        self.exchange.recordings()
    }

    /// Waits until each call so far is over with its last callback.
    pub async fn all_ended(&self) {
        let calls = lock(&self.exchange.calls).clone();
        for call in calls {
            ended(&call).await;
        }
    }

    /// Hangs up all calls, waits for their ends (five seconds at most), and closes the REST side.
    pub async fn stop(self) {
        self.hang_up_all().await;
    }

    /// Hangs up all calls, and waits for their ends (five seconds at most).
    pub async fn hang_up_all(&self) {
        for leg in self.exchange.legs() {
            leg.order(Order::CallerGone);
        }
        self.exchange.tasks.close();
        // A server that is gone already cannot answer the last callbacks.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.exchange.tasks.wait()).await;
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl CallHandle {
    /// The sid of the caller's leg.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.leg.sid
    }

    /// The caller hangs up now.
    pub fn hang_up(&self) {
        self.leg.order(Order::CallerGone);
    }

    /// What was recorded so far.
    #[must_use]
    pub fn so_far(&self) -> CallRecord {
        self.leg.call.record()
    }

    /// Waits until the call is over and its last callback was answered.
    pub async fn ended(&self) -> CallRecord {
        ended(&self.leg.call).await;
        self.leg.call.record()
    }
}

async fn ended(call: &Call) {
    // The sender lives in the call itself.
    let _ = call.over.subscribe().wait_for(|over| *over).await;
}
