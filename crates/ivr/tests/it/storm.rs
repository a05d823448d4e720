//! Random inputs on random scripts, sound and unsound ones. What must always hold is asserted.

use std::{collections::BTreeMap, sync::Arc};

use ivr::{
    Check, Condition, Disqualify, Exhausted, Finish, Input, InputKind, Interview, Keys, Question, Script,
    Step, Voice,
};
use lead::{Audience, E164, FieldName, Pii, Word, geo::State};

use crate::world::{field, now, say, shown, word};

/// Whatever only the winner may see holds this; it must never be seen elsewhere.
const CANARY: &str = "Canaria";
const CANARY_NUMBER: &str = "2125550187";

/// xorshift64*: small, seeded, the same everywhere.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(drawn).map_or(0, |drawn| drawn % n)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

fn a_check(chance: &mut Chance) -> Check {
    let keys: BTreeMap<char, Word> = [('1', word("owner")), ('2', word("renter"))].into();
    let words: BTreeMap<String, Word> =
        [("own".to_owned(), word("owner")), (String::new(), word("x"))].into();
    chance.one_of(&[
        Check::Zip,
        Check::State,
        Check::Age { min: 18, max: 99 },
        Check::Number { min: i64::MIN, max: 9_999_999 },
        Check::Number { min: 5, max: 4 },
        Check::yes_no(),
        Check::YesNo { yes: '#', no: '#' },
        Check::Choice { keys: keys.clone(), words },
        Check::Choice { keys, words: BTreeMap::new() },
        Check::Consent { text_version: "v1".to_owned(), refused: say("refused") },
        Check::Name,
        Check::Text,
        Check::Phone,
    ])
}

fn a_question(chance: &mut Chance) -> Question {
    let florida = || [State::parse("FL").expect("Florida")].into();
    let conditions = [
        Condition::Under(21),
        Condition::Over(90),
        Condition::No,
        Condition::OneOf([word("renter")].into()),
        Condition::InStates(florida()),
        Condition::OutsideStates(florida()),
    ];
    let keys = Keys {
        min: chance.one_of(&[0, 1, 5, 9]),
        max: chance.one_of(&[1, 5, 11, 255]),
        finish: Finish::Pound,
    };
    let voice = Voice::default();
    let names = ["zip", "state", "age", "home", "name", "phone", "area_code", "consent"];
    let rule = Disqualify { when: chance.one_of(&conditions), say: say("disqualified") };
    Question {
        field: field(chance.one_of(&names)),
        audience: chance.one_of(&[Audience::Bidders, Audience::Bidders, Audience::Winner]),
        ask: say("ask"),
        again: chance.one_of(&[say("again"), vec![]]),
        input: chance.one_of(&[
            InputKind::Keys(keys),
            InputKind::Voice(voice.clone()),
            InputKind::Either { keys, voice },
        ]),
        check: a_check(chance),
        tries_max: chance.one_of(&[0, 1, 2, 3, 5, 255]),
        on_silence: chance.one_of(&[say("silence"), vec![]]),
        exhausted: chance.one_of(&[Exhausted::Skip, Exhausted::Skip, Exhausted::End { say: say("end") }]),
        disqualify: if chance.below(4) == 0 { vec![rule] } else { vec![] },
    }
}

fn an_input(chance: &mut Chance) -> Input<Pii<String>> {
    const TEXTS: [&str; 34] = [
        "33109",
        "30301",
        "99999",
        "1",
        "2",
        "#",
        "65",
        "65#",
        "17",
        CANARY_NUMBER,
        "**",
        "",
        "Florida",
        "Georgia",
        "yes",
        "no",
        "I don't know",
        "sixty five",
        "three three one oh nine",
        "own",
        CANARY,
        "my name is Canaria",
        "Canaria 33109",
        "I am Canaria from Florida, yes, 65",
        "it’s",
        "İ’m ß",
        "oh",
        "and and",
        "double triple",
        "1.",
        "hundred thousand",
        "９９",
        "🦀 thousand hundred \u{0}",
        "-1.0.0",
    ];
    let text = match chance.below(12) {
        0 => (0..chance.below(600))
            .map(|_| chance.one_of(&['1', 'a', ' ', '.', 'é', '’', '#', '\n']))
            .collect(),
        1 => format!("{} {}", chance.one_of(&TEXTS), chance.one_of(&TEXTS)),
        _ => chance.one_of(&TEXTS).to_owned(),
    };
    match chance.below(8) {
        0 => Input::Silence,
        1..=3 => Input::Keys(Pii::new(text)),
        _ => Input::Words {
            text: Pii::new(text),
            confidence_millis: chance.one_of(&[None, Some(0), Some(300), Some(1000)]),
        },
    }
}

/// Runs one interview to its end; says how it ended, and how often the lead's identity holds the canary.
fn storm(seed: u64) -> (Step, usize) {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let questions: Vec<Question> = (0..chance.below(7)).map(|_| a_question(&mut chance)).collect();
    let script = Script { greeting: say("hello"), questions, closing: say("closing") };
    let tries: usize =
        script.questions.iter().map(|question| usize::from(question.tries_max.clamp(1, 5))).sum();
    assert!(script.problems().iter().all(|problem| !problem.to_string().is_empty()));
    let mut interview = Interview::begin(Arc::new(script));
    let mut steps = 0;
    let mut left = interview.still_to_ask().count();
    while let Some(ask) = interview.ask() {
        assert!(!ask.say.is_empty() && (1..=5).contains(&ask.try_number), "seed {seed}");
        assert_eq!(interview.still_to_ask().next(), Some(&ask.field), "seed {seed}");
        steps += 1;
        assert!(steps <= tries, "seed {seed}: {steps} steps for {tries} tries");
        let step = interview.on_input(now(), &an_input(&mut chance));
        assert_eq!(step, interview.step(), "seed {seed}");
        let still = interview.still_to_ask().count();
        assert!(still <= left, "seed {seed}: it goes forwards only");
        left = still;
    }
    nothing_personal(&interview, seed);
    let end = interview.step();
    assert_eq!(interview.on_input(now(), &an_input(&mut chance)), end, "seed {seed}");
    let caller = E164::parse("+13055550142").map(Pii::new).ok();
    let early = interview.profile_so_far(caller.as_ref());
    let lead = interview.into_lead(caller);
    assert_eq!(early, lead.profile, "seed {seed}");
    let known = |name: &&FieldName| lead.profile.value(name).is_some();
    assert_eq!(lead.profile.derived().filter(known).count(), lead.profile.derived().count(), "seed {seed}");
    let canary = Pii::new(CANARY.to_owned());
    let mut held = lead.identity.fields.values().filter(|value| **value == canary).count();
    held += usize::from(lead.identity.phone == E164::parse(&format!("+1{CANARY_NUMBER}")).map(Pii::new).ok());
    (end, held)
}

fn nothing_personal(interview: &Interview, seed: u64) {
    let seen = format!("{} {interview:?} {:?}", shown(interview.profile()), interview.ask());
    assert!(!seen.contains(CANARY) && !seen.contains(CANARY_NUMBER), "seed {seed}: {seen}");
}

#[test]
fn twenty_thousand_interviews_end_and_tell_nothing() {
    let (mut done, mut refused, mut held) = (0, 0, 0);
    for seed in 1..=20_000 {
        let (end, canaries) = storm(seed);
        held += canaries;
        match end {
            Step::Asking => panic!("seed {seed} never ends"),
            Step::Done => done += 1,
            Step::Refused(_) => refused += 1,
        }
    }
    assert!(done > 2_000 && refused > 2_000, "{done} done, {refused} refused");
    assert!(held > 200, "the canary was taken only {held} times");
}
