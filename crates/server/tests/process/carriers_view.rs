//! `pingpost check`: the settings, and what the carrier would request for our numbers.

use sandbox::{
    Carrier, CarrierConfig,
    carrier::{Number, RestFault, RestKind, RestRule},
};

use crate::place::{Place, TOKEN};

const OURS: &str = "+18005550100";

fn number(voice_url: &str) -> Number {
    Number {
        number: OURS.to_owned(),
        voice_url: voice_url.to_owned(),
        voice_fallback_url: Some("https://static.example.net/sorry.xml".to_owned()),
        status_callback_url: Some("https://calls.example.com/twilio/call#rc=5".to_owned()),
    }
}

async fn asked(numbers: &[Number], place: Place) -> (Carrier, Place) {
    let carrier = Carrier::start(CarrierConfig::new("https://calls.example.com/twilio/voice")).await;
    for number in numbers {
        carrier.set_number(number.clone());
    }
    let base = carrier.rest_base();
    (carrier, place.with("TWILIO__BASE_URL", &base).with("LOG__LEVEL", "error"))
}

const CHECK: [&str; 3] = ["check", "--settings", "settings.toml"];
const COUNTS: &str = "configuration: ok\nsettings: ok (6 offers, 1 campaigns, 1 numbers)\n";

#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_lead_here_are_all_right() {
    let (_carrier, place) = asked(&[number("https://calls.example.com/twilio/voice")], Place::new()).await;
    let ran = place.run(&CHECK);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert_eq!(ran.out, format!("{COUNTS}carrier: every number leads here\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_url_that_leads_elsewhere_is_told_without_the_number() {
    let wrong = Number {
        voice_fallback_url: None,
        status_callback_url: None,
        ..number("https://old.example.com/twilio/voice")
    };
    let (_carrier, place) = asked(&[wrong], Place::new()).await;
    let ran = place.run(&CHECK);
    assert_eq!((ran.code, &*ran.out), (3, COUNTS));
    assert_eq!(
        ran.err.lines().collect::<Vec<_>>(),
        [
            "campaign medicare: VoiceUrl of a number of it is https://old.example.com/twilio/voice; set it to \
             https://calls.example.com/twilio/voice#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx&tt=14000",
            "campaign medicare: VoiceFallbackUrl of a number of it is not set; set it to \
             https://calls.example.com/twilio/fallback#ct=2000&rt=6000&rc=2&rp=ct,rt,5xx&tt=14000",
            "campaign medicare: StatusCallback of a number of it is not set; set it to \
             https://calls.example.com/twilio/call#rc=5&rp=ct,rt,5xx",
        ]
    );
    assert!(!ran.err.contains("8005550100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_in_the_account_is_told() {
    let (_carrier, place) = asked(&[], Place::new()).await;
    let ran = place.run(&CHECK);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.err, "campaign medicare: a number of it is not in the carrier's account\n");
    assert_eq!(
        place.run(&[&CHECK[..], &["--offline"]].concat()).out,
        format!("{COUNTS}carrier: not asked\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_that_does_not_answer_is_told() {
    let (carrier, place) = asked(&[], Place::new().with("TWILIO__AUTH_TOKEN", "another token")).await;
    let ran = place.run(&CHECK);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("pingpost: asking the carrier for its numbers: "), "{}", ran.err);
    assert!(ran.err.contains("401") && !ran.err.contains("another token"), "{}", ran.err);
    let place = place.with("TWILIO__AUTH_TOKEN", TOKEN);
    let mut faults = sandbox::Faults::none();
    faults.rest = vec![RestRule { on: RestKind::Numbers, fault: RestFault::Refuse(503), times: None }];
    carrier.set_faults(faults);
    let ran = place.run(&CHECK);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("503"), "{}", ran.err);
    let place = place.with("TWILIO__BASE_URL", "http://127.0.0.1:1");
    let ran = place.run(&CHECK);
    assert_eq!(ran.code, 1);
    assert!(ran.err.starts_with("pingpost: asking the carrier for its numbers: "), "{}", ran.err);
}

#[test]
fn check_says_whether_there_are_settings_and_what_is_wrong_with_them() {
    let place = Place::new().with("LOG__LEVEL", "error");
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(
        ran.out,
        "configuration: ok\nsettings: none yet; `pingpost settings import FILE` publishes one\n"
    );
    assert!(!place.path("pingpost.db").exists(), "a check makes no database");
    assert_eq!(place.run(&["settings", "import", "settings.toml"]).code, 0);
    assert_eq!(place.run(&["check", "--offline"]).out, format!("{COUNTS}carrier: not asked\n"));
    place.write(
        "broken.toml",
        "curency = \"USD\"\n[[number]]\nnumber = \"+18005550100\"\ncampaign = \"none\"\n",
    );
    let ran = place.run(&["check", "--settings", "broken.toml", "--offline"]);
    assert_eq!((ran.code, &*ran.out), (2, "configuration: ok\n"));
    assert!(ran.err.contains("broken.toml:1:1: ") && ran.err.contains("`currency`"), "{}", ran.err);
    assert!(ran.err.lines().count() > 1, "{}", ran.err);
    assert!(!ran.err.contains("8005550100"), "{}", ran.err);
}
