//! What a webhook says happened: its hook and parameters become an event of the journey.

mod buyer;
mod caller;
mod lead_leg;
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
    /// The leg of the journey's person that the webhook names, where the journey's id does not follow from it: a journey that
    /// knows another leg must not hear this. `None`: it does follow.
    pub line: Option<LegId>,
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
        Hook::Question { journey, n, hash } => caller::fetched(&call, *journey, *n, hash),
        Hook::Dialed { journey, n } => caller::dialed(&call, *journey, *n),
        Hook::Transfer { journey, k } => caller::transferred(&call, *journey, *k),
        Hook::Call => caller::told(&call),
        Hook::Recording { journey } => caller::recorded(&call, *journey),
        Hook::Leg { journey, n } => buyer::told(&call, *journey, *n),
        Hook::Whisper { journey, n } => buyer::picked_up(&call, *journey, *n),
        Hook::Accept { journey, n, screening } => buyer::answered(&call, *journey, *n, *screening),
        Hook::Lead { journey, n } => lead_leg::answered(&call, *journey, *n),
        Hook::LeadLeg { journey, n } => lead_leg::told(&call, *journey, *n),
    }
}

/// A journey, and the leg that it must know if its id does not follow from it.
struct Of {
    journey: JourneyId,
    line: Option<LegId>,
}

impl From<JourneyId> for Of {
    fn from(journey: JourneyId) -> Self {
        Self { journey, line: None }
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

    /// The URL's journey, which must be this leg's, the caller's, if the call came in. Of one that we placed the journey
    /// itself must say.
    fn caller_in(&self, journey: JourneyId) -> Result<Of, DecodeError> {
        if journey == self.journey() {
            return Ok(Of { journey, line: None });
        }
        match self.form.filled("Direction") {
            Some("outbound-api") => Ok(Of { journey, line: Some(LegId(self.sid.to_owned())) }),
            _ => Err(DecodeError::OtherJourney("CallSid")),
        }
    }

    /// The URL's journey, which must be that of this leg's parent where a parent is named. Whether the parent came in or was
    /// placed by us is not told, so where its id does not say, the journey must.
    fn buyer_in(&self, journey: JourneyId) -> Result<Of, DecodeError> {
        if self.form.filled("ParentCallSid").is_none() {
            return Ok(Of { journey, line: None });
        }
        let parent = reading::id(self.form, "ParentCallSid")?;
        let follows = journey == JourneyId::of_call(self.account, parent);
        Ok(Of { journey, line: (!follows).then(|| LegId(parent.to_owned())) })
    }

    fn has_ended(&self) -> bool {
        self.status.is_some_and(Status::has_ended)
    }

    /// When it happened, by Twilio's clock where it says so, to the second.
    fn at(&self) -> Timestamp {
        reading::timestamp(self.form, self.now).unwrap_or(self.now)
    }

    fn decoded(&self, of: impl Into<Of>, key: String, whom: Option<Whom>) -> Decoded {
        let Of { journey, line } = of.into();
        Decoded {
            journey,
            account: self.account.to_owned(),
            key,
            event: None,
            whom,
            line,
            dialled: None,
            caller_gone: false,
            odd: self.odd,
        }
    }
}
