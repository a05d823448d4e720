//! One call of a load: what the server's documents ask, performed without waiting for any sound.

use super::{
    Plan,
    desk::{Call, Desk},
    habits,
    webhook::{About, Webhooks},
};
use crate::{
    carrier::twiml::{self, Dial, Noun, Verb},
    clock,
    lock::lock,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// How long a piece of hold plays.
const HOLD: Duration = Duration::from_secs(12);
/// How long a phone rings that is busy in the end: longer than any buyer thinks.
const BUSY_AFTER: Duration = Duration::from_millis(1_600);
/// How long a talk lasts, as the carrier tells it; nobody waits for it.
const TALK_SECONDS: i64 = 45;
/// More documents than a call has.
const DOCUMENTS_MAX: usize = 40;

/// A call being performed.
pub(super) struct Performed<'a> {
    pub(super) desk: &'a Arc<Desk>,
    pub(super) webhooks: &'a Webhooks,
    pub(super) plan: &'a Plan,
    pub(super) call: &'a Call,
    pub(super) orders: mpsc::UnboundedReceiver<String>,
}

/// What a document leads to.
enum Next {
    Asks(String),
    Holds(String),
    Dials(Box<Dial>),
    Ends,
}

impl Performed<'_> {
    /// From the first webhook to the last.
    pub(super) async fn perform(mut self) -> Result<(), String> {
        let mut url = self.webhooks.resolve(&self.webhooks.target.voice_url)?;
        let answers = ["33109", &self.call.code.to_string(), "1"].map(str::to_owned);
        let mut asked = answers.iter();
        let (mut more, mut status): (Vec<(&str, String)>, _) = (vec![], "ringing");
        let (mut spoken_at, mut dials) = (0, 0);
        for _ in 0..DOCUMENTS_MAX {
            let given: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let text = self.send(&url, status, &given).await?;
            status = "in-progress";
            let next = read(&text)?;
            if let Next::Dials(_) = next {
                self.dialled(spoken_at);
            }
            (url, more) = match next {
                Next::Asks(action) => {
                    let digits = asked.next().ok_or("one question too many")?;
                    spoken_at = self.desk.micros();
                    (
                        self.webhooks.resolve(&action)?,
                        vec![("Digits", digits.clone()), ("msg", "Gather End".to_owned())],
                    )
                }
                Next::Holds(redirect) => (self.on_hold(&redirect).await?, vec![]),
                Next::Dials(dial) => {
                    dials += 1;
                    let action = self.webhooks.resolve(dial.action.as_deref().unwrap_or_default())?;
                    (action, self.dial(&dial, dials).await?)
                }
                Next::Ends => break,
            };
        }
        let duration = TALK_SECONDS.to_string();
        let end = self.webhooks.resolve(&self.webhooks.target.status_url)?;
        self.send(&end, "completed", &[("CallDuration", &duration), ("Duration", "1")]).await?;
        // Where nobody bids, nobody buys.
        let (is_sold, should_be) = (lock(&self.call.seen).accepted.is_some(), !self.call.bids.is_empty());
        match (is_sold, should_be) {
            (true, true) | (false, false) => Ok(()),
            (false, true) => Err("it was not sold".to_owned()),
            (true, false) => Err("it was sold without a bid".to_owned()),
        }
    }

    /// A push moves the caller; without one the leg asks again when the piece has played.
    async fn on_hold(&mut self, redirect: &str) -> Result<url::Url, String> {
        let moved = tokio::time::timeout(HOLD, self.orders.recv()).await.ok().flatten();
        if moved.is_some() {
            self.desk.count(|played| played.pushed += 1);
        }
        self.webhooks.resolve(moved.as_deref().unwrap_or(redirect))
    }

    fn dialled(&self, spoken_at: i64) {
        let now = self.desk.micros();
        let replied_at = {
            let mut seen = lock(&self.call.seen);
            if seen.dialled_at.replace(now).is_some() {
                return;
            }
            seen.replied_at
        };
        if !self.call.measured {
            return;
        }
        let since = |at: i64| u64::try_from(now - at).unwrap_or_default();
        self.desk.count(|played| {
            played.waited.push(since(spoken_at));
            if let Some(at) = replied_at {
                played.to_dial.push(since(at));
                played.replies.push((self.call.sid.clone(), at));
            }
        });
    }

    /// Rings a buyer, who answers, or is busy where the plan wants it; gives what the end of the dial tells.
    async fn dial(&self, dial: &Dial, turn: usize) -> Result<Vec<(&'static str, String)>, String> {
        let noun = dial.nouns.first().ok_or("a dial of nobody")?;
        let seat = habits::seat(&noun.to).ok_or("a dial of a stranger")?;
        let best = self.call.bids.get(turn - 1).map(|(_, seat)| *seat);
        if best != Some(seat) {
            self.desk.count(|played| played.wrong.wrong_winner += 1);
        }
        let sid = format!("CB{:016x}{:016x}", self.call.n, turn);
        self.told(noun, &sid, "initiated", &[]).await?;
        self.told(noun, &sid, "ringing", &[]).await?;
        let is_busy = self.plan.first_is_busy && turn == 1;
        if is_busy {
            tokio::time::sleep(BUSY_AFTER).await;
        } else {
            let mut seen = lock(&self.call.seen);
            seen.answered_at = Some(self.desk.micros());
            seen.accepted = Some(seat);
        }
        let talk = TALK_SECONDS.to_string();
        if is_busy {
            self.told(noun, &sid, "busy", &[]).await?;
            let over = [("DialCallStatus", "busy"), ("DialBridged", "false")];
            return Ok(over
                .map(|(name, value)| (name, value.to_owned()))
                .into_iter()
                .chain([("DialCallSid", sid)])
                .collect());
        }
        for _ in 0..=usize::from(self.plan.doubled) {
            self.told(noun, &sid, "in-progress", &[]).await?;
        }
        self.told(noun, &sid, "completed", &[("CallDuration", &talk), ("Duration", "1")]).await?;
        let over = [
            ("DialCallStatus", "completed"),
            ("DialBridged", "true"),
            ("DialCallDuration", &talk),
            ("DialCallSid", &sid),
        ];
        Ok(over.map(|(name, value)| (name, value.to_owned())).into())
    }

    /// A state of the buyer's leg, if the server wants to be told.
    async fn told(&self, noun: &Noun, sid: &str, state: &str, more: &[(&str, &str)]) -> Result<(), String> {
        let event = match state {
            "in-progress" => "answered",
            "busy" => "completed",
            other => other,
        };
        let Some(callback) = noun.status_callback.as_deref().filter(|_| noun.wants(event)) else {
            return Ok(());
        };
        let later = if event == "completed" { TALK_SECONDS } else { 0 };
        let at = clock::rfc2822(clock::wall() + Duration::from_secs(later.unsigned_abs()));
        let about = About {
            sid,
            from: &self.webhooks.target.number,
            name: "",
            to: &noun.to,
            parent: Some(&self.call.sid),
            status: state,
        };
        let always =
            [("Timestamp", at.as_str()), ("CallbackSource", "call-progress-events"), ("SequenceNumber", "0")];
        let more: Vec<_> = always.iter().chain(more).copied().collect();
        self.webhooks.send(self.desk, &self.webhooks.resolve(callback)?, &about, &more).await.map(|_| ())
    }

    async fn send(&self, url: &url::Url, status: &str, more: &[(&str, &str)]) -> Result<String, String> {
        let call = self.call;
        let to = &self.webhooks.target.number;
        let about = About { sid: &call.sid, from: &call.from, name: &call.name, to, parent: None, status };
        self.webhooks.send(self.desk, url, &about, more).await
    }
}

/// What a document leads to. Sounds take no time.
fn read(text: &str) -> Result<Next, String> {
    if text.is_empty() {
        return Ok(Next::Ends);
    }
    for verb in twiml::read(text)?.verbs {
        match verb {
            Verb::Gather(gather) => return Ok(Next::Asks(gather.action)),
            Verb::Redirect { url, .. } => return Ok(Next::Holds(url)),
            Verb::Dial(dial) => return Ok(Next::Dials(Box::new(dial))),
            Verb::Hangup | Verb::Reject { .. } => return Ok(Next::Ends),
            Verb::Say { .. } | Verb::Play { .. } | Verb::Pause(_) => {}
            Verb::Record(_) => return Err("a recording".to_owned()),
            Verb::Unknown(name) => return Err(format!("an unknown verb: {name}")),
        }
    }
    Ok(Next::Ends)
}

/// Brings a call to its second question.
pub(super) async fn to_its_second_question(desk: &Desk, webhooks: &Webhooks) -> Result<(), String> {
    let (n, from) = desk.number();
    let sid = format!("CD{:016x}{n:016x}", desk.micros());
    let to = &webhooks.target.number;
    let about = |status| About { sid: &sid, from: &from, name: "", to, parent: None, status };
    let voice = webhooks.resolve(&webhooks.target.voice_url)?;
    let first = read(&webhooks.send(desk, &voice, &about("ringing"), &[]).await?)?;
    let Next::Asks(action) = first else { return Err("no question".to_owned()) };
    let action = webhooks.resolve(&action)?;
    let second = read(&webhooks.send(desk, &action, &about("in-progress"), &[("Digits", "33109")]).await?)?;
    let Next::Asks(_) = second else { return Err("no second question".to_owned()) };
    Ok(())
}
