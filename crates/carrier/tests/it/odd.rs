//! Whatever a webhook holds, reading it does not fail otherwise than by a named error.

use carrier::twilio::{Form, Hook, decode};
use proptest::prelude::*;

use crate::{ACCOUNT, CALLER, NOW, any_bytes::NAMES, readers::every_hook};

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9+.:-]{0,40}",
        prop::sample::select(vec![
            ACCOUNT,
            CALLER,
            "completed",
            "in-progress",
            "ringing",
            "no-answer",
            "true",
            "1",
            "+13055550142",
            "anonymous",
            "+266696687",
            "Mon, 21 Sep 2026 14:13:19 +0000",
            "0.93",
            "",
        ])
        .prop_map(str::to_owned),
    ]
}

fn check(form: &Form) {
    for hook in every_hook() {
        match decode(&hook, form, NOW) {
            Ok(decoded) => {
                assert_eq!(decoded.whom.is_some(), hook.wants_document());
                assert!(decoded.key.len() < 400 && !decoded.key.chars().any(char::is_control));
            }
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_parameters_of_a_call_are_read(
        pairs in prop::collection::vec((prop::sample::select(NAMES.to_vec()), value()), 0..20)
    ) {
        let own = [("AccountSid", ACCOUNT), ("CallSid", CALLER)];
        check(&pairs.iter().map(|(name, value)| (*name, value.as_str())).collect());
        check(&own.into_iter().chain(pairs.iter().map(|(name, value)| (*name, value.as_str()))).collect());
    }

    #[test]
    fn any_bytes_are_a_form(bytes: Vec<u8>) {
        check(&Form::parse(&bytes));
    }

    #[test]
    fn any_path_is_a_hook_or_none(path in "/twilio/[a-z0-9/+-]{0,60}") {
        if let Some(hook) = Hook::parse(&path) {
            prop_assert_eq!(hook.path(), path);
        }
    }
}

/// The numbers that a caller's carrier sends in earnest.
#[test]
fn an_odd_caller_is_served_without_a_number() {
    for from in ["+", "anonymous", "Restricted", "266696687", "+266696687", "", "☎️", &"9".repeat(40)] {
        let form = Form::from_iter([
            ("AccountSid", ACCOUNT),
            ("CallSid", CALLER),
            ("To", "+18005550100"),
            ("From", from),
        ]);
        let decoded = decode(&Hook::Voice, &form, NOW).unwrap();
        assert!(matches!(decoded.event, Some(journey::Event::Arrived { caller: None, .. })), "{from}");
    }
}

#[test]
fn a_webhook_that_cannot_be_read_says_whether_somebody_is_on_the_line() {
    let read =
        |pairs: &[(&str, &str)]| decode(&Hook::Voice, &pairs.iter().copied().collect(), NOW).unwrap_err();
    assert!(read(&[("AccountSid", ACCOUNT), ("CallSid", CALLER)]).call_is_known());
    for unknown in [&[][..], &[("AccountSid", ACCOUNT)], &[("AccountSid", ACCOUNT), ("CallSid", "no id")]] {
        assert!(!read(unknown).call_is_known());
    }
}
