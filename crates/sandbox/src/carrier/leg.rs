//! One leg of a call: the caller's, a dialled party's, or one that the server began by REST.

use super::{
    call::Call, config::Timestamps, document::Source, exchange::Exchange, faults::Kind, office::Office,
    record::EndedBy, request::Ask, twiml::Method,
};
use crate::{clock, lock::lock};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use url::Url;

/// A leg, shared between who performs it and who gives it orders.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) sid: String,
    pub(crate) parent: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) direction: Direction,
    pub(crate) extra: Vec<(String, String)>,
    pub(crate) fallback: Option<String>,
    pub(crate) tells: Option<Tells>,
    pub(crate) call: Arc<Call>,
    pub(crate) office: Office,
    pub(crate) recordings: Mutex<Vec<Recording>>,
    state: Mutex<State>,
    sequence: AtomicU32,
    orders: mpsc::UnboundedSender<Order>,
}

/// What a leg is made from.
#[derive(Debug)]
pub(crate) struct LegPlan {
    pub(crate) sid: String,
    pub(crate) parent: Option<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) direction: Direction,
    pub(crate) status: Status,
    pub(crate) extra: Vec<(String, String)>,
    pub(crate) fallback: Option<String>,
    pub(crate) tells: Option<Tells>,
}

/// Whom a leg's progress is told, and which events.
#[derive(Clone, Debug)]
pub(crate) struct Tells {
    pub(crate) url: Url,
    pub(crate) events: Vec<String>,
}

/// A recording that runs.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) sid: String,
    pub(crate) source: &'static str,
    pub(crate) channels: u8,
    pub(crate) began: Instant,
    pub(crate) callback: Option<Url>,
}

/// Something that ends what a leg is doing.
#[derive(Debug)]
pub(crate) enum Order {
    Perform(Source),
    End,
    CallerGone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    OutboundApi,
    OutboundDial,
}

/// Twilio's words for the state of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Initiated,
    Ringing,
    InProgress,
    Completed,
    Busy,
    Failed,
    NoAnswer,
    Canceled,
}

#[derive(Clone, Copy, Debug)]
struct State {
    status: Status,
    answered: Option<Instant>,
    ended: Option<Instant>,
}

impl Leg {
    pub(crate) fn new(plan: LegPlan, call: Arc<Call>) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (orders, received) = mpsc::unbounded_channel();
        let leg = Self {
            sid: plan.sid,
            parent: plan.parent,
            from: plan.from,
            to: plan.to,
            direction: plan.direction,
            extra: plan.extra,
            fallback: plan.fallback,
            tells: plan.tells,
            call,
            office: Office::default(),
            recordings: Mutex::default(),
            state: Mutex::new(State { status: plan.status, answered: None, ended: None }),
            sequence: AtomicU32::new(0),
            orders,
        };
        (leg, received)
    }

    pub(crate) fn order(&self, order: Order) {
        // A leg that is over hears no orders any more.
        let _ = self.orders.send(order);
    }

    pub(crate) fn status(&self) -> Status {
        lock(&self.state).status
    }

    pub(crate) fn set_status(&self, status: Status) {
        lock(&self.state).status = status;
    }

    /// Picks up, once.
    pub(crate) fn answer(&self) {
        let mut state = lock(&self.state);
        if state.answered.is_none() && state.ended.is_none() {
            state.answered = Some(clock::now());
            state.status = Status::InProgress;
        }
    }

    pub(crate) fn answered(&self) -> Option<Instant> {
        lock(&self.state).answered
    }

    pub(crate) fn ended(&self) -> Option<Instant> {
        lock(&self.state).ended
    }

    /// Ends with this status, once.
    pub(crate) fn end(&self, status: Status) {
        let mut state = lock(&self.state);
        if state.ended.is_none() {
            state.ended = Some(clock::now());
            state.status = status;
        }
    }

    /// Simulated time from the answer until now or the end.
    pub(crate) fn talked(&self, exchange: &Exchange) -> Duration {
        let state = *lock(&self.state);
        let until = state.ended.unwrap_or_else(clock::now);
        state.answered.map_or(Duration::ZERO, |since| exchange.pace.simulated(until.duration_since(since)))
    }

    /// The carrier's time of a moment in this call.
    pub(crate) fn carrier_time(&self, exchange: &Exchange, moment: Instant) -> jiff::Timestamp {
        let real = moment.saturating_duration_since(self.call.began);
        self.call.wall
            + match exchange.config.timestamps {
                Timestamps::Simulated => exchange.pace.simulated(real),
                Timestamps::Wall => real,
            }
    }

    /// Queues a status callback, if this event is wanted.
    pub(crate) fn report(&self, exchange: &Exchange, event: &str) {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let Some(tells) =
            self.tells.as_ref().filter(|tells| tells.events.iter().any(|wanted| wanted == event))
        else {
            return;
        };
        let kind = match (event, self.direction) {
            ("initiated", _) => Kind::Initiated,
            ("ringing", _) => Kind::Ringing,
            ("answered", _) => Kind::Answered,
            (_, Direction::Inbound) => Kind::CallStatus,
            (_, Direction::OutboundApi | Direction::OutboundDial) => Kind::Completed,
        };
        let mut params = exchange.standard_params(self);
        if event == "completed" {
            let talked = self.talked(exchange).as_secs();
            params.push(("CallDuration".to_owned(), talked.to_string()));
            params.push(("Duration".to_owned(), talked.div_ceil(60).to_string()));
        }
        let at = clock::rfc2822(self.carrier_time(exchange, clock::now()));
        params.push(("Timestamp".to_owned(), at));
        params.push(("CallbackSource".to_owned(), "call-progress-events".to_owned()));
        params.push(("SequenceNumber".to_owned(), sequence.to_string()));
        self.office.post(Ask { kind, url: tells.url.clone(), method: Method::Post, params });
    }

    /// Says that a recording is ready. It concerns this leg, the parent of a Dial.
    pub(crate) fn report_recording(&self, exchange: &Exchange, recording: &Recording) {
        exchange.keep_sound(&recording.sid, &self.sid);
        let Some(url) = recording.callback.clone() else { return };
        let length = exchange.pace.simulated(clock::now().duration_since(recording.began)).as_secs();
        let began = clock::rfc2822(self.carrier_time(exchange, recording.began));
        let params = [
            ("AccountSid", exchange.config.account_sid.clone()),
            ("CallSid", self.sid.clone()),
            ("RecordingSid", recording.sid.clone()),
            ("RecordingUrl", exchange.recording_url(&recording.sid)),
            ("RecordingStatus", "completed".to_owned()),
            ("RecordingDuration", length.to_string()),
            ("RecordingChannels", recording.channels.to_string()),
            ("RecordingStartTime", began),
            ("RecordingSource", recording.source.to_owned()),
        ];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.office.post(Ask { kind: Kind::Recording, url, method: Method::Post, params });
    }
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Initiated => "initiated",
            Self::Ringing => "ringing",
            Self::InProgress => "in-progress",
            Self::Completed => "completed",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::NoAnswer => "no-answer",
            Self::Canceled => "canceled",
        }
    }
}

impl Direction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::OutboundApi => "outbound-api",
            Self::OutboundDial => "outbound-dial",
        }
    }
}

/// Why a leg ended, in whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) status: Status,
    pub(crate) by: EndedBy,
}
