//! `pingpost offer health` where there is nothing to say yet.

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
