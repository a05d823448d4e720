//! What a caller says or keys, and the numbers and places that are read from it, as total functions: each panics if what
//! must hold of anything does not hold. The property tests and the fuzz targets of `fuzz/` feed them.

use std::{collections::BTreeMap, sync::Arc};

use ivr::{
    Check, Exhausted, Finish, Input, InputKind, Interview, Keys, Question, Script, Speech, Step, Voice,
};
use lead::{Audience, E164, FieldName, Money, Pii, Timestamp, Value, Word, geo, geo::Zip};

/// Anything said or keyed to a question of every kind: it is an answer of that kind, or it is asked again.
pub fn answer(text: &str) {
    let said = |confidence| Input::Words { text: Pii::new(text.to_owned()), confidence_millis: confidence };
    for input in [Input::Keys(Pii::new(text.to_owned())), said(None), said(Some(299)), said(Some(1_000))] {
        for check in checks() {
            let mut interview = Interview::begin(Arc::new(script(check.clone())));
            let again = Interview::begin(Arc::new(script(check.clone()))).on_input(now(), &input);
            assert_eq!(interview.on_input(now(), &input), again, "the same words are the same answer");
            match interview.step() {
                Step::Asking => assert!(interview.profile().values().next().is_none()),
                Step::Refused(_) => assert!(matches!(check, Check::Consent { .. })),
                _ => {}
            }
            let lead = interview.into_lead(None);
            for (_, value) in lead.profile.values() {
                is_of_its_kind(&check, value);
            }
            let winners = matches!(check, Check::Name | Check::Text | Check::Phone);
            assert!(lead.identity.fields.is_empty() || winners);
            assert!(lead.identity.phone.is_none() || matches!(check, Check::Phone));
        }
    }
}

/// A value of the kind that was asked for, and nothing of the caller's own words.
fn is_of_its_kind(check: &Check, value: &Value) {
    let fits = match (check, value) {
        (Check::Age { min, max } | Check::Number { min, max }, Value::Number(number)) => {
            (*min..=*max).contains(number)
        }
        (Check::Zip, Value::Zip(_) | Value::State(_))
        | (Check::State, Value::State(_))
        | (Check::YesNo { .. } | Check::Consent { .. }, Value::Flag(_)) => true,
        (Check::Choice { .. }, Value::Choice(word)) => ["owner", "renter"].contains(&word.as_str()),
        (Check::Phone, Value::AreaCode(_) | Value::State(_)) => true,
        _ => false,
    };
    assert!(fits, "{check:?} gave {value:?}");
}

/// Numbers, places and amounts: what is read is written as it was read.
pub fn words(text: &str) {
    match E164::parse(text) {
        Ok(number) => {
            assert_eq!(number.as_str(), text);
            assert_eq!(format!("{number:?}"), "[number]");
            assert!(number.nanp().is_none_or(|digits| digits.len() == 10));
        }
        Err(error) => {
            let said = error.to_string();
            // Its own example is nobody's.
            let repeated = text.len() > 3 && said.replace("ex: +13055550142", "").contains(text);
            let is_a_number = text.bytes().filter(u8::is_ascii_digit).count() > 3;
            assert!(!(repeated && is_a_number), "an error never repeats a number");
        }
    }
    if let Ok(zip) = Zip::parse(text) {
        assert!(zip.as_str().len() == 5 && zip.to_string().bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(Zip::parse(zip.as_str()).ok().and_then(|it| it.state()), zip.state());
    }
    if let Some(state) = geo::State::parse(text) {
        assert_eq!(geo::State::parse(&state.to_string()), Some(state));
    }
    if let Some(code) = geo::AreaCode::parse(text) {
        assert_eq!(geo::AreaCode::parse(&code.to_string()), Some(code));
    }
    if let Ok(money) = Money::parse(text) {
        assert_eq!(Money::parse(&money.to_string()).ok(), Some(money));
    }
    for name in [FieldName::parse(text).map(String::from), Word::parse(text).map(String::from)] {
        assert!(name.is_err() || name.is_ok_and(|name| name == text && name.len() <= 40));
    }
}

fn checks() -> Vec<Check> {
    let word = |text: &str| Word::parse(text).expect("a word");
    vec![
        Check::Zip,
        Check::State,
        Check::Age { min: 18, max: 110 },
        Check::Number { min: 0, max: 9_999_999 },
        Check::YesNo { yes: '1', no: '2' },
        Check::Choice {
            keys: BTreeMap::from([('1', word("owner")), ('2', word("renter"))]),
            words: BTreeMap::from([
                ("i own".to_owned(), word("owner")),
                ("i rent".to_owned(), word("renter")),
            ]),
        },
        Check::Consent { text_version: "1".to_owned(), refused: vec![] },
        Check::Name,
        Check::Text,
        Check::Phone,
    ]
}

fn script(check: Check) -> Script {
    let say = |text: &str| vec![Speech::Say(text.to_owned())];
    let audience = match check {
        Check::Name | Check::Text | Check::Phone => Audience::Winner,
        _ => Audience::Bidders,
    };
    let question = Question {
        field: FieldName::parse("asked").expect("a field name"),
        audience,
        ask: say("ask"),
        again: say("again"),
        input: InputKind::Either {
            keys: Keys { min: 1, max: 11, finish: Finish::Pound },
            voice: Voice::default(),
        },
        check,
        tries_max: 2,
        on_silence: vec![],
        exhausted: Exhausted::Skip,
        disqualify: vec![],
    };
    Script { greeting: say("hello"), questions: vec![question], closing: say("bye") }
}

const fn now() -> Timestamp {
    Timestamp::from_secs(1_790_000_000)
}
