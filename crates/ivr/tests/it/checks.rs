//! What each check takes for an answer, as tables.

use std::{collections::BTreeMap, sync::Arc};

use ivr::{Check, Interview, Step};
use lead::Pii;

use crate::world::{field, input, now, number, question, script, shown, word};

/// Each text is an answer with this value in the profile, or none at all.
fn table(check: &Check, rows: &[(&str, Option<&str>)]) {
    for (text, meant) in rows {
        let mut interview = Interview::begin(Arc::new(script([question("f", check.clone())])));
        let step = interview.on_input(now(), &input(text));
        assert_eq!(step == Step::Done, meant.is_some(), "{text}");
        let profile = meant.map(|value| format!("f={value}")).unwrap_or_default();
        assert_eq!(shown(interview.profile()), profile, "{text}");
    }
}

#[test]
fn zip() {
    table(
        &Check::Zip,
        &[
            ("33109", Some("33109")),
            ("33109#", Some("33109")),
            ("02134", Some("02134")),
            ("00000", None),
            ("3310", None),
            ("331099", None),
            ("3*109", None),
            ("my zip is three three one oh nine", Some("33109")),
            ("33109-1234 is it", Some("33109")),
            ("three three one", None),
            ("33109 or 33110", None),
            ("Miami", None),
        ],
    );
}

#[test]
fn state() {
    table(
        &Check::State,
        &[
            ("Florida", Some("FL")),
            ("I live in New York", Some("NY")),
            ("f l", Some("FL")),
            ("ok", None),
            ("12", None),
            ("Georgia or Florida", None),
        ],
    );
}

#[test]
fn age_and_number() {
    table(
        &Check::Age { min: 18, max: 99 },
        &[
            ("65", Some("65")),
            ("065#", Some("65")),
            ("17", None),
            ("100", None),
            ("6*", None),
            ("sixty five", Some("65")),
            ("I'm 65", Some("65")),
            ("over 65", None),
            ("old", None),
        ],
    );
    table(
        &Check::Number { min: 1900, max: 2010 },
        &[
            ("1960", Some("1960")),
            ("nineteen sixty", Some("1960")),
            ("nineteen hundred and sixty", Some("1960")),
            ("two thousand five", Some("2005")),
            ("60", None),
        ],
    );
}

#[test]
fn yes_or_no() {
    table(
        &Check::yes_no(),
        &[
            ("1", Some("yes")),
            ("2", Some("no")),
            ("3", None),
            ("11", None),
            ("yeah", Some("yes")),
            ("no, I don't", Some("no")),
            ("one", Some("yes")),
            ("press 2", Some("no")),
            ("I don't know", None),
            ("?", None),
        ],
    );
    table(&Check::YesNo { yes: '9', no: '9' }, &[("9", None)]);
    table(&Check::YesNo { yes: '*', no: '0' }, &[("*", Some("yes")), ("0", Some("no")), ("1", None)]);
}

#[test]
fn choice() {
    let check = Check::Choice {
        keys: BTreeMap::from([('1', word("owner")), ('2', word("renter"))]),
        words: BTreeMap::from([("I own".to_owned(), word("owner")), ("rent".to_owned(), word("renter"))]),
    };
    table(
        &check,
        &[
            ("1", Some("owner")),
            ("3", None),
            ("I own my home", Some("owner")),
            ("we rent", Some("renter")),
            ("two", Some("renter")),
            ("I don't rent", None),
            ("owner", None),
        ],
    );
}

#[test]
fn what_only_the_winner_may_see() {
    let rows = [
        (Check::Name, "My name is Ada Lovelace.", Some("Ada Lovelace")),
        (Check::Name, "It’s Seán O'Brien-Smith", Some("Seán O'Brien-Smith")),
        (Check::Name, "agent 007", None),
        (Check::Name, "...!", None),
        (Check::Name, "it's", Some("it's")),
        (Check::Name, "12", None),
        (Check::Text, "  12\tMain \n Street ", Some("12 Main Street")),
        (Check::Text, "!", None),
    ];
    for (check, text, meant) in rows {
        let mut interview = Interview::begin(Arc::new(script([question("f", check)])));
        let step = interview.on_input(now(), &input(text));
        assert_eq!(step == Step::Done, meant.is_some(), "{text}");
        let lead = interview.into_lead(None);
        let kept = lead.identity.fields.get(&field("f"));
        assert_eq!(kept, meant.map(|text| Pii::new(text.to_owned())).as_ref(), "{text}");
        assert_eq!(shown(&lead.profile), "", "{text}");
    }
}

#[test]
fn a_text_has_an_end() {
    for (length, kept) in [(80, 1), (81, 0), (100_000, 0)] {
        let mut interview = Interview::begin(Arc::new(script([question("f", Check::Text)])));
        interview.on_input(now(), &input(&"é".repeat(length)));
        assert_eq!(interview.into_lead(None).identity.fields.len(), kept, "{length}");
    }
}

#[test]
fn phone() {
    let rows = [
        ("3055550142", true),
        ("13055550142#", true),
        ("305 555 0142", true),
        ("305-555-0142", true),
        ("three oh five, five five five, oh one four two", true),
        ("triple five", false),
        ("0055550142", false),
        ("3051550142", false),
        ("305555014", false),
        ("23055550142", false),
    ];
    for (text, understood) in rows {
        let mut interview = Interview::begin(Arc::new(script([question("f", Check::Phone)])));
        interview.on_input(now(), &input(text));
        let lead = interview.into_lead(None);
        assert_eq!(lead.identity.phone, understood.then(|| number("+13055550142")), "{text}");
        assert_eq!((shown(&lead.profile), lead.identity.fields.len()), (String::new(), 0), "{text}");
    }
}
