//! `Status`: what a leg does, in Twilio's words.

use journey::DialResult;

/// What a leg does. Its words are those of `CallStatus`, of `DialCallStatus` and of a call resource's `status`
/// (twilio.com/docs/voice/api/call-resource#call-status-values, twilio.com/docs/voice/twiml/dial#dialcallstatus-values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It exists, or rings: `queued`, `initiated`, `ringing`.
    Ringing,
    /// It was picked up: `in-progress`; `answered` in the name of the event.
    InProgress,
    /// It ended: `completed`, `busy`, `no-answer`, `failed`, `canceled`.
    Ended(DialResult),
}

impl Status {
    /// Reads a status. `None`: a word that this release does not know.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "queued" | "initiated" | "ringing" => Self::Ringing,
            "in-progress" | "answered" => Self::InProgress,
            "completed" => Self::Ended(DialResult::Completed),
            "busy" => Self::Ended(DialResult::Busy),
            "no-answer" => Self::Ended(DialResult::NoAnswer),
            "failed" => Self::Ended(DialResult::Failed),
            "canceled" => Self::Ended(DialResult::Canceled),
            _ => return None,
        })
    }

    /// How a dial ended: `answered` is what a conference says for `completed`.
    pub fn parse_dial(word: &str) -> Option<DialResult> {
        match Self::parse(word)? {
            Self::Ended(result) => Some(result),
            Self::InProgress if word == "answered" => Some(DialResult::Completed),
            Self::InProgress | Self::Ringing => None,
        }
    }

    /// Whether the leg has ended.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Ended(_))
    }
}
