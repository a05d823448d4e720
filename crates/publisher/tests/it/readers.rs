//! What is handed in as a form, as total functions: each panics if what must hold of anything does not hold. The property
//! tests and the fuzz targets of `fuzz/` feed them.

use std::collections::BTreeSet;

use lead::{Audience, Covers, FieldName, Timestamp, Value, Word};
use publisher::{
    BODY_BYTES_MAX, Came, ConsentText, ContentType, Field, Form, Kind, Sell, Sender, Sent, phone,
};

/// Any body of either kind, for a form with a field of every kind: it is read twice alike, and what it gives is of its kind;
/// or everything is named that must be mended.
pub fn body(body: &[u8]) {
    for kind in [ContentType::Json, ContentType::Form] {
        let Ok(sent) = Sent::read(body, kind) else { continue };
        assert!(body.len() <= BODY_BYTES_MAX);
        for sender in [Sender::Publisher, Sender::Visitor] {
            for sell in [Sell::Data, Sell::Call] {
                let form = Form { sell, ..form() };
                let at = Timestamp::from_secs(1_790_000_000);
                let came = Came { sender, at, address: None, is_ours: &|_| false };
                match (form.submission(&sent, &came), form.submission(&sent, &came)) {
                    (Ok(read), Ok(again)) => {
                        assert!(read.profile == again.profile && read.identity == again.identity);
                        assert!(read.identity.phone.is_some() && read.identity.caller.is_none());
                        for (field, value) in read.profile.values() {
                            is_of_its_kind(&form, field, value);
                        }
                        for field in read.identity.fields.keys() {
                            let declared = form.field(field.as_str()).expect("it is declared");
                            assert!(declared.audience == Audience::Winner);
                        }
                        let agreed = read.consent.is_some_and(|it| it.covers.contains(&Covers::Calls));
                        assert!(agreed, "a required consent is there");
                    }
                    (Err(problems), Err(again)) => {
                        assert!(!problems.is_empty() && problems == again);
                        assert!(problems.is_sorted(), "in the order of the names");
                        assert!(problems.iter().all(|it| !it.what.is_empty() && !it.mend.is_empty()));
                    }
                    _ => panic!("the same body is read twice alike"),
                }
            }
        }
    }
}

/// Anything as a telephone number: what is taken is read again as itself, and a number that is rung is taken anyway.
pub fn number(text: &str) {
    if let Ok(number) = phone(text, true) {
        assert!(number.nanp().is_some());
        assert_eq!(phone(text, false), Ok(number));
    }
    if let Ok(number) = phone(text, false) {
        assert_eq!(phone(number.as_str(), false), Ok(number.clone()));
    }
}

fn is_of_its_kind(form: &Form, field: &FieldName, value: &Value) {
    let declared = form.field(field.as_str());
    let fits = match (declared.map(|it| &it.kind), value) {
        (Some(Kind::Number { min, max }), Value::Number(number)) => (*min..=*max).contains(number),
        (Some(Kind::Choice(words)), Value::Choice(word)) => words.contains(word),
        (Some(Kind::YesNo), Value::Flag(_))
        | (Some(Kind::Zip), Value::Zip(_))
        | (Some(Kind::State), Value::State(_)) => true,
        // Derived from the phone.
        (None, Value::AreaCode(_)) => true,
        _ => false,
    };
    assert!(fits, "{field} is no {value:?}");
    assert!(declared.is_none_or(|it| it.audience == Audience::Bidders));
}

fn form() -> Form {
    let words = ["own", "rent"].into_iter().filter_map(|text| Word::parse(text).ok()).collect();
    let kinds = [
        ("zip", Kind::Zip, Audience::Bidders),
        ("state", Kind::State, Audience::Bidders),
        ("age", Kind::Number { min: 0, max: 120 }, Audience::Bidders),
        ("insured", Kind::YesNo, Audience::Bidders),
        ("home", Kind::Choice(words), Audience::Bidders),
        ("born_on", Kind::Date, Audience::Winner),
        ("first_name", Kind::Name, Audience::Winner),
        ("email", Kind::Email, Audience::Winner),
        ("street", Kind::Text, Audience::Winner),
        ("income", Kind::Number { min: 0, max: i64::MAX }, Audience::Winner),
    ];
    let field = |(name, kind, audience): (&str, Kind, Audience)| Field {
        name: FieldName::parse(name).expect("a name"),
        label: name.to_owned(),
        kind,
        audience,
        required: false,
    };
    let consent = ConsentText {
        version: "1".to_owned(),
        text: "I agree.".to_owned(),
        covers: BTreeSet::from([Covers::Calls]),
        sellers: vec![],
    };
    Form {
        sell: Sell::Data,
        fields: kinds.map(field).into(),
        consents: vec![consent],
        consent_required: true,
    }
}
