//! Whole interviews.

use std::collections::BTreeSet;

use ivr::{Check, Condition, Consent, Disqualify, Exhausted, Interview, Refusal, Step, Why};
use lead::{Audience, FieldName, Pii, geo::State};

use crate::world::{check, field, heard, input, now, number, question, say, script, shown};

fn state(code: &str) -> State {
    State::parse(code).expect("a state")
}

fn medicare() -> ivr::Script {
    let mut age = question("age", Check::Age { min: 1, max: 120 });
    age.disqualify = vec![Disqualify { when: Condition::Under(64), say: say("too young") }];
    let mut consent = question(
        "consent",
        Check::Consent { text_version: "tcpa-3".to_owned(), refused: say("goodbye then") },
    );
    consent.audience = Audience::Winner;
    consent.exhausted = Exhausted::End { say: say("goodbye") };
    script([question("zip", Check::Zip), age, question("first_name", Check::Name), consent])
}

#[test]
fn a_caller_answers_everything() {
    let interview = check(
        &medicare(),
        &["33109", "sixty five", "my name is Ada", "yes"],
        &["hello / zip", "age", "first_name", "consent", "one moment"],
    );
    assert_eq!(interview.step(), Step::Done);
    assert_eq!(interview.consent(), Some(&Consent::spoken("tcpa-3".to_owned(), now())));
    let early = interview.profile_so_far(Some(&number("+13055550142")));
    let lead = interview.into_lead(Some(number("+13055550142")));
    assert_eq!(shown(&lead.profile), "age=65 area_code=305 state=FL zip=33109");
    assert_eq!(early, lead.profile);
    let derived: Vec<_> = lead.profile.derived().map(FieldName::as_str).collect();
    assert_eq!(derived, ["area_code", "state"]);
    assert_eq!(lead.identity.phone, Some(number("+13055550142")));
    assert_eq!(lead.identity.fields.get(&field("first_name")), Some(&Pii::new("Ada".to_owned())));
    assert_eq!(lead.identity.fields.len(), 1);
}

#[test]
fn an_auction_may_open_before_the_end() {
    let interview = check(&medicare(), &["33109", "65"], &["hello / zip", "age", "first_name"]);
    assert_eq!(shown(interview.profile()), "age=65 zip=33109");
    assert_eq!(shown(&interview.profile_so_far(None)), "age=65 state=FL zip=33109");
    let left: Vec<_> = interview.still_to_ask().map(FieldName::as_str).collect();
    assert_eq!(left, ["first_name", "consent"]);
}

#[test]
fn the_end_does_not_move() {
    let mut interview = check(&medicare(), &["33109", "17"], &["hello / zip", "age", "too young"]);
    let refusal = Refusal { field: field("age"), why: Why::Disqualified, say: say("too young") };
    assert_eq!(interview.on_input(now(), &input("65")), Step::Refused(refusal));
    assert_eq!((interview.ask(), interview.still_to_ask().count()), (None, 0));
    assert_eq!(shown(interview.profile()), "age=17 zip=33109");

    let mut done = check(&script([question("zip", Check::Zip)]), &["33109"], &["hello / zip", "one moment"]);
    assert_eq!(done.on_input(now(), &input("10001")), Step::Done);
    assert_eq!(shown(done.profile()), "zip=33109");
}

#[test]
fn a_wrong_answer_is_asked_again_and_then_skipped_or_the_end() {
    check(&medicare(), &["00000", "-", "200"], &["hello / zip", "zip again", "age", "age again"]);
    let mut last = question("age", Check::Age { min: 18, max: 99 });
    last.exhausted = Exhausted::End { say: say("goodbye") };
    let interview = check(&script([last]), &["?", "-"], &["hello / age", "age again", "goodbye"]);
    let Step::Refused(refusal) = interview.step() else { panic!("refused") };
    assert_eq!((refusal.why, refusal.field), (Why::NoAnswer, field("age")));
    assert_eq!(shown(interview.profile()), "");
}

#[test]
fn silence_has_words_of_its_own() {
    let mut zip = question("zip", Check::Zip);
    zip.on_silence = say("are you there");
    zip.tries_max = 4;
    let asked = ["hello / zip", "are you there / zip", "zip again", "are you there / zip", "one moment"];
    check(&script([zip.clone()]), &["-", "1", "#", "   "], &asked);
    zip.again.clear();
    zip.on_silence.clear();
    check(&script([zip]), &["-", "1"], &["hello / zip", "zip", "zip"]);
}

#[test]
fn consent_is_given_or_refused_never_assumed() {
    let to_consent = ["33109", "65", "Ada"];
    let asked = ["hello / zip", "age", "first_name", "consent"];
    for no in ["2", "no", "I do not agree"] {
        let interview =
            check(&medicare(), &[&to_consent[..], &[no]].concat(), &[&asked[..], &["goodbye then"]].concat());
        let Step::Refused(refusal) = interview.step() else { panic!("refused") };
        assert_eq!((refusal.why, interview.consent()), (Why::ConsentRefused, None));
    }
    let silent = [&to_consent[..], &["what?", "-"]].concat();
    let interview = check(&medicare(), &silent, &[&asked[..], &["consent again", "goodbye"]].concat());
    let Step::Refused(refusal) = interview.step() else { panic!("refused") };
    assert_eq!((refusal.why, interview.consent()), (Why::NoAnswer, None));
}

#[test]
fn consent_for_bidders_is_a_flag() {
    let ask = question("consent", Check::Consent { text_version: "v1".to_owned(), refused: vec![] });
    let interview = check(&script([ask]), &["1"], &["hello / consent", "one moment"]);
    assert_eq!(shown(interview.profile()), "consent=yes");
}

#[test]
fn a_state_that_contradicts_the_zip_is_asked_again() {
    let both = script([question("zip", Check::Zip), question("state", Check::State)]);
    let heard = ["hello / zip", "state", "state again", "one moment"];
    let corrected = check(&both, &["33109", "Georgia", "Florida"], &heard);
    assert_eq!(shown(corrected.profile()), "state=FL zip=33109");
    let insisted = check(&both, &["33109", "Georgia", "Georgia"], &heard);
    assert_eq!(shown(&insisted.profile_so_far(None)), "state=FL zip=33109");
    assert_eq!(insisted.profile_so_far(None).derived().count(), 1);
}

#[test]
fn a_zip_that_contradicts_the_state_counts_when_it_is_repeated() {
    let both = script([question("state", Check::State), question("zip", Check::Zip)]);
    let heard = ["hello / state", "zip", "zip again", "one moment"];
    let insisted = check(&both, &["Georgia", "33109", "33109"], &heard);
    assert_eq!(shown(insisted.profile()), "zip=33109");
    assert_eq!(shown(&insisted.profile_so_far(None)), "state=FL zip=33109");
    let silent = check(&both, &["Georgia", "33109", "-"], &heard);
    assert_eq!(shown(&silent.profile_so_far(None)), "state=GA");
}

#[test]
fn no_contradiction_gets_around_an_excluded_state() {
    let mut place = question("state", Check::State);
    let florida = Condition::InStates(BTreeSet::from([state("FL")]));
    place.disqualify = vec![Disqualify { when: florida, say: say("not in Florida") }];
    let (zip, georgia) = (question("zip", Check::Zip), "Georgia");
    check(
        &script([zip.clone(), place.clone()]),
        &["33109", georgia, georgia],
        &["hello / zip", "state", "state again", "not in Florida"],
    );
    check(
        &script([place, zip]),
        &[georgia, "33109", "33109"],
        &["hello / state", "zip", "zip again", "not in Florida"],
    );
}

#[test]
fn a_number_that_was_asked_for_replaces_the_callers() {
    let ask = script([question("callback_number", Check::Phone)]);
    let interview = check(&ask, &["2125550187#"], &["hello / callback_number", "one moment"]);
    let lead = interview.into_lead(Some(number("+13055550142")));
    assert_eq!(lead.identity.phone, Some(number("+12125550187")));
    assert_eq!(shown(&lead.profile), "area_code=305 state=FL");
    let anonymous = check(&ask, &["2125550187"], &["hello / callback_number", "one moment"]).into_lead(None);
    assert_eq!(shown(&anonymous.profile), "");
    assert_eq!(anonymous.identity.caller, None, "a number that is said shows on nobody's phone");
}

#[test]
fn a_number_that_follows_no_place_has_no_geography() {
    for text in ["+18005550142", "+15005550142", "+442079460123"] {
        let lead = Interview::begin(script([]).into()).into_lead(Some(number(text)));
        assert_eq!(shown(&lead.profile), "");
        assert_eq!(lead.identity.phone, Some(number(text)));
    }
}

#[test]
fn an_answer_for_the_winner_stays_out_of_the_profile() {
    let mut income = question("income", Check::Number { min: 0, max: 999_999_999 });
    income.audience = Audience::Winner;
    income.disqualify = vec![Disqualify { when: Condition::Under(10), say: say("goodbye") }];
    income.input = crate::world::either(1, 9);
    let lead = check(&script([income]), &["50000000"], &["hello / income", "one moment"]).into_lead(None);
    assert_eq!(shown(&lead.profile), "");
    assert_eq!(lead.identity.fields.get(&field("income")), Some(&Pii::new("50000000".to_owned())));
}

#[test]
fn a_script_without_questions_is_done_at_once() {
    let interview = Interview::begin(script([]).into());
    assert_eq!((interview.step(), interview.ask()), (Step::Done, None));
    assert_eq!(heard(&interview), "hello / one moment");
}

#[test]
fn a_first_try_is_told_from_a_second() {
    let mut interview = Interview::begin(medicare().into());
    assert_eq!(interview.ask().map(|ask| (ask.field, ask.try_number)), Some((field("zip"), 1)));
    interview.on_input(now(), &input("-"));
    assert_eq!(interview.ask().map(|ask| (ask.field, ask.try_number)), Some((field("zip"), 2)));
    interview.on_input(now(), &input("33109"));
    assert_eq!(interview.ask().map(|ask| (ask.field, ask.try_number)), Some((field("age"), 1)));
}
