//! `Document`: what a leg should do next, in no carrier's words. It is read from the state, so that a repeat is
//! answered from the current one.

use std::time::Duration;

use auction::{Destination, Screening};
use ivr::{Ask, Speech};
use lead::{E164, Pii};

/// What a leg should do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// Ask the caller a question and report the answer at this step.
    Ask {
        /// The step.
        step: u16,
        /// What is said before the question: the notice of a recording.
        first: Vec<Speech>,
        /// The question.
        ask: Ask,
    },
    /// Keep the caller on hold, then ask again.
    Hold {
        /// What is said first, once.
        first: Vec<Speech>,
        /// What is played. Empty: the carrier's own ringback.
        audio: Vec<Speech>,
    },
    /// Dial a buyer and bridge.
    Dial {
        /// The attempt.
        n: u32,
        /// Where to.
        to: Destination,
        /// What the buyer's phone shows.
        caller_id: Shown,
        /// How long it rings.
        ring: Duration,
        /// The longest talk.
        talk_max: Duration,
        /// Whether the buyer hears something or presses a key before the bridge.
        whisper: bool,
        /// Whether the call is recorded.
        record: bool,
    },
    /// What the buyer hears before the bridge.
    Whisper {
        /// The attempt.
        n: u32,
        /// What is said.
        say: Vec<Speech>,
        /// Whether a key must be pressed.
        screening: Screening,
    },
    /// Bridge the buyer's leg to the caller.
    Bridge,
    /// End this leg.
    HangUp,
    /// Say something, perhaps connect to a number without a sale, then end.
    Ending {
        /// What is said.
        say: Vec<Speech>,
        /// A number that the caller is then connected to.
        dial: Option<E164>,
    },
    /// Connect the caller to another destination: an operator's transfer.
    Transfer {
        /// Where to.
        to: Destination,
    },
}

/// What a buyer's phone shows as the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The number that the caller dialled.
    Campaign(E164),
    /// The caller's own number, where the offer's setting says `pass`.
    Caller(Pii<E164>),
}

/// Whose request a document answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The caller's leg, which has just rung, answered a question or come back from a dial.
    Caller,
    /// The caller's leg, on hold, asking again.
    Poll,
    /// The caller's leg, which our request moved to another destination.
    Transfer,
    /// The very request that took the dial of this attempt, or its repeat.
    Taker(u32),
    /// The buyer's leg of this attempt, just picked up.
    Picked(u32),
    /// The buyer's leg of this attempt, after the whisper or the key.
    Answered(u32),
}
