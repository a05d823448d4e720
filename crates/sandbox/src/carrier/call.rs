//! One call: its record, and the loop that performs documents until somebody ends it.

use super::{
    document::Source,
    exchange::Exchange,
    leg::{Leg, Order, Status},
    line::Line,
    perform::{Ending, Performer},
    record::{Alert, CallRecord, DialRecord, EndedBy, Webhook},
    request::Ask,
    script::HangUp,
    twiml::Method,
};
use crate::{clock, lock::lock};
use std::{
    future::pending,
    pin::Pin,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;
use url::Url;

/// What all legs of a call share.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) began: Instant,
    pub(crate) wall: jiff::Timestamp,
    pub(crate) tasks: TaskTracker,
    pub(crate) over: watch::Sender<bool>,
    /// How everybody behaves who is dialled for it; nothing: as the carrier's lines say.
    pub(crate) dialled: Option<Line>,
    record: Mutex<CallRecord>,
    quiet_since: Mutex<Option<Instant>>,
}

impl Call {
    pub(crate) fn new(sid: &str, from: &str, to: &str) -> Self {
        let wall = clock::wall();
        let record = CallRecord {
            sid: sid.into(),
            from: from.into(),
            to: to.into(),
            began_at: wall,
            ..CallRecord::default()
        };
        Self {
            began: clock::now(),
            wall,
            tasks: TaskTracker::new(),
            over: watch::Sender::new(false),
            dialled: None,
            record: Mutex::new(record),
            quiet_since: Mutex::default(),
        }
    }

    pub(crate) fn towards(self, dialled: Option<Line>) -> Self {
        Self { dialled, ..self }
    }

    pub(crate) fn record(&self) -> CallRecord {
        lock(&self.record).clone()
    }

    pub(crate) fn offset(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn note<T>(&self, change: impl FnOnce(&mut CallRecord) -> T) -> T {
        change(&mut lock(&self.record))
    }

    pub(crate) fn alert(&self, code: u32, message: String, url: &str) {
        self.note(|record| record.errors.push(Alert { code, message, url: url.to_owned() }));
    }

    /// Adds a dialled party and tells its place.
    pub(crate) fn dial(&self, dial: DialRecord) -> usize {
        self.note(|record| {
            record.dials.push(dial);
            record.dials.len() - 1
        })
    }

    pub(crate) fn dialled<T>(&self, which: usize, change: impl FnOnce(&mut DialRecord) -> T) -> T {
        self.note(|record| change(&mut record.dials[which]))
    }

    /// Adds a webhook at the moment of its sending and tells its place.
    pub(crate) fn sent(
        &self,
        leg: &Leg,
        ask: &Ask,
        url: &Url,
        token: &str,
        attempt: u32,
        repeat_of: Option<usize>,
    ) -> usize {
        let webhook = Webhook {
            kind: ask.kind,
            call_sid: leg.sid.clone(),
            at: self.offset(),
            method: if ask.method == Method::Get { "GET" } else { "POST" }.to_owned(),
            url: url.to_string(),
            path: url.path().to_owned(),
            params: ask.params.clone(),
            idempotency_token: token.to_owned(),
            attempt,
            repeat_of,
            same_answer: None,
            status: None,
            body: String::new(),
            elapsed: Duration::ZERO,
            failure: Some("abandoned".to_owned()),
        };
        self.note(|record| {
            record.webhooks.push(webhook);
            record.webhooks.len() - 1
        })
    }

    pub(crate) fn webhook(&self, which: usize, change: impl FnOnce(&mut Webhook)) {
        self.note(|record| change(&mut record.webhooks[which]));
    }

    pub(crate) fn quiet_begins(&self) {
        lock(&self.quiet_since).get_or_insert_with(clock::now);
    }

    pub(crate) fn quiet_ends(&self) {
        if let Some(since) = lock(&self.quiet_since).take() {
            let silence = since.elapsed();
            self.note(|record| record.longest_silence = record.longest_silence.max(silence));
        }
    }
}

/// Performs a leg's documents until it is over, and reports the end.
pub(crate) async fn run(performer: Performer, first: Source, mut orders: mpsc::UnboundedReceiver<Order>) {
    let (leg, exchange) = (performer.leg.clone(), performer.exchange.clone());
    let gone = async {
        match performer.script.hang_up() {
            Some(HangUp::After(after)) => exchange.pace.sleep(*after).await,
            _ => pending().await,
        }
    };
    tokio::pin!(gone);
    let mut source = first;
    let (status, by) = loop {
        let ending = tokio::select! {
            biased;
            () = &mut gone => Err(Order::CallerGone),
            Some(order) = orders.recv() => Err(order),
            ending = performer.perform(source) => Ok(ending),
        };
        match ending {
            Ok(Ending::Rejected(status)) if leg.answered().is_none() => break (status, EndedBy::Server),
            Ok(Ending::ApplicationError) if leg.answered().is_none() => {
                break (Status::Failed, EndedBy::Carrier);
            }
            Ok(_) => break (Status::Completed, EndedBy::Server),
            Err(Order::Perform(pushed)) => {
                performer.abandon_dial(EndedBy::Server).await;
                source = pushed;
            }
            Err(Order::End) => break (ended_early(&leg), EndedBy::Server),
            Err(Order::CallerGone) => break (ended_early(&leg), EndedBy::Caller),
        }
    };
    leg.call.quiet_ends();
    leg.end(status);
    performer.abandon_dial(by).await;
    finish(&exchange, &leg);
}

/// The same as a boxed future: a dialled leg that is redirected runs inside a run.
pub(crate) fn run_boxed(
    performer: Performer,
    first: Source,
    orders: mpsc::UnboundedReceiver<Order>,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(run(performer, first, orders))
}

/// Reports the end of a leg that is over, its recordings too.
pub(crate) fn finish(exchange: &Exchange, leg: &Leg) {
    for recording in std::mem::take(&mut *lock(&leg.recordings)) {
        leg.report_recording(exchange, &recording);
    }
    leg.report(exchange, "completed");
    leg.office.close();
    if leg.parent.is_none() {
        leg.call.note(|record| {
            record.status = leg.status().word().to_owned();
            record.talked = leg.talked(exchange);
        });
    }
}

/// Waits for the last callback of a call and lets its record be read.
pub(crate) async fn close(call: Arc<Call>) {
    call.tasks.close();
    call.tasks.wait().await;
    call.over.send_replace(true);
}

fn ended_early(leg: &Leg) -> Status {
    if leg.answered().is_some() { Status::Completed } else { Status::Canceled }
}
