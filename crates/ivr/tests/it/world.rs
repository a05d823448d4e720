//! The words that the tests are written in.

use std::{fmt::Write, sync::Arc};

use ivr::{
    Check, Exhausted, Finish, Input, InputKind, Interview, Keys, Question, Script, Speech, Step, Voice,
};
use lead::{Audience, E164, FieldName, Pii, Profile, Timestamp, Word};

pub fn now() -> Timestamp {
    Timestamp::from_secs(1_790_000_000)
}

pub fn field(name: &str) -> FieldName {
    FieldName::parse(name).expect("a field name")
}

pub fn word(text: &str) -> Word {
    Word::parse(text).expect("a word")
}

pub fn say(text: &str) -> Vec<Speech> {
    vec![Speech::Say(text.to_owned())]
}

pub fn number(text: &str) -> Pii<E164> {
    Pii::new(E164::parse(text).expect("a number"))
}

pub fn either(min: u8, max: u8) -> InputKind {
    InputKind::Either { keys: Keys { min, max, finish: Finish::Pound }, voice: Voice::default() }
}

/// A question that is asked twice, in which everything that is said names the field.
pub fn question(name: &str, check: Check) -> Question {
    let (audience, input) = match check {
        Check::Zip => (Audience::Bidders, either(5, 5)),
        Check::Age { .. } | Check::Number { .. } => (Audience::Bidders, either(1, 7)),
        Check::YesNo { .. } | Check::Choice { .. } | Check::Consent { .. } => {
            (Audience::Bidders, either(1, 1))
        }
        Check::State => (Audience::Bidders, InputKind::Voice(Voice::default())),
        Check::Name | Check::Text => (Audience::Winner, InputKind::Voice(Voice::default())),
        Check::Phone => (Audience::Winner, either(10, 11)),
    };
    Question {
        field: field(name),
        audience,
        ask: say(name),
        again: say(&format!("{name} again")),
        input,
        check,
        tries_max: 2,
        on_silence: Vec::new(),
        exhausted: Exhausted::Skip,
        disqualify: Vec::new(),
    }
}

pub fn script(questions: impl IntoIterator<Item = Question>) -> Script {
    Script { greeting: say("hello"), questions: questions.into_iter().collect(), closing: say("one moment") }
}

/// `33109#` and its like are keys, `-` is silence, `?` is words that were hardly heard, all else is said.
pub fn input(text: &str) -> Input<Pii<String>> {
    let keys = |c: char| c.is_ascii_digit() || matches!(c, '*' | '#');
    match text {
        "-" => Input::Silence,
        "?" => Input::Words { text: Pii::new("yes".to_owned()), confidence_millis: Some(299) },
        _ if text.chars().all(keys) => Input::Keys(Pii::new(text.to_owned())),
        _ => Input::Words { text: Pii::new(text.to_owned()), confidence_millis: Some(300) },
    }
}

/// What the caller hears now: the parts with ` / ` between them.
pub fn heard(interview: &Interview) -> String {
    let say = match (interview.ask(), interview.step()) {
        (Some(ask), _) => ask.say,
        (None, Step::Refused(refusal)) => refusal.say,
        (None, _) => interview.closing(),
    };
    let text = |part: &Speech| match part {
        Speech::Say(text) => text.clone(),
        Speech::Play(name) => format!("<{name}>"),
    };
    say.iter().map(text).collect::<Vec<_>>().join(" / ")
}

/// `age=65 state=FL zip=33109`
pub fn shown(profile: &Profile) -> String {
    let mut text = String::new();
    for (field, value) in profile.values() {
        write!(text, " {field}={}", value.text()).expect("a string takes all");
    }
    text.trim_start().to_owned()
}

/// Runs the inputs through the script; `expect` is what the caller hears before each and after the last.
pub fn check(script: &Script, inputs: &[&str], expect: &[&str]) -> Interview {
    let mut interview = Interview::begin(Arc::new(script.clone()));
    let mut all = vec![heard(&interview)];
    for text in inputs {
        interview.on_input(now(), &input(text));
        all.push(heard(&interview));
    }
    assert_eq!(all, expect);
    interview
}
