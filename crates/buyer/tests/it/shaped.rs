//! Requests in an offer's own shape: what networks ask for, from the values of our own requests.

use std::{collections::BTreeMap, time::Duration};

use auction::{
    Auth, CallerId, Credential, Currency, Endpoints, Filling, Manner, Offer, Ping, Shape, Vertical, Wire,
    ZipDigits,
};
use buyer::{
    dialect::{self, Dialect, Line},
    exchange::{ExchangePolicy, HttpRequest},
    shaped::{Shaped, Shapes},
};
use http::Method;
use lead::{AuctionId, Channel, E164, JourneyId, OfferId, Pii, PingId, Timestamp, Value};
use proptest::prelude::*;
use serde_json::json;

use crate::requests::{attempt, field, profile, ranked};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn text(text: &str) -> Filling {
    Filling::Text(text.to_owned())
}

fn shape(manner: Manner, fields: &[(&str, Filling)]) -> Shape {
    let fields = fields.iter().map(|(path, filling)| ((*path).to_owned(), filling.clone())).collect();
    Shape { manner, fields, maps: BTreeMap::new() }
}

fn texts(manner: Manner, fields: &[(&str, &str)]) -> Shape {
    let fields: Vec<_> = fields.iter().map(|(path, it)| (*path, text(it))).collect();
    shape(manner, &fields)
}

fn speaking(ping: Option<Shape>, post: Option<Shape>) -> std::sync::Arc<dyn Dialect> {
    let endpoints = Endpoints {
        ping_url: Some("https://buyer.example/ping?v=2".to_owned()),
        post_url: "https://buyer.example/post".to_owned(),
        confirm_url: None,
        auth: Auth::None,
        headers: BTreeMap::new(),
        signing_secrets: vec![],
        ping,
        post,
        wire: Wire::Own,
    };
    dialect::of(&endpoints, &ExchangePolicy::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn ping() -> Ping {
    let offer = OfferId::parse("c-medicare").expect("a slug");
    let mut profile = profile();
    profile.answer(field("smoker"), Value::Flag(false));
    Ping {
        id: PingId::of(AuctionId::of(JourneyId::of_call("AC1", "CA1"), "0", 0), &offer),
        offer,
        channel: Channel::Call,
        vertical: Vertical::parse("medicare").expect("a vertical"),
        profile,
        zip_digits: ZipDigits::Five,
        tmax: Duration::from_secs(2),
        floor: None,
        currency: Currency::parse("USD").expect("a currency"),
        repeat_of: None,
        test: false,
    }
}

fn pinged(shape: Shape) -> HttpRequest {
    speaking(Some(shape), None).ping(NOW, &ping(), None).expect("a URL for it")
}

fn content_type(request: &HttpRequest) -> Option<&str> {
    let found = request.headers.iter().find(|(name, _)| *name == http::header::CONTENT_TYPE);
    found.and_then(|(_, value)| value.to_str().ok())
}

fn said(request: &HttpRequest) -> &str {
    std::str::from_utf8(&request.body).expect("text")
}

#[test]
fn elocals_ping_lies_inside_an_object_and_holds_its_key() {
    let key = Filling::Secret(Credential::new("s3cret".to_owned()));
    let asked = shape(
        Manner::Json,
        &[("ping.key", key), ("ping.zip_code", text("{zip}")), ("ping.need_id", text("2243"))],
    );
    let request = pinged(asked);
    let expected = json!({"ping": {"key": "s3cret", "need_id": "2243", "zip_code": "33109"}});
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&request.body).expect("JSON"), expected);
    assert_eq!((request.method.clone(), content_type(&request)), (Method::POST, Some("application/json")));
    assert!(!format!("{request:?}").contains("s3cret"));
}

#[test]
fn a_form_a_query_and_xml_say_the_same() {
    let fields = [
        ("State", "{state:name}"),
        ("lead[zip]", "{zip:3}xx"),
        ("Born", "{age:birth_year}"),
        ("none", "{floor}"),
    ];
    let form = pinged(texts(Manner::Form, &fields));
    assert_eq!(said(&form), "Born=1961&State=Florida&lead%5Bzip%5D=331xx");
    assert_eq!(content_type(&form), Some("application/x-www-form-urlencoded"));
    let query = pinged(texts(Manner::Query, &fields));
    assert_eq!((query.method.clone(), said(&query), content_type(&query)), (Method::GET, "", None));
    let plain = texts(
        Manner::Xml("lead".to_owned()),
        &[("who.age", "{age}"), ("who.state", "<{state}>"), ("zip", "{zip}")],
    );
    let xml = pinged(plain);
    assert_eq!(
        said(&xml),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><lead><who><age>65</age><state>&lt;FL&gt;</state></who><zip>33109</zip></lead>"
    );
    assert_eq!(content_type(&xml), Some("application/xml; charset=utf-8"));
}

#[test]
fn a_lone_name_keeps_its_kind_and_a_map_says_it_in_other_words() {
    let mut asked = texts(
        Manner::Json,
        &[
            ("age", "{age}"),
            ("age_text", "{age:text}"),
            ("smokes", "{smoker}"),
            ("as_word", "{smoker:yes_no}"),
            ("as_bit", "{smoker:1_0}"),
            ("absent", "{household}"),
            ("in_text", "a{household}b"),
            ("test", "{test}"),
            ("state", "{state}"),
        ],
    );
    asked.maps = BTreeMap::from([
        ("smoker".to_owned(), BTreeMap::from([("false".to_owned(), "N".to_owned())])),
        ("state".to_owned(), BTreeMap::from([("GA".to_owned(), "Georgia".to_owned())])),
    ]);
    let expected = json!({
        "age": 65, "age_text": "65", "smokes": "N", "as_word": "no", "as_bit": 0, "in_text": "ab", "test": false,
        "state": "FL",
    });
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&pinged(asked).body).expect("JSON"), expected);
}

#[test]
fn a_post_names_the_person_and_keeps_its_content_type_when_it_is_sent_again() {
    let asked = texts(
        Manner::Form,
        &[
            ("first", "{first_name}"),
            ("mobile", "{phone:national}"),
            ("full", "{phone:digits}"),
            ("plus", "{phone}"),
            ("price", "{price}"),
            ("size", "{household_size}"),
            ("at", "{answered_at:epoch}"),
            ("zip", "{zip}"),
        ],
    );
    let (post, _) = attempt(ranked(CallerId::Mask, None)).on_accepted(NOW);
    let body = speaking(None, Some(asked)).post_body(&post, &Line::default());
    let again = speaking(None, None).post(NOW, "sale", &body);
    assert_eq!(
        said(&again),
        "at=1790000000&first=Ada&full=13055550142&mobile=3055550142&plus=%2B13055550142&price=91.00&size=2&zip=33109"
    );
    assert_eq!(content_type(&again), Some("application/x-www-form-urlencoded"));
}

#[test]
fn a_ping_has_nothing_of_a_person_whatever_its_shape_names() {
    // A profile has no such answers, though the lead's identity has; the number needs the offer's own setting.
    let asked = texts(
        Manner::Json,
        &[("a", "{first_name}"), ("b", "{email}"), ("c", "{phone}"), ("d", "x{phone}{last_name}")],
    );
    let speaking = speaking(Some(asked), None);
    let said_to = |phone: Option<&auction::PhoneInPing>| {
        let request = speaking.ping(NOW, &ping(), phone).expect("a URL for it");
        serde_json::from_slice::<serde_json::Value>(&request.body).expect("JSON")
    };
    assert_eq!(said_to(None), json!({"d": "x"}));
    let caller = Pii::new(E164::parse("+13055550142").expect("a number"));
    let shown = offer(true).phone_in_ping(Some(&caller)).expect("the setting is on");
    assert_eq!(said_to(Some(&shown)), json!({"c": "+13055550142", "d": "x+13055550142"}));
    assert!(offer(false).phone_in_ping(Some(&caller)).is_none());
}

fn offer(phone_in_ping: bool) -> Offer {
    let mut offer: Offer = serde_json::from_value(json!({
        "id": "c-medicare", "buyer": "buyer-c", "name": "C", "active": true, "vertical": "medicare",
        "channels": ["call"], "floor_in_ping": false, "priority": 0, "required": [], "caller_id_required": false,
        "filters": [], "hours": null, "caps": [], "concurrency": null, "duplicate": null, "destination": null,
        "caller_id": "mask", "phone_in_ping": phone_in_ping, "zip_digits": "five", "confirm": null, "whisper": null,
        "screening": "off", "floor": "0", "bid_max": null, "payable_max": null, "static_price": null,
        "allowed": auction::Allowed::default(), "timeout": Duration::from_secs(2), "bid_life": Duration::from_secs(60),
        "payable_after": Duration::ZERO, "ring": Duration::from_secs(20), "talk_max": Duration::from_secs(3_600),
        "endpoints": {
            "ping_url": null, "post_url": "https://buyer.example/post", "confirm_url": null, "auth": "none",
            "headers": {}, "signing_secrets": [], "wire": "own",
        },
    }))
    .expect("an offer");
    offer.phone_in_ping = phone_in_ping;
    offer
}

#[test]
fn every_broken_shape_is_named() {
    let says = |shape: Shape, of| {
        let errors = Shaped::new(&shape, of).expect_err("a broken shape");
        errors.into_iter().map(|error| error.to_string()).collect::<Vec<_>>()
    };
    let of_ping =
        |manner: Manner, path: &str, it: &str| says(texts(manner, &[(path, it)]), Shapes::Ping).concat();
    for (path, it, what) in [
        ("a..b", "x", "ping.fields.a..b: a name is 1 to 80 visible characters"),
        ("a.b.c.d.e.f.g.h.i", "x", "its steps are joined by dots, at most 8"),
        ("a", "{zip", "ping.fields.a: the braces do not match"),
        ("a", "zip}", "the braces do not match"),
        ("a", "{a}{b}{c}{d}", "or are more than 3"),
        ("a", "{sale_id}", "the braces name nothing that this request has"),
        ("a", "{Zip}", "the braces name nothing"),
        ("a", "{zip:loud}", "a value is said as text, name, 3"),
        ("a", "line\nbreak", "a text has at most 200 characters in one line"),
    ] {
        let said = of_ping(Manner::Json, path, it);
        assert!(said.contains(what), "{said}");
    }
    assert!(of_ping(Manner::Query, "a", "{phone}").contains("a number never stands in a URL"));
    assert_eq!(of_ping(Manner::Xml("1".to_owned()), "a", "b"), "ping.root: this is no name of an element");
    assert_eq!(
        says(texts(Manner::Json, &[("a", "1"), ("a.b", "2")]), Shapes::Ping),
        ["ping.fields.a.b: another name of the request lies inside this one, or is the same"]
    );
    assert!(
        says(texts(Manner::Query, &[("a", "1")]), Shapes::Post)
            .concat()
            .contains("a lead never stands in a URL")
    );
    assert!(says(texts(Manner::Json, &[]), Shapes::Post).concat().contains("1 to 40 names"));
    let mut mapped = texts(Manner::Json, &[("a", "1")]);
    mapped.maps = BTreeMap::from([("smoker".to_owned(), BTreeMap::new())]);
    assert!(says(mapped, Shapes::Ping).concat().starts_with("ping.maps.smoker: "));
}

#[test]
fn the_longest_query_is_no_longer_than_a_uri_may_be() {
    let word = format!("{}{{state}}{{vertical}}{{ping_id}}", "ü".repeat(87));
    let fields: Vec<_> = (0..40).map(|n| (format!("{n:ü<41}"), word.clone())).collect();
    let fields: Vec<_> = fields.iter().map(|(path, it)| (path.as_str(), it.as_str())).collect();
    assert!(Shaped::new(&texts(Manner::Query, &fields), Shapes::Ping).is_err(), "only visible ASCII names");
    let fields: Vec<_> = (0..40).map(|n| (format!("{n:%<80}"), word.clone())).collect();
    let fields: Vec<_> = fields.iter().map(|(path, it)| (path.as_str(), it.as_str())).collect();
    assert_eq!(word.len(), 200);
    pinged(texts(Manner::Query, &fields));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever somebody writes, a shape is refused or writes a request that can be read, and never panics.
    #[test]
    fn any_shape_is_refused_or_can_be_written(
        manner in 0..4_u8,
        fields in prop::collection::btree_map("[a-z.{<ü]{0,6}", "([a-z<&\"ü]|\\{zip\\}|\\{state:name\\}|[{}:]){0,12}", 0..5),
    ) {
        let manner = match manner {
            0 => Manner::Json,
            1 => Manner::Form,
            2 => Manner::Query,
            _ => Manner::Xml("request".to_owned()),
        };
        let fields = fields.into_iter().map(|(path, it)| (path, Filling::Text(it))).collect();
        let shape = Shape { manner: manner.clone(), fields, maps: BTreeMap::new() };
        if let Ok(shaped) = Shaped::new(&shape, Shapes::Ping) {
            let written = shaped.ping(NOW, &ping(), None);
            match manner {
                Manner::Json => {
                    serde_json::from_slice::<serde_json::Value>(&written.body).expect("JSON");
                }
                Manner::Xml(_) => {
                    buyer::xml::read(&written.body).expect("XML");
                }
                Manner::Form | Manner::Query => {}
            }
            speaking(Some(shape), None).ping(NOW, &ping(), None).expect("a URL for it");
        }
    }
}
