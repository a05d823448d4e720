//! Who is dialled, and by which rule who is not.

use std::time::Duration;

use bridge::permit::{
    self, Asked, Check, Findings, Law, Listed, Needs, PERMIT_LIFE_MAX, Permit, Refused, Requirements, Rule,
};
use lead::{
    Consent, Covers, E164, Pii, Timestamp,
    geo::{State, Zip},
};
use proptest::prelude::*;

/// Tuesday 2026-09-22, 15:00 in New York.
const AFTERNOON: Timestamp = Timestamp::from_secs(1_790_103_600);
const HOUR: Duration = Duration::from_secs(3600);

fn miami() -> Asked {
    Asked {
        phone: Pii::new(E164::parse("+13055550142").expect("a number")),
        zip: Zip::parse("33109").ok(),
        state: State::parse("FL"),
        consent: Some(consent()),
        requirements: Requirements { brand: "Example Health".into(), ..Requirements::default() },
        findings: Findings {
            suppressed: false,
            own_number: false,
            buyer_number: false,
            national_list: Listed::Clear,
            litigators: Listed::Clear,
        },
        dials: vec![],
    }
}

fn consent() -> Consent {
    Consent {
        text_version: "web-3".into(),
        given_at: AFTERNOON - 48 * HOUR,
        covers: [Covers::Calls, Covers::AutomatedVoice].into(),
        sellers: vec!["example health ".into()],
        recording: None,
    }
}

fn check(asked: &Asked) -> Result<Permit, Refused> {
    permit::check(asked, &Law::written(), AFTERNOON)
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Asked), rule: Rule) {
    let mut asked = miami();
    change(&mut asked);
    assert_eq!(check(&asked).expect_err("refused"), Refused { rule, until: None });
}

fn dial(asked: &mut Asked, number: &str) {
    asked.phone = Pii::new(E164::parse(number).expect("a number"));
}

#[test]
fn an_afternoon_in_miami_is_permitted_for_a_minute() {
    let permit = check(&miami()).expect("permitted");
    assert_eq!(permit.good_until(), AFTERNOON + PERMIT_LIFE_MAX);
    assert!(permit.is_good(AFTERNOON) && !permit.is_good(AFTERNOON + PERMIT_LIFE_MAX));
    assert_eq!(*permit.phone(), miami().phone);
}

#[test]
fn a_permit_ends_with_the_hours() {
    // 19:59:30 in Miami, where people are called until 20:00.
    let late = AFTERNOON + 5 * HOUR - Duration::from_secs(30);
    let permit = permit::check(&miami(), &Law::written(), late).expect("permitted");
    assert_eq!(permit.good_until(), AFTERNOON + 5 * HOUR);
}

#[test]
fn numbers_that_are_never_dialled() {
    for (number, rule) in [
        ("+19005550142", Rule::Premium),
        ("+13059765555", Rule::Premium),
        ("+19115550142", Rule::Emergency),
        ("+14115550142", Rule::Emergency),
        ("+13059110142", Rule::Emergency),
        ("+18765550142", Rule::Abroad),
        ("+14165550142", Rule::Abroad),
        ("+442079460123", Rule::Abroad),
        ("+88213000000", Rule::Abroad),
        ("+97900000000", Rule::Abroad),
        ("+18005550142", Rule::NotDialable),
        ("+15005550142", Rule::NotDialable),
        ("+12005550142", Rule::NotDialable),
        ("+13051550142", Rule::NotDialable),
    ] {
        refused(|asked| dial(asked, number), rule);
    }
}

#[test]
fn what_is_found_forbids() {
    refused(|asked| asked.findings.own_number = true, Rule::OwnNumber);
    refused(|asked| asked.findings.buyer_number = true, Rule::BuyerNumber);
    refused(|asked| asked.findings.suppressed = true, Rule::Suppressed);
    refused(|asked| asked.findings.litigators = Listed::Listed, Rule::Litigator);
    refused(|asked| asked.findings.national_list = Listed::Listed, Rule::NationalList);
    for silent in [Listed::NotChecked, Listed::Unavailable, Listed::Stale] {
        refused(|asked| asked.findings.litigators = silent, Rule::ListUnavailable);
        refused(|asked| asked.findings.national_list = silent, Rule::ListUnavailable);
    }
}

#[test]
fn a_waived_check_is_not_looked_at_and_our_own_list_cannot_be_waived() {
    let mut asked = miami();
    asked.findings.national_list = Listed::NotChecked;
    asked.findings.litigators = Listed::Unavailable;
    asked.consent = None;
    asked.requirements = Requirements {
        consent: Needs::Nothing,
        seller: Check::Waived,
        brand: String::new(),
        national_list: Check::Waived,
        litigators: Check::Waived,
    };
    check(&asked).expect("permitted");
    asked.findings.suppressed = true;
    assert_eq!(check(&asked).expect_err("refused").rule, Rule::Suppressed);
}

#[test]
fn a_consent_must_be_there_in_writing_and_in_scope() {
    refused(|asked| asked.consent = None, Rule::NoConsent);
    refused(|asked| asked.consent = Some(Consent::spoken("v1".into(), AFTERNOON - HOUR)), Rule::NoConsent);
    let changed = |change: fn(&mut Consent)| {
        move |asked: &mut Asked| change(asked.consent.as_mut().expect("a consent"))
    };
    refused(changed(|it| it.given_at = AFTERNOON + HOUR), Rule::NoConsent);
    refused(changed(|it| it.covers = [Covers::Calls].into()), Rule::ConsentScope);
    refused(changed(|it| it.sellers = vec![]), Rule::ConsentScope);
    refused(changed(|it| it.sellers = vec!["Somebody Else".into()]), Rule::ConsentScope);
    refused(|asked| asked.requirements.brand = " ".into(), Rule::ConsentScope);
    let mut asked = miami();
    asked.consent.as_mut().expect("a consent").covers = [Covers::Calls].into();
    asked.requirements.consent = Needs::Calls;
    check(&asked).expect("a person speaks first");
}

#[test]
fn a_zip_without_a_zone_is_an_unknown_zone() {
    refused(|asked| asked.zip = Zip::parse("09009").ok(), Rule::UnknownZone);
    refused(|asked| (asked.zip, asked.state) = (None, State::parse("AE")), Rule::UnknownZone);
}

#[test]
fn the_stricter_of_number_and_zip() {
    // 8:30 in Miami, 5:30 where the zip is.
    let morning = AFTERNOON - 6 * HOUR - HOUR / 2;
    let law = Law::written();
    permit::check(&miami(), &law, morning).expect("permitted");
    let moved = Asked { zip: Zip::parse("90001").ok(), state: State::parse("CA"), ..miami() };
    let refused = permit::check(&moved, &law, morning).expect_err("refused");
    // California's machines may not ring before 9:00.
    assert_eq!(refused, Refused { rule: Rule::QuietHours, until: Some(AFTERNOON - 3 * HOUR) });
}

#[test]
fn three_dials_in_a_day_and_then_the_first_legal_minute() {
    let dials = vec![AFTERNOON - 23 * HOUR, AFTERNOON - 30 * HOUR, AFTERNOON - HOUR];
    check(&Asked { dials: dials.clone(), ..miami() }).expect("one of them is of another day");
    let three = Asked { dials: [dials, vec![AFTERNOON - 2 * HOUR]].concat(), ..miami() };
    let again = AFTERNOON + HOUR;
    assert_eq!(check(&three).expect_err("refused"), Refused { rule: Rule::TooManyDials, until: Some(again) });
    let later = permit::check(&three, &Law::written(), again).expect("permitted");
    assert!(later.is_good(again));
    // What frees a dial at night is waited for until the morning.
    let night = AFTERNOON + 7 * HOUR;
    let dials = vec![night - 24 * HOUR + Duration::from_secs(90); 3];
    let refused =
        permit::check(&Asked { dials, ..miami() }, &Law::written(), AFTERNOON).expect_err("refused");
    assert_eq!(refused, Refused { rule: Rule::TooManyDials, until: Some(AFTERNOON + 17 * HOUR) });
}

#[test]
fn rules_have_names_and_sentences_of_their_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(rule.sentence().ends_with('.') && !rule.sentence().contains("  "), "{rule}");
    }
}

/// A thousand destinations and moments, each with one thing that forbids the dial.
#[test]
fn a_thousand_forbidden_destinations_and_moments_get_no_permit() {
    let law = Law::written();
    let mut seen = std::collections::BTreeMap::new();
    for n in 0..1_000_u64 {
        let (asked, now, rule) = forbidden(n);
        match permit::check(&asked, &law, now) {
            Ok(_) => panic!("{n}: permitted, though {rule}"),
            Err(refused) => assert_eq!(refused.rule, rule, "{n}"),
        }
        *seen.entry(rule).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), Rule::ALL.len(), "each rule had its turn: {seen:?}");
}

/// The `n`th of them; which of its kind it is follows from the number, so that none is like another.
fn forbidden(n: u64) -> (Asked, Timestamp, Rule) {
    let rule = Rule::ALL[usize::try_from(n).expect("small") % Rule::ALL.len()];
    let k = n / 16;
    let mut asked = miami();
    dial(&mut asked, &format!("+1305555{:04}", 100 + n));
    let mut now = AFTERNOON;
    match rule {
        Rule::Premium if k.is_multiple_of(2) => dial(&mut asked, &format!("+1900555{:04}", 1000 + k)),
        Rule::Premium => dial(&mut asked, &format!("+1305976{:04}", 1000 + k)),
        Rule::Emergency => dial(&mut asked, &format!("+1{}11555{:04}", 2 + k % 8, 1000 + k)),
        Rule::Abroad => {
            let codes =
                ["1242", "1246", "1268", "1284", "1345", "1441", "1473", "1649", "1664", "1876", "44", "881"];
            let code = codes[usize::try_from(k).expect("small") % codes.len()];
            dial(&mut asked, &format!("+{code}555{:04}", 1000 + k));
        }
        Rule::NotDialable => {
            let code = ["800", "833", "888", "500", "700", "200"][usize::try_from(k % 6).expect("small")];
            dial(&mut asked, &format!("+1{code}555{:04}", 1000 + k));
        }
        Rule::OwnNumber => asked.findings.own_number = true,
        Rule::BuyerNumber => asked.findings.buyer_number = true,
        Rule::Suppressed => asked.findings.suppressed = true,
        Rule::Litigator => asked.findings.litigators = Listed::Listed,
        Rule::NationalList => asked.findings.national_list = Listed::Listed,
        Rule::ListUnavailable => {
            asked.findings.national_list = [Listed::NotChecked, Listed::Unavailable, Listed::Stale]
                [usize::try_from(k % 3).expect("small")];
        }
        Rule::NoConsent => asked.consent = None,
        Rule::ConsentScope => asked.consent.as_mut().expect("a consent").covers = [Covers::Calls].into(),
        Rule::UnknownZone => asked.zip = Zip::parse("09009").ok(),
        Rule::TooManyDials => {
            asked.dials =
                (0..3).map(|m| AFTERNOON - HOUR * (1 + u32::try_from(m * k % 22).expect("small"))).collect();
        }
        Rule::Holiday => {
            asked.state =
                State::parse(["AL", "LA", "MS", "UT", "RI", "PA"][usize::try_from(k % 6).expect("small")]);
            // Noon in New York on Thanksgiving, and so many minutes after it.
            now = Timestamp::from_secs(1_795_712_400 + i64::try_from(k).expect("small") * 60);
        }
        // Between 20:00 and 8:00 in Miami on a day of DST's end, minute after minute.
        Rule::QuietHours => {
            now = Timestamp::from_secs(1_793_491_200 + i64::try_from(k).expect("small") * 600);
        }
    }
    (asked, now, rule)
}

prop_compose! {
    fn any_dials()(ago in prop::collection::vec(0_u64..172_800, 0..6)) -> Vec<Timestamp> {
        ago.into_iter().map(|secs| AFTERNOON - Duration::from_secs(secs)).collect()
    }
}

proptest! {
    /// Whatever is asked: a permit comes only where nothing forbids it, and what time mends is mended at its minute and
    /// not one before.
    #[test]
    fn the_first_legal_minute_is_legal_and_the_one_before_is_not(
        line in 0_u32..8_000_000, area in prop::sample::select(vec!["305", "850", "907", "808", "208", "212", "787", "671", "801", "601"]),
        zip in prop::option::of(prop::sample::select(vec!["33109", "90001", "99501", "96813", "84101", "39201", "02903", "78701"])),
        secs in 0_i64..366 * 86_400, dials in any_dials(),
    ) {
        let law = Law::written();
        let now = AFTERNOON + Duration::from_secs(secs.unsigned_abs());
        let mut asked = Asked { zip: zip.and_then(|zip| Zip::parse(zip).ok()), state: None, ..miami() };
        dial(&mut asked, &format!("+1{area}{:07}", 2_220_000 + line % 7_000_000));
        asked.dials = dials.iter().map(|at| now - AFTERNOON.since(*at)).collect();
        match permit::check(&asked, &law, now) {
            Ok(permit) => {
                prop_assert!(now < permit.good_until() && permit.good_until() <= now + PERMIT_LIFE_MAX);
                let last = Timestamp::from_micros(permit.good_until().micros() - 1);
                let unless_dialled = permit::check(&asked, &law, last);
                prop_assert!(unless_dialled.is_ok(), "still legal at its last moment");
            }
            Err(Refused { until: Some(until), rule }) => {
                prop_assert!(until > now && until.micros() % 60_000_000 == 0);
                prop_assert!(permit::check(&asked, &law, until).is_ok(), "{rule}");
                let before = until - Duration::from_secs(60);
                prop_assert!(permit::check(&asked, &law, before.max(now)).is_err(), "{rule}");
            }
            Err(Refused { until: None, rule }) => {
                let for_good = [Rule::Premium, Rule::Emergency, Rule::NotDialable];
                // Guam and the east of the mainland have hardly an hour in common, and some states not even that.
                prop_assert!(for_good.contains(&rule) || area == "671", "{rule}");
            }
        }
    }
}
