//! `Carrier`: what carries the calls of this server, as the pages must know it. The server hands it in, since this crate
//! knows no carrier.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use lead::{E164, JourneyId};

/// What is wrong with the carrier's numbers, a sentence each; or why the carrier gave no answer.
pub type Asking = Pin<Box<dyn Future<Output = Result<Vec<String>, String>> + Send>>;

/// Asks the carrier whether its numbers lead to this server.
pub type AskNumbers = Arc<dyn Fn() -> Asking + Send + Sync>;

/// Places a call in the simulator; its error says why it could not be placed.
pub type PlaceCall = Arc<dyn Fn(SimulatedCall) -> Result<JourneyId, String> + Send + Sync>;

/// Reads the text messages that the simulator took, the newest first.
pub type ReadTexts = Arc<dyn Fn() -> Vec<TextMessage> + Send + Sync>;

/// What carries the calls.
#[derive(Clone)]
pub enum Carrier {
    /// One that takes real calls.
    Real(AskNumbers),
    /// The simulator inside this process.
    Simulated(Simulated),
}

/// The simulator, as pages use it.
#[derive(Clone)]
pub struct Simulated {
    /// Places a call.
    pub place: PlaceCall,
    /// What was written to telephones that do not exist.
    pub texts: ReadTexts,
}

/// A text message that the simulator took instead of a telephone, ex: a one-time code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// Whom it was meant for, with all but the last four digits masked.
    pub to: String,
    /// What it says.
    pub text: String,
}

/// What a server is, where its settings do not say it.
#[derive(Clone)]
pub struct Premises {
    /// What carries the calls.
    pub carrier: Carrier,
    /// How others reach the server, if the configuration says it.
    pub public_base_url: Option<String>,
    /// Whether buyers' URLs may lead to private addresses, as in development.
    pub private_targets: bool,
    /// Whether what is kept is gone when the process ends.
    pub forgets: bool,
}

/// A call in the simulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedCall {
    /// Who calls; nothing: a number that is withheld.
    pub from: Option<E164>,
    /// Which of our numbers.
    pub to: E164,
    /// What the caller does, question by question; then nothing.
    pub answers: Vec<Said>,
    /// What the telephone of every buyer does that is rung.
    pub phones: Phones,
    /// How long the caller and the buyer talk, in the time of the call.
    pub talk: Duration,
}

/// One answer of a simulated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Presses these keys.
    Keys(String),
    /// Says these words.
    Words(String),
    /// Does nothing.
    Silence,
}

/// What a telephone does that is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phones {
    /// A person picks up, and accepts.
    Answer,
    /// It is busy.
    Busy,
    /// Nobody picks up.
    NoAnswer,
}

impl Phones {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Busy, Self::NoAnswer];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answer => "answers",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
        }
    }

    /// As a form says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Answer => "A person answers and accepts",
            Self::Busy => "It is busy",
            Self::NoAnswer => "It rings, and nobody answers",
        }
    }

    /// The one of this word.
    ///
    /// # Errors
    /// What may be written.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let found = Self::ALL.into_iter().find(|it| it.word() == text);
        found.ok_or("write answers, busy or no_answer")
    }
}
