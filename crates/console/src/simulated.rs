//! A simulated call, from what somebody chose: the script's own questions with an answer that fits each, and the order in
//! which the very interview of a real call asks for them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ivr::{Check, Input, InputKind, Interview, Question, Script, Speech};
use lead::{E164, JourneyId, Pii, Timestamp};
use settings::{BuyerConsent, Campaign, Settings};

use crate::{Carrier, Console, Phones, Said, SimulatedCall, edits, problem::Problem};

/// The longest talk of a simulated call, in seconds of its own time.
pub const SIMULATED_TALK_SECS_MAX: u32 = 3_600;
/// The talk where nobody says another, in seconds.
pub(crate) const TALK_SECS: u32 = 180;
/// The most characters of one answer.
pub const SIMULATED_ANSWER_CHARS_MAX: usize = 200;

/// What the question about a buyer is called among the answers, as the campaign's setting is.
const BUYER_CONSENT: &str = "buyer_consent";
/// How often that question is answered: a caller is asked about a few buyers, twice about each.
const BUYER_ANSWERS: usize = 6;

/// How sure the recogniser is taken to be, in thousandths.
const CONFIDENCE_MILLIS: u16 = 950;

/// One question of a script, as a form asks for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Its name.
    pub(crate) field: String,
    /// What the caller hears.
    pub(crate) says: String,
    /// What fits it, for people.
    pub(crate) fits: &'static str,
    /// What stands there if nobody says anything else.
    pub(crate) usual: String,
}

/// What somebody chose.
pub(crate) struct Wanted {
    pub(crate) to: E164,
    pub(crate) from: Option<E164>,
    pub(crate) answers: BTreeMap<String, String>,
    pub(crate) phones: Phones,
    pub(crate) talk_secs: u32,
}

/// Why a call was not placed.
pub(crate) enum NotPlaced {
    /// No campaign has the number.
    Number,
    /// The script asks nothing of this name; these are what it asks.
    Answer(String, Vec<String>),
    /// The simulator says so.
    Simulator(String),
    /// Something else.
    Problem(Problem),
}

impl From<Problem> for NotPlaced {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Places a call in the simulator.
pub(crate) async fn place(console: &Console, wanted: Wanted) -> Result<JourneyId, NotPlaced> {
    let Carrier::Simulated(simulator) = &console.premises.carrier else { return Err(no_simulator().into()) };
    let settings = edits::in_force(console).await?;
    (simulator.place)(call(console, &settings, wanted)?).map_err(NotPlaced::Simulator)
}

/// The call that somebody chose, with what its caller does when asked.
pub(crate) fn call(
    console: &Console,
    settings: &Settings,
    wanted: Wanted,
) -> Result<SimulatedCall, NotPlaced> {
    let (campaign, _) = settings.campaign_of(&wanted.to).ok_or(NotPlaced::Number)?;
    let script = &campaign.script;
    let known: Vec<_> = asked(&campaign).into_iter().map(|it| it.field).collect();
    if let Some(unknown) = wanted.answers.keys().find(|name| !known.contains(name)) {
        return Err(NotPlaced::Answer(unknown.clone(), known));
    }
    let mut answers = in_turn(script, console.now(), &wanted.answers);
    if campaign.buyer_consent != BuyerConsent::NotAsked {
        let said = wanted.answers.get(BUYER_CONSENT).map_or("yes", |text| text.trim());
        answers.extend(vec![to_buyers(said); BUYER_ANSWERS]);
    }
    Ok(SimulatedCall {
        from: wanted.from,
        to: wanted.to,
        answers,
        phones: wanted.phones,
        talk: Duration::from_secs(u64::from(wanted.talk_secs)),
    })
}

/// What is said where a real carrier takes the calls.
pub(crate) fn no_simulator() -> Problem {
    let detail = "A real carrier takes this server's calls. Set carrier.kind = \"simulator\" on a server of its own to \
        simulate some.";
    Problem::new(http::StatusCode::CONFLICT, "no_simulator", "This server simulates no calls", detail)
}

/// A number of the range that is never given to anybody, another one every second, so that no caller is taken for one that
/// has called before.
pub(crate) fn usual_caller(now: Timestamp) -> String {
    let nth = u64::try_from(now.micros() / 1_000_000).unwrap_or_default() % 10_000;
    let areas = [305, 212, 415, 813, 713, 614, 206, 312, 404, 602];
    // 555-0100 to 555-0199 of each area code are kept for stories.
    let area = usize::try_from(nth / 100).unwrap_or_default() % areas.len();
    format!("+1{}55501{:02}", areas[area], nth % 100)
}

/// What a caller of this campaign is asked, in its order: by its script, then about the buyer that won.
pub(crate) fn asked(campaign: &Campaign) -> Vec<Asked> {
    let about_buyer = match &campaign.buyer_consent {
        BuyerConsent::NotAsked => None,
        BuyerConsent::Named { ask, .. } => Some(Asked {
            field: BUYER_CONSENT.to_owned(),
            says: text_of(ask),
            fits: "yes or no, to every buyer that wins.",
            usual: "yes".to_owned(),
        }),
    };
    campaign.script.questions.iter().map(of).chain(about_buyer).collect()
}

fn of(question: &Question) -> Asked {
    let (fits, usual) = fitting(&question.check);
    Asked { field: question.field.as_str().to_owned(), says: text_of(&question.ask), fits, usual }
}

fn text_of(speech: &[Speech]) -> String {
    let says = |part: &Speech| match part {
        Speech::Say(text) => text.clone(),
        Speech::Play(_) => "(a recording)".to_owned(),
    };
    speech.iter().map(says).collect::<Vec<_>>().join(" ")
}

/// What fits a check, and one answer that does.
pub(crate) fn fitting(check: &Check) -> (&'static str, String) {
    match check {
        Check::Zip => ("A zip, ex: 33109.", "33109".to_owned()),
        Check::State => ("A state by its name, ex: Florida.", "Florida".to_owned()),
        Check::Age { min, max } => ("An age in years.", 65.clamp(*min, *max).to_string()),
        Check::Number { min, .. } => ("A whole number.", min.to_string()),
        Check::YesNo { .. } | Check::Consent { .. } => ("yes or no.", "yes".to_owned()),
        Check::Choice { keys, words } => {
            let first = keys.values().chain(words.values()).next();
            (
                "One of the words that the script declares.",
                first.map_or_else(String::new, ToString::to_string),
            )
        }
        Check::Name => ("A name.", "Ada".to_owned()),
        Check::Text => ("Any words.", "hello".to_owned()),
        Check::Phone => ("A telephone number of ten digits.", "3055550142".to_owned()),
    }
}

/// What the caller does when asked, one by one, until the interview is over: a wrong answer is given again each time.
fn in_turn(script: &Arc<Script>, now: Timestamp, answers: &BTreeMap<String, String>) -> Vec<Said> {
    let mut interview = Interview::begin(Arc::clone(script));
    let mut said = vec![];
    // An interview ends after at most the sum of its tries.
    while let Some(ask) = interview.ask() {
        let question = script.questions.iter().find(|it| it.field == ask.field);
        let one = question.map_or(Said::Silence, |question| {
            let usual = fitting(&question.check).1;
            let text = answers.get(question.field.as_str()).map_or(&*usual, |text| text.trim());
            answer(question, text)
        });
        interview.on_input(now, &input(&one));
        said.push(one);
    }
    said
}

/// An answer as this question may be given it: by keys where it is made of keys or a key stands for it, else by voice.
fn answer(question: &Question, text: &str) -> Said {
    if text.is_empty() {
        return Said::Silence;
    }
    let by_voice = !matches!(question.input, InputKind::Keys(_));
    let by_keys = !matches!(question.input, InputKind::Voice(_));
    let is_keys = text.chars().all(|key| key.is_ascii_digit() || key == '*' || key == '#');
    match key_for(&question.check, text) {
        _ if by_keys && is_keys => Said::Keys(text.to_owned()),
        Some(key) if by_keys => Said::Keys(key.to_string()),
        _ if by_voice => Said::Words(word_for(&question.check, text)),
        _ => Said::Keys(text.chars().filter(char::is_ascii_digit).collect()),
    }
}

/// What a caller does when asked about a buyer.
fn to_buyers(text: &str) -> Said {
    match text {
        "" => Said::Silence,
        _ if text.eq_ignore_ascii_case("yes") => Said::Keys("1".to_owned()),
        _ if text.eq_ignore_ascii_case("no") => Said::Keys("2".to_owned()),
        _ => Said::Words(text.to_owned()),
    }
}

/// The key that stands for a word.
fn key_for(check: &Check, text: &str) -> Option<char> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match check {
        Check::YesNo { yes, no } => {
            [("yes", *yes), ("no", *no)].into_iter().find(|(word, _)| is(word)).map(|it| it.1)
        }
        Check::Consent { .. } => {
            [("yes", '1'), ("no", '2')].into_iter().find(|(word, _)| is(word)).map(|it| it.1)
        }
        Check::Choice { keys, .. } => keys.iter().find(|(_, word)| is(word.as_str())).map(|(key, _)| *key),
        _ => None,
    }
}

/// What is said for a word that the script declares.
fn word_for(check: &Check, text: &str) -> String {
    match check {
        Check::Choice { words, .. } => {
            let said = words.iter().find(|(_, word)| text.eq_ignore_ascii_case(word.as_str()));
            said.map_or_else(|| text.to_owned(), |(said, _)| said.clone())
        }
        _ => text.to_owned(),
    }
}

fn input(said: &Said) -> Input<Pii<String>> {
    match said {
        Said::Keys(keys) => Input::Keys(Pii::new(keys.clone())),
        Said::Words(words) => {
            Input::Words { text: Pii::new(words.clone()), confidence_millis: Some(CONFIDENCE_MILLIS) }
        }
        Said::Silence => Input::Silence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_caller_is_nobody() {
        for second in 0..3_000 {
            let number = usual_caller(Timestamp::from_secs(1_790_000_000 + second));
            assert!(E164::parse(&number).is_ok(), "{number}");
            assert!(number[5..].starts_with("55501") && number.len() == 12, "{number}");
        }
    }
}
