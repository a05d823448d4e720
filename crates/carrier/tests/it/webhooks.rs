//! Each fixture with a `hook`: what is read out of it.

use std::collections::BTreeMap;

use carrier::twilio::{Decoded, Form, Hook, decode};
use journey::{Event, LegId, Whom};
use lead::Pii;
use serde::Deserialize;

use crate::{ACCOUNT, NOW, fixtures, journey};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    #[serde(rename = "why")]
    _why: String,
    hook: String,
    form: BTreeMap<String, String>,
    decoded: Option<Expected>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    key: String,
    event: Option<Event<String>>,
    whom: Option<String>,
    #[serde(default)]
    line: Option<String>,
    #[serde(default)]
    dialled: Option<String>,
    #[serde(default)]
    caller_gone: bool,
    odd: Option<String>,
}

fn whom(text: &str) -> Whom {
    match text.split_once(' ').map_or((text, 0), |(who, n)| (who, n.parse().unwrap())) {
        ("caller", 0) => Whom::Caller,
        ("poll", 0) => Whom::Poll,
        ("transfer", 0) => Whom::Transfer,
        ("taker", n) => Whom::Taker(n),
        ("picked", n) => Whom::Picked(n),
        ("answered", n) => Whom::Answered(n),
        _ => panic!("{text}"),
    }
}

#[test]
fn every_webhook_is_read_as_its_fixture_says() {
    for (name, value) in fixtures("hook") {
        let fixture: Fixture = serde_json::from_value(value).unwrap_or_else(|why| panic!("{name}: {why}"));
        let hook = Hook::parse(&fixture.hook).unwrap_or_else(|| panic!("{name}: no hook"));
        let form: Form = fixture.form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let decoded = decode(&hook, &form, NOW);
        let Some(expected) = fixture.decoded else {
            assert_eq!(decoded.map_err(|why| why.to_string()), Err(fixture.error.unwrap()), "{name}");
            continue;
        };
        let decoded = decoded.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(decoded.odd, expected.odd.as_deref(), "{name}");
        let expected = Decoded {
            journey: journey(),
            account: ACCOUNT.to_owned(),
            key: expected.key,
            event: expected.event.map(|event| event.map(&mut Pii::new)),
            whom: expected.whom.as_deref().map(whom),
            line: expected.line.map(LegId),
            dialled: expected.dialled.map(LegId),
            caller_gone: expected.caller_gone,
            odd: decoded.odd,
        };
        assert_eq!(decoded, expected, "{name}");
        assert_eq!(hook.wants_document(), expected.whom.is_some(), "{name}");
    }
}
