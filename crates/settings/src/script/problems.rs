//! What the interview itself says of a script, put at the lines where it is mended.

use ivr::{Place, Script, ScriptProblem, Trouble};

use super::super::{report::Spot, table::Table};

/// Reports everything that must be mended in a campaign's script. Where the reading found something already, the
/// script is a stand-in there, and nothing is said twice.
pub(in super::super) fn report(campaign: &Table<'_>, script: &Script) {
    for problem in script.problems() {
        let (spot, broken) = spot(campaign, &problem);
        if !broken {
            let text = problem.trouble.to_string();
            let (what, mend) = text.split_once("; ").unwrap_or((&text, "mend the question"));
            campaign.report.problem(&spot, what, mend);
        }
    }
}

/// Where it is mended, and whether something there was reported before.
fn spot(campaign: &Table<'_>, problem: &ScriptProblem) -> (Spot, bool) {
    let script = campaign.field("script").and_then(|field| field.table_again());
    let Some(script) = script else { return (campaign.here(), true) };
    let Place::Question { number, .. } = &problem.place else {
        return (script.here(), script.is_broken("greeting") || script.is_broken("closing"));
    };
    let questions = script.field("question").map(|field| field.list()).unwrap_or_default();
    let question = questions.get(number - 1).and_then(|field| field.table_again());
    let Some(question) = question else { return (script.here(), true) };
    let key = key_of(problem.trouble);
    (question.spot(key), question.is_broken(key) || question.is_broken("check"))
}

/// The key of a question that mends a trouble.
const fn key_of(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::DuplicateField | Trouble::ReservedField => "field",
        Trouble::FreeTextForBidders | Trouble::PhoneForBidders | Trouble::LongNumberForBidders => "audience",
        Trouble::TooManyQuestions
        | Trouble::EmptyAsk
        | Trouble::EmptySpeech
        | Trouble::LongPrompt
        | Trouble::OddRecording => "ask",
        Trouble::Tries => "tries_max",
        Trouble::KeysRange | Trouble::KeysNeverFit => "keys",
        Trouble::NeedsVoice => "input",
        Trouble::Hints => "hints",
        Trouble::ZipNeedsZip
        | Trouble::StateNeedsState
        | Trouble::InvertedRange
        | Trouble::AgeRange
        | Trouble::OddKey
        | Trouble::ChoiceWithoutKeys
        | Trouble::ChoiceWithoutWords
        | Trouble::OddWords
        | Trouble::ConsentWithoutText
        | Trouble::SecondConsent => "check",
        Trouble::ConsentSkipped => "if_unanswered",
        Trouble::ConditionUnsuited | Trouble::ConditionUndeclared | Trouble::Conditions => "disqualify",
    }
}
