//! `Hook`: the URLs that Twilio asks us at. Everything is in the path, and nothing in it is personal.

use auction::Screening;
use lead::JourneyId;
use uuid::Uuid;

/// The connection overrides of a URL that answers with TwiML: our handlers are idempotent, so a time-out and a 5xx are
/// asked again inside Twilio's 15 s (twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
const TWIML: &str = "#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx&tt=14000";
/// The same for a callback that only tells: it is tried as often as can be.
const CALLBACK: &str = "#rc=5&rp=ct,rt,5xx";

/// One URL of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// A call came to one of our numbers: the number's voice URL.
    Voice,
    /// What the caller pressed or said: the action of a `<Gather>`.
    Heard {
        /// The journey.
        journey: JourneyId,
        /// The step that the question was asked at.
        step: u16,
        /// The history that asked it.
        hash: Short,
    },
    /// The caller's hold audio has played.
    Hold {
        /// The journey.
        journey: JourneyId,
        /// The how-manieth piece of hold it leads to.
        k: u32,
        /// The history that put the caller on hold.
        hash: Short,
    },
    /// The document that a push fetches: the dial.
    Dial {
        /// The journey.
        journey: JourneyId,
        /// The attempt.
        n: u32,
        /// The history that pushed.
        hash: Short,
    },
    /// The document that a push fetches: the question about a buyer.
    Question {
        /// The journey.
        journey: JourneyId,
        /// The question.
        n: u32,
        /// The history that pushed.
        hash: Short,
    },
    /// The dial ended: the action of a `<Dial>`.
    Dialed {
        /// The journey.
        journey: JourneyId,
        /// The attempt.
        n: u32,
    },
    /// The buyer's leg changed: the status callback of a `<Number>` or `<Sip>`.
    Leg {
        /// The journey.
        journey: JourneyId,
        /// The attempt.
        n: u32,
    },
    /// The buyer picked up and hears something before the bridge: the `url` of a `<Number>` or `<Sip>`.
    Whisper {
        /// The journey.
        journey: JourneyId,
        /// The attempt.
        n: u32,
    },
    /// The buyer heard it, or pressed a key: the action of the whisper's `<Gather>`.
    Accept {
        /// The journey.
        journey: JourneyId,
        /// The attempt.
        n: u32,
        /// What was asked of the buyer: `key` or `heard` in the path.
        screening: Screening,
    },
    /// The caller's leg changed: the number's status callback.
    Call,
    /// A recording changed.
    Recording {
        /// The journey.
        journey: JourneyId,
    },
    /// The document that an operator's transfer fetches.
    Transfer {
        /// The journey.
        journey: JourneyId,
        /// The how-manieth transfer.
        k: u32,
    },
    /// A lead that we called picked up: the URL of a created call.
    Lead {
        /// The journey.
        journey: JourneyId,
        /// Which dial of it.
        n: u32,
    },
    /// The leg of a lead that we called changed: the status callback of a created call.
    LeadLeg {
        /// The journey.
        journey: JourneyId,
        /// Which dial of it.
        n: u32,
    },
    /// Asked once when another URL of ours could not be fetched or executed: the number's fallback URL.
    Fallback,
}

/// The first eight hex digits of a journey's chain hash: an answer of another history is a stray.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Short(String);

impl Short {
    /// Of a chain hash in hex. A shorter one is filled with zeros.
    pub fn of(chain_hash: &str) -> Self {
        let digits = chain_hash.chars().filter(|c| is_digit(*c)).chain(std::iter::repeat('0'));
        Self(digits.take(8).collect())
    }

    /// The eight digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        (text.len() == 8 && text.chars().all(is_digit)).then(|| Self(text.to_owned()))
    }
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

impl Hook {
    /// The entry's key of a poll.
    pub(super) fn poll_key(k: u32, hash: &Short) -> String {
        format!("hold:{k}:{}", hash.as_str())
    }

    /// The entry's key of the poll whose document led to this one.
    pub fn poll_before(&self) -> Option<String> {
        match self {
            Self::Hold { k, hash, .. } => k.checked_sub(1).map(|before| Self::poll_key(before, hash)),
            _ => None,
        }
    }

    /// The path, which begins with `/twilio/`.
    pub fn path(&self) -> String {
        match self {
            Self::Voice => "/twilio/voice".to_owned(),
            Self::Call => "/twilio/call".to_owned(),
            Self::Fallback => "/twilio/fallback".to_owned(),
            Self::Heard { journey, step, hash } => {
                format!("/twilio/{journey}/heard/{step}/{}", hash.as_str())
            }
            Self::Hold { journey, k, hash } => format!("/twilio/{journey}/hold/{k}/{}", hash.as_str()),
            Self::Dial { journey, n, hash } => format!("/twilio/{journey}/dial/{n}/{}", hash.as_str()),
            Self::Question { journey, n, hash } => {
                format!("/twilio/{journey}/question/{n}/{}", hash.as_str())
            }
            Self::Dialed { journey, n } => format!("/twilio/{journey}/dialed/{n}"),
            Self::Leg { journey, n } => format!("/twilio/{journey}/leg/{n}"),
            Self::Whisper { journey, n } => format!("/twilio/{journey}/whisper/{n}"),
            Self::Accept { journey, n, screening: Screening::PressOne } => {
                format!("/twilio/{journey}/accept/{n}/key")
            }
            Self::Accept { journey, n, screening: Screening::Off } => {
                format!("/twilio/{journey}/accept/{n}/heard")
            }
            Self::Recording { journey } => format!("/twilio/{journey}/recording"),
            Self::Transfer { journey, k } => format!("/twilio/{journey}/transfer/{k}"),
            Self::Lead { journey, n } => format!("/twilio/{journey}/lead/{n}"),
            Self::LeadLeg { journey, n } => format!("/twilio/{journey}/lead-leg/{n}"),
        }
    }

    /// Reads a path. `None`: not one that [`Hook::path`] writes, to the letter.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix("/twilio/")?.split('/').collect();
        let hook = match parts[..] {
            ["voice"] => Self::Voice,
            ["call"] => Self::Call,
            ["fallback"] => Self::Fallback,
            [journey, ref rest @ ..] => {
                of_journey(JourneyId::from_uuid(Uuid::try_parse(journey).ok()?), rest)?
            }
            [] => return None,
        };
        (hook.path() == path).then_some(hook)
    }

    /// The whole URL with Twilio's connection overrides, for a document, a request or a number's settings. The fragment
    /// is neither sent nor signed.
    pub fn url(&self, public_base: &str) -> String {
        let overrides = if self.wants_document() { TWIML } else { CALLBACK };
        format!("{}{}{overrides}", public_base.trim_end_matches('/'), self.path())
    }

    /// Whether Twilio executes the answer. If not, 204 is the answer.
    pub const fn wants_document(&self) -> bool {
        !matches!(self, Self::Leg { .. } | Self::LeadLeg { .. } | Self::Call | Self::Recording { .. })
    }
}

fn of_journey(journey: JourneyId, rest: &[&str]) -> Option<Hook> {
    let count = |text: &str| text.parse::<u32>().ok();
    Some(match *rest {
        ["heard", step, hash] => Hook::Heard { journey, step: step.parse().ok()?, hash: Short::parse(hash)? },
        ["hold", k, hash] => Hook::Hold { journey, k: count(k)?, hash: Short::parse(hash)? },
        ["dial", n, hash] => Hook::Dial { journey, n: count(n)?, hash: Short::parse(hash)? },
        ["question", n, hash] => Hook::Question { journey, n: count(n)?, hash: Short::parse(hash)? },
        ["dialed", n] => Hook::Dialed { journey, n: count(n)? },
        ["leg", n] => Hook::Leg { journey, n: count(n)? },
        ["whisper", n] => Hook::Whisper { journey, n: count(n)? },
        ["accept", n, "key"] => Hook::Accept { journey, n: count(n)?, screening: Screening::PressOne },
        ["accept", n, "heard"] => Hook::Accept { journey, n: count(n)?, screening: Screening::Off },
        ["recording"] => Hook::Recording { journey },
        ["transfer", k] => Hook::Transfer { journey, k: count(k)? },
        ["lead", n] => Hook::Lead { journey, n: count(n)? },
        ["lead-leg", n] => Hook::LeadLeg { journey, n: count(n)? },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_hook() -> Vec<Hook> {
        let journey = JourneyId::of_call("AC1", "CA1");
        let hash = || Short::of("0011aaff99");
        vec![
            Hook::Voice,
            Hook::Heard { journey, step: 65535, hash: hash() },
            Hook::Hold { journey, k: 0, hash: hash() },
            Hook::Dial { journey, n: 1, hash: hash() },
            Hook::Question { journey, n: 1, hash: hash() },
            Hook::Dialed { journey, n: 2 },
            Hook::Leg { journey, n: 3 },
            Hook::Whisper { journey, n: 4 },
            Hook::Accept { journey, n: 5, screening: Screening::PressOne },
            Hook::Accept { journey, n: 5, screening: Screening::Off },
            Hook::Call,
            Hook::Recording { journey },
            Hook::Transfer { journey, k: 1 },
            Hook::Lead { journey, n: 6 },
            Hook::LeadLeg { journey, n: 7 },
            Hook::Fallback,
        ]
    }

    #[test]
    fn every_path_leads_back_to_its_hook() {
        for hook in every_hook() {
            assert_eq!(Hook::parse(&hook.path()), Some(hook.clone()), "{}", hook.path());
        }
    }

    #[test]
    fn only_the_exact_path_is_one() {
        let journey = JourneyId::of_call("AC1", "CA1").to_string();
        for path in [
            "",
            "/",
            "/twilio",
            "/twilio/",
            "/twilio/voice/",
            "/twilio//voice",
            "/voice",
            "/twilio/other",
            &format!("/twilio/{journey}"),
            &format!("/twilio/{journey}/dialed/01"),
            &format!("/twilio/{journey}/dialed/+1"),
            &format!("/twilio/{journey}/dialed/4294967296"),
            &format!("/twilio/{journey}/heard/65536/00000000"),
            &format!("/twilio/{journey}/heard/1/0000000G"),
            &format!("/twilio/{journey}/heard/1/000000000"),
            &format!("/twilio/{journey}/accept/1/both"),
            &format!("/twilio/{}/dialed/1", journey.to_uppercase()),
            &format!("/twilio/{}/dialed/1", journey.replace('-', "")),
            &format!("/twilio/{journey}/dialed/1?n=2"),
        ] {
            assert_eq!(Hook::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_url_says_how_often_it_is_tried() {
        assert_eq!(
            Hook::Voice.url("https://calls.example.com/"),
            "https://calls.example.com/twilio/voice#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx&tt=14000"
        );
        assert_eq!(
            Hook::Call.url("https://calls.example.com"),
            "https://calls.example.com/twilio/call#rc=5&rp=ct,rt,5xx"
        );
        assert_eq!(every_hook().iter().filter(|hook| !hook.wants_document()).count(), 4);
    }

    #[test]
    fn a_short_hash_has_eight_digits() {
        assert_eq!(Short::of("deadbeefcafe").as_str(), "deadbeef");
        assert_eq!(Short::of("").as_str(), "00000000");
        assert_eq!(Short::of("AB-cd").as_str(), "cd000000");
    }
}
