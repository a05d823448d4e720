//! `pingpost demo`: without configuration, carrier or services.

use std::io::{BufRead, BufReader};

use crate::{
    place::{Place, ended, signal},
    request::get,
};

#[test]
fn one_call_ends_in_one_line_in_this_order() {
    let ran = Place::bare().run(&["demo", "--once", "--json"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    assert_eq!(
        ran.out,
        "{\"outcome\":\"sold\",\"winner\":\"Buyer C\",\"price\":\"91.00\",\"static_price\":\"45.00\",\"pings\":6,\
         \"bids\":3,\"posts\":1,\"pii_in_pings\":0}\n"
    );
}

#[test]
fn the_same_call_by_sip_ends_in_the_same_line() {
    let ran = Place::bare().run(&["demo", "--once", "--json", "--sip"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    assert_eq!(
        ran.out,
        "{\"outcome\":\"sold\",\"winner\":\"Buyer C\",\"price\":\"91.00\",\"static_price\":\"45.00\",\"pings\":6,\
         \"bids\":3,\"posts\":1,\"pii_in_pings\":0}\n"
    );
}

#[test]
fn one_call_is_told_in_words() {
    let ran = Place::bare().run(&["demo", "--once"]);
    assert_eq!((ran.code, &*ran.err), (0, ""), "{}", ran.out);
    for said in ["Sold to Buyer C at $91.00", "$46.00 above the static $45.00"] {
        assert!(ran.out.contains(said), "{said}:\n{}", ran.out);
    }
    assert!(!ran.out.contains("3055550142"), "{}", ran.out);
}

#[test]
fn calls_keep_coming_until_ctrl_c() {
    for name in ["INT", "TERM"] {
        let place = Place::bare();
        let (mut child, log) = place.start(&["demo"]);
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut lines = out.lines().map(|line| line.expect("UTF-8"));
        assert!(lines.any(|line| line.starts_with("The console looks on.")), "{name}");
        let link = lines.next().expect("the link of the first owner");
        let (address, path) = link.strip_prefix("http://").and_then(|it| it.split_once('/')).expect(&link);
        let opened = get(address.parse().expect("an address"), &format!("/{path}"));
        assert_eq!(opened.status, 200, "{name}: {link}");
        assert!(lines.any(|line| line.starts_with("More of all three come now")), "{name}");
        let mut next = || lines.find(|line| !line.is_empty()).expect("more comes");
        assert_eq!(next(), "A form is handed in: sold, $54.60 to its publisher.", "{name}");
        // Rung at once, or in the first minute that the law allows.
        let asked = next();
        assert!(asked.starts_with("Somebody asks to be called: "), "{name}: {asked}");
        let second = next();
        assert!(second.starts_with("Buyer C's line is busy"), "{name}: {second}");
        signal(&child, name);
        assert_eq!(lines.find(|line| line.contains("panicked")), None);
        assert_eq!(ended(child), 0, "{name}: {:?}", log.all());
        assert_eq!(log.all(), Vec::<String>::new(), "{name}");
    }
}
