//! The document: what goes in comes out, what nobody changes stays as it was written, and secrets are never shown.

use serde_json::{Map, Value, json};
use settings::{Document, EditProblem, HIDDEN, Kind, SECTIONS, Settings, explained, pointer};

use crate::world::{EXAMPLE, URLS, parse, parse_with, small_offer};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

fn document(text: &str) -> Document {
    Document::parse(text).expect("it is TOML")
}

fn shown(settings: &Settings) -> String {
    let offers: Vec<_> = settings.offers().collect();
    let campaigns: Vec<_> = settings.campaigns().collect();
    let numbers: Vec<_> = settings.numbers().collect();
    let others = (settings.buyers().collect::<Vec<_>>(), settings.publishers().collect::<Vec<_>>());
    format!("{:#?} {offers:#?} {campaigns:#?} {numbers:#?} {others:#?}", settings.general())
}

#[test]
fn an_entry_that_is_put_back_changes_no_character() {
    let mut edited = document(EXAMPLE);
    for kind in Kind::ALL {
        for (id, entry) in edited.entries(kind) {
            edited.replace(kind, &id, &entry).expect("it is there");
        }
    }
    let general = edited.general();
    edited.set_general(&general);
    assert_eq!(edited.text(), EXAMPLE);
}

#[test]
fn settings_that_are_made_from_entries_are_the_same_settings() {
    let written = document(EXAMPLE);
    let mut made = document("");
    made.set_general(&written.general());
    for kind in Kind::ALL {
        for (_, entry) in written.entries(kind) {
            made.add(kind, &entry).expect("the example holds no secret itself");
        }
    }
    let read = |text: &str| parse_with(text, true).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
    assert_eq!(shown(&read(&made.text())), shown(&read(EXAMPLE)));
}

#[test]
fn a_change_keeps_the_comments_around_it() {
    let text = small_offer("# The buyer asked for this.\ntimeout = \"2s\" # in May\nmin_bid = 5");
    let mut edited = document(&text);
    let mut offer = edited.entry(Kind::Offer, "c-medicare").expect("it is there");
    offer.insert("timeout".to_owned(), json!("3s"));
    offer.insert("static_price".to_owned(), json!("45.10"));
    offer.insert("destination".to_owned(), json!("+18005550199"));
    offer.remove("min_bid");
    edited.replace(Kind::Offer, "c-medicare", &offer).expect("it is there");
    let now = edited.text();
    assert!(now.contains("# The buyer asked for this.\ntimeout = \"3s\" # in May\n"), "{now}");
    assert!(now.contains("static_price = \"45.10\"") && !now.contains("min_bid"), "{now}");
    parse(&now).expect("they hold together");
}

#[test]
fn amounts_are_texts_with_the_digits_that_were_written() {
    let text = small_offer(
        "min_bid = 5\nbid_max = 45.10\ncaps = [{ counts = \"money\", period = \"day\", max = 500 }]",
    );
    let offer = document(&text).entry(Kind::Offer, "c-medicare").expect("it is there");
    assert_eq!(offer["min_bid"], json!("5"));
    assert_eq!(offer["bid_max"], json!("45.10"));
    assert_eq!(offer["caps"], json!([{ "counts": "money", "period": "day", "max": "500" }]));
}

#[test]
fn a_secret_is_hidden_and_stays_when_it_is_put_back() {
    let lines = r#"auth = { bearer = "b34rer" }
signing_secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "env:SET_SIGNING"]
headers = { "X-Api-Token" = "h34der", "X-Source" = "pingpost" }
ping = { as = "json", fields = { "ping.key" = "f13ld", zip = "{zip}" } }"#;
    let text = small_offer(lines);
    let mut edited = document(&text);
    let offer = edited.entry(Kind::Offer, "c-medicare").expect("it is there");
    let seen = Value::Object(offer.clone()).to_string();
    for secret in ["b34rer", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "h34der", "f13ld"] {
        assert!(!seen.contains(secret), "{seen}");
    }
    assert!(
        seen.contains("env:SET_SIGNING") && seen.contains("{zip}") && seen.contains("pingpost"),
        "{seen}"
    );
    edited.replace(Kind::Offer, "c-medicare", &offer).expect("it is there");
    assert_eq!(edited.text(), text);

    // The first of two secrets goes; the second is still itself.
    let two = text.replace("\"env:SET_SIGNING\"", "\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"");
    let mut edited = document(&two);
    let mut offer = edited.entry(Kind::Offer, "c-medicare").expect("it is there");
    offer["signing_secrets"].as_array_mut().expect("a list").remove(0);
    edited.replace(Kind::Offer, "c-medicare", &offer).expect("it is there");
    assert!(edited.text().contains("signing_secrets = [\"whsec_AAAA"), "{}", edited.text());
}

#[test]
fn a_hidden_secret_where_none_is_kept_is_refused() {
    let mut edited = document(&small_offer(""));
    let mut offer = edited.entry(Kind::Offer, "c-medicare").expect("it is there");
    offer.insert("auth".to_owned(), json!({ "bearer": format!("{HIDDEN})") }));
    let refused = edited.replace(Kind::Offer, "c-medicare", &offer);
    assert_eq!(refused, Err(EditProblem::NoSecret("/auth/bearer".to_owned())));
}

#[test]
fn entries_are_added_once_and_taken_away() {
    let mut edited = document("");
    let offer = object(json!({ "id": "a", "buyer": "c", "vertical": "medicare" }));
    assert_eq!(edited.add(Kind::Offer, &offer), Ok(()));
    assert_eq!(edited.add(Kind::Offer, &offer), Err(EditProblem::Exists));
    assert_eq!(edited.replace(Kind::Offer, "b", &offer), Err(EditProblem::Unknown));
    assert_eq!(edited.ids(Kind::Offer), ["a"]);
    assert_eq!(edited.remove(Kind::Offer, "a"), Ok(()));
    assert_eq!(edited.remove(Kind::Offer, "a"), Err(EditProblem::Unknown));
    assert_eq!(edited.text().trim(), "");
}

#[test]
fn a_list_in_braces_is_edited_as_one_under_headings() {
    let mut edited = document("buyer = [{ id = \"c\" }, { id = \"d\" }]\noffer = []\n");
    assert_eq!(edited.ids(Kind::Buyer), ["c", "d"]);
    edited.add(Kind::Buyer, &object(json!({ "id": "e", "name": "E" }))).expect("it is new");
    assert_eq!(parse(&edited.text()).expect("they hold together").buyers().count(), 3);
}

#[test]
fn a_long_script_gets_headings_that_people_can_read() {
    let question = json!({ "field": "zip", "audience": "bidders", "ask": "Please enter your zip code, five digits.", "check": "zip" });
    let campaign = json!({ "id": "m", "vertical": "medicare", "script": { "greeting": "Welcome.", "question": [question] } });
    let mut edited = document("");
    edited.add(Kind::Campaign, &object(campaign)).expect("it is new");
    let text = edited.text();
    assert!(text.contains("[[campaign.script.question]]\n"), "{text}");
    let settings = parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
    assert_eq!(settings.campaigns().next().expect("one").script.questions.len(), 1);
}

#[test]
fn a_problem_is_found_in_the_entry_that_it_is_about() {
    let text =
        small_offer("caps = [{ counts = \"answered\", period = \"day\", max = 0 }]\ntimeout = \"99s\"");
    let problems = parse(&text).expect_err("two are wrong");
    let places: Vec<_> = problems.iter().map(|it| pointer(it, Kind::Offer, "c-medicare", 1)).collect();
    assert_eq!(places, [Some("/caps/0/max".to_owned()), Some("/timeout".to_owned())]);
    assert_eq!(pointer(&problems[0], Kind::Offer, "c-medi", 1), None);
    let text = format!("[[number]]\nnumber = \"+18005550100\"\ncampaign = \"gone\"\n{}", small_offer(""));
    let problems = parse(&text).expect_err("there is no such campaign");
    assert_eq!(pointer(&problems[0], Kind::Number, "+18005550100", 1), Some("/campaign".to_owned()));
    assert!(text.contains(URLS));
}

#[test]
fn every_key_is_explained_to_forms() {
    for section in SECTIONS {
        for key in section.keys() {
            let said = explained(section, key);
            assert!(said.is_some_and(|said| !said.form.is_empty()), "{} {key}", section.title());
        }
    }
    let timeout = explained(settings::Section::Offer, "timeout").expect("a key");
    assert_eq!((timeout.form, timeout.default), ("length of time", "\"2s\""));
    assert!(timeout.meaning.starts_with("How long it may take"));
}
