//! What a form says of a simulated call: its answers and what happens on the line. The test call of an offer asks for the same.

use std::collections::BTreeMap;

use lead::{E164, Timestamp};

use crate::{
    Phones,
    form::Form,
    simulated::{self, Asked, SIMULATED_ANSWER_CHARS_MAX, SIMULATED_TALK_SECS_MAX, TALK_SECS},
};

/// The fields as they stand in the form.
pub(in crate::pages) struct Filled {
    pub(in crate::pages) questions: Vec<Field>,
    pub(in crate::pages) number: String,
    pub(in crate::pages) from: String,
    pub(in crate::pages) from_wrong: String,
    pub(in crate::pages) phones: String,
    pub(in crate::pages) talk: String,
    pub(in crate::pages) talk_wrong: String,
}

/// One question of the script.
pub(in crate::pages) struct Field {
    pub(in crate::pages) asked: Asked,
    pub(in crate::pages) value: String,
    pub(in crate::pages) wrong: String,
}

/// What they come to.
pub(in crate::pages) struct Chosen {
    pub(in crate::pages) to: E164,
    pub(in crate::pages) from: Option<E164>,
    pub(in crate::pages) answers: BTreeMap<String, String>,
    pub(in crate::pages) phones: Phones,
    pub(in crate::pages) talk_secs: u32,
}

pub(in crate::pages) const NUMBER: &str =
    "write it in E.164 form, ex: +13055550142, or leave it empty: the caller withholds it";

impl Filled {
    /// What stands there before anybody has typed.
    pub(in crate::pages) fn usual(now: Timestamp, asked: Vec<Asked>, number: String) -> Self {
        let field = |asked: Asked| Field { value: asked.usual.clone(), asked, wrong: String::new() };
        Self {
            questions: asked.into_iter().map(field).collect(),
            number,
            from: simulated::usual_caller(now),
            from_wrong: String::new(),
            phones: Phones::Answer.word().to_owned(),
            talk: TALK_SECS.to_string(),
            talk_wrong: String::new(),
        }
    }

    /// Takes over what was typed, and says what is wrong with it beside each field. `None`: something is.
    pub(in crate::pages) fn read(&mut self, form: &Form) -> Option<Chosen> {
        self.number = form.text("number");
        self.from = form.text("from");
        self.talk = form.text("talk");
        self.phones = form.text("phones");
        for field in &mut self.questions {
            field.value = form.text(&format!("a.{}", field.asked.field));
            if field.value.chars().count() > SIMULATED_ANSWER_CHARS_MAX {
                field.wrong = format!("write at most {SIMULATED_ANSWER_CHARS_MAX} characters");
            }
        }
        let from = match &*self.from {
            "" => None,
            text => E164::parse(text).inspect_err(|_| self.from_wrong = NUMBER.to_owned()).ok(),
        };
        let talk = self.talk.parse().ok().filter(|secs| (1..=SIMULATED_TALK_SECS_MAX).contains(secs));
        if talk.is_none() {
            self.talk_wrong = format!("write whole seconds, 1 to {SIMULATED_TALK_SECS_MAX}");
        }
        if !self.from_wrong.is_empty() || self.questions.iter().any(|it| !it.wrong.is_empty()) {
            return None;
        }
        let answer = |it: &Field| (it.asked.field.clone(), it.value.clone());
        Some(Chosen {
            to: E164::parse(&self.number).ok()?,
            from,
            answers: self.questions.iter().map(answer).collect(),
            phones: Phones::parse(&self.phones).ok()?,
            talk_secs: talk?,
        })
    }
}
