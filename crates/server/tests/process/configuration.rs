//! The configuration as an operator meets it: all problems at once, each with its place and its mend.

use server::config::KEYS;

use crate::place::{MASTER_KEY, Place};

#[test]
fn check_prints_every_key_with_its_explanation() {
    let ran = Place::bare().run(&["check", "--defaults"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    for key in KEYS {
        let (_, name) = key.name.split_once('.').expect("a section and a name");
        let stands = ran.out.lines().any(|line| line.trim_start_matches("# ").starts_with(name));
        assert!(stands, "{}", key.name);
    }
}

#[test]
fn all_problems_come_at_once_with_their_lines() {
    let place = Place::bare()
        .with("HTTP__LISTN", "0.0.0.0:80")
        .with("LOG__LEVEL", "loud,,=")
        .with("STORE__MASTER_KEY", "c2hvcnQ=")
        .with("ADMIN__METRICS_TOKEN_FILE", "/nowhere/token")
        .with("SERVICE_PORT", "8080");
    let file = "[http]\nlisten = \"here\"\nheader_timout = \"5s\"\nbody_timeout = \"5 minutes\"\n\n\
                [twilio]\nauth_token = \"t0ken-in-a-file\"\ncps = 0\n\n[strore]\npath = \"x.db\"\n";
    place.write("pingpost.toml", file);
    let ran = place.run(&["check", "--config", "pingpost.toml"]);
    assert_eq!((ran.code, &*ran.out), (2, ""), "{}", ran.err);
    let mut lines: Vec<_> = ran.err.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "environment PINGPOST_ADMIN__METRICS_TOKEN_FILE: admin.metrics_token: the file cannot be read (entity \
             not found); check the path and who may read it",
            "environment PINGPOST_HTTP__LISTN: no key has this variable; did you mean PINGPOST_HTTP__LISTEN?",
            "environment PINGPOST_LOG__LEVEL: log.level: this is no level; write error, warn, info, debug or trace, \
             or directives by module, ex: \"info,server=debug\"",
            "environment PINGPOST_STORE__MASTER_KEY: store.master_key: this is no key of 32 bytes; write 32 bytes \
             in base64, ex: as `openssl rand -base64 32` prints them",
            "pingpost.toml:11:1: strore.path: there is no such key; did you mean `store`?",
            "pingpost.toml:2:1: http.listen: this is no address with a port; write an IP address and a port, ex: \
             \"0.0.0.0:8080\"",
            "pingpost.toml:3:1: http.header_timout: there is no such key; did you mean `header_timeout`?",
            "pingpost.toml:4:1: http.body_timeout: this is no length of time; write a whole number with its unit \
             (ms, s, m, h, d), ex: \"2s\", \"500ms\", \"1m30s\"",
            "pingpost.toml:7:1: twilio.auth_token: a secret does not belong in this file; remove it here and set \
             PINGPOST_TWILIO__AUTH_TOKEN or PINGPOST_TWILIO__AUTH_TOKEN_FILE",
            "pingpost.toml:8:1: twilio.cps: the number is out of its range; write a whole number from 1 to 1000, \
             without quotes",
        ]
    );
    assert!(!ran.err.contains("t0ken-in-a-file") && !ran.err.contains("c2hvcnQ="));
}

#[test]
fn a_file_that_is_not_there_is_told_by_every_command() {
    let place = Place::new();
    for command in [&["check"][..], &["serve"], &["settings", "export"]] {
        let ran = place.run(&[command, &["--config", "none.toml"]].concat());
        assert_eq!(ran.code, 2);
        assert_eq!(
            ran.err,
            "none.toml:1:1: the file cannot be read (entity not found); check the path given by --config\n"
        );
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let place = Place::bare().with("STORE__PATH", ":temp:").with("HTTP__LISTEN", "127.0.0.1:0");
    place.write("pingpost.toml", "[http]\nlisten = \"nonsense\"\n[log]\nlevel = \"loud,,=\"\n");
    let place = place.with("CONFIG", "pingpost.toml");
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 2, "the file that PINGPOST_CONFIG names is read");
    assert!(ran.err.starts_with("pingpost.toml:4:1: log.level"), "{}", ran.err);
    assert!(!ran.err.contains("http.listen"), "what the environment replaces is not read: {}", ran.err);
    let place = place.with("LOG__LEVEL", "debug");
    assert_eq!(place.run(&["check"]).code, 0);
    // An empty variable is none.
    let place = place.with("CONFIG", "");
    assert_eq!(place.run(&["check"]).code, 0);
}

#[test]
fn a_secret_may_be_in_a_file_and_stands_in_one_place_only() {
    let place = Place::new().without("STORE__MASTER_KEY");
    place.write("key", &format!("{MASTER_KEY}\n"));
    place.write("empty", " \n");
    let place = place.with("STORE__MASTER_KEY_FILE", "key");
    let ran = place.run(&["check", "--offline", "--settings", "settings.toml"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let place = place.with("STORE__MASTER_KEY", MASTER_KEY);
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "environment PINGPOST_STORE__MASTER_KEY_FILE: store.master_key: both PINGPOST_STORE__MASTER_KEY and \
         PINGPOST_STORE__MASTER_KEY_FILE are set; unset PINGPOST_STORE__MASTER_KEY or PINGPOST_STORE__MASTER_KEY_FILE\n"
    );
    let place = place.without("STORE__MASTER_KEY").with("STORE__MASTER_KEY_FILE", "empty");
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("the file is empty; write the secret into it"), "{}", ran.err);
}

#[test]
fn a_carrier_in_part_is_told_what_it_lacks() {
    let place = Place::new().without("TWILIO__AUTH_TOKEN").without("HTTP__PUBLIC_BASE_URL");
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 2);
    for said in [
        "configuration: twilio.auth_token: it is not set, and twilio.account_sid is; set PINGPOST_TWILIO__AUTH_TOKEN",
        "configuration: http.public_base_url: it is not set, and the carrier must reach this server; set \
         PINGPOST_HTTP__PUBLIC_BASE_URL",
    ] {
        assert!(ran.err.contains(said), "{said}:\n{}", ran.err);
    }
}

#[test]
fn more_master_keys_than_can_be_held_are_told() {
    let place = Place::new().with("STORE__PREVIOUS_MASTER_KEYS", &[MASTER_KEY; 3].join(","));
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("store.previous_master_keys: there are too many keys"), "{}", ran.err);
}
