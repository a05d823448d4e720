//! What is wrong with a script, each by the change that makes it so.

use std::collections::{BTreeMap, BTreeSet};

use ivr::{
    Check, Condition, Disqualify, Exhausted, Finish, InputKind, Keys, Question, Script, Speech, Trouble,
    Voice,
};
use lead::Audience;

use crate::world::{either, field, question, say, script, word};

fn found(script: &Script) -> Vec<Trouble> {
    script.problems().into_iter().map(|problem| problem.trouble).collect()
}

/// A sound question becomes one with exactly these problems.
fn check(check: Check, change: impl FnOnce(&mut Question), expect: &[Trouble]) {
    let mut asked = question("f", check);
    assert_eq!(found(&script([asked.clone()])), [], "{:?}", asked.check);
    change(&mut asked);
    assert_eq!(found(&script([asked])), expect);
}

fn home() -> Check {
    Check::Choice {
        keys: BTreeMap::from([('1', word("owner"))]),
        words: BTreeMap::from([("rent".to_owned(), word("renter"))]),
    }
}

fn when(condition: Condition) -> Vec<Disqualify> {
    vec![Disqualify { when: condition, say: vec![] }]
}

#[test]
fn a_problem_names_the_place_and_the_mend() {
    let mut name = question("last_name", Check::Name);
    name.audience = Audience::Bidders;
    let script = script([question("zip", Check::Zip), name]);
    let texts: Vec<_> = script.problems().iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "question 2 (last_name): Free text can hide a name; give it to the winner only, or use a check with declared \
          answers"
        ]
    );
}

#[test]
fn what_bidders_may_not_see() {
    let all = |question: &mut Question| question.audience = Audience::Bidders;
    check(Check::Text, all, &[Trouble::FreeTextForBidders]);
    check(Check::Phone, all, &[Trouble::PhoneForBidders]);
    let long = |question: &mut Question| {
        question.check = Check::Number { min: 0, max: 9_999_999_999 };
        question.input = either(1, 10);
    };
    check(Check::Number { min: 0, max: 9_999_999 }, long, &[Trouble::LongNumberForBidders]);
}

#[test]
fn names_have_meanings() {
    check(Check::Zip, |q| q.field = field("state"), &[Trouble::StateNeedsState]);
    check(Check::State, |q| q.field = field("zip"), &[Trouble::ZipNeedsZip]);
    check(Check::Phone, |q| q.field = field("phone"), &[Trouble::ReservedField]);
    check(Check::yes_no(), |q| q.field = field("area_code"), &[Trouble::ReservedField]);
    let twice = script([question("zip", Check::Zip), question("zip", Check::Zip)]);
    assert_eq!(found(&twice), [Trouble::DuplicateField]);
}

#[test]
fn what_is_said() {
    check(Check::Zip, |q| q.ask.clear(), &[Trouble::EmptyAsk]);
    check(Check::Zip, |q| q.again = say(" "), &[Trouble::EmptySpeech]);
    check(Check::Zip, |q| q.on_silence = say(&"é".repeat(1001)), &[Trouble::LongPrompt]);
    check(Check::Zip, |q| q.exhausted = Exhausted::End { say: say("") }, &[Trouble::EmptySpeech]);
    for (name, sound) in [
        ("hold.wav", true),
        ("https://cdn.example.com/a.mp3?x=1", true),
        ("http://cdn.example.com/a.mp3", false),
        ("https://", false),
        ("https://a b", false),
        ("../secret", false),
        ("a/b", false),
        ("javascript:x", false),
    ] {
        let expect: &[Trouble] = if sound { &[] } else { &[Trouble::OddRecording] };
        check(Check::Zip, |q| q.ask = vec![Speech::Play(name.to_owned())], expect);
    }
    let mut whole = script([]);
    whole.greeting = say("");
    assert_eq!(
        whole.problems()[0].to_string(),
        "the script: a part of a prompt is empty; write it or remove it"
    );
}

#[test]
fn how_often_and_by_which_keys() {
    check(Check::Zip, |q| q.tries_max = 0, &[Trouble::Tries]);
    check(Check::Zip, |q| q.tries_max = 6, &[Trouble::Tries]);
    let keys = |min, max| InputKind::Keys(Keys { min, max, finish: Finish::Pause });
    check(Check::Zip, |q| q.input = keys(5, 4), &[Trouble::KeysRange]);
    check(Check::Zip, |q| q.input = keys(0, 5), &[Trouble::KeysRange]);
    check(Check::Zip, |q| q.input = keys(5, 21), &[Trouble::KeysRange]);
    check(Check::Zip, |q| q.input = keys(1, 4), &[Trouble::KeysNeverFit]);
    check(Check::yes_no(), |q| q.input = keys(2, 2), &[Trouble::KeysNeverFit]);
    check(Check::Age { min: 1, max: 99 }, |q| q.input = keys(2, 2), &[Trouble::KeysNeverFit]);
    check(Check::Phone, |q| q.input = keys(1, 9), &[Trouble::KeysNeverFit]);
    check(Check::State, |q| q.input = keys(2, 2), &[Trouble::NeedsVoice]);
    check(Check::Zip, |q| q.input = InputKind::Voice(Voice { hints: say_hint("") }), &[Trouble::Hints]);
}

fn say_hint(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[test]
fn what_is_an_answer() {
    check(
        Check::Age { min: 1, max: 99 },
        |q| q.check = Check::Age { min: 9, max: 1 },
        &[Trouble::InvertedRange],
    );
    check(
        Check::Age { min: 1, max: 99 },
        |q| q.check = Check::Age { min: 1, max: 999 },
        &[Trouble::AgeRange],
    );
    check(Check::yes_no(), |q| q.check = Check::YesNo { yes: '1', no: '1' }, &[Trouble::OddKey]);
    check(Check::yes_no(), |q| q.check = Check::YesNo { yes: '#', no: '1' }, &[Trouble::OddKey]);
    let choice = |keys: &[char], words: &[&str]| Check::Choice {
        keys: keys.iter().map(|key| (*key, word("x"))).collect(),
        words: words.iter().map(|phrase| ((*phrase).to_owned(), word("x"))).collect(),
    };
    check(home(), |q| q.check = choice(&[], &["a"]), &[Trouble::ChoiceWithoutKeys]);
    check(home(), |q| q.check = choice(&['x'], &[]), &[Trouble::OddKey]);
    check(home(), |q| q.check = choice(&['1'], &["!"]), &[Trouble::OddWords]);
    let voice = |question: &mut Question| {
        question.check = choice(&[], &[]);
        question.input = InputKind::Voice(Voice::default());
    };
    check(home(), voice, &[Trouble::ChoiceWithoutWords]);
}

#[test]
fn consent_is_evidence() {
    let consent = |text: &str| {
        let check = Check::Consent { text_version: text.to_owned(), refused: vec![] };
        let mut asked = question("consent", check);
        asked.exhausted = Exhausted::End { say: vec![] };
        asked
    };
    assert_eq!(found(&script([consent("v1")])), []);
    assert_eq!(found(&script([consent(" ")])), [Trouble::ConsentWithoutText]);
    let mut second = consent("v2");
    second.field = field("more");
    assert_eq!(found(&script([consent("v1"), second])), [Trouble::SecondConsent]);
    let mut skipped = consent("v1");
    skipped.exhausted = Exhausted::Skip;
    assert_eq!(found(&script([skipped])), [Trouble::ConsentSkipped]);
}

#[test]
fn conditions_suit_their_check() {
    check(Check::Zip, |q| q.disqualify = when(Condition::Under(5)), &[Trouble::ConditionUnsuited]);
    check(Check::Name, |q| q.disqualify = when(Condition::Yes), &[Trouble::ConditionUnsuited]);
    check(home(), |q| q.disqualify = when(Condition::OneOf([word("renter")].into())), &[]);
    check(
        home(),
        |q| q.disqualify = when(Condition::OneOf([word("x")].into())),
        &[Trouble::ConditionUndeclared],
    );
    check(home(), |q| q.disqualify = when(Condition::NoneOf(BTreeSet::new())), &[Trouble::Conditions]);
    check(
        Check::State,
        |q| q.disqualify = when(Condition::InStates(BTreeSet::new())),
        &[Trouble::Conditions],
    );
}

#[test]
fn a_script_has_an_end() {
    let many = |n: usize| script((0..n).map(|at| question(&format!("f{at}"), Check::Zip)));
    assert_eq!(found(&many(20)), []);
    assert_eq!(found(&many(21)), [Trouble::TooManyQuestions]);
}
