//! `pingpost key new`, and what shells complete by.

use std::os::unix::fs::PermissionsExt;

use crate::place::Place;

#[test]
fn a_key_is_drawn_into_a_file_that_nobody_else_reads_and_nothing_is_overwritten() {
    let place = Place::new().without("STORE__MASTER_KEY").with("STORE__MASTER_KEY_FILE", "master.key");
    let place = place.with("LOG__LEVEL", "error");
    let ran = place.run(&["key", "new", "--file", "master.key"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains("PINGPOST_STORE__MASTER_KEY_FILE=master.key"), "{}", ran.out);
    let key = std::fs::read_to_string(place.path("master.key")).expect("it was made");
    assert!(!ran.out.contains(key.trim()), "it is not shown");
    let mode = std::fs::metadata(place.path("master.key")).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = place.run(&["key", "new", "--file", "master.key"]);
    assert_eq!((again.code, again.err.contains("there is such a file already")), (2, true), "{}", again.err);
    assert_eq!(std::fs::read_to_string(place.path("master.key")).expect("it is there"), key);
    let nowhere = place.run(&["key", "new", "--file", "nowhere/master.key"]);
    assert_eq!(nowhere.code, 1, "{}", nowhere.err);
    let ran = place.run(&["settings", "import", "settings.toml"]);
    assert_eq!(ran.code, 0, "it is taken as a key: {}", ran.err);
    let [one, two] = [place.run(&["key", "new"]).out, place.run(&["key", "new"]).out];
    assert!(one != two && one.trim().len() == 44, "{one}");
}

#[test]
fn shells_complete_every_command() {
    let place = Place::bare();
    for shell in ["bash", "zsh", "fish"] {
        let ran = place.run(&["completions", shell]);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{shell}");
        for command in ["serve", "doctor", "simulate", "completions"] {
            assert!(ran.out.contains(command), "{shell}: {command}");
        }
    }
    let ran = place.run(&["completions", "none"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}
