//! One dialled leg, from the first ring to its last callback.

use super::{
    call,
    dial::{DialResult, Dialling},
    document::Source,
    exchange::resolve,
    faults::Kind,
    leg::{Direction, End, Leg, LegPlan, Order, Recording, Status, Tells},
    line::{Line, Party, Talk, Then},
    perform::{Ending, Performer, Role},
    record::{DialRecord, EndedBy},
    request::Ask,
    script::{Answer, Caller, HangUp, Script},
    twiml::{Method, Noun, NounKind},
};
use crate::{clock, lock::lock};
use std::{future::pending, sync::Arc, time::Duration};
use tokio::sync::mpsc;

struct Child<'a> {
    dialling: &'a Arc<Dialling>,
    party: usize,
    noun: &'a Noun,
    line: Line,
    leg: Arc<Leg>,
    /// Its place among the call's dials.
    record: usize,
}

/// Rings one party of a Dial.
pub(crate) async fn ring(dialling: &Arc<Dialling>, party: usize) -> DialResult {
    let noun = &dialling.verb.nouns[party];
    let (leg, mut orders) = open(dialling, noun);
    let record = dialling.parent.call.dial(DialRecord {
        parent_sid: dialling.parent.sid.clone(),
        sid: leg.sid.clone(),
        to: noun.to.clone(),
        caller_id: leg.from.clone(),
        sip_headers: noun.sip_headers.clone(),
        sip_user: noun.user.clone(),
        send_digits: noun.send_digits.clone(),
        dialled_at: dialling.parent.call.offset(),
        ..DialRecord::default()
    });
    let of_call = dialling.parent.call.dialled.clone();
    let line = of_call.unwrap_or_else(|| dialling.exchange.dialled(&noun.to));
    let child = Child { dialling, party, noun, line, leg, record };
    leg_of(&child, &mut orders).await
}

async fn leg_of(child: &Child<'_>, orders: &mut mpsc::UnboundedReceiver<Order>) -> DialResult {
    child.leg.report(&child.dialling.exchange, "initiated");
    let ended = |by| {
        let status = if child.leg.answered().is_some() { Status::Completed } else { Status::Canceled };
        End { status, by }
    };
    let end = tokio::select! {
        biased;
        by = child.stopped() => ended(by),
        Some(order) = orders.recv() => match order {
            Order::Perform(source) => return child.leave(source, orders),
            Order::End | Order::CallerGone => ended(EndedBy::Server),
        },
        end = child.live() => end,
    };
    child.conclude(end).await
}

fn open(dialling: &Arc<Dialling>, noun: &Noun) -> (Arc<Leg>, mpsc::UnboundedReceiver<Order>) {
    let parent = &dialling.parent;
    let url = noun.status_callback.as_deref().and_then(|text| resolve(&dialling.base, text).ok());
    let events =
        ["initiated", "ringing", "answered", "completed"].into_iter().filter(|event| noun.wants(event));
    let tells = url.map(|url| Tells { url, events: events.map(str::to_owned).collect() });
    let shown = match parent.direction {
        Direction::Inbound => parent.from.clone(),
        Direction::OutboundApi | Direction::OutboundDial => parent.to.clone(),
    };
    let plan = LegPlan {
        sid: dialling.exchange.sid("CA"),
        parent: Some(parent.sid.clone()),
        from: dialling.verb.caller_id.clone().unwrap_or(shown),
        to: noun.to.clone(),
        direction: Direction::OutboundDial,
        status: Status::Initiated,
        extra: vec![],
        fallback: None,
        tells,
    };
    dialling.exchange.open(plan, &parent.call)
}

impl Child<'_> {
    /// The life of a leg that nobody interrupts.
    async fn live(&self) -> End {
        let exchange = &self.dialling.exchange;
        if matches!(self.line.then, Then::Failed) {
            return End { status: Status::Failed, by: EndedBy::Carrier };
        }
        self.leg.set_status(Status::Ringing);
        self.leg.report(exchange, "ringing");
        let rings_for = self.dialling.verb.rings_for;
        let rings = match self.line.then {
            Then::NoAnswer => rings_for,
            _ => self.line.after_ring.min(rings_for),
        };
        if self.dialling.caller_script.hang_up() == Some(&HangUp::WhileRinging) {
            exchange.pace.sleep(rings / 2).await;
            self.caller_leaves::<()>().await;
        }
        exchange.pace.sleep(rings).await;
        if self.line.after_ring > rings_for || matches!(self.line.then, Then::NoAnswer) {
            return End { status: Status::NoAnswer, by: EndedBy::Buyer };
        }
        if matches!(self.line.then, Then::Busy) {
            return End { status: Status::Busy, by: EndedBy::Buyer };
        }
        self.leg.answer();
        self.noted(|record| record.answered_at = Some(self.leg.call.offset()));
        self.leg.report(exchange, "answered");
        self.detect_machine();
        self.leg.office.settled().await;
        match self.line.then {
            Then::AnswerThenDropAfter(after) => tokio::select! {
                end = self.answered() => end,
                () = exchange.pace.sleep(after) => End { status: Status::Completed, by: EndedBy::Buyer },
            },
            _ => self.answered().await,
        }
    }

    async fn answered(&self) -> End {
        let exchange = &self.dialling.exchange;
        if let Some(end) = self.screened_out().await {
            return end;
        }
        let won = self.dialling.stop.send_if_modified(|stop| {
            let free = stop.taken_by.is_none() && stop.abandoned.is_none();
            if free {
                stop.taken_by = Some(self.party);
            }
            free
        });
        if !won {
            return pending().await; // Another leg was quicker; the stop comes.
        }
        self.dialling.parent.answer();
        self.noted(|record| {
            record.bridged = true;
            record.bridged_at = Some(self.leg.call.offset());
        });
        if self.dialling.verb.record {
            self.record_talk();
        }
        tokio::select! {
            end = self.talk() => end,
            () = exchange.pace.sleep(self.dialling.verb.time_limit) => End { status: Status::Completed, by: EndedBy::Carrier },
        }
    }

    /// The whisper, if there is one; an end if the callee does not get through it.
    async fn screened_out(&self) -> Option<End> {
        let drops = matches!(self.line.then, Then::HangUpAtWhisper);
        let refused = |by| Some(End { status: Status::Completed, by });
        let Some(url) = &self.noun.url else {
            return if drops { refused(EndedBy::Buyer) } else { None };
        };
        let answers =
            self.line.presses().map(|(key, after)| Answer::press(&key.to_string()).after(after).barging_in());
        let role = Role::Callee {
            caller: self.dialling.parent.clone(),
            caller_script: self.dialling.caller_script.clone(),
            drops,
            dial: self.record,
        };
        let script = Arc::new(Script::new(Caller::in_order(answers)));
        let performer = Performer::new(&self.dialling.exchange, &self.leg, script, role);
        let url = match resolve(&self.dialling.base, url) {
            Ok(url) => url,
            Err(words) => {
                self.leg.call.alert(11100, words, self.dialling.base.as_str());
                return refused(EndedBy::Carrier);
            }
        };
        let params = self.dialling.exchange.standard_params(&self.leg);
        let whisper = Ask { kind: Kind::Whisper, url, method: self.noun.method, params };
        match performer.perform(Source::Ask(whisper)).await {
            Ending::RanOut => None,
            Ending::CalleeDropped => refused(EndedBy::Buyer),
            Ending::HungUp | Ending::Rejected(_) => refused(EndedBy::Server),
            Ending::ApplicationError => refused(EndedBy::Carrier),
        }
    }

    async fn talk(&self) -> End {
        let pace = self.dialling.exchange.pace;
        let (lasts, party) = match &self.line.then {
            Then::Answer { talk: Talk::Until(lasts), hangs_up, .. } => (*lasts, *hangs_up),
            _ => (Duration::MAX, Party::Buyer),
        };
        let (lasts, party) = match self.dialling.caller_script.hang_up() {
            Some(HangUp::AfterBridge(after)) if *after <= lasts => (*after, Party::Caller),
            _ => (lasts, party),
        };
        if lasts == Duration::MAX {
            return pending().await;
        }
        pace.sleep(lasts).await;
        match party {
            Party::Buyer => End { status: Status::Completed, by: EndedBy::Buyer },
            Party::Caller => self.caller_leaves().await,
        }
    }

    /// The caller hangs up; the stop comes through his leg.
    async fn caller_leaves<T>(&self) -> T {
        self.dialling.parent.order(Order::CallerGone);
        pending().await
    }

    /// Waits until this leg must stop, and says who wants it.
    async fn stopped(&self) -> EndedBy {
        let mut stop = self.dialling.stop.subscribe();
        let taken = |by: Option<usize>| by.is_some_and(|winner| winner != self.party);
        match stop.wait_for(|stop| stop.abandoned.is_some() || taken(stop.taken_by)).await {
            Ok(stop) => stop.abandoned.unwrap_or(EndedBy::Carrier),
            Err(_) => EndedBy::Carrier,
        }
    }

    fn record_talk(&self) {
        let callback = self.dialling.verb.recording_callback.as_deref();
        lock(&self.leg.recordings).push(Recording {
            sid: self.dialling.exchange.sid("RE"),
            source: "DialVerb",
            channels: if self.dialling.verb.dual { 2 } else { 1 },
            began: clock::now(),
            callback: callback.and_then(|text| resolve(&self.dialling.base, text).ok()),
        });
    }

    /// Answering machine detection says its guess while the call goes on.
    fn detect_machine(&self) {
        let callback = self.noun.machine_callback.as_deref();
        let Some(url) = callback.and_then(|text| resolve(&self.dialling.base, text).ok()) else { return };
        let mut params = self.dialling.exchange.standard_params(&self.leg);
        params.push(("AnsweredBy".to_owned(), self.line.answered_by().to_owned()));
        params.push(("MachineDetectionDuration".to_owned(), "2000".to_owned()));
        self.leg.office.post(Ask { kind: Kind::Machine, url, method: Method::Post, params });
    }

    fn noted(&self, change: impl FnOnce(&mut DialRecord)) {
        self.leg.call.dialled(self.record, change);
    }

    /// Ends the leg: its callbacks go out, and the Dial learns what came of it.
    async fn conclude(&self, end: End) -> DialResult {
        let exchange = &self.dialling.exchange;
        self.leg.end(end.status);
        self.noted(|record| {
            record.status = end.status.word().to_owned();
            record.ended_at = Some(self.leg.call.offset());
            record.ended_by = Some(end.by);
        });
        self.leg.report(exchange, "completed");
        let recordings = std::mem::take(&mut *lock(&self.leg.recordings));
        for recording in &recordings {
            self.dialling.parent.report_recording(exchange, recording);
        }
        self.dialling.parent.office.settled().await;
        self.leg.office.settled().await;
        self.leg.office.close();
        let answered = self.leg.answered().is_some();
        self.result(end.status, answered.then(|| self.leg.talked(exchange).as_secs()), recordings.first())
    }

    fn result(&self, status: Status, seconds: Option<u64>, recording: Option<&Recording>) -> DialResult {
        DialResult {
            status,
            sid: self.leg.sid.clone(),
            seconds,
            answered: self.leg.answered().is_some(),
            bridged: self.leg.call.dialled(self.record, |record| record.bridged),
            recording_url: recording.map(|made| self.dialling.exchange.recording_url(&made.sid)),
            sip: self.noun.kind == NounKind::Sip,
        }
    }

    /// The server redirected this leg: it leaves the Dial and performs a document of its own.
    fn leave(&self, source: Source, orders: &mut mpsc::UnboundedReceiver<Order>) -> DialResult {
        let exchange = &self.dialling.exchange;
        let silent = Arc::new(Script::new(self.line.person.clone()));
        let performer = Performer::new(exchange, &self.leg, silent, Role::Caller);
        let mut own_orders = mpsc::unbounded_channel().1;
        std::mem::swap(orders, &mut own_orders);
        self.noted(|record| {
            record.status = Status::Completed.word().to_owned();
            record.ended_at = Some(self.leg.call.offset());
            record.ended_by = Some(EndedBy::Server);
        });
        self.leg.answer();
        self.leg.call.tasks.spawn(call::run_boxed(performer, source, own_orders));
        self.result(Status::Completed, None, None)
    }
}
