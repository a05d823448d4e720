//! Who asks too often: the rule of a number, a window that slides, and a storm against a count by hand.

use std::time::Duration;

use lead::Timestamp;
use proptest::prelude::*;
use publisher::{Asked, Pace, Paces, SUBJECTS_MAX, TooOften};

const NUMBER: [Pace; 2] = [
    Pace { most: 1, window: Duration::from_secs(300) },
    Pace { most: 3, window: Duration::from_secs(86_400) },
];

fn asked(subject: &str) -> Asked<'static> {
    Asked { subject: subject.as_bytes().to_vec(), paces: &NUMBER }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[test]
fn a_number_is_rung_once_in_five_minutes_and_three_times_a_day() {
    let mut paces = Paces::default();
    assert_eq!(paces.ask(at(0), &[asked("a")]), Ok(0));
    assert_eq!(paces.ask(at(299), &[asked("a")]), Err(TooOften { retry_after: Duration::from_secs(1) }));
    assert_eq!(paces.ask(at(299), &[asked("b")]), Ok(0));
    assert_eq!(paces.ask(at(300), &[asked("a")]), Ok(0));
    assert_eq!(paces.ask(at(600), &[asked("a")]), Ok(0));
    assert_eq!(paces.ask(at(900), &[asked("a")]), Err(TooOften { retry_after: Duration::from_secs(85_500) }));
    assert_eq!(paces.ask(at(86_400), &[asked("a")]), Ok(0));
    assert_eq!(paces.len(), 2);
}

#[test]
fn what_one_rule_refuses_no_other_counts() {
    let mut paces = Paces::default();
    let key = [Pace { most: 2, window: Duration::from_secs(60) }];
    let both = |number: &str| [asked(number), Asked { subject: b"key".to_vec(), paces: &key }];
    assert_eq!(paces.ask(at(0), &both("a")), Ok(0));
    for second in 1..10 {
        assert!(paces.ask(at(second), &both("a")).is_err());
    }
    assert_eq!(paces.ask(at(10), &both("b")), Ok(0));
    let wait = Duration::from_secs(49);
    assert_eq!(paces.ask(at(11), &both("c")), Err(TooOften { retry_after: wait }));
}

#[test]
fn who_asked_longest_ago_is_forgotten_where_there_are_too_many() {
    let mut paces = Paces::default();
    for n in 0..=SUBJECTS_MAX {
        let asked = Asked { subject: n.to_be_bytes().to_vec(), paces: &NUMBER };
        assert!(paces.ask(at(i64::try_from(n).expect("it is small")), &[asked]).is_ok());
    }
    assert!(paces.len() <= SUBJECTS_MAX);
    let last = Asked { subject: SUBJECTS_MAX.to_be_bytes().to_vec(), paces: &NUMBER };
    assert!(paces.ask(at(i64::try_from(SUBJECTS_MAX).expect("it is small")), &[last]).is_err());
}

proptest! {
    #[test]
    fn no_window_ever_holds_more(
        steps in proptest::collection::vec((0_i64..120, 0_u8..3), 1..80),
        most in 1_u32..4,
        window in 1_u64..300,
    ) {
        let rule = [Pace { most, window: Duration::from_secs(window) }];
        let (mut paces, mut now, mut let_through) = (Paces::default(), 0, vec![]);
        for (wait, who) in steps {
            now += wait;
            let asked = Asked { subject: vec![who], paces: &rule };
            let earlier = |since: i64| let_through.iter().filter(|(by, at)| *by == who && *at > since).count();
            let used = earlier(now - i64::try_from(window).expect("it is small"));
            let verdict = paces.ask(at(now), &[asked]);
            prop_assert_eq!(verdict.is_ok(), used < usize::try_from(most).expect("it is small"));
            match verdict {
                Ok(_) => let_through.push((who, now)),
                Err(TooOften { retry_after }) => prop_assert!(retry_after <= Duration::from_secs(window)),
            }
        }
    }
}
