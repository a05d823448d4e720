//! Anything may be handed in: bodies that are nearly right, and bytes that are none.

use proptest::prelude::*;

use crate::readers;

const NAMES: [&str; 17] = [
    "phone",
    "zip",
    "state",
    "age",
    "insured",
    "home",
    "born_on",
    "first_name",
    "email",
    "street",
    "income",
    "consent",
    "consent_at",
    "page_url",
    "ip_address",
    "certificate",
    "colour",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("+13055550142".to_owned()),
        Just("33109".to_owned()),
        Just("FL".to_owned()),
        Just("own".to_owned()),
        Just("1".to_owned()),
        Just("1960-12-31".to_owned()),
        Just("2026-09-21T14:00:00Z".to_owned()),
        Just("ada@example.com".to_owned()),
        Just("https://quotes.example/".to_owned()),
        Just("203.0.113.7".to_owned()),
        any::<String>(),
    ]
}

fn pairs() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let pair = (proptest::sample::select(&NAMES[..]), value());
    proptest::collection::vec(pair, 0..14).prop_map(|mut pairs| {
        pairs.extend([("phone", "3055550142".to_owned()), ("consent", "1".to_owned())]);
        pairs
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        readers::body(&bytes);
    }

    #[test]
    fn a_body_that_is_nearly_right(pairs in pairs()) {
        let object: serde_json::Map<String, serde_json::Value> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        readers::body(serde_json::Value::Object(object).to_string().as_bytes());
        let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        readers::body(form.as_bytes());
    }

    #[test]
    fn any_text_is_a_number_or_none(text in prop_oneof![any::<String>(), "\\+?[0-9() .-]{6,18}"]) {
        readers::number(&text);
    }
}
