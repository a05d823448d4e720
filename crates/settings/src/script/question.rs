//! One question of a script.

use ivr::{
    Check, Condition, Disqualify, Exhausted, Finish, InputKind, Keys, Question, Speech, TRIES_MAX, Voice,
};
use lead::{Audience, FieldName, Word, geo::State};

use super::{
    super::{field::Field, keys::Section, table::Table},
    check, speech,
};

const AUDIENCES: [(&str, Audience); 2] = [("bidders", Audience::Bidders), ("winner", Audience::Winner)];
const FINISHES: [(&str, Finish); 2] = [("pause", Finish::Pause), ("pound", Finish::Pound)];
const TRIES_DEFAULT: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Keys,
    Voice,
    Either,
}

const INPUTS: [(&str, By); 3] = [("keys", By::Keys), ("voice", By::Voice), ("either", By::Either)];

/// Reads one, the `n`th.
pub(super) fn read(table: &Table<'_>, n: usize) -> Question {
    let field = table.needed("field", "name what the answer is kept under, ex: \"zip\"");
    let audience = table.needed("audience", "say who may see the answer: \"bidders\" or \"winner\"");
    let ask = table.needed("ask", "write what the caller hears");
    let check = table.needed("check", "say what is an answer, ex: \"zip\", \"age\" or \"yes_no\"");
    let prompt = |key: &str| table.field(key).map(|field| speech::read(&field)).unwrap_or_default();
    let check = check.and_then(|field| check::read(&field)).unwrap_or(Check::Text);
    let tries = table.field("tries_max").and_then(|field| field.number(1..=TRIES_MAX));
    let exhausted = table.field("if_unanswered").and_then(|field| exhausted(&field));
    let rules = table.field("disqualify").map(|field| field.tables(Section::Disqualify)).unwrap_or_default();
    Question {
        field: field
            .and_then(|field| field.parsed("this is no field name", FieldName::parse))
            .unwrap_or_else(|| unnamed(n)),
        audience: audience.and_then(|field| field.word(&AUDIENCES)).unwrap_or(Audience::Winner),
        ask: ask.map(|field| speech::needed(&field)).unwrap_or_else(|| vec![Speech::Say("?".to_owned())]),
        again: prompt("again"),
        input: input(table, &check),
        tries_max: tries.unwrap_or(TRIES_DEFAULT),
        on_silence: prompt("on_silence"),
        exhausted: exhausted.unwrap_or_else(|| if_nothing_is_said(&check)),
        disqualify: rules.iter().filter_map(disqualify).collect(),
        check,
    }
}

fn unnamed(n: usize) -> FieldName {
    FieldName::parse(&format!("unnamed_{n}"))
        .unwrap_or_else(|_| unreachable!("letters and digits are a name"))
}

/// Silence is no consent; any other answer may be missing.
fn if_nothing_is_said(check: &Check) -> Exhausted {
    match check {
        Check::Consent { refused, .. } => Exhausted::End { say: refused.clone() },
        _ => Exhausted::Skip,
    }
}

fn exhausted(field: &Field<'_>) -> Option<Exhausted> {
    if field.value.is_str() {
        return field.word_or(&[("skip", ())], "{ say = \"Goodbye.\" }").map(|()| Exhausted::Skip);
    }
    let table = field.table(Section::Unanswered)?;
    let say = table
        .needed("say", "write what the caller hears before the call ends, or if_unanswered = \"skip\"")?;
    Some(Exhausted::End { say: speech::needed(&say) })
}

/// How the caller may answer: as the question says, else on the keypad, else by voice where a check has no keys.
fn input(table: &Table<'_>, check: &Check) -> InputKind {
    let usual = check::keys(check);
    let by = table.field("input").and_then(|field| field.word(&INPUTS));
    let by = by.unwrap_or(if usual.is_some() { By::Keys } else { By::Voice });
    let given = table.field("keys").and_then(|field| keys(&field));
    let keys = given.or(usual).unwrap_or(Keys { min: 1, max: 1, finish: Finish::Pause });
    let hints = table.field("hints").map(|field| field.list()).unwrap_or_default();
    let voice = Voice { hints: hints.iter().filter_map(Field::text).map(str::to_owned).collect() };
    if by == By::Voice && table.has("keys") {
        table.problem(
            "keys",
            "the question is answered by voice alone",
            "remove `keys`, or write input = \"either\"",
        );
    }
    if by == By::Keys && !voice.hints.is_empty() {
        table.problem(
            "hints",
            "the question is answered on the keypad alone",
            "remove `hints`, or write input = \"either\"",
        );
    }
    match by {
        By::Keys => InputKind::Keys(keys),
        By::Voice => InputKind::Voice(voice),
        By::Either => InputKind::Either { keys, voice },
    }
}

/// A number of keys, or the fewest and the most.
fn keys(field: &Field<'_>) -> Option<Keys> {
    if field.value.is_integer() {
        let exactly: u8 = field.number(1..=ivr::KEYS_MAX)?;
        return Some(Keys { min: exactly, max: exactly, finish: Finish::Pause });
    }
    let table = field.table(Section::Keys)?;
    let number = |key: &str| {
        table.needed(key, "say the fewest and the most").and_then(|field| field.number(1..=ivr::KEYS_MAX))
    };
    let (min, max) = (number("min"), number("max"));
    let finish = table.field("finish").and_then(|field| field.word(&FINISHES)).unwrap_or_default();
    Some(Keys { min: min?, max: max?, finish })
}

/// One rule that ends the interview. It has one condition.
fn disqualify(table: &Table<'_>) -> Option<Disqualify> {
    let texts = |key: &str| table.field(key).map(|field| field.list());
    let words = |key: &str| {
        let read = |item: &Field<'_>| item.parsed("this is no word of a choice", Word::parse);
        texts(key).map(|items| items.iter().filter_map(read).collect())
    };
    let states = |key: &str| {
        let read = |item: &Field<'_>| {
            item.parsed("this is no state", |text| {
                State::parse(text).ok_or("write its two letters, ex: \"FL\"")
            })
        };
        texts(key).map(|items| items.iter().filter_map(read).collect())
    };
    let number =
        |key: &str| table.field(key).and_then(|field| field.number(-10_000_000_i64..=10_000_000_000));
    let answer = table.field("answer");
    let answer = answer.and_then(|field| field.word(&[("yes", true), ("no", false)]));
    let found = [
        number("under").map(Condition::Under),
        number("over").map(Condition::Over),
        answer.map(|yes| if yes { Condition::Yes } else { Condition::No }),
        words("one_of").map(Condition::OneOf),
        words("none_of").map(Condition::NoneOf),
        states("in_states").map(Condition::InStates),
        states("outside_states").map(Condition::OutsideStates),
    ];
    let given = Section::Disqualify.keys().iter().filter(|key| **key != "say" && table.has(key)).count();
    if given != 1 {
        let here = table.here();
        let mend =
            "write one of `under`, `over`, `answer`, `one_of`, `none_of`, `in_states` and `outside_states`";
        table.report.problem(&here, "a disqualification has one condition", mend);
        return None;
    }
    let say = table.field("say").map(|field| speech::read(&field)).unwrap_or_default();
    found.into_iter().flatten().next().map(|when| Disqualify { when, say })
}
