//! How a script and an input are written down.

use ivr::{Check, Exhausted, Finish, Input, Script};

use crate::world::{question, script};

const WRITTEN: &str = r#"{
    "greeting": [{"play": "welcome.wav"}, {"say": "Hello."}],
    "questions": [
        {
            "field": "zip", "audience": "bidders", "ask": [{"say": "Your zip?"}], "tries_max": 3,
            "input": {"either": {"keys": {"min": 5, "max": 5}, "voice": {"hints": ["zip"]}}},
            "check": "zip", "exhausted": "skip"
        },
        {
            "field": "home", "audience": "bidders", "ask": [{"say": "Own or rent?"}], "tries_max": 1,
            "input": {"keys": {"min": 1, "max": 1, "finish": "pound"}},
            "check": {"choice": {"keys": {"1": "owner", "2": "renter"}}},
            "exhausted": {"end": {"say": [{"say": "Goodbye."}]}},
            "disqualify": [{"when": {"one_of": ["renter"]}, "say": [{"say": "Owners only."}]}]
        },
        {
            "field": "insured", "audience": "bidders", "ask": [{"say": "Insured?"}], "tries_max": 1,
            "input": {"voice": {}}, "check": {"yes_no": {}}, "exhausted": "skip", "disqualify": [{"when": "no"}]
        }
    ]
}"#;

#[test]
fn a_script_is_written_by_people() {
    let script: Script = serde_json::from_str(WRITTEN).expect("a script");
    assert_eq!(script.problems(), []);
    assert_eq!(script.questions[0].input.keys().map(|keys| keys.finish), Some(Finish::Pause));
    assert_eq!(script.questions[0].exhausted, Exhausted::Skip);
    assert_eq!(script.questions[2].check, Check::yes_no());
    let again = serde_json::to_string(&script).expect("text");
    assert_eq!(serde_json::from_str::<Script>(&again).expect("a script"), script);
    for (from, to) in
        [("tries_max\": 1", "tires_max\": 1"), ("\"audience\": \"bidders\",", ""), ("\"min\"", "\"mni\"")]
    {
        assert!(serde_json::from_str::<Script>(&WRITTEN.replace(from, to)).is_err(), "{to}");
    }
}

#[test]
fn every_check_reads_back() {
    let checks =
        [Check::Age { min: -1, max: i64::MAX }, Check::State, Check::Name, Check::Text, Check::Phone];
    let consent = Check::Consent { text_version: "v1".to_owned(), refused: vec![] };
    let script = script(checks.into_iter().chain([consent]).map(|check| question("f", check)));
    let text = serde_json::to_string(&script).expect("text");
    assert_eq!(serde_json::from_str::<Script>(&text).expect("a script"), script);
}

#[test]
fn an_input_is_stored_in_another_form() {
    let words = Input::Words { text: "65".to_owned(), confidence_millis: Some(900) };
    let sealed = words.map(&mut |text: String| text.len());
    assert_eq!(sealed, Input::Words { text: 2, confidence_millis: Some(900) });
    assert_eq!(Input::Keys(5).map(&mut |n: i32| n + 1), Input::Keys(6));
    for input in [sealed, Input::Keys(5), Input::Silence] {
        let text = serde_json::to_string(&input).expect("text");
        assert_eq!(serde_json::from_str::<Input<usize>>(&text).expect("an input"), input, "{text}");
    }
}
