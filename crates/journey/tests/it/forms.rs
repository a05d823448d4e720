//! A form lead that is sold as data: the post is the question, and the buyer's answer decides.

use std::{collections::BTreeMap, time::Duration};

use auction::Outcome;
use bridge::{Payout, Policy};
use journey::{
    Campaign, Command, Ended, Event, FORM_ROUNDS_MAX, HANDOVER_MAX, Submitted, Unsold, Verdict, Whom,
};
use lead::{Channel, Consent, Money, Pii, Profile, Value, geo::Zip};

use crate::world::*;

pub fn form() -> Told {
    let mut profile = Profile::new();
    profile.answer(field("zip"), Value::Zip(Zip::parse("33109").expect("a zip that exists")));
    let pii = |text: &str| Pii::new(text.to_owned());
    Event::FormReceived {
        form: Box::new(Submitted {
            campaign: campaign().id,
            publisher: None,
            phone: Some(pii("+13055550142")),
            profile,
            fields: BTreeMap::from([(field("first_name"), pii("Ada"))]),
            consent: Some(Consent::spoken("web-3".to_owned(), ARRIVES)),
            page: Some(pii("https://example.com/quote")),
            address: Some(pii("192.0.2.7")),
            certificate: None,
            asked_too_often: false,
        }),
    }
}

pub fn took(n: u32, millis: u64) -> Told {
    Event::PostTaken { n, at: at(millis) }
}

pub fn refused(n: u32) -> Told {
    Event::PostRefused { n, why: "duplicate".to_owned() }
}

fn auctioned(ranked: Vec<auction::Ranked>) -> Vec<(u64, Told)> {
    vec![(0, form()), (100, opened(0)), (900, closed(0, ranked))]
}

pub fn data(id: &str, units: i64) -> auction::Ranked {
    with(bid(id, units), |ranked| ranked.destination = None)
}

const AUCTIONED: [&str; 4] = ["accept", "keep", "open_auction", "run_auction"];

fn then(more: &[&'static str]) -> Vec<&'static str> {
    [&AUCTIONED, more].concat()
}

fn tell(events: Vec<(u64, Told)>, more: &[&'static str], ended: Option<Ended>) -> Story {
    Story::of(campaign()).told(events).check(&then(more), ended)
}

#[test]
fn the_medicare_form_is_sold_to_c_at_the_same_price_as_the_call() {
    let mut events = auctioned(vec![data("c", 91), data("a", 85), data("b", 72)]);
    events.push((1_400, took(1, 1_350)));
    let more = ["reserve", "hand_over", "book", "settle", "free_seat", "end"];
    let story = tell(events, &more, Some(Ended::Sold));
    assert_eq!(story.journey.channel(), Channel::Form);
    let posts: Vec<_> = story
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::HandOver(post) | Command::Book(post) => Some(post),
            _ => None,
        })
        .collect();
    let [handed, booked] = posts[..] else { panic!("one post, and one sale") };
    assert_eq!((handed.sale(), handed.ranked().price), (booked.sale(), dollars(91)));
    assert_eq!(booked.accepted_at(), at(1_350));
    assert_eq!(handed.profile().value(&field("zip")).map(Value::text), None, "what the ranking was shown");
    assert!(handed.identity().phone.is_some() && handed.identity().caller.is_none());
    assert!(handed.identity().evidence.page.is_some(), "the proof of consent goes with the lead");
    assert_eq!(handed.facts().consent.as_ref().map(|c| c.text_version.as_str()), Some("web-3"));
}

#[test]
fn the_ping_of_a_form_knows_what_the_ping_of_a_call_knows() {
    let story = Story::of(campaign()).told([(0, form())]);
    let shown = story.journey.profile_now().expect("an auction is about to open");
    let names: Vec<_> = shown.values().map(|(field, _)| field.as_str().to_owned()).collect();
    assert_eq!(names, ["area_code", "state", "zip"]);
}

#[test]
fn a_refusal_goes_to_the_next_bid_and_gives_the_award_back() {
    let mut events = auctioned(vec![data("c", 91), data("a", 85), data("b", 72), data("d", 60)]);
    events.extend([(1_400, refused(1)), (1_800, refused(2)), (2_200, refused(3)), (2_600, took(4, 2_600))]);
    let next = ["void", "reserve", "hand_over"];
    let more = [&["reserve", "hand_over"][..], &next, &next, &next, &["book", "settle", "free_seat", "end"]];
    let story = tell(events, &more.concat(), Some(Ended::Sold));
    assert_eq!(story.journey.sold().map(|sold| sold.ranked().offer.as_str()), Some("d"));
    let tried = story.journey.tried().iter().map(|tried| (tried.n, tried.why.code())).collect::<Vec<_>>();
    assert_eq!(tried, [(1, "won_declined"), (2, "won_declined"), (3, "won_declined")]);
}

#[test]
fn whom_everybody_refuses_is_unsold_and_shown_to_no_more_than_the_policy_says() {
    let policy = Policy { attempts_max: 2, ..Policy::default() };
    let mut events = auctioned(vec![data("c", 91), data("a", 85), data("b", 72)]);
    events.extend([(1_400, refused(1)), (1_800, refused(2))]);
    let more = ["reserve", "hand_over", "void", "reserve", "hand_over", "void", "end"];
    Story::of(Campaign { policy, ..campaign() })
        .told(events)
        .check(&then(&more), Some(Ended::Unsold(Unsold::NobodyTook)));
    tell(auctioned(vec![]), &["end"], Some(Ended::Unsold(Unsold::NobodyEligible)));
}

#[test]
fn silence_moves_nothing_and_what_comes_late_is_heard() {
    let mut events = auctioned(vec![data("c", 91), data("a", 85)]);
    events.push((60_000, Event::PostUnsettled { n: 1 }));
    let unknown = Some(Ended::Unsold(Unsold::HandoverUnknown));
    tell(events.clone(), &["reserve", "hand_over", "end"], unknown.clone());

    let days = u64::try_from(HANDOVER_MAX.as_millis()).expect("some days");
    let mut silent = auctioned(vec![data("c", 91), data("a", 85)]);
    silent.push((days + 900, deadline(days + 900)));
    tell(silent, &["reserve", "hand_over", "end"], unknown.clone());

    let taken = [events.clone(), vec![(90_000, took(1, 90_000)), (91_000, took(1, 91_000))]].concat();
    let more = ["reserve", "hand_over", "end", "book", "settle", "free_seat", "end"];
    tell(taken, &more, Some(Ended::Sold));

    let refused = [events, vec![(90_000, refused(1)), (91_000, took(1, 91_000))]].concat();
    tell(refused, &["reserve", "hand_over", "end", "void", "end"], Some(Ended::Unsold(Unsold::NobodyTook)));
}

#[test]
fn an_auction_whose_node_is_gone_is_held_anew_since_nobody_waits_on_a_line() {
    // The budget of 8 s, and 5 s more.
    let lost = vec![(0, form()), (100, opened(0)), (13_000, deadline(13_000))];
    let again = [lost.clone(), vec![(13_100, opened(1)), (13_200, closed(0, vec![data("a", 85)]))]].concat();
    tell(again.clone(), &["open_auction", "run_auction"], None);
    let sold = [again, vec![(13_900, closed(1, vec![data("c", 91)])), (14_400, took(1, 14_400))]].concat();
    let more = ["open_auction", "run_auction", "reserve", "hand_over", "book", "settle", "free_seat", "end"];
    tell(sold, &more, Some(Ended::Sold));

    let mut story = Story::of(campaign()).told([(0, form())]);
    let mut millis = 0;
    while story.journey.ended().is_none() {
        millis += 13_000;
        story = story.told([(millis, deadline(millis))]);
    }
    assert_eq!(story.journey.ended(), Some(&Ended::Unsold(Unsold::HoldRanOut)), "it has an end");
    assert_eq!(millis, u64::from(FORM_ROUNDS_MAX) * 13_000);
}

#[test]
fn an_answer_to_another_attempt_or_after_the_sale_changes_nothing() {
    let mut events = auctioned(vec![data("c", 91), data("a", 85)]);
    events.extend([
        (1_300, took(2, 1_300)),
        (1_350, caller_gone(1_350)),
        (1_360, form()),
        (1_370, picked_up(1, 1_370)),
        (1_400, took(1, 1_400)),
        (1_500, refused(1)),
        (1_600, took(1, 1_600)),
    ]);
    tell(events, &["reserve", "hand_over", "book", "settle", "free_seat", "end"], Some(Ended::Sold));
}

#[test]
fn a_reservation_that_is_refused_shows_the_lead_to_nobody() {
    let story = Story::of(campaign()).refusing(1, Outcome::Capped);
    let story = story.told(auctioned(vec![data("c", 91), data("a", 85)]));
    let story = story.check(&then(&["reserve", "reserve", "hand_over"]), None);
    assert_eq!(story.journey.handed_over().map(|handover| handover.ranked().offer.as_str()), Some("a"));
    assert_eq!(story.document(Whom::Caller).clone(), journey::Document::HangUp, "there is no leg to tell");
}

#[test]
fn no_seat_is_taken_and_the_payout_waits_for_no_talk() {
    let payout = Payout { fixed: Money::ZERO, share: 5_000, payable_after: Duration::from_secs(90) };
    let mut events = auctioned(vec![with(data("c", 90), |c| c.terms.caps.offer_seats = Some(1))]);
    events.push((1_400, took(1, 1_400)));
    let story = Story::from(campaign(), Some(payout)).told(events);
    let Some(Command::Reserve(reserve)) = story.commands.iter().find(|c| c.name() == "reserve") else {
        panic!("reserved")
    };
    assert_eq!(reserve.hold.seats, []);
    let Some(Command::Settle { verdict, payout, .. }) = story.commands.iter().find(|c| c.name() == "settle")
    else {
        panic!("settled")
    };
    assert_eq!((*verdict, *payout), (Verdict::Earned, dollars(45)));
}
