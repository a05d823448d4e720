//! `pingpost offer health` where there is nothing to say yet, and `pingpost offer propose`.

use crate::place::Place;

#[test]
fn without_settings_it_says_what_to_do() {
    let ran = Place::new().with("LOG__LEVEL", "error").run(&["offer", "health"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert_eq!(ran.err, "pingpost: there are no settings yet: `pingpost settings import FILE`\n");
}

#[test]
fn offers_that_were_never_asked_are_named() {
    let place = Place::new().with("LOG__LEVEL", "error");
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    let told = place.run(&["offer", "health"]).out;
    assert!(
        told.starts_with("buyer-a-medicare: no recent pings; all are sent\n  no pings in the last day\n"),
        "{told}"
    );
    assert_eq!(told.matches("no pings in the last day").count(), 6, "{told}");
    let off = place.with("EXCHANGE__THROTTLE", "false").run(&["offer", "health"]).out;
    assert!(off.starts_with("exchange.throttle is off: every offer is always asked"), "{off}");
}

#[test]
fn a_sample_reply_becomes_a_wire_that_can_be_pasted_below_its_offer() {
    let place = Place::new().with("LOG__LEVEL", "error");
    let sample = r#"{"response":{"status":"success","token":"xesef-lesek","phone_number":"+13055550100","price":"20.0"}}"#;
    let ran = place.run_with(&["offer", "propose"], sample);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    let expected = "[offer.wire.json]\naccepted = \"$.response.status\"\nbid = \"$.response.price\"\n\
        bid_id = \"$.response.token\"\nphone_number = \"$.response.phone_number\"\n\n\
        # With it, the sample is a bid of 20.00 to +13055550100.\n#\n\
        # All values of the sample; one that may be the price has a * before it.\n";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    assert!(ran.out.contains("# * $.response.price  \"20.0\"\n"), "{}", ran.out);
    // What was printed is taken where the offer of the example had its own wire.
    let settings = crate::place::EXAMPLE;
    let at = settings.find("[[buyer]]\nid = \"buyer-d\"").expect("a buyer behind the offer of C");
    place.write("pasted.toml", &format!("{}{}\n{}", &settings[..at], ran.out, &settings[at..]));
    let ran = place.run(&["settings", "import", "pasted.toml"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

#[test]
fn a_sample_that_cannot_be_read_says_why_and_repeats_nothing_of_it() {
    let place = Place::new().with("LOG__LEVEL", "error");
    for (sample, why) in [("[1]", "shape"), ("{\"phone\":\"+13055550100\"", "syntax"), ("", "syntax")] {
        let ran = place.run_with(&["offer", "propose"], sample);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains(&format!("the sample cannot be read ({why})")), "{}", ran.err);
        assert!(!ran.err.contains("3055550100"), "{}", ran.err);
    }
    let long = place.run_with(&["offer", "propose"], &"x".repeat(70_000));
    assert!(long.code == 2 && long.err.contains("at most 65536 bytes"), "{}", long.err);
}
