//! `Asked`: what the scripts and forms of a vertical ask, and who may see it.

use std::collections::BTreeMap;

use auction::Vertical;
use ivr::Question;
use lead::{Audience, FieldName};
use publisher::Field;

use super::super::draft::Draft;

/// The questions and the fields of forms of all campaigns of a vertical, by name.
pub(in super::super) struct Asked<'a> {
    questions: BTreeMap<&'a FieldName, Vec<&'a Question>>,
    fields: BTreeMap<&'a FieldName, Vec<&'a Field>>,
    /// How many campaigns sell the vertical.
    pub(in super::super) campaigns: usize,
}

/// What is known of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Bidders are shown it.
    Shared,
    /// Only the buyer that accepted is shown it.
    WinnerOnly,
    /// No script asks it.
    Unasked,
}

impl<'a> Asked<'a> {
    /// What is asked in this vertical.
    pub(in super::super) fn of(vertical: &Vertical, draft: &'a Draft<'_>) -> Self {
        let mut asked = Self { questions: BTreeMap::new(), fields: BTreeMap::new(), campaigns: 0 };
        let campaigns = draft.campaigns.iter().zip(&draft.handed);
        for (campaign, handed) in campaigns.filter(|(it, _)| it.value.vertical == *vertical) {
            for field in handed.forms().flat_map(|form| &form.fields) {
                asked.fields.entry(&field.name).or_default().push(field);
            }
            asked.campaigns += 1;
            for question in &campaign.value.script.questions {
                asked.questions.entry(&question.field).or_default().push(question);
            }
        }
        asked
    }

    /// The questions whose answers bidders are shown under this name.
    pub(super) fn shared(&self, field: &FieldName) -> impl Iterator<Item = &'a Question> {
        let all = self.questions.get(field).cloned().unwrap_or_default();
        all.into_iter().filter(|question| question.audience == Audience::Bidders)
    }

    /// The fields of forms whose values bidders are shown under this name.
    pub(super) fn filled(&self, field: &FieldName) -> impl Iterator<Item = &'a Field> {
        let all = self.fields.get(field).cloned().unwrap_or_default();
        all.into_iter().filter(|field| field.audience == Audience::Bidders)
    }

    /// What is known of a field. The state comes from a zip or the area code, the area code from the number.
    pub(super) fn known(&self, field: &FieldName) -> Known {
        let derived = matches!(field.as_str(), "state" | "area_code");
        if derived || self.shared(field).next().is_some() || self.filled(field).next().is_some() {
            return Known::Shared;
        }
        let personal = matches!(field.as_str(), "phone" | "email" | "first_name" | "last_name" | "address");
        if personal || self.questions.contains_key(field) || self.fields.contains_key(field) {
            Known::WinnerOnly
        } else {
            Known::Unasked
        }
    }

    /// The names that bidders are shown, for "did you mean".
    pub(super) fn names(&self) -> Vec<&'a str> {
        let asked = self
            .questions
            .keys()
            .filter(|field| self.shared(field).next().is_some())
            .map(|field| field.as_str());
        let filled = self.fields.keys().filter(|field| self.filled(field).next().is_some());
        let asked = asked.chain(filled.map(|field| field.as_str()));
        asked.chain(["state", "area_code"]).collect()
    }

    /// The names that the winner is told, for "did you mean".
    pub(super) fn all_names(&self) -> Vec<&'a str> {
        self.questions
            .keys()
            .chain(self.fields.keys())
            .map(|field| field.as_str())
            .chain(["state", "area_code"])
            .collect()
    }
}
