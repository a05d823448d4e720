//! How a telephone behaves when it is called.

use super::script::Caller;
use std::time::Duration;

/// The behaviour of one number or SIP URI. Times are simulated.
#[derive(Clone, Debug)]
pub struct Line {
    /// How long it rings before anything happens.
    pub after_ring: Duration,
    /// What happens then.
    pub then: Then,
    /// What the person does when the server called him by REST and asks questions.
    pub person: Caller,
}

/// What happens after the ringing.
#[derive(Clone, Debug)]
pub enum Then {
    /// Somebody or something picks up.
    Answer {
        /// Who.
        by: By,
        /// The key pressed at the first question of a whisper, and how long after it began.
        presses: Option<(char, Duration)>,
        /// How long they talk once connected.
        talk: Talk,
        /// Who hangs up at the end of the talk.
        hangs_up: Party,
    },
    /// 486.
    Busy,
    /// It rings until the carrier gives up.
    NoAnswer,
    /// It cannot be reached.
    Failed,
    /// Picks up and hangs up as soon as the whisper begins, or at once without one.
    HangUpAtWhisper,
    /// Picks up, accepts whatever is asked, and is gone this long after the answer.
    AnswerThenDropAfter(Duration),
}

/// Who picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A person.
    Human,
    /// A machine; it presses nothing.
    Machine,
}

/// How long a talk lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talk {
    /// So long after the bridge.
    Until(Duration),
    /// Until somebody else ends it.
    Forever,
}

/// Who hangs up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The called party.
    Buyer,
    /// The caller.
    Caller,
}

impl Line {
    /// Rings three seconds, a person answers, presses 1 if asked, talks for this long and hangs up.
    #[must_use]
    pub fn answers(talk: Duration) -> Self {
        Self::then(Then::Answer {
            by: By::Human,
            presses: Some(('1', Duration::from_secs(1))),
            talk: Talk::Until(talk),
            hangs_up: Party::Buyer,
        })
    }

    /// A machine that talks for ever and presses nothing.
    #[must_use]
    pub fn machine() -> Self {
        Self::then(Then::Answer {
            by: By::Machine,
            presses: None,
            talk: Talk::Forever,
            hangs_up: Party::Buyer,
        })
    }

    /// Answers and presses nothing, or another key than 1.
    #[must_use]
    pub fn declines(key: Option<char>) -> Self {
        let presses = key.map(|key| (key, Duration::from_secs(1)));
        Self::then(Then::Answer { by: By::Human, presses, talk: Talk::Forever, hangs_up: Party::Buyer })
    }

    /// Answers, accepts, and talks until somebody else hangs up.
    #[must_use]
    pub fn stays() -> Self {
        let presses = Some(('1', Duration::from_secs(1)));
        Self::then(Then::Answer { by: By::Human, presses, talk: Talk::Forever, hangs_up: Party::Buyer })
    }

    /// Busy.
    #[must_use]
    pub fn busy() -> Self {
        Self::then(Then::Busy)
    }

    /// Never answers.
    #[must_use]
    pub fn no_answer() -> Self {
        Self::then(Then::NoAnswer)
    }

    /// Cannot be reached.
    #[must_use]
    pub fn failed() -> Self {
        Self::then(Then::Failed)
    }

    /// Any behaviour after three seconds of ringing.
    #[must_use]
    pub fn then(then: Then) -> Self {
        Self { after_ring: Duration::from_secs(3), then, person: Caller::silent() }
    }

    /// A person who answers a call by REST and then behaves like this.
    #[must_use]
    pub fn person(person: Caller) -> Self {
        Self { person, ..Self::stays() }
    }

    /// Another time of ringing.
    #[must_use]
    pub fn ringing(mut self, after_ring: Duration) -> Self {
        self.after_ring = after_ring;
        self
    }

    /// The key this line presses in a whisper.
    pub(crate) fn presses(&self) -> Option<(char, Duration)> {
        match &self.then {
            Then::Answer { by: By::Human, presses, .. } => *presses,
            Then::AnswerThenDropAfter(_) => Some(('1', Duration::ZERO)),
            Then::Answer { by: By::Machine, .. }
            | Then::Busy
            | Then::NoAnswer
            | Then::Failed
            | Then::HangUpAtWhisper => None,
        }
    }

    pub(crate) fn answered_by(&self) -> &'static str {
        match &self.then {
            Then::Answer { by: By::Machine, .. } => "machine_start",
            Then::Answer { .. }
            | Then::AnswerThenDropAfter(_)
            | Then::HangUpAtWhisper
            | Then::Busy
            | Then::NoAnswer
            | Then::Failed => "human",
        }
    }
}
