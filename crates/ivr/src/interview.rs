//! `Interview`: one caller's way through a script, as a state machine without I/O.

use std::sync::Arc;

use lead::{Audience, E164, FieldName, Identity, Lead, Pii, Profile, Timestamp, Value};

use crate::{
    Ask, Check, Consent, Exhausted, Input, Question, Refusal, Script, Speech, Step, TRIES_MAX, Why,
    answer::{self, Reading},
    geography::{self, Agreement},
};

/// One caller's way through a script. It ends after at most the sum of its questions' tries.
#[derive(Debug)]
pub struct Interview {
    script: Arc<Script>,
    phase: Phase,
    profile: Profile,
    identity: Identity,
    /// None: not asked for, or not given.
    consent: Option<Consent>,
    /// Whether answers were given before it, which are not asked for again.
    knows: bool,
}

#[derive(Debug)]
enum Phase {
    /// `at` is always the place of a question.
    Asking {
        at: usize,
        try_number: u8,
        before: Before,
    },
    Done,
    Refused(Refusal),
}

/// What came before the question is asked now; it decides how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    Answer,
    Unclear,
    Silence,
}

impl Interview {
    /// The interview before its first question; without questions it is done.
    pub fn begin(script: Arc<Script>) -> Self {
        let phase = match script.questions.is_empty() {
            true => Phase::Done,
            false => Phase::Asking { at: 0, try_number: 1, before: Before::Start },
        };
        Self {
            script,
            phase,
            profile: Profile::new(),
            identity: Identity::default(),
            consent: None,
            knows: false,
        }
    }

    /// The interview of a lead whose answers are there already, as a form gives them: what of them the script asks is
    /// not asked, and with `all` of it given it is done.
    pub fn knowing(script: Arc<Script>, lead: Lead, consent: Option<Consent>, all: bool) -> Self {
        let Lead { profile, identity } = lead;
        let phase =
            if all { Phase::Done } else { Phase::Asking { at: 0, try_number: 1, before: Before::Start } };
        let mut interview = Self { script, phase, profile, identity, consent, knows: true };
        if let Phase::Asking { .. } = interview.phase {
            interview.skip_known();
        }
        interview
    }

    /// What is said and expected now; nothing once the interview is over.
    pub fn ask(&self) -> Option<Ask> {
        let Phase::Asking { at, try_number, before } = self.phase else { return None };
        let question = self.script.questions.get(at)?;
        let again = if question.again.is_empty() { &question.ask } else { &question.again };
        let say = match before {
            Before::Start => [&self.script.greeting[..], &question.ask].concat(),
            Before::Answer => question.ask.clone(),
            Before::Silence if !question.on_silence.is_empty() => {
                [&question.on_silence[..], &question.ask].concat()
            }
            Before::Silence | Before::Unclear => again.clone(),
        };
        Some(Ask { say, expect: question.input.clone(), field: question.field.clone(), try_number })
    }

    /// What is said once the last answer is in; with the greeting, when there was no question to say it with.
    pub fn closing(&self) -> Vec<Speech> {
        let unsaid = if self.script.questions.is_empty() { &self.script.greeting[..] } else { &[] };
        [unsaid, &self.script.closing].concat()
    }

    /// Takes what the caller did. After the end it changes nothing and tells the end again.
    pub fn on_input(&mut self, now: Timestamp, input: &Input<Pii<String>>) -> Step {
        let script = Arc::clone(&self.script);
        if let Some(question) = self.question(&script) {
            match answer::read(question, input) {
                Reading::Value(value) => self.on_value(question, value),
                Reading::Personal(text) => {
                    self.identity.fields.insert(question.field.clone(), text);
                    self.next();
                }
                Reading::Phone(number) => {
                    self.identity.phone = Some(number);
                    self.next();
                }
                Reading::ConsentGiven => self.on_consent(now, question),
                Reading::ConsentRefused => self.on_consent_refused(question),
                Reading::Unclear => self.missed(question, Before::Unclear),
                Reading::Silent => self.missed(question, Before::Silence),
            }
        }
        self.step()
    }

    /// Where the interview stands.
    pub fn step(&self) -> Step {
        match &self.phase {
            Phase::Asking { .. } => Step::Asking,
            Phase::Done => Step::Done,
            Phase::Refused(refusal) => Step::Refused(refusal.clone()),
        }
    }

    /// What was answered so far and bidders may see, without what follows from it.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The profile as bidders may see it now, for an auction that opens before the end. With the same answers,
    /// [`Interview::into_lead`] gives the same one.
    pub fn profile_so_far(&self, caller: Option<&Pii<E164>>) -> Profile {
        let mut profile = self.profile.clone();
        profile.derive_geography(caller.and_then(lead::geo::area_code_of));
        profile
    }

    /// The fields that may still be answered, the one that is being asked first.
    pub fn still_to_ask(&self) -> impl Iterator<Item = &FieldName> {
        let from = match self.phase {
            Phase::Asking { at, .. } => at,
            Phase::Done | Phase::Refused(_) => self.script.questions.len(),
        };
        self.script.questions.iter().skip(from).map(|question| &question.field)
    }

    /// The consent, if it was given.
    pub fn consent(&self) -> Option<&Consent> {
        self.consent.as_ref()
    }

    /// The lead that the answers make. A number that was asked for replaces the caller's own; the area code is
    /// always the caller's, since bidders may have been shown it before.
    pub fn into_lead(self, caller: Option<Pii<E164>>) -> Lead {
        let profile = self.profile_so_far(caller.as_ref());
        let phone = self.identity.phone.or_else(|| caller.clone());
        Lead { profile, identity: Identity { phone, caller, ..self.identity } }
    }

    /// As [`Interview::into_lead`], of a form: there is no caller, and the area code is that of the number it names.
    pub fn into_form_lead(self) -> Lead {
        let profile = self.profile_so_far(self.identity.phone.as_ref());
        Lead { profile, identity: self.identity }
    }

    fn question<'a>(&self, script: &'a Script) -> Option<&'a Question> {
        match self.phase {
            Phase::Asking { at, .. } => script.questions.get(at),
            Phase::Done | Phase::Refused(_) => None,
        }
    }

    fn on_value(&mut self, question: &Question, value: Value) {
        if question.audience == Audience::Winner {
            return self.keep(question, value);
        }
        match geography::agreement(&self.profile, &question.field, &value) {
            Agreement::Agrees => self.keep(question, value),
            _ if !self.is_last_try(question) => self.missed(question, Before::Unclear),
            Agreement::StateAgainstZip(by_zip) => {
                // The zip gives the state, so that nobody is lost here for want of an answer.
                if !by_zip.is_some_and(|state| self.disqualified(question, &Value::State(state))) {
                    self.next();
                }
            }
            Agreement::ZipAgainstState(by_zip) => {
                self.profile = geography::without_state(&self.profile);
                let script = Arc::clone(&self.script);
                let asked = script.questions.iter().find(|question| question.field == FieldName::state());
                let excluded = by_zip
                    .zip(asked)
                    .is_some_and(|(state, question)| self.disqualified(question, &Value::State(state)));
                if !excluded {
                    self.keep(question, value);
                }
            }
        }
    }

    fn keep(&mut self, question: &Question, value: Value) {
        let excluded = self.disqualified(question, &value);
        match question.audience {
            Audience::Bidders => self.profile.answer(question.field.clone(), value),
            Audience::Winner => {
                self.identity.fields.insert(question.field.clone(), Pii::new(value.text()));
            }
        }
        if !excluded {
            self.next();
        }
    }

    fn on_consent(&mut self, now: Timestamp, question: &Question) {
        if let Check::Consent { text_version, .. } = &question.check {
            self.consent = Some(Consent::spoken(text_version.clone(), now));
        }
        if question.audience == Audience::Bidders {
            self.profile.answer(question.field.clone(), Value::Flag(true));
        }
        self.next();
    }

    fn on_consent_refused(&mut self, question: &Question) {
        let say = match &question.check {
            Check::Consent { refused, .. } => refused.clone(),
            _ => Vec::new(),
        };
        self.refuse(question, Why::ConsentRefused, say);
    }

    fn missed(&mut self, question: &Question, before: Before) {
        match (&mut self.phase, &question.exhausted) {
            (Phase::Asking { try_number, before: was, .. }, _) if *try_number < tries_of(question) => {
                *try_number += 1;
                *was = before;
            }
            (_, Exhausted::Skip) => self.next(),
            (_, Exhausted::End { say }) => self.refuse(question, Why::NoAnswer, say.clone()),
        }
    }

    fn is_last_try(&self, question: &Question) -> bool {
        matches!(self.phase, Phase::Asking { try_number, .. } if try_number >= tries_of(question))
    }

    fn next(&mut self) {
        if let Phase::Asking { at, .. } = self.phase {
            self.phase = match at + 1 {
                next if next < self.script.questions.len() => {
                    Phase::Asking { at: next, try_number: 1, before: Before::Answer }
                }
                _ => Phase::Done,
            };
            self.skip_known();
        }
    }

    /// Passes over the questions whose answers were given before the interview.
    fn skip_known(&mut self) {
        let Phase::Asking { at, before, .. } = self.phase else { return };
        let rest = self.script.questions.get(at..).unwrap_or_default();
        let known = rest.iter().take_while(|question| self.knows && self.is_known(question)).count();
        self.phase = match at + known {
            at if at < self.script.questions.len() => Phase::Asking { at, try_number: 1, before },
            _ => Phase::Done,
        };
    }

    fn is_known(&self, question: &Question) -> bool {
        match (&question.check, question.audience) {
            // What is agreed to in a call is asked in the call.
            (Check::Consent { .. }, _) => false,
            (Check::Phone, _) => self.identity.phone.is_some(),
            // What would end the interview is heard from the person.
            (_, Audience::Bidders) => self
                .profile
                .value(&question.field)
                .is_some_and(|value| !question.disqualify.iter().any(|rule| rule.when.holds(value))),
            (_, Audience::Winner) => self.identity.fields.contains_key(&question.field),
        }
    }

    /// Ends the interview when the script excludes this answer, and says whether it did.
    fn disqualified(&mut self, question: &Question, value: &Value) -> bool {
        let Some(found) = question.disqualify.iter().find(|rule| rule.when.holds(value)) else {
            return false;
        };
        self.refuse(question, Why::Disqualified, found.say.clone());
        true
    }

    fn refuse(&mut self, question: &Question, why: Why, say: Vec<Speech>) {
        self.phase = Phase::Refused(Refusal { field: question.field.clone(), why, say });
    }
}

/// A script that was never checked may name any number.
fn tries_of(question: &Question) -> u8 {
    question.tries_max.clamp(1, TRIES_MAX)
}
