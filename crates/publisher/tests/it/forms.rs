//! One good form in both ways of writing it; and every mistake, named beside all others.

use lead::{Channel, FieldName, Pii};
use publisher::{Form, Sell, Sender, phone};

use crate::world::{at, medicare, sent_by, taken, wrong};

const GOOD: &str = r#"{"phone": "(305) 555-0142", "zip": "33109-1234", "age": 65, "insured": false, "home": "OWN", "income": 41000,
    "first_name": "Ada", "email": "ada@example.com", "born_on": "1960-12-31", "street": "1 Ocean Drive",
    "consent": "2026-01", "consent_at": "2026-09-21T14:00:00Z", "page_url": "https://quotes.example/medicare",
    "ip_address": "203.0.113.9", "certificate": "https://cert.trustedform.com/0123abcd"}"#;

fn shared(submission: &publisher::Submission) -> Vec<String> {
    submission.profile.values().map(|(field, value)| format!("{field}={}", value.text())).collect()
}

#[test]
fn a_form_becomes_what_bidders_see_and_what_only_the_winner_sees() {
    let read = taken(&medicare(), GOOD).expect("it is taken");
    assert_eq!(read.channel, Channel::Form);
    assert_eq!(shared(&read), ["age=65", "area_code=305", "home=own", "insured=no", "state=FL", "zip=33109"]);
    let derived: Vec<_> = read.profile.derived().map(FieldName::as_str).collect();
    assert_eq!(derived, ["area_code", "state"]);
    let kept: Vec<_> = read.identity.fields.keys().map(FieldName::as_str).collect();
    assert_eq!(kept, ["born_on", "email", "first_name", "income", "street"]);
    let number = phone("+13055550142", false).expect("a number");
    assert_eq!(read.identity.phone, Some(Pii::new(number)));
    let consent = read.consent.expect("a consent");
    assert_eq!(
        (consent.text_version.as_str(), &consent.sellers[..]),
        ("2026-01", &["Buyer C".to_owned()][..])
    );
    assert_eq!(at().since(consent.given_at).as_secs(), 800);
    let evidence = read.identity.evidence;
    assert_eq!(evidence.address, Some(Pii::new("203.0.113.9".to_owned())));
    assert_eq!(evidence.page, Some(Pii::new("https://quotes.example/medicare".to_owned())));
    assert_eq!(evidence.certificate, Some(Pii::new("https://cert.trustedform.com/0123abcd".to_owned())));
}

#[test]
fn the_same_written_as_a_form_is_the_same() {
    let json = taken(
        &medicare(),
        r#"{"phone": "3055550142", "zip": "33109", "age": 65, "insured": true, "consent": "2026-01"}"#,
    );
    let form =
        taken(&medicare(), "phone=%28305%29+555-0142&zip=33109&age=65&insured=yes&consent=2026-01&email=");
    let (json, form) = (json.expect("it is taken"), form.expect("it is taken"));
    assert_eq!((shared(&json), json.consent), (shared(&form), form.consent));
    assert_eq!(json.identity, form.identity);
}

#[test]
fn a_visitors_address_is_the_connections_and_the_consent_is_given_now() {
    let body = r#"{"phone": "3055550142", "zip": "33109", "age": 65, "consent": "2026-01"}"#;
    let read = sent_by(Sender::Visitor, &medicare(), body).expect("it is taken");
    assert_eq!(read.identity.evidence.address, Some(Pii::new("203.0.113.7".to_owned())));
    assert_eq!(read.consent.map(|it| it.given_at), Some(at()));
    let told = r#"{"phone": "3055550142", "zip": "33109", "age": 65, "consent": "2026-01", "ip_address": "198.51.100.1", "consent_at": "2026-09-21T14:00:00Z"}"#;
    assert_eq!(
        wrong(sent_by(Sender::Visitor, &medicare(), told)),
        ["consent_at: unknown_field", "ip_address: unknown_field"]
    );
}

#[test]
fn every_mistake_is_named_at_once() {
    let body = r#"{"phone": "12", "zip": "00000", "age": 17, "insured": "perhaps", "home": "rnet", "first_name": "A1",
        "email": "ada", "born_on": "1960-02-30", "street": "a\nb", "consent": "2026-02", "page_url": "ftp://x",
        "ip_address": "1.2.3", "certificate": "a b", "frist_name": "Ada", "zip": "33109"}"#;
    let problems = taken(&medicare(), body).expect_err("it is refused");
    let named: Vec<_> = problems.iter().map(|it| format!("{}: {}", it.field, it.code)).collect();
    assert_eq!(
        named,
        [
            "age: wrong_value",
            "born_on: wrong_value",
            "certificate: wrong_value",
            "consent: wrong_value",
            "email: wrong_value",
            "first_name: wrong_value",
            "frist_name: unknown_field",
            "home: wrong_value",
            "insured: wrong_value",
            "ip_address: wrong_value",
            "page_url: wrong_value",
            "phone: wrong_value",
            "street: wrong_value",
            "zip: duplicate_field",
            "zip: wrong_value",
        ]
    );
    let mend = |field: &str| &problems.iter().find(|it| it.field == field).expect("it is there").mend;
    assert_eq!(mend("frist_name"), "did you mean first_name?");
    assert_eq!(mend("home"), "did you mean rent?");
    assert_eq!(mend("consent"), "did you mean 2026-01?");
    assert_eq!(mend("age"), "send a whole number from 18 to 110");
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        wrong(taken(&medicare(), "{}")),
        ["age: missing_field", "consent: missing_field", "phone: missing_field", "zip: missing_field"]
    );
    let without = Form { consent_required: false, ..medicare() };
    let read = taken(&without, r#"{"phone": "3055550142", "zip": "33109", "age": 65}"#).expect("it is taken");
    assert_eq!(read.consent, None);
    let moment =
        r#"{"phone": "3055550142", "zip": "33109", "age": 65, "consent_at": "2026-09-21T14:00:00Z"}"#;
    assert_eq!(wrong(taken(&without, moment)), ["consent: missing_field"]);
}

#[test]
fn a_consent_is_of_these_days() {
    let at = |text: &str| {
        let body = format!(
            r#"{{"phone": "3055550142", "zip": "33109", "age": 65, "consent": "2026-01", "consent_at": "{text}"}}"#
        );
        taken(&medicare(), &body).map_err(|problems| problems[0].what.clone()).map(drop)
    };
    assert_eq!(at("2026-09-21T16:13:20+02:00"), Ok(()));
    assert_eq!(at("2026-09-21T14:18:20Z"), Ok(()));
    assert_eq!(at("2026-09-21T14:18:21Z"), Err("the time is still to come".to_owned()));
    assert_eq!(at("2026-06-01T00:00:00Z"), Err("the consent is more than 90 days old".to_owned()));
    assert_eq!(at("yesterday"), Err("this is no time".to_owned()));
}

#[test]
fn a_zip_and_a_state_belong_together() {
    let body = |state: &str| {
        format!(
            r#"{{"phone": "3055550142", "zip": "33109", "age": 65, "consent": "2026-01", "state": "{state}"}}"#
        )
    };
    assert!(taken(&medicare(), &body("florida")).is_ok());
    assert_eq!(wrong(taken(&medicare(), &body("GA"))), ["state: wrong_value"]);
}

#[test]
fn whose_a_number_is_stays_untold() {
    let calls = Form { sell: Sell::Call, ..medicare() };
    let body =
        |number: &str| format!(r#"{{"phone": "{number}", "zip": "33109", "age": 65, "consent": "2026-01"}}"#);
    let refused: Vec<_> = [
        "+18005550100",
        "+13055550199",
        "+19005550100",
        "+18665550100",
        "+12425550100",
        "+442079460123",
        "+14165550100",
    ]
    .iter()
    .map(|number| taken(&calls, &body(number)).expect_err("it is refused"))
    .collect();
    for problems in &refused {
        assert_eq!(problems, &refused[0], "one answer for all of them");
    }
    assert_eq!(taken(&calls, &body("+13055550142")).expect("it is taken").channel, Channel::Callback);
    // What is sold as data need not be rung by us.
    assert!(taken(&medicare(), &body("+14165550100")).is_ok());
}

#[test]
fn what_is_no_body_is_refused_as_one() {
    for (body, code) in [
        ("{", "malformed"),
        ("{}}", "malformed"),
        ("{\"a\":01}", "malformed"),
        (&format!("{{\"a\":\"{}\"}}", "x".repeat(40_000)), "too_large"),
        (&"a=1&".repeat(101), "too_many_fields"),
    ] {
        let problems = taken(&medicare(), body).expect_err("it is refused");
        assert_eq!(problems[0].code, code);
    }
    // A list, an object, a fraction: no single value.
    let odd = r#"{"phone": ["3055550142"], "zip": {"five": "33109"}, "age": 65.5, "consent": true}"#;
    assert_eq!(
        wrong(taken(&medicare(), odd)),
        ["age: wrong_value", "consent: wrong_value", "phone: wrong_value", "zip: wrong_value"]
    );
}

#[test]
fn nothing_personal_is_repeated() {
    let body = r#"{"phone": "+1305555014x", "ada@example.com": "1", "+13055550142": "2", "first_name": "Ada 7", "zip": "Ocean Drive", "home": "Lovelace"}"#;
    let sent = publisher::Sent::read(body.as_bytes(), publisher::ContentType::Json).expect("an object");
    let problems = taken(&medicare(), body).expect_err("it is refused");
    let shown = format!("{problems:?} {sent:?}");
    for personal in ["3055550", "ada@", "Ada", "Ocean", "Lovelace"] {
        assert!(!shown.contains(personal), "{personal} in {shown}");
    }
}
