//! Performing documents on one leg, verb after verb, until they run out or hang up.
//!
//! Every wait can be dropped half-way: an order to the leg does that.

use super::{
    dial::{self, LiveDial},
    document::Source,
    exchange::{Exchange, resolve},
    faults::Kind,
    leg::{Leg, Order, Status},
    record::{EndedBy, Heard, Sound},
    request::Ask,
    script::{HangUp, Script},
    twiml::{Document, Method, Verb},
};
use crate::lock::lock;
use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};
use url::Url;

/// A document after the other without an end would be a mistake of the server.
const MAX_DOCUMENTS: u32 = 2_000;

/// One leg and the one who listens on it.
#[derive(Debug)]
pub(crate) struct Performer {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) leg: Arc<Leg>,
    pub(crate) script: Arc<Script>,
    pub(crate) role: Role,
    pub(crate) live: Mutex<Option<LiveDial>>,
}

/// Whether a call is performed, or a whisper before the bridge.
#[derive(Debug)]
pub(crate) enum Role {
    Caller,
    Callee { caller: Arc<Leg>, caller_script: Arc<Script>, drops: bool, dial: usize },
}

/// How a performance ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    RanOut,
    HungUp,
    Rejected(Status),
    CalleeDropped,
    ApplicationError,
}

/// What follows a verb.
pub(super) enum Flow {
    Next,
    Goto(Ask),
    End(Ending),
}

impl Performer {
    pub(crate) fn new(exchange: &Arc<Exchange>, leg: &Arc<Leg>, script: Arc<Script>, role: Role) -> Self {
        Self { exchange: exchange.clone(), leg: leg.clone(), script, role, live: Mutex::default() }
    }

    pub(crate) async fn perform(&self, first: Source) -> Ending {
        let mut source = first;
        for turn in 0..MAX_DOCUMENTS {
            if self.is_caller() && self.leg.answered().is_some() {
                self.leg.call.quiet_begins();
            }
            let found = self.exchange.document(&self.leg, source).await;
            let Some((document, base)) = found else { return Ending::ApplicationError };
            if turn == 0 && self.callee_drops_at_once().await {
                return Ending::CalleeDropped;
            }
            match self.verbs(&document, &base).await {
                Flow::Goto(ask) => source = Source::Ask(ask),
                Flow::End(ending) => return ending,
                Flow::Next => return Ending::RanOut,
            }
        }
        self.leg.call.alert(11200, format!("more than {MAX_DOCUMENTS} documents"), "");
        Ending::ApplicationError
    }

    /// Ends a Dial that still runs: its leg is dropped, its action is requested, the answer is ignored.
    pub(crate) async fn abandon_dial(&self, by: EndedBy) {
        let Some(live) = lock(&self.live).take() else { return };
        let wanted =
            by != EndedBy::Caller || self.exchange.config.action_after_hang_up == super::config::Sent::Yes;
        let action = live.abandon(by).await.and_then(|result| dial::action(self, &live, &result));
        if let Some(ask) = action.filter(|_| wanted) {
            let (exchange, leg) = (self.exchange.clone(), self.leg.clone());
            self.leg.call.tasks.spawn(async move {
                // Twilio ignores this answer too.
                let _ = exchange.ask(&leg, ask).await;
            });
        }
    }

    async fn verbs(&self, document: &Document, base: &Url) -> Flow {
        for verb in &document.verbs {
            if self.is_caller() && !matches!(verb, Verb::Redirect { .. } | Verb::Hangup) {
                self.leg.call.quiet_ends();
            }
            match self.verb(verb, document, base).await {
                Flow::Next => {}
                ended => return ended,
            }
        }
        Flow::Next
    }

    async fn verb(&self, verb: &Verb, document: &Document, base: &Url) -> Flow {
        let in_whisper = !self.is_caller();
        match verb {
            Verb::Say { .. } | Verb::Play { .. } => {
                self.picks_up();
                self.sound(verb, base, document.is_hold()).await;
            }
            Verb::Gather(gather) => {
                self.picks_up();
                return self.gather(gather, base).await;
            }
            Verb::Hangup => return Flow::End(Ending::HungUp),
            Verb::Pause(_)
            | Verb::Record(_)
            | Verb::Dial(_)
            | Verb::Redirect { .. }
            | Verb::Reject { .. }
                if in_whisper =>
            {
                self.leg.call.alert(13230, format!("{verb:?} is not allowed in a whisper"), base.as_str());
            }
            Verb::Pause(_) => self.sound(verb, base, document.is_hold()).await,
            Verb::Record(record) => {
                self.picks_up();
                return self.take_message(record, base).await;
            }
            Verb::Dial(verb) => return self.dial(verb, base).await,
            Verb::Redirect { url, method } => return self.goto(Kind::Redirect, base, url, *method, vec![]),
            Verb::Reject { busy } => {
                let status = if *busy { Status::Busy } else { Status::NoAnswer };
                return Flow::End(Ending::Rejected(status));
            }
            Verb::Unknown(_) => {}
        }
        Flow::Next
    }

    /// Say, Play or Pause.
    pub(super) async fn sound(&self, verb: &Verb, base: &Url, is_hold: bool) {
        let (what, length, loops) = match verb {
            Verb::Say { text, loops } => (Some(Sound::Say(text.clone())), spoken(text), *loops),
            Verb::Pause(length) => (None, *length, 1),
            Verb::Play { url, loops } => match self.play(base, url).await {
                Some((url, length)) => (Some(Sound::Play(url)), length, *loops),
                None => return,
            },
            _ => return,
        };
        let mut leaves = self.is_caller() && is_hold && self.script.hang_up() == Some(&HangUp::DuringHold);
        if let Some(sound) = what {
            let (Sound::Say(words) | Sound::Play(words)) = &sound;
            leaves |= self.script.hears(words) && self.is_caller();
            self.heard(sound.clone());
        }
        if leaves {
            self.exchange.pace.sleep(length / 2).await;
            self.leg.order(Order::CallerGone);
            pending::<()>().await;
        }
        self.exchange.pace.sleep(length * loops).await;
    }

    async fn play(&self, base: &Url, text: &str) -> Option<(String, Duration)> {
        let found = match resolve(base, text) {
            Ok(url) => self.exchange.audio(&self.leg, &url).await.map(|length| (url.to_string(), length)),
            Err(words) => Err(words),
        };
        found
            .map_err(|words| self.leg.call.alert(11200, format!("audio {text}: {words}"), base.as_str()))
            .ok()
    }

    async fn dial(&self, verb: &super::twiml::Dial, base: &Url) -> Flow {
        if !verb.answer_on_bridge {
            self.picks_up();
        }
        let live = dial::start(self, verb, base);
        let mut ended = live.result.clone();
        *lock(&self.live) = Some(live);
        let result = ended.wait_for(Option::is_some).await.ok().and_then(|result| result.clone());
        let live = lock(&self.live).take();
        let action = live.zip(result).and_then(|(live, result)| dial::action(self, &live, &result));
        action.map_or(Flow::Next, Flow::Goto)
    }

    /// Goes on with another document.
    pub(super) fn goto(
        &self,
        kind: Kind,
        base: &Url,
        url: &str,
        method: Method,
        more: Vec<(String, String)>,
    ) -> Flow {
        match resolve(base, url) {
            Ok(url) => {
                let mut params = self.exchange.standard_params(&self.leg);
                params.extend(more);
                Flow::Goto(Ask { kind, url, method, params })
            }
            Err(words) => {
                self.leg.call.alert(11100, words, base.as_str());
                Flow::End(Ending::ApplicationError)
            }
        }
    }

    pub(super) fn is_caller(&self) -> bool {
        matches!(self.role, Role::Caller)
    }

    pub(super) fn picks_up(&self) {
        if self.is_caller() {
            self.leg.answer();
        }
    }

    fn heard(&self, what: Sound) {
        let heard = Heard { at: self.leg.call.offset(), what };
        match &self.role {
            Role::Caller => self.leg.call.note(|record| record.heard.push(heard)),
            Role::Callee { dial, .. } => self.leg.call.dialled(*dial, |record| record.heard.push(heard)),
        }
    }

    /// The moment at which a whisper begins.
    async fn callee_drops_at_once(&self) -> bool {
        let Role::Callee { caller, caller_script, drops, .. } = &self.role else { return false };
        if caller_script.hang_up() == Some(&HangUp::AtWhisper) {
            caller.order(Order::CallerGone);
            pending::<()>().await;
        }
        *drops
    }
}

/// Fifteen characters a second.
pub(super) fn spoken(text: &str) -> Duration {
    Duration::from_millis(u64::try_from(text.chars().count()).unwrap_or(u64::MAX).saturating_mul(1000) / 15)
}
