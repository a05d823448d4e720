//! What a webhook says happened: its hook and parameters become an event of the journey.

mod buyer;
mod caller;
mod reading;

use journey::{Event, LegId, Whom};
use lead::{JourneyId, Pii, Timestamp};

pub(super) use self::reading::rfc2822;
use super::{Form, Hook, Status};

/// One webhook, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The journey: of the caller's leg, whichever leg the webhook is about.
    pub journey: JourneyId,
    /// The account that the calls belong to.
    pub account: String,
    /// The entry's key: the same for every repeat of this webhook, and for nothing else of the journey.
    pub key: String,
    /// What happened. `None`: it is a read, or tells nothing that a journey hears.
    pub event: Option<Event<Pii<String>>>,
    /// Whose document answers it. `None`: it only tells, and 204 answers it.
    pub whom: Option<Whom>,
    /// The buyer's leg that the end of a dial names.
    pub dialled: Option<LegId>,
    /// Whether the caller's leg had ended already when it asked: nothing that is answered will be executed.
    pub caller_gone: bool,
    /// A parameter whose value this release does not know, to be counted.
    pub odd: Option<&'static str>,
}

/// Why a signed webhook is not understood. The values are never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A parameter is missing or empty.
    #[error("the webhook has no {0}")]
    Missing(&'static str),
    /// A parameter is no id of a carrier.
    #[error("the webhook's {0} is no id: 1 to 64 letters, digits and -_.:")]
    NotAnId(&'static str),
    /// A parameter is no telephone number.
    #[error("the webhook's {0} is no number in E.164 form")]
    NotANumber(&'static str),
    /// The URL names a journey that the call does not belong to.
    #[error("the URL names another journey than the webhook's {0}")]
    OtherJourney(&'static str),
}

impl DecodeError {
    /// Whether the webhook names its call at least: then somebody is on the line, and a document serves them better
    /// than an error status.
    pub fn call_is_known(&self) -> bool {
        !matches!(self, Self::Missing("AccountSid" | "CallSid") | Self::NotAnId("AccountSid" | "CallSid"))
    }
}

/// Reads a webhook. Total over its parameters: unknown ones are ignored, odd values are never a failure where the
/// caller can still be served.
///
/// # Errors
/// Names the parameter without which nothing can be said.
pub fn decode(hook: &Hook, form: &Form, now: Timestamp) -> Result<Decoded, DecodeError> {
    let call = Call::read(form, now)?;
    match hook {
        Hook::Voice | Hook::Fallback => caller::arrived(&call),
        Hook::Heard { journey, step, hash } => caller::heard(&call, *journey, *step, hash),
        Hook::Hold { journey, k, hash } => caller::held(&call, *journey, *k, hash),
        Hook::Dial { journey, n, hash } => caller::took(&call, *journey, *n, hash),
        Hook::Dialed { journey, n } => caller::dialed(&call, *journey, *n),
        Hook::Transfer { journey, k } => caller::transferred(&call, *journey, *k),
        Hook::Call => caller::told(&call),
        Hook::Recording { journey } => caller::recorded(&call, *journey),
        Hook::Leg { journey, n } => buyer::told(&call, *journey, *n),
        Hook::Whisper { journey, n } => buyer::picked_up(&call, *journey, *n),
        Hook::Accept { journey, n, screening } => buyer::answered(&call, *journey, *n, *screening),
    }
}

/// What every webhook of a call has (twilio.com/docs/voice/twiml#request-parameters).
struct Call<'a> {
    form: &'a Form,
    now: Timestamp,
    account: &'a str,
    /// The leg that the webhook is about.
    sid: &'a str,
    status: Option<Status>,
    odd: Option<&'static str>,
}

impl<'a> Call<'a> {
    fn read(form: &'a Form, now: Timestamp) -> Result<Self, DecodeError> {
        let account = reading::id(form, "AccountSid")?;
        let sid = reading::id(form, "CallSid")?;
        let word = form.filled("CallStatus");
        let status = word.and_then(Status::parse);
        let odd = (word.is_some() && status.is_none()).then_some("CallStatus");
        Ok(Self { form, now, account, sid, status, odd })
    }

    /// The journey of this leg, which is the caller's.
    fn journey(&self) -> JourneyId {
        JourneyId::of_call(self.account, self.sid)
    }

    /// The URL's journey, which must be this leg's: the caller's.
    fn caller_in(&self, journey: JourneyId) -> Result<JourneyId, DecodeError> {
        if journey == self.journey() { Ok(journey) } else { Err(DecodeError::OtherJourney("CallSid")) }
    }

    /// The URL's journey, which must be that of this leg's parent where a parent is named.
    fn buyer_in(&self, journey: JourneyId) -> Result<JourneyId, DecodeError> {
        if self.form.filled("ParentCallSid").is_none() {
            return Ok(journey);
        }
        let parent = JourneyId::of_call(self.account, reading::id(self.form, "ParentCallSid")?);
        if journey == parent { Ok(journey) } else { Err(DecodeError::OtherJourney("ParentCallSid")) }
    }

    fn has_ended(&self) -> bool {
        self.status.is_some_and(Status::has_ended)
    }

    /// When it happened, by Twilio's clock where it says so, to the second.
    fn at(&self) -> Timestamp {
        reading::timestamp(self.form, self.now).unwrap_or(self.now)
    }

    fn decoded(&self, journey: JourneyId, key: String, whom: Option<Whom>) -> Decoded {
        let account = self.account.to_owned();
        Decoded { journey, account, key, event: None, whom, dialled: None, caller_gone: false, odd: self.odd }
    }
}
