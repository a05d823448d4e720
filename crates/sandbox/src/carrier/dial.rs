//! `<Dial>`: the legs it rings, and what its action is told.

use super::{
    child,
    config::{ScreenedOut, Sent},
    exchange::{Exchange, resolve},
    faults::Kind,
    leg::{Leg, Status},
    perform::Performer,
    record::EndedBy,
    request::Ask,
    script::Script,
    twiml::Dial,
};
use std::sync::Arc;
use tokio::sync::watch;
use url::Url;

/// A Dial under way.
#[derive(Debug)]
pub(crate) struct LiveDial {
    pub(crate) result: watch::Receiver<Option<DialResult>>,
    dialling: Arc<Dialling>,
}

/// What the legs of one Dial share.
#[derive(Debug)]
pub(crate) struct Dialling {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) parent: Arc<Leg>,
    pub(crate) caller_script: Arc<Script>,
    pub(crate) verb: Dial,
    pub(crate) base: Url,
    pub(crate) stop: watch::Sender<Stop>,
}

/// Why legs of a Dial must stop.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stop {
    pub(crate) abandoned: Option<EndedBy>,
    pub(crate) taken_by: Option<usize>,
}

/// What came of a Dial.
#[derive(Clone, Debug)]
pub(crate) struct DialResult {
    pub(crate) status: Status,
    pub(crate) sid: String,
    /// Simulated seconds of the dialled leg from its answer; none if it was redirected or not answered.
    pub(crate) seconds: Option<u64>,
    pub(crate) answered: bool,
    pub(crate) bridged: bool,
    pub(crate) recording_url: Option<String>,
    pub(crate) sip: bool,
}

impl LiveDial {
    /// Drops the legs and waits until they are down.
    pub(crate) async fn abandon(&self, by: EndedBy) -> Option<DialResult> {
        self.dialling.stop.send_modify(|stop| stop.abandoned = Some(by));
        self.result.clone().wait_for(Option::is_some).await.ok().and_then(|result| result.clone())
    }
}

/// Begins to dial; the legs go on by themselves.
pub(crate) fn start(performer: &Performer, verb: &Dial, base: &Url) -> LiveDial {
    let dialling = Arc::new(Dialling {
        exchange: performer.exchange.clone(),
        parent: performer.leg.clone(),
        caller_script: performer.script.clone(),
        verb: verb.clone(),
        base: base.clone(),
        stop: watch::Sender::new(Stop::default()),
    });
    let (found, result) = watch::channel(None);
    let shared = dialling.clone();
    performer.leg.call.tasks.spawn(async move {
        let ended = ring_all(&shared).await;
        found.send_replace(Some(ended));
    });
    LiveDial { result, dialling }
}

async fn ring_all(dialling: &Arc<Dialling>) -> DialResult {
    let parties = 0..dialling.verb.nouns.len();
    let mut ended: Vec<DialResult> = vec![];
    if dialling.verb.sequential {
        for party in parties {
            let result = child::ring(dialling, party).await;
            let done = result.bridged || dialling.stop.borrow().abandoned.is_some();
            ended.push(result);
            if done {
                break;
            }
        }
    } else {
        ended = futures_util::future::join_all(parties.map(|party| child::ring(dialling, party))).await;
    }
    let bridged = ended.iter().position(|result| result.bridged);
    match bridged.or(ended.len().checked_sub(1)) {
        Some(which) => ended.swap_remove(which),
        None => {
            dialling.parent.call.alert(
                13224,
                "a Dial without anybody to dial".to_owned(),
                dialling.base.as_str(),
            );
            let status = Status::Failed;
            let (sid, seconds, recording_url) = (String::new(), None, None);
            DialResult { status, sid, seconds, answered: false, bridged: false, recording_url, sip: false }
        }
    }
}

/// The request of a Dial's action, if it has one.
pub(crate) fn action(performer: &Performer, live: &LiveDial, result: &DialResult) -> Option<Ask> {
    let dialling = &live.dialling;
    let exchange = &performer.exchange;
    let url = match resolve(&dialling.base, dialling.verb.action.as_deref()?) {
        Ok(url) => url,
        Err(words) => {
            performer.leg.call.alert(11100, words, dialling.base.as_str());
            return None;
        }
    };
    let mut params = exchange.standard_params(&performer.leg);
    let mut add = |name: &str, value: String| params.push((name.to_owned(), value));
    let status = match (result.answered && !result.bridged, exchange.config.screened_out) {
        (true, ScreenedOut::NoAnswer) => Status::NoAnswer,
        (true, ScreenedOut::Completed) | (false, _) => result.status,
    };
    add("DialCallStatus", status.word().to_owned());
    add("DialCallSid", result.sid.clone());
    if let Some(seconds) = result.seconds {
        add("DialCallDuration", seconds.to_string());
    }
    if exchange.config.dial_bridged == Sent::Yes {
        add("DialBridged", result.bridged.to_string());
    }
    if let Some(url) = &result.recording_url {
        add("RecordingUrl", url.clone());
    }
    if result.sip {
        add("DialSipCallId", format!("{}@sandbox", result.sid));
        add("DialSipResponseCode", sip_code(result.status).to_owned());
    }
    Some(Ask { kind: Kind::DialAction, url, method: dialling.verb.method, params })
}

fn sip_code(status: Status) -> &'static str {
    match status {
        Status::Busy => "486",
        Status::NoAnswer => "480",
        Status::Failed => "404",
        Status::Canceled => "487",
        Status::Completed | Status::InProgress | Status::Ringing | Status::Initiated | Status::Queued => {
            "200"
        }
    }
}
