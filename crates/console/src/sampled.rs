//! A made-up caller for a test ping: what the scripts of an offer's vertical ask, and the profile of what is answered.

use std::collections::BTreeMap;

use ivr::{Check, Question};
use lead::{
    Audience, FieldName, Profile, Value, Word,
    geo::{State, Zip},
};
use settings::Settings;

/// One thing that a test ping may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Its name.
    pub(crate) field: FieldName,
    /// What fits it, for people.
    pub(crate) fits: String,
    /// What it may be, if it is one of a few.
    pub(crate) choices: Vec<String>,
    /// What stands there if nobody says anything else.
    pub(crate) usual: String,
    check: Check,
}

/// What bidders are told in a vertical, in the order in which callers are asked.
pub(crate) fn asked(settings: &Settings, vertical: &str) -> Vec<Asked> {
    let campaigns = settings.campaigns().filter(|it| it.vertical.as_str() == vertical);
    let questions = campaigns.flat_map(|campaign| campaign.script.questions.iter());
    let mut found: Vec<Asked> = vec![];
    for question in questions.filter(|it| it.audience == Audience::Bidders) {
        if !found.iter().any(|it| it.field == question.field)
            && let Some(asked) = of(question)
        {
            found.push(asked);
        }
    }
    found
}

/// The profile of these answers; a field that is not among them says what it usually says, an empty one nothing.
///
/// # Errors
/// The field, and what would fit it.
pub(crate) fn profile(
    asked: &[Asked],
    answers: &BTreeMap<String, String>,
) -> Result<Profile, (String, String)> {
    let known = |name: &String| asked.iter().any(|it| it.field.as_str() == name);
    if let Some(unknown) = answers.keys().find(|name| !known(name)) {
        let all: Vec<_> = asked.iter().map(|it| it.field.as_str()).collect();
        return Err((unknown.clone(), format!("write one of {}", all.join(", "))));
    }
    let mut profile = Profile::new();
    for one in asked {
        let text = answers.get(one.field.as_str()).map_or(&*one.usual, |text| text.trim());
        if text.is_empty() {
            continue;
        }
        let value =
            read(&one.check, text).ok_or_else(|| (one.field.as_str().to_owned(), one.fits.clone()))?;
        profile.answer(one.field.clone(), value);
    }
    profile.derive_geography(None);
    Ok(profile)
}

fn of(question: &Question) -> Option<Asked> {
    let (fits, choices, usual) = match &question.check {
        Check::Zip => ("a zip that exists, ex: 33109".to_owned(), vec![], "33109".to_owned()),
        Check::State => ("a state by its two letters, ex: FL".to_owned(), vec![], "FL".to_owned()),
        Check::Age { min, max } => {
            (format!("an age from {min} to {max}"), vec![], 65.clamp(*min, *max).to_string())
        }
        Check::Number { min, max } => (format!("a number from {min} to {max}"), vec![], min.to_string()),
        Check::YesNo { .. } | Check::Consent { .. } => {
            ("yes or no".to_owned(), vec!["yes".to_owned(), "no".to_owned()], "yes".to_owned())
        }
        Check::Choice { keys, words } => {
            let all = keys.values().chain(words.values()).map(|word| word.as_str().to_owned());
            let mut choices: Vec<_> = all.collect();
            choices.sort();
            choices.dedup();
            let usual = choices.first()?.clone();
            (format!("one of {}", choices.join(", ")), choices, usual)
        }
        Check::Name | Check::Text | Check::Phone => return None,
    };
    Some(Asked { field: question.field.clone(), fits, choices, usual, check: question.check.clone() })
}

/// What a text says as an answer that bidders may see.
pub(crate) fn read(check: &Check, text: &str) -> Option<Value> {
    match check {
        Check::Zip => Zip::parse(text).ok().map(Value::Zip),
        Check::State => State::parse(&text.to_uppercase()).map(Value::State),
        Check::Age { min, max } | Check::Number { min, max } => {
            text.parse().ok().filter(|number| (min..=max).contains(&number)).map(Value::Number)
        }
        Check::YesNo { .. } | Check::Consent { .. } => match text {
            "yes" => Some(Value::Flag(true)),
            "no" => Some(Value::Flag(false)),
            _ => None,
        },
        Check::Choice { keys, words } => {
            let known = keys.values().chain(words.values()).any(|word| word.as_str() == text);
            Word::parse(text).ok().filter(|_| known).map(Value::Choice)
        }
        Check::Name | Check::Text | Check::Phone => None,
    }
}
