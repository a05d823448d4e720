//! Anything at all, and good webhooks with something changed: read or refused by name, and never taken for signed.

use std::sync::LazyLock;

use carrier::twilio::{Form, Hook, Short};
use lead::JourneyId;
use proptest::{collection::vec, prelude::*, sample::Index};
use uuid::Uuid;

use crate::{
    fixtures,
    readers::{self, By, Signed},
};

/// What Twilio calls its parameters, and no name at all.
pub const NAMES: [&str; 22] = [
    "AnsweredBy",
    "Direction",
    "AccountSid",
    "CallSid",
    "ParentCallSid",
    "CallStatus",
    "To",
    "From",
    "Digits",
    "SpeechResult",
    "Confidence",
    "DialCallStatus",
    "DialCallDuration",
    "DialBridged",
    "CallDuration",
    "Timestamp",
    "RecordingSid",
    "RecordingStatus",
    "RecordingDuration",
    "StirVerstat",
    "bodySHA256",
    "",
];

/// A name that Twilio sends, or any.
fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(NAMES.to_vec());
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "AC00000000000000000000000000000001",
        "CA00000000000000000000000000000001",
        "completed",
        "in-progress",
        "ringing",
        "absent",
        "true",
        "false",
        "1",
        "0",
        "4294967296",
        "-1",
        "86401",
        "+13055550142",
        "+266696687",
        "anonymous",
        "Mon, 21 Sep 2026 14:13:19 +0000",
        "Fri, 31 Dec 9999 23:59:60 -2359",
        "0.9423",
        "1e3",
        "",
        "\0",
        "O'Neil & Söhne+",
        "１２３",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~]{0,80}"]
}

/// A form as Twilio writes it, from a fixture or made up.
fn body() -> impl Strategy<Value = String> {
    let made_up = vec((name(), value()), 0..12).prop_map(|pairs| encoded(&pairs));
    prop_oneof![any::<Index>().prop_map(|at| at.get(&GOOD).clone()), made_up]
}

fn encoded(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The forms of all fixtures.
static GOOD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let forms = fixtures("form").into_iter().map(|(_, fixture)| {
        let form = fixture["form"].as_object().cloned().unwrap_or_default();
        let pairs =
            form.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()));
        encoded(&pairs.collect::<Vec<_>>())
    });
    forms.collect()
});

fn hook() -> impl Strategy<Value = Hook> {
    let journey = any::<u128>().prop_map(|bits| JourneyId::from_uuid(Uuid::from_u128(bits)));
    let hash = "[0-9a-f]{8}".prop_map(|digits| Short::of(&digits));
    (0..readers::every_hook().len(), journey, any::<u32>(), any::<u16>(), hash).prop_map(
        |(which, journey, count, step, hash)| match readers::every_hook().swap_remove(which) {
            Hook::Heard { .. } => Hook::Heard { journey, step, hash },
            Hook::Hold { .. } => Hook::Hold { journey, k: count, hash },
            Hook::Dial { .. } => Hook::Dial { journey, n: count, hash },
            Hook::Question { .. } => Hook::Question { journey, n: count, hash },
            Hook::Dialed { .. } => Hook::Dialed { journey, n: count },
            Hook::Leg { .. } => Hook::Leg { journey, n: count },
            Hook::Whisper { .. } => Hook::Whisper { journey, n: count },
            Hook::Accept { screening, .. } => Hook::Accept { journey, n: count, screening },
            Hook::Recording { .. } => Hook::Recording { journey },
            Hook::Lead { .. } => Hook::Lead { journey, n: count },
            Hook::LeadLeg { .. } => Hook::LeadLeg { journey, n: count },
            Hook::Transfer { .. } => Hook::Transfer { journey, k: count },
            fixed @ (Hook::Voice | Hook::Call | Hook::Fallback) => fixed,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_bytes_are_a_webhook_or_none(bytes in vec(any::<u8>(), 0..400)) {
        readers::form(&bytes);
    }

    #[test]
    fn a_good_webhook_with_a_few_bytes_changed(body in body(), changes in vec((any::<Index>(), any::<u8>()), 0..6)) {
        let mut bytes = body.into_bytes();
        for (at, to) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
        }
        readers::form(&bytes);
    }

    #[test]
    fn any_names_and_values_in_any_order(pairs in vec((name(), value()), 0..20)) {
        let form: Form = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        readers::webhook(&form);
        readers::form(encoded(&pairs).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_hook_of_every_journey_is_read_back_from_its_path(hook in hook()) {
        prop_assert_eq!(Hook::parse(&hook.path()), Some(hook));
    }

    #[test]
    fn a_changed_path_is_another_hook_or_none(hook in hook(), at in any::<Index>(), to in any::<char>()) {
        let path = hook.path();
        let place = at.index(path.len());
        let changed = format!("{}{to}{}", &path[..place], &path[place + 1..]);
        readers::path(&changed);
        readers::path(&format!("{}{to}{}", &path[..place], &path[place..]));
        if changed != path {
            prop_assert_ne!(Hook::parse(&changed), Some(hook));
        }
    }

    #[test]
    fn any_answer_of_the_rest_side_is_read_or_not(
        body in vec(any::<u8>(), 0..200),
        sid in "[ -~]{0,40}",
        number in "\\+?[0-9]{0,16}",
        time in prop_oneof!["[ -~]{0,40}", Just("Tue, 24 Nov 2026 14:00:00 +0000".to_owned())],
    ) {
        readers::rest(&body);
        let call = serde_json::json!({ "sid": sid, "status": sid, "start_time": time, "end_time": time, "duration": number });
        let numbers = serde_json::json!([{ "phone_number": number, "voice_url": sid, "voice_method": sid }]);
        readers::rest(call.to_string().as_bytes());
        readers::rest(serde_json::json!({ "calls": [call] }).to_string().as_bytes());
        readers::rest(serde_json::json!({ "incoming_phone_numbers": numbers, "next_page_uri": sid }).to_string().as_bytes());
        readers::rest(serde_json::json!({ "code": 20404, "message": sid }).to_string().as_bytes());
    }

    #[test]
    fn any_text_is_a_path_or_none(text in prop_oneof![any::<String>(), "/twilio/[-a-z0-9/%.]{0,80}"]) {
        readers::path(&text);
    }

    #[test]
    fn a_signed_webhook_is_taken_and_a_changed_byte_refused(
        hook in hook(), query in prop_oneof![Just(String::new()), "\\?[-a-zA-Z0-9=&+%._~']{0,40}"], body in body(),
        at in any::<usize>(), to in prop_oneof![any::<u8>(), prop::sample::select(b"&=+%'aA0? ".to_vec())],
        by in prop::sample::select(vec![By::Token, By::SharedKey])
    ) {
        let sent = Signed { path_and_query: format!("{}{query}", hook.path()), body: of_the_account(&body) };
        readers::any_changed_byte_is_refused(&sent, by, at, to);
    }
}

/// An account's id that is not ours is no case here: such a webhook is refused before its signature is read.
fn of_the_account(body: &str) -> String {
    let pairs = url::form_urlencoded::parse(body.as_bytes()).into_owned().filter(|it| it.0 != "AccountSid");
    let own = ("AccountSid".to_owned(), "AC00000000000000000000000000000001".to_owned());
    encoded(&std::iter::once(own).chain(pairs).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_unsigned_is_taken(path: String, body in vec(any::<u8>(), 0..100), header: String) {
        readers::unsigned(&path, &body, &header);
    }
}

/// Every byte of one signed webhook, to every other value; with the other algorithm to those that mean something.
#[test]
fn no_byte_of_a_signed_webhook_may_be_another() {
    let sent = Signed {
        path_and_query: "/twilio/voice?a=b%20c&d=1".to_owned(),
        body: of_the_account("CallSid=CA1&From=%2B13055550142&SpeechResult=a+b&Digits="),
    };
    let longest = sent.body.len().max(sent.path_and_query.len());
    for at in 0..longest {
        for to in 0..=u8::MAX {
            readers::any_changed_byte_is_refused(&sent, By::Token, at, to);
        }
        for to in *b"&=+%?/#aA0 " {
            readers::any_changed_byte_is_refused(&sent, By::SharedKey, at, to);
        }
    }
}

/// The longest body that the server takes, of whatever, is read at once.
#[test]
fn the_longest_webhooks_are_read_at_once() {
    for piece in
        ["&", "=", "a=1&", "%", "%00&", "CallSid=&", "Digits=1&", "%F0%9F", "+", "From=%2B1&To=%2B1&"]
    {
        readers::form(piece.repeat(65_536 / piece.len()).as_bytes());
    }
    readers::path(&"/twilio".repeat(9_000));
    readers::path(&format!("/twilio/{}", "/".repeat(60_000)));
}
