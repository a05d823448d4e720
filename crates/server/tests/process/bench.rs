//! `pingpost bench`: its books come out even. No time of it is looked at: this machine has other things to do.

use crate::place::Place;

#[test]
fn short_loads_are_sold_to_the_best_bids_and_posted_once_each() {
    let words =
        ["bench", "--only", "smoke,smoke-forms", "--passes", "1", "--seconds", "2", "--warm", "1", "--json"];
    let ran = Place::bare().run(&words);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("one JSON line");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), &report["left_out"]), (2, &serde_json::json!({})), "{}", ran.out);
    for row in rows {
        let counted = |name: &str| row["median"][name].as_u64().expect("a whole number");
        assert!(counted("calls") > 0 && counted("sold_cents") > 0, "{}", ran.out);
        assert_eq!(counted("pings_per_100_calls"), 600, "each offer is asked once a lead");
        assert!(counted("closes_known") > 0, "the close of its auctions is recorded: {}", ran.out);
        let wrong = row["wrong"].as_object().expect("counters");
        assert_eq!(wrong.len(), 8);
        assert!(wrong.values().all(|count| *count == 0), "{}", ran.out);
    }
}

#[test]
fn a_short_load_by_sip_is_sold_to_the_best_bids_and_what_two_say_is_passed_on() {
    let words = ["bench", "--only", "smoke-sip", "--passes", "1", "--seconds", "3", "--warm", "4", "--json"];
    let ran = Place::bare().run(&words);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("one JSON line");
    let [calls, talks] = &report["rows"].as_array().expect("rows")[..] else { panic!("{}", ran.out) };
    let counted = |row: &serde_json::Value, name: &str| row["median"][name].as_u64().expect("a whole number");
    assert!(counted(calls, "sold") > 0, "{}", ran.out);
    assert_eq!(counted(calls, "sold"), counted(calls, "calls"), "{}", ran.out);
    assert_eq!(counted(calls, "pings_per_100_calls"), 600, "each offer is asked once a call");
    let (relayed, lost) = (counted(talks, "relayed"), counted(talks, "lost"));
    assert!(relayed >= 500 && lost * 200 <= relayed, "{}", ran.out);
    for row in [calls, talks] {
        assert!(row["wrong"].as_object().expect("counters").values().all(|it| *it == 0), "{}", ran.out);
    }
}

#[test]
fn a_scenario_that_is_none_is_named_with_those_that_are() {
    let ran = Place::bare().run(&["bench", "--only", "memory-7"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("memory-7") && ran.err.contains("memory-6"), "{}", ran.err);
}
