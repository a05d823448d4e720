//! Forms of values that a settings file may have.

use std::time::Duration;

use auction::{Auth, CallerId, Expiry, Filter, Screening, Test, Wire};
use ivr::{Check, Condition, Exhausted, InputKind, Speech};
use journey::{Recording, Then};
use lead::{Audience, Money, OfferId};

use crate::world::{SECRET, parse, small_offer};

fn offer(text: &str) -> auction::Offer {
    let settings = parse(&small_offer(text)).unwrap_or_else(|problems| panic!("{problems:?}"));
    let offer = settings.offer(&OfferId::parse("c-medicare").expect("an id")).expect("the offer");
    offer.as_ref().clone()
}

#[test]
fn amounts_are_read_from_the_files_own_digits() {
    for text in ["45.10", "\"45.10\"", "45.1", "\"45.1\""] {
        assert_eq!(offer(&format!("min_bid = {text}")).floor, Money::from_micros(45_100_000), "{text}");
    }
    assert_eq!(offer("min_bid = 45").floor, Money::from_units(45));
}

#[test]
fn credentials_come_from_the_environment() {
    let bearer = offer("auth = { bearer = \"env:SET\" }").endpoints.auth;
    assert!(matches!(&bearer, Auth::Bearer(secret) if secret.expose() == SECRET));
    let key = offer("auth = { header = \"X-Api-Key\", key = \"env:SET\" }").endpoints.auth;
    assert!(matches!(&key, Auth::ApiKey { header, key } if header == "x-api-key" && key.expose() == SECRET));
    let headers = offer("headers = { \"X-Token\" = \"env:SET\", \"X-Source\" = \"us\" }").endpoints.headers;
    assert_eq!(headers.get("x-token").map(String::as_str), Some(SECRET));
    assert_eq!(headers.get("x-source").map(String::as_str), Some("us"));
    assert_eq!(offer("signing_secrets = [\"env:SET_SIGNING\"]").endpoints.signing_secrets.len(), 1);
}

#[test]
fn a_secret_in_the_file_is_warned_of_and_never_shown() {
    let text = small_offer("auth = { bearer = \"hunter2-hunter2\" }");
    let settings = parse(&text).expect("sound");
    let warnings: Vec<_> = settings.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "settings.toml:30:19: offer.c-medicare.auth.bearer: a secret stands in the file itself; write \"env:NAME\", and \
          set that variable of the environment"
        ]
    );
    let shown = format!("{settings:?} {:?}", settings.offers().collect::<Vec<_>>());
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn debug_of_settings_shows_no_secret_header_url_or_number() {
    let text = small_offer("headers = { \"X-Token\" = \"env:SET\" }\ndestination = \"+13055550203\"");
    let shown = format!("{:?}", parse(&text).expect("sound"));
    for hidden in [SECRET, "example", "3055550203", "8005550100"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("c-medicare"), "{shown}");
}

#[test]
fn filters_stand_by_field_in_their_order() {
    let filters = offer(
        "filters = { zip = { starts_with = [\"331\"], not_in = [\"33109\"] }, home = { in = [\"Owner\"] } }",
    )
    .filters;
    let names: Vec<_> = filters.iter().map(|filter| filter.field.as_str()).collect();
    assert_eq!(names, ["home", "zip", "zip"]);
    assert!(matches!(&filters[2], Filter { test: Test::StartsWith(heads), .. } if heads.contains("331")));
}

#[test]
fn hours_with_their_zone_holidays_and_closures() {
    let hours = offer(
        "hours = { mon = [\"09:00-12:00\", \"13:00-24:00\"], closed = [2026-12-25, \"2026-12-26\"], closures = [{ from = \
         2026-11-26T12:00:00-05:00, to = \"2026-11-26T18:00:00-05:00\" }] }",
    );
    let hours = hours.hours.expect("hours");
    assert_eq!(hours.zone, "UTC");
    assert_eq!(
        hours.spans.iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(),
        [(540, 720), (780, 1_440)]
    );
    assert_eq!((hours.closed_dates.len(), hours.closures.len()), (2, 1));
    assert_eq!(hours.closures[0].0.to_string(), "2026-11-26T17:00:00.000000Z");
}

#[test]
fn a_mapping_and_the_rest_of_the_line() {
    let offer = offer(
        "wire = { json = { bid = \"$.response.price\", expiry = { epoch_millis = \"$.bidExpireEpoch\" } } }\ncaller_id = \
         \"pass\"\nconfirm = { timeout = \"1500ms\", phone = true }\nwhisper = \"Medicare call, {state} {zip}\"\nscreening = \
         \"press_one\"",
    );
    let Wire::Json(mapping) = &offer.endpoints.wire else { panic!("JSON") };
    assert_eq!(mapping.bid, "$.response.price");
    assert_eq!(mapping.expiry, Some(Expiry::EpochMillis("$.bidExpireEpoch".to_owned())));
    assert_eq!((offer.caller_id, offer.screening), (CallerId::Pass, Screening::PressOne));
    assert_eq!(offer.confirm.map(|confirm| confirm.timeout), Some(Duration::from_millis(1_500)));
}

#[test]
fn a_network_is_named_instead_of_its_mapping() {
    let wire = offer("wire = \"ringba\"").endpoints.wire;
    assert!(matches!(&wire, Wire::Json(mapping) if mapping.bid == "$.bidAmount"));
    assert_eq!(offer("wire = \"own\"").endpoints.wire, Wire::Own);
}

#[test]
fn a_script_in_every_form() {
    let text = r#"
[[campaign]]
id = "home"
vertical = "home"
recording = { notice = ["This call is recorded.", { play = "beep.wav" }] }
repeat = { window = "30d", then = "without_them" }
[campaign.script]
greeting = ["Welcome.", { play = "chime.wav" }]
[[campaign.script.question]]
field = "consent"
audience = "winner"
ask = "Press 1 to agree."
check = { consent = { text_version = "v1", refused = "Goodbye." } }
[[campaign.script.question]]
field = "home"
audience = "bidders"
ask = "Owner or renter?"
input = "either"
hints = ["I own"]
check = { choice = { keys = { "1" = "owner" }, words = { "I Rent" = "renter" } } }
disqualify = [{ one_of = ["renter"], say = "Sorry." }]
[[campaign.script.question]]
field = "size"
audience = "bidders"
ask = "How many are you?"
check = { number = { min = 1, max = 12 } }
if_unanswered = { say = "Goodbye." }
"#;
    let settings = parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let campaign = settings.campaigns().next().expect("the campaign");
    let script = &campaign.script;
    assert_eq!(script.greeting, [Speech::Say("Welcome.".to_owned()), Speech::Play("chime.wav".to_owned())]);
    let [consent, home, size] = &script.questions[..] else { panic!("three questions") };
    assert!(matches!(&consent.exhausted, Exhausted::End { say } if say.len() == 1));
    assert_eq!(consent.audience, Audience::Winner);
    assert!(
        matches!(&home.input, InputKind::Either { keys, voice } if keys.max == 1 && voice.hints.len() == 1)
    );
    assert!(matches!(&home.check, Check::Choice { words, .. } if words.contains_key("i rent")));
    assert!(matches!(&home.disqualify[0].when, Condition::OneOf(words) if words.len() == 1));
    assert!(matches!(&size.input, InputKind::Keys(keys) if (keys.min, keys.max) == (1, 2)));
    assert!(matches!(&campaign.recording, Recording::On { notice } if notice.len() == 2));
    assert_eq!((campaign.repeat.then, campaign.repeat.window.as_secs()), (Then::WithoutThem, 30 * 86_400));
}

#[test]
fn a_round_lasts_as_long_as_its_slowest_offer() {
    let settings = parse(&small_offer("timeout = \"12s\"")).expect("sound");
    assert_eq!(settings.campaigns().next().map(|campaign| campaign.rules.budget.as_secs()), Some(12));
}
