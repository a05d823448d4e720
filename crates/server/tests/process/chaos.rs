//! `pingpost chaos`: three nodes on Postgres and Redis, killed while callbacks go astray, and books that balance.

use std::process::{Command, Output};

const KEYS: [&str; 8] =
    ["accepted", "sales", "posts", "lost", "twice", "cap_overrun", "identities_in_pings", "differences"];

fn chaos(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pingpost"));
    command.arg("chaos").args(arguments).output().expect("the binary starts")
}

#[test]
fn three_nodes_are_killed_and_the_books_balance() {
    let plan = ["--calls", "60", "--rate", "6", "--forms", "20", "--every", "20", "--seed", "3", "--json"];
    let ran = chaos(&[&plan[..], &["--faults", "kill-node,callbacks"]].concat());
    let (said, told) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}\n{told}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let line: serde_json::Value = serde_json::from_str(&said).expect("a line of JSON");
    let [accepted, sales, posts, nothing @ ..] = KEYS.map(|key| line[key].as_u64().expect(key));
    assert!(accepted > 5, "a run without sales shows nothing: {said}");
    assert_eq!((sales, posts, nothing), (accepted, accepted, [0; 5]), "{said}");
    assert_eq!(line["forms"], 20, "each form is one lead, however often it was sent: {said}");
    assert!(line["forms_sold"].as_u64().expect("a count") > 5, "{said}");
    assert_eq!(line["struck"]["kill-node"], 3, "{said}");
    assert_eq!(line["balanced"], true, "{said}");
    let accounts = line["accounts"].as_object().expect("what became of each call");
    let of = |account: &serde_json::Value| account.as_u64().expect("a count");
    assert_eq!(accounts.values().map(of).sum::<u64>(), 60, "every call has an account: {said}");
    assert_eq!((of(&accounts["nowhere"]), of(&accounts["sold"]) > 5), (0, true), "{said}");
}

#[test]
fn a_plan_that_makes_no_sense_is_refused() {
    for (arguments, says) in [
        (&["--redis", "none", "--nodes", "1", "--faults", "flush-redis"][..], "flush-redis needs a Redis"),
        (&["--redis", "none"], "several nodes share light journeys in Redis"),
        (&["--faults", "flood"], "there is no fault \"flood\": kill-node, stop-node"),
        (&["--calls", "0"], "0 is not in 1..=20000"),
    ] {
        let ran = chaos(arguments);
        let told = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{told}");
        assert!(told.contains(says), "{told}");
    }
}
