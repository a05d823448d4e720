//! Any text at all is settings or a list of what to mend, in good time: the shipped example with something changed, keys
//! with values of every kind, and the largest file there may be.

use buyer::exchange::ExchangePolicy;
use settings::{Settings, Surroundings};

/// Reads a text as production and development do, and panics if what must hold of any reading does not hold. The fuzz
/// target of `fuzz/` feeds it too.
pub fn settings(text: &str) {
    for allow_private_targets in [false, true] {
        let policy = ExchangePolicy { allow_private_targets, own_addresses: Vec::new() };
        let credential = |name: &str| name.starts_with("SET").then(|| "s3cr3t-of-the-environment".to_owned());
        let surroundings = Surroundings { policy, credential: &credential };
        match Settings::parse(text, "settings.toml", &surroundings) {
            Ok(settings) => {
                assert_eq!(settings.source(), text);
                let shown = format!("{settings:?}");
                assert!(!shown.contains("s3cr3t"), "{shown}");
                assert_eq!(settings.with_version(7).version(), 7);
            }
            Err(problems) => {
                assert!(!problems.is_empty());
                for problem in problems {
                    let said = problem.to_string();
                    assert!(said.starts_with("settings.toml") && !said.contains("s3cr3t"), "{said}");
                }
            }
        }
    }
}

#[cfg(test)]
mod storms {
    use std::time::Duration;

    use proptest::{collection::vec, prelude::*, sample::Index};
    use settings::SOURCE_BYTES_MAX;

    use super::*;
    use crate::world::EXAMPLE;

    /// The longest that two readings of a file may take, on a busy machine and without optimisation.
    const READINGS_MAX: Duration = Duration::from_secs(20);
    /// A file of this many bytes with nothing but mistakes in it, more than a person makes.
    const MISTAKEN_BYTES: usize = 16 * 1_024;

    /// A value of every kind, and of every form that a key wants.
    fn value() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "0",
            "1",
            "-1",
            "45.00",
            "1e400",
            "-0.0",
            "nan",
            "inf",
            "0x7fffffffffffffff",
            "9223372036854775807",
            "99999999999999999999",
            "true",
            "\"\"",
            "\" \"",
            "\"45.00\"",
            "\"5s\"",
            "\"99999999999d\"",
            "\"1500ms\"",
            "\"medicare\"",
            "\"buyer-a\"",
            "\"+18005550100\"",
            "\"https://a.example/\"",
            "\"http://127.0.0.1/\"",
            "\"env:SET\"",
            "\"env:\"",
            "\"own\"",
            "\"ringba\"",
            "\"America/New_York\"",
            "\"Mars/Olympus\"",
            "2026-12-25",
            "2026-02-30",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:60+23:59",
            "[]",
            "[\"call\"]",
            "[\"a\", 1]",
            "[[[]]]",
            "{}",
            "{ json = { bid = \"$.price\" } }",
            "{ json = { bid = \"$..*..*\" } }",
            "{ xml = { bid = \"/a/b\" } }",
            "{ bearer = \"env:SET\" }",
            "{ mon = [\"09:00-17:00\"] }",
            "{ mon = [\"24:00-00:00\"], zone = \"\" }",
            "{ zip = { in = [\"33109\"] } }",
            "{ age = { between = [65, 1] } }",
            "{ fixed = 1, percent = 101 }",
            "{ choice = { keys = { \"1\" = \"a\" } } }",
            "{ a.b.c = 1 }",
            "\"\\u0000\"",
            "\"\\U0010FFFF\"",
            "'''x'''",
        ]);
        prop_oneof![
            4 => known.prop_map(str::to_owned),
            1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        ]
    }

    fn key() -> impl Strategy<Value = String> {
        let names: Vec<_> = settings::SECTIONS.iter().flat_map(|it| it.keys()).copied().collect();
        prop_oneof![6 => prop::sample::select(names).prop_map(str::to_owned), 1 => "[a-z_.\"]{0,12}"]
    }

    fn heading() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "[[buyer]]",
            "[[offer]]",
            "[[publisher]]",
            "[[number]]",
            "[[campaign]]",
            "[[campaign.script.question]]",
            "[campaign.script]",
            "[offer.hours]",
            "[offer.filters]",
            "[buyer]",
            "[offer.wire.json]",
            "[",
            "[]",
            "[a.b]",
        ]);
        known.prop_map(str::to_owned)
    }

    /// Headings and keys, each with some value.
    fn made_up() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            1 => heading(),
            4 => (key(), value()).prop_map(|(key, value)| format!("{key} = {value}")),
        ];
        vec(line, 0..40).prop_map(|lines| lines.join("\n"))
    }

    /// The example, with lines dropped, doubled, swapped or given another value.
    fn nearly_the_example() -> impl Strategy<Value = String> {
        vec((any::<Index>(), 0_u8..5, value()), 1..6).prop_map(|changes| {
            let mut lines: Vec<_> = EXAMPLE.lines().map(str::to_owned).collect();
            for (at, change, value) in changes {
                let at = at.index(lines.len());
                match change {
                    0 => drop(lines.remove(at)),
                    1 => lines.insert(at, lines[at].clone()),
                    2 => lines.swap(at, 0),
                    3 => lines[at] = lines[at].chars().rev().collect(),
                    _ => {
                        let key = lines[at].split('=').next().unwrap_or_default().to_owned();
                        lines[at] = format!("{key}= {value}");
                    }
                }
            }
            lines.join("\n")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

        #[test]
        fn the_example_with_something_changed(text in nearly_the_example()) {
            settings(&text);
        }

        #[test]
        fn keys_with_values_of_every_kind(text in made_up()) {
            settings(&text);
        }

        #[test]
        fn any_text(text in prop_oneof![any::<String>(), "[-a-z0-9\\[\\]{}=\"'., \n#_]{0,200}"]) {
            settings(&text);
        }

        #[test]
        fn the_example_with_any_characters_in_it(at in any::<Index>(), text in any::<String>()) {
            let places: Vec<_> = EXAMPLE.char_indices().map(|(at, _)| at).collect();
            let at = *at.get(&places);
            settings(&format!("{}{text}{}", &EXAMPLE[..at], &EXAMPLE[at..]));
            settings(&EXAMPLE[..at]);
        }
    }

    /// So many bytes of one piece.
    fn full(bytes: usize, piece: &str) -> String {
        piece.repeat(bytes / piece.len())
    }

    /// So many bytes of pieces that differ.
    fn numbered(bytes: usize, piece: impl Fn(usize) -> String) -> String {
        let mut text = String::new();
        for number in 0.. {
            let next = piece(number);
            if text.len() + next.len() > bytes {
                break;
            }
            text.push_str(&next);
        }
        text
    }

    /// What costs the parser most, or what sound files have much of.
    fn long(bytes: usize) -> Vec<(&'static str, String)> {
        let nested = |open: &str, close: &str| {
            let times = bytes / (open.len() + close.len()) - 4;
            format!("a = {}{}", open.repeat(times), close.repeat(times))
        };
        let inside = bytes - 100;
        let lists = "[".repeat(inside);
        vec![
            ("blank lines", full(bytes, "\n")),
            ("brackets", full(bytes, "[")),
            ("quotes", full(bytes, "\"")),
            ("nested lists", nested("[", "]")),
            ("nested tables", nested("{a=", "}")),
            ("dotted keys", format!("{}a = 1", full(inside, "a."))),
            ("a long word", format!("currency = \"{}\"", "x".repeat(inside))),
            ("the same key", full(bytes, "currency = \"USD\"\n")),
            ("buyers", numbered(bytes, |number| format!("[[buyer]]\nid = \"b{number}\"\n"))),
            ("a path", format!("[[offer]]\nwire = {{ json = {{ bid = \"$[?{}\" }} }}", "(".repeat(inside))),
            ("a list of lists", format!("buyer = {lists}")),
        ]
    }

    /// What has a mistake on every line.
    fn mistaken(bytes: usize) -> Vec<(&'static str, String)> {
        let inside = bytes - 100;
        let offer = |number| {
            format!("[[offer]]\nid = \"o{number}\"\nbuyer = \"b\"\npost_url = \"https://a.example/\"\n")
        };
        let keys = |heading: &str| {
            format!("[[offer]]\n[offer.{heading}]\n{}", numbered(inside, |number| format!("x{number} = 1\n")))
        };
        vec![
            ("broken lines", full(bytes, "=\n")),
            ("unknown keys", numbered(bytes, |number| format!("k{number} = 1\n"))),
            ("empty buyers", full(bytes, "[[buyer]]\n")),
            ("buyers that are none", format!("buyer = [{}]", full(inside, "1,"))),
            ("empty offers", full(bytes, "[[offer]]\n")),
            ("offers", numbered(bytes, offer)),
            ("empty campaigns", full(bytes, "[[campaign]]\n")),
            ("empty questions", format!("[[campaign]]\n{}", full(inside, "[[campaign.script.question]]\n"))),
            ("numbers", numbered(bytes, |number| format!("[[number]]\nnumber = \"+1212555{number:04}\"\n"))),
            ("headers", keys("headers")),
            ("filters", keys("filters")),
        ]
    }

    fn in_good_time(texts: Vec<(&'static str, String)>) {
        let mut slow = Vec::new();
        for (name, text) in texts {
            assert!(text.len() <= SOURCE_BYTES_MAX, "{name}");
            let start = tokio::time::Instant::now();
            settings(&text);
            if start.elapsed() > READINGS_MAX {
                slow.push(format!("{name}: {:?}", start.elapsed()));
            }
        }
        assert!(slow.is_empty(), "{slow:?}");
    }

    #[test]
    fn the_largest_file_is_read_in_good_time() {
        in_good_time(long(SOURCE_BYTES_MAX));
        settings(&"x".repeat(SOURCE_BYTES_MAX + 1));
    }

    #[test]
    fn a_file_of_mistakes_is_read_in_good_time() {
        in_good_time(mistaken(MISTAKEN_BYTES));
    }
}
