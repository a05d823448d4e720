//! `Asked`: all that a permit is decided by, and which of it a campaign requires.

use lead::{
    Consent, Covers, E164, Pii, Timestamp,
    geo::{State, Zip},
};
use serde::{Deserialize, Serialize};

use super::{Refused, Rule};

/// What is known of a lead that is to be dialled.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The number.
    pub phone: Pii<E164>,
    /// The zip that the lead named.
    pub zip: Option<Zip>,
    /// The state that the lead named.
    pub state: Option<State>,
    /// The written consent.
    pub consent: Option<Consent>,
    /// What the campaign requires.
    pub requirements: Requirements,
    /// What was looked up.
    pub findings: Findings,
    /// When this number was dialled in the last 24 hours, in any order; more do not matter.
    pub dials: Vec<Timestamp>,
}

/// What a campaign requires before a lead is dialled. The default requires all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Requirements {
    /// What the consent must cover.
    pub consent: Needs,
    /// Whether the consent must name the campaign's brand.
    pub seller: Check,
    /// The brand, as the consent's text names it; compared without case and blanks around it.
    pub brand: String,
    /// Whether the national list must have been asked.
    pub national_list: Check,
    /// Whether the list of litigators must have been asked.
    pub litigators: Check,
}

/// A check that a campaign has. Its waiving is a setting, and the audit holds who published it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It must pass.
    #[default]
    Required,
    /// It is not looked at.
    Waived,
}

/// What a consent must cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// A written consent to calls with an automated or prerecorded voice, which is what a lead hears first.
    #[default]
    AutomatedVoice,
    /// A written consent to calls: a person speaks first.
    Calls,
    /// No consent at all.
    Nothing,
}

/// What was found out about a number before the dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// Whether it is on our own suppression list.
    pub suppressed: bool,
    /// Whether it is one of our own numbers.
    pub own_number: bool,
    /// Whether it is a buyer's number.
    pub buyer_number: bool,
    /// The national list.
    pub national_list: Listed,
    /// The list of litigators.
    pub litigators: Listed,
}

/// What a list outside said of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Nobody asked it.
    NotChecked,
    /// It does not have the number.
    Clear,
    /// It has the number.
    Listed,
    /// It gave no answer.
    Unavailable,
    /// Its last answer is too old.
    Stale,
}

impl Requirements {
    /// Whether the consent is there and allows the call.
    pub(super) fn consented(&self, consent: Option<&Consent>, now: Timestamp) -> Result<(), Refused> {
        let needed = match self.consent {
            Needs::AutomatedVoice => Covers::AutomatedVoice,
            Needs::Calls => Covers::Calls,
            Needs::Nothing => return Ok(()),
        };
        // One that is dated later than now is none: it was not given yet.
        let consent = consent.filter(|consent| consent.given_at <= now && !consent.covers.is_empty());
        let consent = consent.ok_or(Refused::for_good(Rule::NoConsent))?;
        let covers = consent.covers.contains(&needed)
            || needed == Covers::Calls && consent.covers.contains(&Covers::AutomatedVoice);
        let names = self.seller == Check::Waived || consent.names(&self.brand);
        if covers && names { Ok(()) } else { Err(Refused::for_good(Rule::ConsentScope)) }
    }
}

impl Findings {
    /// Whether nothing that was found forbids the dial.
    pub(super) fn allow(self, requirements: &Requirements) -> Result<(), Refused> {
        let outside = [
            (self.litigators, requirements.litigators, Rule::Litigator),
            (self.national_list, requirements.national_list, Rule::NationalList),
        ];
        let listed = outside.iter().filter_map(|(found, check, rule)| match (found, check) {
            (Listed::Listed, Check::Required) => Some(*rule),
            _ => None,
        });
        let silent = outside.iter().filter_map(|(found, check, _)| match (found, check) {
            (Listed::NotChecked | Listed::Unavailable | Listed::Stale, Check::Required) => {
                Some(Rule::ListUnavailable)
            }
            _ => None,
        });
        let ours = [
            (self.own_number, Rule::OwnNumber),
            (self.buyer_number, Rule::BuyerNumber),
            (self.suppressed, Rule::Suppressed),
        ];
        let ours = ours.into_iter().filter_map(|(found, rule)| found.then_some(rule));
        ours.chain(listed).chain(silent).next().map_or(Ok(()), |rule| Err(Refused::for_good(rule)))
    }
}
