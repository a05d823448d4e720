//! `Submission`: a filled form, read by what its campaign declares. Every mistake of a body is named at once.

use std::{collections::BTreeMap, net::IpAddr};

use lead::{
    Channel, Consent, E164, Evidence, FieldName, Identity, Pii, Profile, Timestamp, Value,
    geo::{State, Zip, area_code_of},
};
use url::Url;

use crate::{
    FieldProblem, Form, PhoneProblem, Sell, Sent,
    form::KEYS,
    limits::{CONSENT_AGE_MAX, CONSENT_AHEAD_MAX},
    problem::nearest,
    sent::Given,
    value::{self, Read},
};

/// A filled form.
#[derive(Debug)]
pub struct Submission {
    /// Whether it is sold as data, or its person is called.
    pub channel: Channel,
    /// What bidders may see.
    pub profile: Profile,
    /// What only the winner may see.
    pub identity: Identity,
    /// What the person agreed to.
    pub consent: Option<Consent>,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A publisher's own program, which says where and when the person filled in the form.
    Publisher,
    /// The person's browser, whose address is known and whose consent is given now.
    Visitor,
}

/// What is known beside the body.
pub struct Came<'a> {
    /// Who sends.
    pub sender: Sender,
    /// When it came.
    pub at: Timestamp,
    /// Where a visitor sends from.
    pub address: Option<IpAddr>,
    /// Whether a number is ours or a buyer's: nobody has such a one rung.
    pub is_ours: &'a dyn Fn(&E164) -> bool,
}

impl Form {
    /// Reads what was sent as this form.
    ///
    /// # Errors
    /// Everything that must be mended, in the order of the fields' names.
    pub fn submission(&self, sent: &Sent, came: &Came<'_>) -> Result<Submission, Vec<FieldProblem>> {
        let mut reading = Reading { form: self, sent, came, problems: sent.problems.clone() };
        reading.unknown_fields();
        let phone = reading.phone();
        let (mut profile, fields) = reading.fields();
        let consent = reading.consent();
        let evidence = reading.evidence();
        let mut problems = reading.problems;
        let phone = match phone {
            Some(phone) if problems.is_empty() => Pii::new(phone),
            _ => {
                problems.sort();
                problems.dedup();
                return Err(problems);
            }
        };
        profile.derive_geography(area_code_of(&phone));
        let channel = match self.sell {
            Sell::Data => Channel::Form,
            Sell::Call => Channel::Callback,
        };
        let identity = Identity { phone: Some(phone), caller: None, fields, evidence };
        Ok(Submission { channel, profile, identity, consent })
    }

    /// The names that a body of this form may have.
    fn names(&self, sender: Sender) -> impl Iterator<Item = &str> {
        let told = move |key: &&str| match sender {
            Sender::Publisher => *key != "area_code",
            Sender::Visitor => !["area_code", "consent_at", "ip_address", "wait_seconds"].contains(key),
        };
        KEYS.into_iter().filter(told).chain(self.fields.iter().map(|field| field.name.as_str()))
    }
}

struct Reading<'a> {
    form: &'a Form,
    sent: &'a Sent,
    came: &'a Came<'a>,
    problems: Vec<FieldProblem>,
}

impl Reading<'_> {
    fn unknown_fields(&mut self) {
        for name in self.sent.values.keys() {
            if self.form.names(self.came.sender).any(|known| known == name) {
                continue;
            }
            let mend = match nearest(name, self.form.names(self.came.sender)) {
                Some(meant) => format!("did you mean {meant}?"),
                None => "remove it; the campaign's form declares which fields there are".to_owned(),
            };
            self.problems.push(FieldProblem::new(name, "unknown_field", "there is no such field", mend));
        }
    }

    fn given(&self, name: &str) -> Option<Given> {
        self.sent.values.get(name).and_then(Given::meant)
    }

    fn wrong<T>(&mut self, name: &str, what: &str, mend: impl Into<String>) -> Option<T> {
        self.problems.push(FieldProblem::new(name, "wrong_value", what, mend));
        None
    }

    fn missing<T>(&mut self, name: &str, mend: &str) -> Option<T> {
        self.problems.push(FieldProblem::new(name, "missing_field", "the field is missing", mend));
        None
    }

    fn phone(&mut self) -> Option<E164> {
        let text = match self.given("phone") {
            Some(Given::Text(text)) => text,
            Some(Given::Number(number)) => number.to_string(),
            Some(_) => String::new(),
            None => return self.missing("phone", "send the person's number, ex: +13055550142"),
        };
        let read = value::phone(&text, self.form.sell == Sell::Call);
        match read {
            Ok(number) if !(self.came.is_ours)(&number) => Some(number),
            Err(PhoneProblem::Form) => self.wrong(
                "phone",
                "this is no telephone number",
                "send + and its digits, or ten digits of a US number",
            ),
            // One answer for all of them: whose numbers are whose is nobody's business.
            Ok(_) | Err(PhoneProblem::NotCallable) => {
                let what = "this is no number that a person is called at";
                self.problems.push(FieldProblem::new(
                    "phone",
                    "number_not_callable",
                    what,
                    "send a person's own US number",
                ));
                None
            }
        }
    }

    fn fields(&mut self) -> (Profile, BTreeMap<FieldName, Pii<String>>) {
        let (mut profile, mut personal) = (Profile::new(), BTreeMap::new());
        for field in &self.form.fields {
            match self.given(field.name.as_str()) {
                None if field.required => {
                    self.missing::<()>(field.name.as_str(), "the campaign's form says that it is required");
                }
                None => {}
                Some(given) => match value::read(field, &given) {
                    Ok(Read::Shared(value)) => profile.answer(field.name.clone(), value),
                    Ok(Read::Personal(text)) => drop(personal.insert(field.name.clone(), text)),
                    Err(problem) => self.problems.push(problem),
                },
            }
        }
        if !agree(&profile) {
            self.wrong::<()>(
                "state",
                "the zip is of another state",
                "send a zip and a state that belong together",
            );
        }
        (profile, personal)
    }

    fn consent(&mut self) -> Option<Consent> {
        let at = self.given("consent_at").filter(|_| self.came.sender == Sender::Publisher);
        let version = match self.given("consent") {
            Some(Given::Text(version)) => version,
            Some(_) => {
                return self.wrong("consent", "this is no version of a consent text", "send it as a text");
            }
            None if at.is_some() => {
                return self.missing("consent", "send the version of the text that was agreed to");
            }
            None if self.form.consent_required => {
                return self
                    .missing("consent", "send the version of the consent text that the person agreed to");
            }
            None => return None,
        };
        let form = self.form;
        let Some(text) = form.consent(&version) else {
            let known = form.consents.iter().map(|it| it.version.as_str());
            let mend = match nearest(&version, known) {
                Some(meant) => format!("did you mean {meant}?"),
                None => "send a version that the campaign's form declares".to_owned(),
            };
            return self.wrong("consent", "there is no such consent text", mend);
        };
        let given_at = match at {
            None => self.came.at,
            Some(at) => self.moment(&at)?,
        };
        Some(Consent {
            text_version: text.version.clone(),
            given_at,
            covers: text.covers.clone(),
            sellers: text.sellers.clone(),
            recording: None,
        })
    }

    /// When a consent was given, as its publisher says.
    fn moment(&mut self, given: &Given) -> Option<Timestamp> {
        let text = match given {
            Given::Text(text) => text.as_str(),
            _ => "",
        };
        let Ok(at) = text.parse::<jiff::Timestamp>() else {
            return self.wrong(
                "consent_at",
                "this is no time",
                "send one with its zone, ex: 2026-01-31T12:00:00Z",
            );
        };
        let at = Timestamp::from_micros(at.as_microsecond());
        if at > self.came.at + CONSENT_AHEAD_MAX {
            return self.wrong("consent_at", "the time is still to come", "send when the person agreed");
        }
        if self.came.at.since(at) > CONSENT_AGE_MAX {
            return self.wrong("consent_at", "the consent is more than 90 days old", "ask the person again");
        }
        Some(at)
    }

    fn evidence(&mut self) -> Evidence {
        let page = self.given("page_url").and_then(|given| match &given {
            Given::Text(text) if is_page(text) => Some(Pii::new(text.clone())),
            _ => {
                self.wrong("page_url", "this is no page", "send its https address, at most 2,048 characters")
            }
        });
        let certificate = self.given("certificate").and_then(|given| match &given {
            Given::Text(text) if text.bytes().all(|b| b.is_ascii_graphic()) => Some(Pii::new(text.clone())),
            _ => self.wrong(
                "certificate",
                "this is no certificate",
                "send a TrustedForm URL or a Jornaya token",
            ),
        });
        let address = match self.came.sender {
            Sender::Visitor => self.came.address.map(|address| Pii::new(address.to_string())),
            Sender::Publisher => self.given("ip_address").and_then(|given| {
                let read = match &given {
                    Given::Text(text) => text.parse::<IpAddr>().ok(),
                    _ => None,
                };
                match read {
                    Some(address) => Some(Pii::new(address.to_canonical().to_string())),
                    None => self.wrong("ip_address", "this is no address", "send one, ex: 203.0.113.7"),
                }
            }),
        };
        Evidence { page, address, certificate }
    }
}

fn is_page(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

/// Whether a zip and a state that were both given belong together.
fn agree(profile: &Profile) -> bool {
    let state: Option<State> = profile.state();
    let zip: Option<Zip> = profile.zip();
    match (profile.value(&FieldName::state()), zip, state) {
        (Some(Value::State(_)), Some(zip), Some(state)) => zip.agrees_with(state),
        _ => true,
    }
}
