//! `pingpost bench`: its books come out even. No time of it is looked at: this machine has other things to do.

use crate::place::Place;

#[test]
fn a_short_load_is_sold_to_the_best_bids_and_posted_once_each() {
    let words = ["bench", "--only", "smoke", "--passes", "1", "--seconds", "2", "--warm", "1", "--json"];
    let ran = Place::bare().run(&words);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("one JSON line");
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!((rows.len(), &report["left_out"]), (1, &serde_json::json!({})), "{}", ran.out);
    let counted = |name: &str| rows[0]["median"][name].as_u64().expect("a whole number");
    assert!(counted("calls") > 0 && counted("sold_cents") > 0, "{}", ran.out);
    assert_eq!(counted("pings_per_100_calls"), 600, "each offer is asked once a call");
    let wrong = rows[0]["wrong"].as_object().expect("counters");
    assert_eq!(wrong.len(), 8);
    assert!(wrong.values().all(|count| *count == 0), "{}", ran.out);
}

#[test]
fn a_scenario_that_is_none_is_named_with_those_that_are() {
    let ran = Place::bare().run(&["bench", "--only", "memory-7"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("memory-7") && ran.err.contains("memory-6"), "{}", ran.err);
}
