//! The configuration: layers, secrets, and everything that is refused.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use secrecy::ExposeSecret;
use server::config::{CarrierKind, Config, ConfigProblem, Database, Demo, Key32, TwilioConfig};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

fn load(file: Option<&str>, env: &[(&str, &str)]) -> Result<Config, Vec<ConfigProblem>> {
    let written = file.map(|text| written("pingpost.toml", text));
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let loaded = Config::load(written.as_deref(), env);
    if let Some(path) = written {
        std::fs::remove_file(path).expect("it was there");
    }
    loaded
}

/// A file of its own with this text.
fn written(name: &str, text: &str) -> PathBuf {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let n = FILES.fetch_add(1, Ordering::Relaxed);
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("config-{}-{n}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("room");
    path
}

/// The problems as people read them; the file's own name is cut.
fn problems(file: Option<&str>, env: &[(&str, &str)]) -> Vec<String> {
    let found = load(file, env).err().unwrap_or_default();
    let line = |problem: &ConfigProblem| {
        let text = problem.to_string();
        text.split_once(".toml:").map_or(text.clone(), |(_, rest)| rest.to_owned())
    };
    found.iter().map(line).collect()
}

#[test]
fn later_layers_win() {
    let file = "[http]\nlisten = \"0.0.0.0:9000\"\nbody_timeout = \"20s\"\n[store]\npath = \":temp:\"\n";
    let config =
        load(Some(file), &[("PINGPOST_HTTP__LISTEN", "[::1]:9001"), ("PINGPOST_HTTP__BODY_MAX", "")]);
    let config = config.expect("sound");
    assert_eq!(config.http.listen.to_string(), "[::1]:9001");
    assert_eq!(config.http.body_timeout, Duration::from_secs(20));
    assert_eq!((config.http.header_timeout, config.http.body_max), (Duration::from_secs(5), 65_536));
    assert_eq!(config.store.database, Database::Temporary);
    assert!(config.twilio.is_none());
}

#[test]
fn secrets_come_from_the_environment_or_a_file_that_it_names() {
    let path = written("token", "token-in-a-file\n").display().to_string();
    let env = [
        ("PINGPOST_TWILIO__ACCOUNT_SID", ACCOUNT),
        ("PINGPOST_TWILIO__AUTH_TOKEN_FILE", path.as_str()),
        ("PINGPOST_TWILIO__AUTH_TOKEN_NEXT", "token-to-come"),
        ("PINGPOST_HTTP__PUBLIC_BASE_URL", "https://calls.example.com/"),
        ("PINGPOST_STORE__MASTER_KEY", KEY),
        ("PINGPOST_STORE__PREVIOUS_MASTER_KEYS", &format!("{KEY},{KEY}")),
        ("PINGPOST_ADMIN__METRICS_TOKEN", "token-of-metrics"),
    ];
    let config = load(None, &env).expect("sound");
    std::fs::remove_file(&path).expect("it was there");
    let twilio = config.twilio.as_ref().expect("a carrier");
    assert_eq!(twilio.auth_token.expose_secret(), "token-in-a-file");
    assert_eq!(config.http.public_base_url.as_deref(), Some("https://calls.example.com"));
    assert_eq!(config.store.previous_master_keys.len(), 2);
    assert_eq!(config.store.master_key.as_ref().map(|key| key.expose()[31]), Some(31));
    let shown = format!("{config:?}");
    for hidden in ["token-in-a-file", "token-to-come", "token-of-metrics", "[0, 1, 2, 3", KEY] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[test]
fn a_redis_needs_addresses_without_a_password() {
    let temp = ("PINGPOST_STORE__PATH", ":temp:");
    let with =
        |urls| [temp, ("PINGPOST_IN_FLIGHT__REDIS", urls), ("PINGPOST_IN_FLIGHT__REDIS_PASSWORD", "hunter2")];
    let config = load(None, &with("rediss://pingpost@10.0.0.5,redis://10.0.0.6:7000")).expect("sound");
    let shown = format!("{:?}", config.in_flight);
    assert!(
        shown.contains("10.0.0.6:7000") && shown.contains("50ms") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(load(None, &[temp]).expect("sound").in_flight.redis.is_none());
    let place = "environment PINGPOST_IN_FLIGHT__REDIS: in_flight.redis: ";
    for (urls, expected) in [
        (
            "redis://:hunter3@10.0.0.5",
            "a password stands in one of the addresses; remove it, and set \
            PINGPOST_IN_FLIGHT__REDIS_PASSWORD or …_FILE",
        ),
        (
            "rediss://10.0.0.5/#insecure",
            "one of the addresses asks for TLS without a check of its certificate; remove \
            #insecure",
        ),
        (
            "redis://10.0.0.5,redis://10.0.0.6/3",
            "an address of a Cluster names a database; remove it, or write one \
            address alone",
        ),
        (
            "10.0.0.5:6379",
            "one of the addresses is no URL of a Redis server, ex: redis://10.0.0.5:6379, or rediss:// for \
            TLS; write each as redis://host:6379, or rediss:// for TLS",
        ),
    ] {
        assert_eq!(problems(None, &with(urls)), [format!("{place}{expected}")]);
    }
    let alone = problems(None, &[temp, ("PINGPOST_IN_FLIGHT__REDIS_PASSWORD", "hunter2")]);
    assert_eq!(
        alone,
        ["configuration: in_flight.redis: it is not set, and its password is; set PINGPOST_IN_FLIGHT__REDIS"]
    );
}

#[test]
fn the_simulator_stands_in_the_place_of_a_carrier() {
    let temp = ("PINGPOST_STORE__PATH", ":temp:");
    let usual = load(None, &[temp]).expect("sound").carrier;
    assert_eq!((usual.kind, usual.simulator_listen.ip().is_loopback()), (CarrierKind::Twilio, true));
    let simulated = load(Some("[carrier]\nkind = \"simulator\"\n"), &[temp]).expect("it needs no account");
    assert_eq!((simulated.carrier.kind, simulated.twilio.is_none()), (CarrierKind::Simulator, true));
    let wrong = [temp, ("PINGPOST_CARRIER__KIND", "telnyx"), ("PINGPOST_CARRIER__SIMULATOR_LISTEN", "here")];
    assert_eq!(
        problems(None, &wrong),
        [
            "environment PINGPOST_CARRIER__KIND: carrier.kind: there is no such carrier; write \"twilio\" or \"simulator\"",
            "environment PINGPOST_CARRIER__SIMULATOR_LISTEN: carrier.simulator_listen: this is no address with a port; \
             write an IP address and a port, ex: \"127.0.0.1:0\"",
        ]
    );
}

#[test]
fn everything_is_reported_at_once_with_its_place_and_mend() {
    let file = "[http]\nlisten = 8080\nbody_timeot = \"5s\"\nheader_timeout = \"5\"\nconnections_max = 1\n[htpp]\na = 1\n\
                [twilio]\nauth_token = \"hunter2\"\n[exchange]\nallow_private_targets = \"yes\"\n[posts]\nlease = \"10s\"\n\
                listen = 1\n[log]\nlevel = \"loud=loud=loud\"\n";
    let expected = [
        "3:1: http.body_timeot: there is no such key; did you mean `body_timeout`?",
        "7:1: htpp.a: there is no such key; did you mean `http`?",
        "9:1: twilio.auth_token: a secret does not belong in this file; remove it here and set PINGPOST_TWILIO__AUTH_TOKEN \
         or PINGPOST_TWILIO__AUTH_TOKEN_FILE",
        "14:1: posts.listen: there is no such key; did you mean `http.listen`?",
        "11:1: exchange.allow_private_targets: this is neither true nor false; write true or false, without quotes",
        "2:1: http.listen: this is a number, and the key is a string; write it in quotes",
        "4:1: http.header_timeout: this is no length of time; write a whole number with its unit (ms, s, m, h, d), ex: \
         \"2s\", \"500ms\", \"1m30s\"",
        "5:1: http.connections_max: the number is out of its range; write a whole number from 16 to 1000000, without quotes",
        "configuration: store.master_key: it is not set, and personal data is sealed under it; set PINGPOST_STORE__MASTER_KEY",
        "13:1: posts.lease: a post could outlast its lease and be sent twice at once; make it at least 2s longer than \
         posts.request_timeout",
        "16:1: log.level: this is no level; write error, warn, info, debug or trace, or directives by module, ex: \
         \"info,server=debug\"",
    ];
    assert_eq!(problems(Some(file), &[]), expected);
}

#[test]
fn a_word_that_is_no_level_is_not_taken_for_a_module() {
    for level in ["warn", "info,server=debug", "off", "server[a_span]=debug"] {
        let file = format!("[log]\nlevel = \"{level}\"\n[store]\npath = \":temp:\"\n");
        assert_eq!(problems(Some(&file), &[]), [] as [&str; 0], "{level}");
    }
    for level in ["inf", "warning", "server", "info,verbose"] {
        let file = format!("[log]\nlevel = \"{level}\"\n[store]\npath = \":temp:\"\n");
        let found = problems(Some(&file), &[]);
        assert!(found.len() == 1 && found[0].contains("log.level: this is no level"), "{level}: {found:?}");
    }
}

#[test]
fn variables_that_set_nothing_are_refused_where_they_are_meant_for_us() {
    let temp = ("PINGPOST_STORE__PATH", ":temp:");
    for (name, expected) in [
        ("PINGPOST_HTTP_LISTEN", Some("PINGPOST_HTTP__LISTEN")),
        ("PINGPOST_HTTP__LISTN", Some("PINGPOST_HTTP__LISTEN")),
        ("PINGPOST_HTTP__LISTEN_FILE", None),
        ("PINGPOST_SERVICE_HOST", None),
        ("PINGPOST_PORT_8080_TCP", None),
        ("PINGPOST_CONFIG", None),
        ("HTTP__LISTEN", None),
    ] {
        let found = problems(None, &[temp, (name, "127.0.0.1:1")]);
        let mend = expected
            .map(|meant| format!("environment {name}: no key has this variable; did you mean {meant}?"));
        match mend {
            Some(mend) => assert_eq!(found, [mend]),
            None if name.ends_with("LISTEN_FILE") => assert_eq!(found.len(), 1, "{found:?}"),
            None => assert!(found.is_empty(), "{found:?}"),
        }
    }
}

#[test]
fn a_secret_that_is_set_twice_or_cannot_be_read_is_named() {
    let temp = ("PINGPOST_STORE__PATH", ":temp:");
    let both =
        [temp, ("PINGPOST_ADMIN__METRICS_TOKEN", "a"), ("PINGPOST_ADMIN__METRICS_TOKEN_FILE", "/nowhere/b")];
    assert_eq!(
        problems(None, &both),
        [
            "environment PINGPOST_ADMIN__METRICS_TOKEN_FILE: admin.metrics_token: both PINGPOST_ADMIN__METRICS_TOKEN and \
          PINGPOST_ADMIN__METRICS_TOKEN_FILE are set; unset PINGPOST_ADMIN__METRICS_TOKEN or \
          PINGPOST_ADMIN__METRICS_TOKEN_FILE"
        ]
    );
    let gone = [temp, ("PINGPOST_ADMIN__METRICS_TOKEN_FILE", "/nowhere/b")];
    assert_eq!(
        problems(None, &gone),
        [
            "environment PINGPOST_ADMIN__METRICS_TOKEN_FILE: admin.metrics_token: the file cannot be read (entity not found); \
          check the path and who may read it"
        ]
    );
}

#[test]
fn a_carrier_in_part_and_a_bad_key_are_named_without_their_values() {
    let env = [
        ("PINGPOST_TWILIO__ACCOUNT_SID", ACCOUNT),
        ("PINGPOST_TWILIO__SHARED_KEY_ID", "KY1"),
        ("PINGPOST_TWILIO__BASE_URL", "http://api.example.com"),
        ("PINGPOST_STORE__MASTER_KEY", "hunter2"),
    ];
    let found = problems(None, &env);
    assert_eq!(
        found,
        [
            "configuration: twilio.shared_key: it is not set, and twilio.shared_key_id is; set PINGPOST_TWILIO__SHARED_KEY",
            "environment PINGPOST_TWILIO__BASE_URL: twilio.base_url: this URL cannot be used; use https, or turn \
             exchange.allow_private_targets on for development",
            "configuration: twilio.auth_token: it is not set, and twilio.account_sid is; set PINGPOST_TWILIO__AUTH_TOKEN",
            "configuration: http.public_base_url: it is not set, and the carrier must reach this server; set \
             PINGPOST_HTTP__PUBLIC_BASE_URL",
            "environment PINGPOST_STORE__MASTER_KEY: store.master_key: this is no key of 32 bytes; write 32 bytes in base64, \
             ex: as `openssl rand -base64 32` prints them",
        ]
    );
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_named() {
    let found = problems(Some("[http\nlisten = \n"), &[("PINGPOST_STORE__PATH", ":temp:")]);
    assert!(!found.is_empty() && found.iter().all(|line| line.contains("this is not TOML")), "{found:?}");
    let gone = Config::load(Some(Path::new("/nowhere/pingpost.toml")), std::iter::empty())
        .expect_err("it is not there");
    assert!(
        gone[0].to_string().starts_with("/nowhere/pingpost.toml:1:1: the file cannot be read"),
        "{gone:?}"
    );
}

#[test]
fn a_world_in_one_process_needs_no_environment() {
    let twilio = TwilioConfig {
        account_sid: ACCOUNT.to_owned(),
        auth_token: "token-of-the-demo".into(),
        auth_token_next: None,
        shared_key: None,
        base_url: "http://127.0.0.1:1".to_owned(),
        request_timeout: Duration::from_secs(4),
        cps: 100,
        census_every: Duration::from_secs(30),
    };
    let config = Config::demo(Demo {
        console: None,
        listen: ([127, 0, 0, 1], 0).into(),
        public_base_url: "http://127.0.0.1:2/".to_owned(),
        twilio,
        master_key: Key32::new([7; 32]),
    });
    assert_eq!(config.store.database, Database::Temporary);
    assert_eq!(config.http.public_base_url.as_deref(), Some("http://127.0.0.1:2"));
    assert!(config.exchange.policy().allow_private_targets && config.twilio.is_some());
    assert!(!format!("{config:?}").contains("token-of-the-demo"));
}

#[test]
fn a_store_is_a_file_or_a_server_and_never_both() {
    let key = ("PINGPOST_STORE__MASTER_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    let url = |url| ("PINGPOST_STORE__URL", url);
    let config = load(None, &[key, url("postgres://u:canary@db/pingpost")]).expect("sound");
    assert!(matches!(config.store.database, Database::Postgres(_)), "{:?}", config.store.database);
    assert!(!format!("{config:?}").contains("canary"), "an address may hold a password");
    let both = problems(Some("[store]\npath = \"a.db\"\n"), &[key, url("postgres://u@db/pingpost")]);
    assert_eq!(
        both,
        ["2:1: store.path: store.url is set as well, and there is one store; \
          remove store.path, or unset the variable of store.url"]
    );
    let none = problems(None, &[key, url("mysql://u:canary@db/pingpost")]);
    assert_eq!(none.len(), 1, "{none:?}");
    assert!(none[0].contains("store.url: this is no URL of Postgres; write postgres://"), "{none:?}");
    assert!(!none[0].contains("canary"), "an address may hold a password");
    let in_the_open = problems(Some("[store]\nurl = \"postgres://u@db/x\"\n"), &[]);
    assert!(in_the_open[0].contains("a secret does not belong in this file"), "{in_the_open:?}");
    let keyless = problems(None, &[url("postgres://u@db/x")]);
    assert!(keyless.iter().any(|problem| problem.contains("store.master_key")), "{keyless:?}");
}

/// What a trunk needs beside it.
const SIP: &str = "[store]\npath = \":temp:\"\n[sip]\nudp = \"192.0.2.1:5060\"\n";

#[test]
fn a_trunk_is_read_with_its_password_from_the_variable_that_it_names() {
    let trunk = "[sip.trunk.acme]\nsources = [\"192.0.2.64/26\"]\nproxy = \"192.0.2.65:5060\"\ntransport = \"tcp\"\n\
        user = \"pingpost\"\npassword = \"env:ACME_PASSWORD\"\nidentity = \"asserted\"\ncalls_max = 30\n\
        caller_user = \"acme\"\ncaller_password = \"env:ACME_CALLER\"\ncaller_digest = \"md5\"\n";
    let secrets = [("ACME_PASSWORD", "hush"), ("ACME_CALLER", "hush too")];
    let config = load(Some(&format!("{SIP}{trunk}")), &secrets).expect("sound");
    assert!(!format!("{config:?}").contains("hush"), "no secret is printed");
    let sip = config.sip.expect("it is on");
    assert_eq!(
        (sip.advertised.to_string(), sip.calls_max, sip.node),
        ("192.0.2.1".to_owned(), 500, "one".to_owned())
    );
    let [trunk] = &*sip.trunks else { panic!("one trunk") };
    assert_eq!((&*trunk.name, trunk.tcp, trunk.calls_max), ("acme", true, 30));
    assert!(trunk.sources[0].holds("192.0.2.70".parse().expect("an address")));
    let credential = trunk.credential.as_ref().expect("it has one");
    assert_eq!((&*credential.user, credential.password.expose_secret()), ("pingpost", "hush"));
    let caller = trunk.digest_in.as_ref().expect("its callers have one");
    assert_eq!((&*caller.user, caller.password.expose_secret()), ("acme", "hush too"));
    assert_eq!(trunk.digests, sip::agent::Digests::Md5);
    assert_eq!((sip.recordings, sip.recordings_room), (None, 20_480 << 20), "nothing is recorded by itself");
    assert!(load(None, &[("PINGPOST_STORE__PATH", ":temp:")]).expect("sound").sip.is_none(), "off by itself");
}

#[test]
fn what_is_wrong_with_a_trunk_is_said_with_its_line_and_its_mend() {
    let trunk = "[sip.trunk.acme]\nsources = [\"here\"]\nproxy = \"acme.example\"\ntransport = \"tls\"\n\
        user = \"pingpost\"\npassword = \"hush\"\ncalls_max = 0\nsorces = []\n[sip.trunk.Acme]\n";
    let found = problems(Some(&format!("{SIP}{trunk}")), &[]);
    for expected in [
        "6:1: sip.trunk.acme.sources: one of these is no address; write IP addresses or networks, ex: [\"192.0.2.0/24\"]",
        "7:1: sip.trunk.acme.proxy: this is no address with a port; write ex: \"192.0.2.1:5060\"",
        "8:1: sip.trunk.acme.transport: there is no such word; write \"udp\" or \"tcp\"",
        "10:1: sip.trunk.acme.password: a secret does not belong in this file; write \"env:NAME\", and set the variable NAME to it",
        "11:1: sip.trunk.acme.calls_max: this is no number of calls; write a whole number from 1 to 20000",
        "12:1: sip.trunk.acme.sorces: there is no such key; a trunk has sources, proxy, transport, user, password, caller_user, caller_password, caller_digest, identity, probe, calls_max",
    ] {
        assert!(found.iter().any(|line| line == expected), "{expected}\n{found:#?}");
    }
    assert!(found.iter().any(|line| line.contains("this is no name of a trunk")), "{found:#?}");
    assert!(found.iter().all(|line| !line.contains("hush")), "no secret is repeated");
    let off = problems(Some("[sip]\nudp = \"0.0.0.0:5060\"\n[store]\npath = \":temp:\"\n"), &[]);
    assert!(off.iter().any(|line| line.contains("sip.advertised")), "{off:?}");
    assert!(off.iter().any(|line| line.contains("no trunk is configured")), "{off:?}");
}
