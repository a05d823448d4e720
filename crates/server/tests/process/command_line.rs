//! What `pingpost` says of itself, and how its commands end.

use crate::place::Place;

#[test]
fn help_teaches_every_command() {
    let place = Place::bare();
    let whole = place.run(&["--help"]);
    assert_eq!((whole.code, &*whole.err), (0, ""));
    for said in [
        "Sells each call to the buyer who pays most for it",
        "New here? `pingpost demo` plays a call",
        "serve ",
        "demo ",
        "check ",
        "doctor ",
        "key ",
        "completions ",
        "settings ",
        "migrate ",
        "call ",
        "offer ",
        "post ",
        "version ",
        "--config <FILE>",
        "Exit codes:",
        "  0  done",
        "  1  something failed while running",
        "  2  the command line, the configuration or the settings are wrong",
        "  3  `check` found something at the carrier",
        "PINGPOST_SECTION__KEY in the environment over --config FILE over the defaults",
    ] {
        assert!(whole.out.contains(said), "{said}:\n{}", whole.out);
    }
    for (command, said) in [
        (&["serve"][..], "--settings <FILE>"),
        (&["serve"], "SIGTERM and Ctrl-C finish what is under way"),
        (&["demo"], "--once"),
        (&["check"], "--offline"),
        (&["check"], "Do not ask the carrier"),
        (&["settings"], "import"),
        (&["migrate"], "does not begin with the tables of another release"),
        (&["settings", "import"], "running calls keep theirs"),
        (&["settings", "export"], "--version <VERSION>"),
        (&["offer", "health"], "until it answers again"),
        (&["offer", "propose"], "Every value of the sample is listed with its path"),
        (&["call", "export"], "each personal value replaced by a stable fake"),
        (&["call", "export"], "--sales"),
        (&["call", "simulate"], "--answer <FIELD=TEXT>"),
        (&["doctor"], "what may be meant so is a warning"),
        (&["key", "new"], "which its owner alone may read"),
        (&["post"], "under the same id on every try"),
        (&["post", "list"], "--state <STATE>"),
        (&["post", "list"], "held: its offer's post URL answered 410"),
        (&["post", "replay"], "A lead is not sent again for a sale that is void"),
        (&["post", "replay"], "Exits with 1 if there was nothing to send of a sale that was named"),
        (&["post", "enable"], "what was held is sent, the oldest first"),
        (&["post", "offers"], "whose post URL fails"),
    ] {
        let help = place.run(&[command, &["--help"]].concat());
        assert_eq!(help.code, 0, "{command:?}");
        assert!(help.out.contains(said), "{command:?}: {said}:\n{}", help.out);
        assert!(help.out.contains("Usage: pingpost"), "{command:?}:\n{}", help.out);
    }
}

#[test]
fn the_version_is_the_packages() {
    let expected = format!("pingpost {}\n", env!("CARGO_PKG_VERSION"));
    for arguments in [["version"], ["--version"]] {
        let ran = Place::bare().run(&arguments);
        assert_eq!((ran.code, ran.out, ran.err), (0, expected.clone(), String::new()));
    }
}

#[test]
fn a_wrong_command_line_is_told_with_what_was_meant() {
    let place = Place::bare();
    for (arguments, said) in [
        (&[][..], "Usage: pingpost"),
        (&["sreve"], "serve"),
        (&["check", "--ofline"], "--offline"),
        (&["settings"], "import"),
        (&["settings", "import"], "<FILE>"),
        (&["settings", "export", "--version", "one"], "invalid value '…' for '--version"),
        (&["call", "export", "CA1"], "invalid value '…' for '<JOURNEY>'"),
        (&["post", "list", "--state", "lost"], "write one of waiting, due, held, claimed"),
        (&["post", "list", "--limit", "1001"], "write a number from 1 to 1000"),
        (&["post", "replay"], "--all-dead"),
        (&["post", "replay", "--offer", "buyer-c-medicare"], "--dead"),
        (&["post", "replay", "--dead"], "--offer"),
        (&["post", "replay", "--all-dead", "0f3f1a52-8f36-5d43-8a5e-2f6a3c1f9d77"], "cannot be used with"),
        (&["post", "enable", "Buyer C"], "invalid value '…' for '<OFFER>'"),
        (&["demo", "--json"], "--once"),
        (&["version", "now"], "unexpected argument '…'"),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{arguments:?}: {said}:\n{}", ran.err);
    }
}

#[test]
fn what_was_typed_where_it_does_not_belong_is_not_said_again() {
    let place = Place::bare();
    let typed = ["+13055550142", "13055550142", "Quince Velst", "--3055550142", "--phone-of=+13055550142"];
    let commands = [
        &[][..],
        &["erase"],
        &["erase", "--journey"],
        &["erase", "--sale"],
        &["erase", "--phone", "1", "--yes"],
        &["call"],
        &["call", "export"],
        &["offer", "health"],
        &["post", "list", "--limit"],
        &["post", "list", "--state"],
        &["post", "list", "--offer"],
        &["post", "replay"],
        &["settings", "export", "--version"],
        &["serve"],
        &["version"],
    ];
    for (command, value) in commands.iter().flat_map(|command| typed.map(|value| (command, value))) {
        let ran = place.run(&[*command, &[value]].concat());
        // Such a thing may be an offer's id.
        if ran.code == 1 {
            continue;
        }
        let said = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.code, 2, "{command:?} {value}: {said}");
        let found = ["5550142", "Velst"].iter().any(|part| said.contains(part));
        assert!(!found, "{command:?} {value}: {said}");
    }
}

#[test]
fn serve_needs_a_carrier_and_settings() {
    let ran = Place::bare().with("STORE__PATH", ":temp:").run(&["serve"]);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "no carrier is configured: set twilio.account_sid, twilio.auth_token and http.public_base_url, or sip.udp and a trunk, or \
         carrier.kind = \"simulator\" for the built-in one; `pingpost demo` needs none\n"
    );
    let ran = Place::new().run(&["serve"]);
    assert_eq!(ran.code, 2);
    let last = ran.err.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        "there are no settings yet: write one (docs/reference/settings.md) and `pingpost settings import FILE`, \
         or let the console be on and make them there"
    );
    let place = Place::new();
    place.write("broken.toml", "curency = \"USD\"\n");
    let ran = place.run(&["serve", "--settings", "broken.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("broken.toml:1:1: "), "{}", ran.err);
    let ran = Place::new().run(&["serve", "--settings", "missing.toml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("missing.toml: the file cannot be read (entity not found)"), "{}", ran.err);
}

#[test]
fn a_call_that_is_not_there_is_told() {
    let ran = Place::new().run(&["call", "export", "00000000-0000-0000-0000-000000000000"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.err.ends_with("pingpost: there is no such call; a call that promised nothing leaves no record\n"),
        "{}",
        ran.err
    );
}
