//! The process's other edges: any environment and any file is a configuration or a list of what to mend, and of what a buyer says back
//! nothing personal is kept.

use lead::{E164, Pii};
use server::{config::Config, echo::Echo, redact};

/// Reads `NAME=value` lines as the environment, and panics if what must hold of any reading does not hold.
pub fn environment(text: &str) {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(name, value)| (format!("PINGPOST_{name}"), value.to_owned()));
    // A name of a secret's file would open it.
    let pairs: Vec<_> = pairs.filter(|(name, _)| !name.to_ascii_uppercase().ends_with("_FILE")).collect();
    match Config::load(None, pairs.into_iter()) {
        Ok(config) => assert!(!format!("{config:?}").contains("s3cr3t")),
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.to_string().contains("s3cr3t"), "{problem}");
            }
        }
    }
}

/// Reads a configuration file, and panics if what must hold of any reading does not hold.
pub fn configuration_file(text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pingpost.toml");
    std::fs::write(&file, text).expect("it is written");
    let lines = text.lines().count().max(1);
    match Config::load(Some(&file), std::iter::empty()) {
        Ok(config) => assert!(!format!("{config:?}").contains("s3cr3t")),
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let said = problem.to_string();
                assert!(!said.contains("s3cr3t"), "{said}");
                let place = said.strip_prefix(&*file.display().to_string());
                let line = place.and_then(|place| place.split(':').nth(1)?.parse::<usize>().ok());
                assert!(line.is_none_or(|line| (1..=lines + 1).contains(&line)), "{said}");
            }
        }
    }
}

/// What is kept of a reply, and whether it repeats a number that its buyer was told.
pub fn kept(body: &[u8]) {
    let kept = redact::reply(body);
    assert!(kept.len() <= 3 * redact::REPLY_KEPT_MAX);
    assert!(!kept.replace("[address]", "").contains('@'), "{kept}");
    let long = kept.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() >= 10);
    assert!(!long, "{kept}");
    let echo = Echo::of(&Pii::new(E164::parse("+13055550142").expect("a number")));
    let text = String::from_utf8_lossy(body);
    assert!(!text.contains("3055550142") || echo.is_in(&text));
    assert!(echo.is_in(&format!("{text}3055550142")) && echo.is_in(&format!("(305) 555-0142{text}")));
}

#[cfg(test)]
mod storms {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn name() -> impl Strategy<Value = String> {
        let keys = [
            "HTTP__LISTEN",
            "HTTP__BODY_MAX",
            "HTTP__BODY_TIMEOUT",
            "TWILIO__ACCOUNT_SID",
            "TWILIO__AUTH_TOKEN",
            "TWILIO__BASE_URL",
            "STORE__PATH",
            "STORE__MASTER_KEY",
            "LOG__LEVEL",
            "LOG__FORMAT",
            "POSTS__LEASE",
            "EXCHANGE__ALLOW_PRIVATE_TARGETS",
        ];
        prop_oneof![
            proptest::sample::select(keys.to_vec()).prop_map(str::to_owned),
            "[A-Z_]{0,20}",
            any::<String>()
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_environment(lines in vec((name(), prop_oneof![any::<String>(), "[ -~]{0,40}", "[0-9]{0,20}(ms|s|m|h|d)?", Just("s3cr3t".to_owned())]), 0..8)) {
            let lines: Vec<_> = lines.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            environment(&lines.join("\n"));
        }

        #[test]
        fn any_configuration_file(lines in vec(prop_oneof![
            (name(), prop_oneof![any::<String>(), "[ -~]{0,40}", "[0-9]{0,20}", "\"[0-9]{0,12}(ms|s|m|h|d)?\"", Just("\"s3cr3t\"".to_owned())])
                .prop_map(|(name, value)| {
                    let name = name.to_ascii_lowercase();
                    let (section, key) = name.split_once("__").unwrap_or(("", &name));
                    format!("[{section}]\n{key} = {value}")
                }),
            any::<String>(),
        ], 0..6)) {
            configuration_file(&lines.join("\n"));
        }

        #[test]
        fn any_reply(body in prop_oneof![
            vec(any::<u8>(), 0..300),
            "[-+() .0-9a-z@%_\"{}:,]{0,300}".prop_map(String::into_bytes),
            "([a-z_%-]{1,5}\\+?[0-9.-]{7,16}[a-zé]{0,3}[ ,]{0,1}){1,6}".prop_map(String::into_bytes),
        ]) {
            kept(&body);
        }
    }
}
