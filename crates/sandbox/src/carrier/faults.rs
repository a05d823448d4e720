//! What goes wrong between the carrier and the server, on purpose.

use crate::chance::Chance;
use std::time::Duration;

/// All faults of a carrier; empty means a good day.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Faults of the requests that the carrier makes.
    pub callbacks: Vec<CallbackRule>,
    /// Faults of the requests that the carrier serves.
    pub rest: Vec<RestRule>,
}

/// What a webhook is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The first document of a call.
    Voice,
    /// The document after a caller's input.
    Gather,
    /// The document that a `<Redirect>` names; the poll of a hold.
    Redirect,
    /// The document that a REST update names.
    Pushed,
    /// The `action` of a `<Dial>`.
    DialAction,
    /// The document that the callee hears before the bridge.
    Whisper,
    /// The `action` of a Gather in a whisper: the acceptance.
    Accept,
    /// The `action` of a `<Record>`.
    RecordAction,
    /// The fallback document.
    Fallback,
    /// Status callback of a leg.
    Initiated,
    /// Status callback of a leg.
    Ringing,
    /// Status callback of a leg.
    Answered,
    /// Status callback of a leg that the server had dialled.
    Completed,
    /// The number's own status callback: the caller's call is over.
    CallStatus,
    /// A recording is ready.
    Recording,
    /// Answering machine detection.
    Machine,
    /// Audio, fetched by GET.
    Media,
}

impl Kind {
    /// Whether nobody reads the answer: a status callback of some sort.
    #[must_use]
    pub fn is_callback(self) -> bool {
        matches!(
            self,
            Self::Initiated
                | Self::Ringing
                | Self::Answered
                | Self::Completed
                | Self::CallStatus
                | Self::Recording
                | Self::Machine
        )
    }
}

/// Which webhooks a rule concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// All but media.
    Every,
    /// Those whose answer is a document.
    Documents,
    /// Those whose answer nobody reads.
    Callbacks,
    /// One kind.
    Kind(Kind),
}

/// One fault, its chance and its number of times.
#[derive(Clone, Debug)]
pub struct CallbackRule {
    /// Where.
    pub on: On,
    /// What.
    pub fault: CallbackFault,
    /// Chance in a hundred.
    pub percent: u8,
    /// How often at most.
    pub times: Option<u32>,
}

/// What can happen to a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackFault {
    /// Sent again byte for byte. The first answer is executed, the others are compared with it.
    Repeat {
        /// How many more.
        times: u32,
        /// When.
        when: When,
    },
    /// Late by this much real time.
    Delay(Duration),
    /// Never sent. A document that is not fetched goes to the fallback.
    Drop,
    /// Sent, and its answer lost on the way back. A document that does not come goes to the fallback.
    LoseAnswer,
    /// A callback waits until the leg's next one was sent.
    Reorder,
}

/// When a repeat is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At the same time.
    Concurrently,
    /// When the first was answered.
    AfterTheAnswer,
}

/// Which REST requests a rule concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestKind {
    /// All.
    Any,
    /// `POST Calls.json`.
    Create,
    /// `POST Calls/{sid}.json`.
    Update,
    /// `GET Calls/{sid}.json`.
    Fetch,
    /// `GET Calls.json`.
    List,
    /// `IncomingPhoneNumbers`.
    Numbers,
    /// `POST Calls/{sid}/Recordings.json`.
    Record,
    /// `GET` and `DELETE Recordings/{sid}`.
    Recording,
}

/// A fault of the REST side.
#[derive(Clone, Debug)]
pub struct RestRule {
    /// Where.
    pub on: RestKind,
    /// What.
    pub fault: RestFault,
    /// How often at most.
    pub times: Option<u32>,
}

/// What can happen to a REST request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestFault {
    /// Refused with this status, nothing is done. 503 without a limit is a carrier that is down.
    Refuse(u16),
    /// Done, but the answer comes only after so much real time.
    ExecuteThenSilence(Duration),
    /// Not done, and the answer, a 503, comes only after so much real time.
    Silence(Duration),
    /// Done and answered, both late by so much real time.
    Slow(Duration),
}

impl Faults {
    /// A good day.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every webhook twice; whether both answers were the same is in the record.
    #[must_use]
    pub fn doubled() -> Self {
        Self::none().callback(On::Every, CallbackFault::Repeat { times: 1, when: When::AfterTheAnswer })
    }

    /// Status callbacks in swapped pairs: ringing before initiated, completed before answered.
    #[must_use]
    pub fn reordered() -> Self {
        Self::none().callback(On::Callbacks, CallbackFault::Reorder)
    }

    /// The REST side refuses all.
    #[must_use]
    pub fn rest_down() -> Self {
        Self::none().rest(RestKind::Any, RestFault::Refuse(503), None)
    }

    /// Adds a fault that always happens.
    #[must_use]
    pub fn callback(self, on: On, fault: CallbackFault) -> Self {
        self.callback_sometimes(on, fault, 100, None)
    }

    /// Adds a fault with a chance and a limit.
    #[must_use]
    pub fn callback_sometimes(
        mut self,
        on: On,
        fault: CallbackFault,
        percent: u8,
        times: Option<u32>,
    ) -> Self {
        self.callbacks.push(CallbackRule { on, fault, percent, times });
        self
    }

    /// Adds a fault of the REST side.
    #[must_use]
    pub fn rest(mut self, on: RestKind, fault: RestFault, times: Option<u32>) -> Self {
        self.rest.push(RestRule { on, fault, times });
        self
    }

    /// The faults of one webhook. Reordering is drawn apart, by [`Faults::reorders`].
    pub(crate) fn of_webhook(&mut self, kind: Kind, chance: &mut Chance) -> Vec<CallbackFault> {
        let strikes = self.callbacks.iter_mut().filter(|rule| rule.fault != CallbackFault::Reorder);
        strikes.filter_map(|rule| rule.strike(kind, chance)).collect()
    }

    pub(crate) fn reorders(&mut self, kind: Kind, chance: &mut Chance) -> bool {
        let mut rules = self.callbacks.iter_mut().filter(|rule| rule.fault == CallbackFault::Reorder);
        kind.is_callback() && rules.any(|rule| rule.strike(kind, chance).is_some())
    }

    pub(crate) fn of_rest(&mut self, kind: RestKind) -> Option<RestFault> {
        let concerned = |rule: &&mut RestRule| rule.on == RestKind::Any || rule.on == kind;
        let rule = self.rest.iter_mut().filter(concerned).find(|rule| rule.times != Some(0))?;
        rule.times = rule.times.map(|left| left - 1);
        Some(rule.fault)
    }
}

impl CallbackRule {
    fn strike(&mut self, kind: Kind, chance: &mut Chance) -> Option<CallbackFault> {
        let concerned = match self.on {
            On::Every => kind != Kind::Media,
            On::Documents => kind != Kind::Media && !kind.is_callback(),
            On::Callbacks => kind.is_callback(),
            On::Kind(named) => named == kind,
        };
        if !concerned || self.times == Some(0) || !chance.hits(self.percent) {
            return None;
        }
        self.times = self.times.map(|left| left - 1);
        Some(self.fault.clone())
    }
}
