//! What the carrier and the buyers know, in few words: whole records of thousands of calls would fill the memory.

use std::collections::BTreeMap;

use lead::JourneyId;
use sandbox::{
    CallRecord, Medicare,
    buyers::Recorded,
    canary::{Crowd, Trait},
    carrier::{DialRecord, Kind, Webhook},
    medicare::Name,
};
use uuid::Uuid;

use crate::cast::{NAMES, Person, Sold, buyer_at};

/// One call, as its carrier knows it. Times are microseconds on the wall.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The journey that it must be.
    pub(crate) journey: Uuid,
    /// Who called.
    pub(crate) person: Person,
    /// How it ended.
    pub(crate) status: String,
    /// How far the caller was served.
    pub(crate) served: Served,
    /// Who was dialled.
    pub(crate) dials: Vec<Dial>,
    /// Whether the caller heard that there was an error, or nothing more.
    pub(crate) was_let_down: bool,
    /// Everything that the carrier asked or told, a line each.
    pub(crate) told: Vec<String>,
}

/// How far a caller was served, by the documents that the carrier was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Served {
    /// None came.
    Not,
    /// Another host's came, since no node answered.
    Elsewhere,
    /// A node's came, and asked nothing.
    Dismissed,
    /// A node's came that asked something: from then on somebody knows of the call.
    Asked,
}

/// One dialled party.
#[derive(Debug, Clone)]
pub(crate) struct Dial {
    /// Whose number it is, and why it was dialled.
    pub(crate) buyer: Option<(Name, Sold)>,
    /// Whether caller and buyer were connected.
    pub(crate) bridged: bool,
    /// When it was dialled.
    pub(crate) dialled_at: i64,
    /// When it was answered.
    pub(crate) answered_at: Option<i64>,
    /// When it was connected.
    pub(crate) bridged_at: Option<i64>,
    /// When it ended.
    pub(crate) ended_at: Option<i64>,
    /// How.
    pub(crate) status: String,
}

impl Call {
    /// Of a record.
    pub(crate) fn of(account: &str, seed: u64, record: &CallRecord) -> Option<Self> {
        let began = record.began_at.as_microsecond();
        let at = |offset: std::time::Duration| began + i64::try_from(offset.as_micros()).unwrap_or(i64::MAX);
        let dial = |dial: &DialRecord| Dial {
            buyer: buyer_at(&dial.to),
            bridged: dial.bridged,
            dialled_at: at(dial.dialled_at),
            answered_at: dial.answered_at.map(at),
            bridged_at: dial.bridged_at.map(at),
            ended_at: dial.ended_at.map(at),
            status: dial.status.clone(),
        };
        let hook = |hook: &Webhook| {
            let status =
                hook.status.map_or_else(|| format!("{:?}", hook.failure), |status| status.to_string());
            let repeat = if hook.repeat_of.is_some() { " again" } else { "" };
            format!("carrier {} {:?}{repeat} {} {status}", at(hook.at), hook.kind, hook.path)
        };
        let rest = |request: &sandbox::carrier::RestRequest| {
            format!("rest {} {} {}", request.method, request.path, request.status)
        };
        Some(Self {
            journey: JourneyId::of_call(account, &record.sid).to_string().parse().ok()?,
            person: Person::of_number(seed, &record.from)?,
            status: record.status.clone(),
            served: Served::of(record),
            dials: record.dials.iter().map(dial).collect(),
            was_let_down: !record.errors.is_empty() && record.dials.is_empty() && !was_told(record),
            told: record.webhooks.iter().map(hook).chain(record.rest.iter().map(rest)).collect(),
        })
    }

    /// The parties that were really connected.
    pub(crate) fn bridged(&self) -> impl Iterator<Item = &Dial> {
        self.dials.iter().filter(|dial| dial.bridged)
    }
}

impl Served {
    fn of(record: &CallRecord) -> Self {
        let came = record.webhooks.iter().filter(|hook| {
            !hook.kind.is_callback() && hook.kind != Kind::Media && hook.status.is_some_and(|it| it < 400)
        });
        let of = |hook: &Webhook| match hook.path.as_str() {
            "/back" | "/sorry" => Self::Elsewhere,
            _ if hook.body.contains("<Gather") => Self::Asked,
            _ => Self::Dismissed,
        };
        came.map(of).max().unwrap_or(Self::Not)
    }
}

/// Whether the last document that was asked for came.
fn was_told(record: &CallRecord) -> bool {
    let mut documents = record.webhooks.iter().filter(|hook| !hook.kind.is_callback());
    documents.next_back().is_none_or(|hook| hook.status.is_some_and(|status| status < 400))
}

/// What the buyers were asked and sent.
#[derive(Debug)]
pub(crate) struct Received {
    crowd: Crowd,
    /// Pings and confirms.
    pub(crate) pings: usize,
    /// Of these, with a caller's number in some disguise.
    pub(crate) identities: usize,
    /// How often each buyer was posted something, by `webhook-id`.
    pub(crate) posted: Vec<(Name, BTreeMap<String, u32>)>,
}

impl Received {
    /// Nothing yet, of the callers and forms of a run.
    pub(crate) fn new(seed: u64, calls: u64, forms: u64) -> Self {
        let callers = (0..calls).map(|n| Person::new(seed, n));
        let people = callers.chain((0..forms).map(|n| Person::filling(seed, n)));
        let people: Vec<_> = people.map(|person| vec![Trait::Phone(person.number())]).collect();
        let posted = NAMES.into_iter().map(|name| (name, BTreeMap::new())).collect();
        Self { crowd: Crowd::new(&people), pings: 0, identities: 0, posted }
    }

    /// What has come since the last time.
    pub(crate) fn take(&mut self, medicare: &Medicare) {
        for n in 0..NAMES.len() {
            for request in medicare.buyers[n].take_requests() {
                self.one(n, &request);
            }
        }
    }

    /// One request to the `n`th buyer.
    pub(crate) fn one(&mut self, n: usize, request: &Recorded) {
        if request.path == "/post" {
            let key = request.header("webhook-id").unwrap_or("(none)").to_owned();
            *self.posted[n].1.entry(key).or_default() += 1;
            return;
        }
        self.pings += 1;
        if !self.crowd.found_in(&request.bytes()).is_empty() {
            self.identities += 1;
        }
    }

    /// How often a buyer was posted something under a key.
    pub(crate) fn posted_to(&self, name: Name, key: &str) -> u32 {
        let of = self.posted.iter().find(|(of, _)| *of == name);
        of.and_then(|(_, posted)| posted.get(key)).copied().unwrap_or_default()
    }
}
