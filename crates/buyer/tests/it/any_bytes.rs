//! Anything at all, good replies with a few bytes changed, and replies made of the very words and values that count:
//! every reader takes or refuses them.

use std::{fs, path::Path, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::Index};

use crate::readers;

/// Every reply of the fixtures, as bytes.
static GOOD: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut replies = Vec::new();
    for dialect in fs::read_dir(root).expect("the fixtures") {
        let path = dialect.expect("an entry").path();
        for kind in ["good", "odd"] {
            for file in fs::read_dir(path.join(kind)).expect("a folder") {
                let text = fs::read_to_string(file.expect("an entry").path()).expect("a readable file");
                let fixture: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                let cases = fixture["replies"].as_array().cloned().unwrap_or_default();
                replies.extend(cases.iter().filter_map(|case| match (&case["json"], &case["text"]) {
                    (serde_json::Value::Null, text) => text.as_str().map(|it| it.as_bytes().to_vec()),
                    (json, _) => Some(json.to_string().into_bytes()),
                }));
            }
        }
    }
    assert!(replies.len() > 100, "only {} replies", replies.len());
    replies
});

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop::sample::select(vec![
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "1e400",
        "-0",
        "\\u0000",
        "\\ud800",
        "\u{feff}",
        "<",
        "</",
        ">",
        "&amp;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "<!DOCTYPE a>",
        "<?x?>",
        "&#0;",
        " ",
        "\n",
        "\0",
        "\"bidAmount\":1,",
        "<status>",
        "@",
        "+1305555",
        "3055550142",
        "sip:",
        ";maddr=10.0.0.1",
    ]);
    let token = token.prop_map(|token| token.as_bytes().to_vec());
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<Index>(), prop_oneof![token, vec(any::<u8>(), 1..5)])
            .prop_map(|(at, it)| Change::Insert(at, it)),
        (any::<Index>(), 1_usize..8).prop_map(|(at, many)| Change::Remove(at, many)),
        (any::<Index>(), 1_usize..40).prop_map(|(at, many)| Change::Repeat(at, many)),
        any::<Index>().prop_map(Change::Cut),
    ]
}

fn changed(mut text: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let length = text.len();
        let place = |at: &Index| at.index(length + 1);
        match change {
            Change::Replace(at, byte) if length > 0 => text[at.index(length)] = *byte,
            Change::Replace(_, byte) => text.push(*byte),
            Change::Insert(at, bytes) => drop(text.splice(place(at)..place(at), bytes.iter().copied())),
            Change::Remove(at, many) => {
                let from = place(at);
                text.drain(from..(from + many).min(length));
            }
            Change::Repeat(at, many) => {
                let from = place(at);
                let piece = text[from..(from + many).min(length)].to_vec();
                text.splice(from..from, piece);
            }
            Change::Cut(at) => text.truncate(place(at)),
        }
    }
    text
}

/// A good reply with up to six changes.
fn nearly_good() -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(change(), 0..6))
        .prop_map(|(which, changes)| changed(which.get(&GOOD).clone(), &changes))
}

/// A value that counts somewhere, or nearly.
fn value() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "0",
        "1",
        "-1",
        "-0",
        "91",
        "12.3456789",
        "1e3",
        "1e400",
        "1e-400",
        "1000000",
        "1000000.000001",
        "99999999999999999999",
        "0.0000009",
        "86400",
        "86401",
        "9223372036854775807",
        "1e18446744073709551616",
        "true",
        "false",
        "null",
        "\"\"",
        "\"0\"",
        "\"91\"",
        "\" 91 \"",
        "\"yes\"",
        "\"matched\"",
        "\"Duplicate\"",
        "\"USD\"",
        "\"EUR\"",
        "\"+13055550142\"",
        "\"3055550142\"",
        "\"911\"",
        "\"a@rtb.example.com\"",
        "\"sips:a@b.example:5061;transport=tls\"",
        "\"2026-05-05T06:26:06.534Z\"",
        "\"9999-12-31T23:59:59-23:59\"",
        "\"-9999-01-01T00:00:00Z\"",
        "\"2026-02-30T00:00:00Z\"",
        "\"0000-01-01T00:00:00+23:59\"",
        "[]",
        "{}",
        "[{\"bid\":1}]",
        "\"\\u0000\"",
        "\"Caller 305\u{a0}555 01 42, ada@example.com\"",
        "1790000000000",
    ]);
    prop_oneof![
        4 => known.prop_map(str::to_owned),
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => "-?[0-9]{1,25}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,22})?",
        1 => "\"[-+ 0-9.()T:Z/@a-z]{0,30}\"",
    ]
}

/// An object of the names that are read, each with some value.
fn made_of_words() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec![
        "bidAmount",
        "bidId",
        "expireInSeconds",
        "phoneNumber",
        "sipAddress",
        "callMinDuration",
        "rejectReason",
        "rejectCode",
        "accept",
        "currency",
        "pingId",
        "status",
        "uuid",
        "retreaver_payout",
        "retreaver_seconds",
        "inbound_number",
        "expires_at",
        "buyers",
        "response",
        "price",
        "token",
        "phone_number",
    ]);
    vec((names, value()), 0..10).prop_map(|pairs| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let flat = format!("{{{}}}", pairs.join(","));
        match pairs.len() {
            9 => format!("{{\"response\":{flat}}}"),
            8 => format!("{{\"status\":\"success\",\"buyers\":[{flat}]}}"),
            _ => flat,
        }
        .into_bytes()
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => nearly_good(), 3 => made_of_words(), 1 => vec(any::<u8>(), 0..300)]
}

/// A JSONPath, or what looks like one.
fn any_path() -> impl Strategy<Value = String> {
    let step = prop::sample::select(vec![
        ".a",
        ".bidAmount",
        "..",
        "..a",
        ".*",
        "[*]",
        "[0]",
        "[-1]",
        "['a']",
        "[\"a b\"]",
        "[0,1]",
        "[::2]",
        "[?@.a]",
        "[?@.a==1]",
        "[?(@.a)]",
        "[?length(@.a)>1]",
        "[?@[?@.b]]",
        "[",
        "]",
        "'",
        "\"",
        "\\",
        "(",
        ")",
        "$",
        "@",
        "?",
        "!",
        "&&",
        "||",
        " ",
        "\u{e9}",
        "[9007199254740992]",
        "[?@.a=='\\u00e9']",
        "[?$.a]",
    ]);
    prop_oneof![
        3 => vec(step, 0..12).prop_map(|steps| format!("${}", steps.concat())),
        1 => any::<String>(),
        1 => "/[a-z]{1,4}(/[a-z_:*@\\[\\]]{0,4}){0,4}",
        1 => ("[(\\[!@?.$*',]{1,4}", 1_usize..3_000).prop_map(|(piece, times)| format!("$[?{}", piece.repeat(times))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_reply_on_our_own_wire(body in any_body()) {
        readers::own_wire(&body);
    }

    #[test]
    fn a_reply_by_every_preset(body in any_body()) {
        readers::every_preset(&body);
    }

    #[test]
    fn a_reply_by_a_full_mapping(body in any_body()) {
        readers::full_mappings(&body);
    }

    #[test]
    fn json_and_xml(body in any_body()) {
        readers::json(&body);
        readers::xml(&body);
        readers::sample(&body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_primitives(text in prop_oneof![any::<String>(), value(), "[-+0-9.eETZ: ]{0,40}"]) {
        readers::primitives(&text);
        readers::primitives(text.trim_matches('"'));
    }

    #[test]
    fn a_destination(text in prop_oneof![any::<String>(), "(sips?:)?[ -~]{0,20}@[-a-z0-9.:;=]{0,30}", "[-+0-9 ().x]{0,20}"]) {
        readers::destination(&text);
    }

    #[test]
    fn a_header_that_says_when_to_come_back(
        header in prop_oneof![any::<String>(), "[0-9]{0,25}", "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT"],
        date in prop_oneof![any::<String>(), Just("Sun, 06 Nov 1994 08:49:37 GMT".to_owned())],
    ) {
        readers::retry_after(header.as_bytes(), date.as_bytes());
    }

    #[test]
    fn a_signing_secret(text in prop_oneof![any::<String>(), "whsec_[A-Za-z0-9+/]{0,100}={0,3}", "(whsec_){0,2}[ -~]{0,50}"]) {
        readers::secret(&text);
    }

    #[test]
    fn a_path_of_a_mapping(path in any_path(), body in any_body()) {
        readers::path(&path, &body);
    }

    #[test]
    fn a_url(text in prop_oneof![any::<String>(), "[hH]ttps?:[/\\\\]{0,3}[ -~]{0,60}", "https://[-a-z0-9.%@:\\[\\]_]{1,40}(:[0-9]{0,6})?[/?#][ -~]{0,20}"]) {
        readers::url(&text);
    }
}

/// The longest reply that is read at all takes no longer by a mapping than by our own wire, however it is nested.
#[test]
fn the_longest_replies_are_read_at_once() {
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let wide = |item: &str, open: &str, close: &str| {
        let items = vec![item; 64_000 / (item.len() + 1)].join(",");
        format!("{open}{items}{close}")
    };
    for body in [
        wide("1", "{\"a\":[", "]}"),
        wide("{\"a\":1}", "{\"a\":[", "]}"),
        wide("[[[[1]]]]", "{\"bidAmount\":[", "]}"),
        nested("{\"a\":", "}", 31),
        nested("[{\"bidAmount\":", "}]", 16),
        format!("{{\"bidAmount\":{}}}", "9".repeat(65_000)),
        format!("{{\"bidAmount\":1e{}}}", "9".repeat(65_000)),
        format!("{{\"bidAmount\":0.{}1}}", "0".repeat(65_000)),
        format!("{{\"rejectReason\":\"{}\"}}", "3055550142 ".repeat(5_900)),
        format!("<response>{}</response>", "<a>1</a>".repeat(8_000)),
        format!("<response><bidAmount>{}</bidAmount></response>", "&#57;".repeat(13_000)),
        "<a ".to_owned() + &"b='1' ".repeat(10_000),
        "&".repeat(65_000),
    ] {
        let body = body.as_bytes();
        readers::own_wire(body);
        readers::path("/response/bidAmount", body);
        for path in ["$.bidAmount", "$..a", "$.*.*", "$..*", "$..[?@.a]", "$.a[?@.a==1]", "$.a[?@==@]"] {
            readers::path(path, body);
        }
    }
}
