//! What was seen and heard, for tests to look at.

use super::faults::Kind;
use std::time::Duration;

/// Everything about one call, its dialled legs included. Offsets are real time since the call began.
#[derive(Clone, Debug, Default)]
pub struct CallRecord {
    /// The caller's leg.
    pub sid: String,
    /// The number that the server saw.
    pub from: String,
    /// The number that was called.
    pub to: String,
    /// When it began, by the wall.
    pub began_at: jiff::Timestamp,
    /// The last status: `completed`, `busy`, …
    pub status: String,
    /// Simulated time from the answer to the end.
    pub talked: Duration,
    /// Every webhook in the order of sending, repeats and retries too.
    pub webhooks: Vec<Webhook>,
    /// Every party that was dialled.
    pub dials: Vec<DialRecord>,
    /// Every REST request about this call or one of its legs.
    pub rest: Vec<RestRequest>,
    /// What the caller heard.
    pub heard: Vec<Heard>,
    /// The longest real time that an answered caller waited for a document with nothing in his ear.
    pub longest_silence: Duration,
    /// What Twilio's Debugger would list.
    pub errors: Vec<Alert>,
}

/// One request of the carrier.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// What for.
    pub kind: Kind,
    /// The leg it is about.
    pub call_sid: String,
    /// When it was sent.
    pub at: Duration,
    /// `POST` or `GET`.
    pub method: String,
    /// The URL that was requested and signed.
    pub url: String,
    /// Its path.
    pub path: String,
    /// The form, in the order of sending.
    pub params: Vec<(String, String)>,
    /// The same for a repeat or a retry.
    pub idempotency_token: String,
    /// 0 for the first try.
    pub attempt: u32,
    /// The index of the webhook that this one repeats, by a fault.
    pub repeat_of: Option<usize>,
    /// Of a repeat: whether status and body were the same as the first.
    pub same_answer: Option<bool>,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// The body of the answer.
    pub body: String,
    /// Real time until the answer or the failure.
    pub elapsed: Duration,
    /// Why there was no answer; `abandoned` if the carrier stopped waiting.
    pub failure: Option<String>,
}

/// One dialled party.
#[derive(Clone, Debug, Default)]
pub struct DialRecord {
    /// The caller's leg.
    pub parent_sid: String,
    /// The dialled leg.
    pub sid: String,
    /// Number or SIP URI.
    pub to: String,
    /// The number that the called party sees.
    pub caller_id: String,
    /// Headers of the INVITE.
    pub sip_headers: Vec<(String, String)>,
    /// User name of the INVITE.
    pub sip_user: Option<String>,
    /// Digits sent after the answer.
    pub send_digits: Option<String>,
    /// `DialCallStatus`.
    pub status: String,
    /// Whether caller and callee were connected.
    pub bridged: bool,
    /// When it was dialled.
    pub dialled_at: Duration,
    /// When it was answered.
    pub answered_at: Option<Duration>,
    /// When it was connected.
    pub bridged_at: Option<Duration>,
    /// When it ended.
    pub ended_at: Option<Duration>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// What the callee heard before the bridge.
    pub heard: Vec<Heard>,
}

/// Who ended a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The caller hung up.
    Caller,
    /// The callee hung up, refused or never answered.
    Buyer,
    /// A document or a REST request.
    Server,
    /// A limit, or another leg of the same Dial.
    Carrier,
}

/// One REST request.
#[derive(Clone, Debug)]
pub struct RestRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The form.
    pub params: Vec<(String, String)>,
    /// The answer's status.
    pub status: u16,
}

/// A text message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub to: String,
    /// Which number sent it.
    pub from: String,
    /// What it says.
    pub text: String,
}

/// Something heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it began.
    pub at: Duration,
    /// What.
    pub what: Sound,
}

/// Words or audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Said by a voice.
    Say(String),
    /// Played from a URL.
    Play(String),
}

/// An entry of Twilio's Debugger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Twilio's code: 11200, 11205, 12100, 12200, 12300, …
    pub code: u32,
    /// In words.
    pub message: String,
    /// The URL concerned.
    pub url: String,
}

impl CallRecord {
    /// The webhooks of one kind, repeats left out.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Vec<&Webhook> {
        self.webhooks.iter().filter(|webhook| webhook.kind == kind && webhook.repeat_of.is_none()).collect()
    }

    /// How many webhooks of one kind were answered, repeats left out.
    #[must_use]
    pub fn answered(&self, kind: Kind) -> usize {
        self.of(kind).into_iter().filter(|webhook| webhook.status.is_some()).count()
    }

    /// The kinds of all webhooks in the order of sending, without repeats, retries and media.
    #[must_use]
    pub fn order(&self) -> Vec<Kind> {
        let first = |webhook: &&Webhook| {
            webhook.repeat_of.is_none() && webhook.attempt == 0 && webhook.kind != Kind::Media
        };
        self.webhooks.iter().filter(first).map(|webhook| webhook.kind).collect()
    }

    /// Repeats whose answer was another one than the first got.
    #[must_use]
    pub fn differing_repeats(&self) -> Vec<&Webhook> {
        self.webhooks.iter().filter(|webhook| webhook.same_answer == Some(false)).collect()
    }

    /// All that the caller heard, one a line.
    #[must_use]
    pub fn transcript(&self) -> String {
        let lines = self.heard.iter().map(|heard| match &heard.what {
            Sound::Say(text) | Sound::Play(text) => text.as_str(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The party that was connected, if any.
    #[must_use]
    pub fn bridged(&self) -> Option<&DialRecord> {
        self.dials.iter().find(|dial| dial.bridged)
    }
}

impl Webhook {
    /// The value of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str())
    }
}
