//! `Document`: what a leg should do next, in no carrier's words. It is read from the state, so that a repeat is
//! answered from the current one.

use std::time::Duration;

use auction::{Destination, Kind, Screening};
use bridge::Attempt;
use ivr::{Ask, Speech};
use lead::{E164, Pii};

use crate::{
    Campaign, Ended,
    campaign::Recording,
    journey::Way,
    naming::{self, NamingNow},
    phase::Phase,
};

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

impl Way {
    /// What a leg should do next.
    pub(crate) fn document(&self, campaign: &Campaign, whom: Whom) -> Document {
        let gone = self.call.caller_now.is_gone();
        match (whom, &self.phase) {
            // A form has no leg that could ask.
            _ if self.call.leg().is_none() => Document::HangUp,
            (Whom::Transfer, _) => {
                self.call.transfer.clone().map_or(Document::HangUp, |to| Document::Transfer { to })
            }
            (Whom::Picked(n), Phase::Dialling { attempt, .. }) if attempt.n() == n && !gone => {
                let say =
                    attempt.ranked().terms.whisper.iter().map(|text| Speech::Say(text.clone())).collect();
                Document::Whisper { n, say, screening: attempt.ranked().terms.screening }
            }
            (Whom::Answered(n), Phase::Talking { sold, .. }) if sold.n() == n && !gone => Document::Bridge,
            (Whom::Picked(_) | Whom::Answered(_), _) => Document::HangUp,
            (_, Phase::Interviewing { interview, step } | Phase::Selling { interview, step, .. }) => {
                match interview.ask() {
                    Some(ask) => Document::Ask { step: *step, first: self.notice(campaign, *step), ask },
                    None => self.hold(
                        campaign,
                        whom,
                        [self.notice(campaign, *step), interview.closing()].concat(),
                    ),
                }
            }
            (_, Phase::Naming { question, now: NamingNow::Asked { step, try_number } }) => Document::Ask {
                step: *step,
                first: vec![],
                ask: naming::ask(&campaign.buyer_consent, question, *try_number),
            },
            (Whom::Taker(n), Phase::Dialling { attempt, .. }) if attempt.n() == n => {
                self.dial(campaign, attempt)
            }
            (_, Phase::Over { ended, say, .. }) => self.ending(campaign, ended, say),
            _ => self.hold(campaign, whom, vec![]),
        }
    }

    /// What the caller hears of a recording before anything else: with the answer to the arrival.
    fn notice(&self, campaign: &Campaign, step: u16) -> Vec<Speech> {
        match &campaign.recording {
            Recording::On { notice } if step == 1 => notice.clone(),
            _ => vec![],
        }
    }

    fn hold(&self, campaign: &Campaign, whom: Whom, closing: Vec<Speech>) -> Document {
        let first = if whom == Whom::Caller { closing } else { vec![] };
        Document::Hold { first, audio: campaign.hold_audio.clone() }
    }

    fn dial(&self, campaign: &Campaign, attempt: &Attempt) -> Document {
        // A lead that is sold as data is never dialled.
        let Some(((ours, _), to)) = self.call.leg().zip(attempt.ranked().destination.clone()) else {
            return Document::HangUp;
        };
        let caller_id = attempt.caller_id().map_or_else(|| Shown::Campaign(ours.clone()), Shown::Caller);
        let terms = &attempt.ranked().terms;
        Document::Dial {
            n: attempt.n(),
            to,
            caller_id,
            ring: attempt.ring(),
            talk_max: terms.talk_max,
            whisper: !attempt.pick_up_accepts(),
            // A caller who is connected to the same buyer again heard no notice, whatever they heard of a question.
            record: matches!(campaign.recording, Recording::On { .. })
                && attempt.ranked().kind != Kind::Repeat
                && self.call.has_heard_notice
                // What records their leg hears the bridge as well.
                && self.call.recorder.is_none(),
        }
    }

    fn ending(&self, campaign: &Campaign, ended: &Ended, say: &[Speech]) -> Document {
        match ended {
            Ended::Sold | Ended::TooShort | Ended::Repeat | Ended::Abandoned(_) => Document::HangUp,
            Ended::NotReached(_) | Ended::NotDialled(_) | Ended::Cancelled => Document::HangUp,
            Ended::OptedOut => Document::Ending { say: say.to_vec(), dial: None },
            Ended::Disqualified(_) | Ended::NoInput(_) | Ended::ConsentRefused => {
                let fallback = &campaign.fallback.say;
                let say = if say.is_empty() { fallback.clone() } else { say.to_vec() };
                Document::Ending { say, dial: None }
            }
            Ended::WonAbandoned | Ended::RepeatRefused | Ended::Unsold(_) => {
                Document::Ending { say: campaign.fallback.say.clone(), dial: campaign.fallback.dial.clone() }
            }
        }
    }
}
