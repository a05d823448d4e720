//! The next one: busy, silent, expired, capped; the second ping; the budgets (domain.md 6–8).

use auction::{About, NoBid, Outcome, Ranked, Ranking};
use journey::{Command, DialResult, Ended, Event, Taken, Unsold};

use crate::world::*;

fn offer_now(story: &Story) -> Option<&str> {
    story.journey.attempt().map(|attempt| attempt.ranked().offer.as_str())
}

#[test]
fn c_is_busy_and_a_takes_it() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85)]);
    events.extend([
        (5_000, leg_ended(1, DialResult::Busy, None)),
        (5_100, dial_ended(1, DialResult::Busy)),
        (5_200, taken(2, Taken::Next)),
        (9_000, picked_up(2, 9_000)),
    ]);
    let story = check(events, &held(&["void", "reserve", "book"]), None);
    assert_eq!(story.journey.sold().map(|sold| sold.ranked().price), Some(dollars(85)));
    assert_eq!(story.journey.tried()[0].why.code(), "won_busy");
}

#[test]
fn c_and_a_are_silent_and_b_is_never_posted_without_an_answer() {
    let mut events = ringing(vec![bid("c", 91), bid("a", 85), bid("b", 72)]);
    for (n, millis) in [(1, 28_000), (2, 54_000), (3, 80_000)] {
        events.push((millis, dial_ended(n, DialResult::NoAnswer)));
        events.push((millis + 100, taken(n + 1, Taken::Next)));
    }
    let names = held(&["void", "reserve", "void", "reserve", "void", "end"]);
    let story = check(events, &names, Some(Ended::Unsold(Unsold::NobodyAnswered)));
    assert!(story.journey.tried().iter().all(|tried| tried.why.code() == "won_no_answer"));
}

#[test]
fn nobody_answers_and_a_static_sale_follows() {
    let mut events = ringing(vec![bid("c", 91), statically("d", 45)]);
    events.extend([(28_000, dial_ended(1, DialResult::NoAnswer)), (28_100, taken(2, Taken::Next))]);
    let story = check(events, &held(&["void", "reserve"]), None);
    assert_eq!(offer_now(&story), Some("d"));
}

#[test]
fn nobody_bids() {
    let names = ["open_auction", "run_auction", "end"];
    check(on_hold(vec![]), &names, Some(Ended::Unsold(Unsold::NobodyEligible)));
    let mut asked = ranking(0, vec![]);
    asked.others = vec![
        (offer("a"), buyer("a"), Outcome::Paused),
        (offer("b"), buyer("b"), Outcome::NoBid(NoBid::Timeout)),
    ];
    let mut events = on_hold(vec![]);
    events.pop();
    events.push((2_000, Event::AuctionClosed { ranking: Box::new(asked) }));
    check(events, &names, Some(Ended::Unsold(Unsold::NoBids)));
    let story = check(on_hold(vec![statically("d", 45)]), &held(&[]), None);
    assert_eq!(offer_now(&story), Some("d"), "the static auction");
}

#[test]
fn a_capped_winner_is_passed_over_in_the_same_breath() {
    let story =
        Story::of(campaign()).refusing(1, Outcome::Capped).told(on_hold(vec![bid("c", 91), bid("a", 85)]));
    let names = ["open_auction", "run_auction", "reserve", "reserve", "push"];
    let story = story.check(&names, None);
    assert_eq!((offer_now(&story), story.journey.tried()[0].why.code()), (Some("a"), "capped"));
    let alone = Story::of(campaign()).refusing(1, Outcome::AtConcurrency).told(on_hold(vec![bid("c", 91)]));
    alone.check(
        &["open_auction", "run_auction", "reserve", "end"],
        Some(Ended::Unsold(Unsold::NobodyAnswered)),
    );
}

/// C is silent until 50 s; A's bid has run out by then.
fn a_has_expired() -> Vec<(u64, Told)> {
    let a = with(bid("a", 85), |a| a.expires_at = Some(at(55_000)));
    let mut events = ringing(vec![bid("c", 91), a, bid("b", 72)]);
    events.push((50_000, dial_ended(1, DialResult::NoAnswer)));
    events
}

fn again(units: i64) -> Ranked {
    with(bid("a", units), |a| a.ping = lead::PingId::of(auction_id(1), &offer("a")))
}

#[test]
fn a_runner_up_whose_bid_expired_is_asked_once_more() {
    let names = held(&["void", "open_auction", "run_auction", "reserve", "push"]);
    let mut events = a_has_expired();
    events.extend([(50_100, opened(1)), (51_000, closed(1, vec![again(80), statically("a", 40)]))]);
    let story = check(events, &names, None);
    assert_eq!(story.journey.attempt().map(|attempt| attempt.ranked().price), Some(dollars(80)));
    let asked = story.commands.iter().find_map(|command| match command {
        Command::OpenAuction { again: Some(again), .. } => Some(again.clone()),
        _ => None,
    });
    let asked = asked.expect("a second ping");
    assert_eq!((asked.offer.as_str(), asked.repeat_of), ("a", bid("a", 0).ping));
}

#[test]
fn a_second_ping_may_lose_be_refused_or_not_answered() {
    let next = |event: (u64, Told)| {
        let mut events = a_has_expired();
        events.extend([(50_100, opened(1)), event]);
        let story = check(events, &held(&["void", "open_auction", "run_auction", "reserve", "push"]), None);
        offer_now(&story).map(str::to_owned)
    };
    assert_eq!(next((51_000, closed(1, vec![again(60)]))).as_deref(), Some("b"), "it bids less than B now");
    assert_eq!(next((51_000, closed(1, vec![]))).as_deref(), Some("b"));
    assert_eq!(next((63_000, deadline(63_000))).as_deref(), Some("b"));
}

#[test]
fn a_second_ping_is_not_followed_by_a_third() {
    let short = with(again(80), |a| a.expires_at = Some(at(55_900)));
    let mut events = a_has_expired();
    events.extend([(50_100, opened(1)), (51_000, closed(1, vec![short]))]);
    let story = check(events, &held(&["void", "open_auction", "run_auction", "reserve", "push"]), None);
    assert_eq!(offer_now(&story), Some("b"));
}

#[test]
fn a_second_ping_refused_about_the_person_excludes_the_buyers_static_sales() {
    let a = with(bid("a", 85), |a| a.expires_at = Some(at(55_000)));
    let sister = with(statically("a2", 50), |a2| a2.buyer = buyer("a"));
    let mut events = ringing(vec![bid("c", 91), a, sister, statically("d", 45)]);
    let rejected = NoBid::Rejected { code: None, text: None, about: About::Person };
    let ranking =
        Ranking { others: vec![(offer("a"), buyer("a"), Outcome::NoBid(rejected))], ..ranking(1, vec![]) };
    events.push((50_000, dial_ended(1, DialResult::NoAnswer)));
    events.extend([(50_100, opened(1)), (51_000, Event::AuctionClosed { ranking: Box::new(ranking) })]);
    let story = check(events, &held(&["void", "open_auction", "run_auction", "reserve", "push"]), None);
    assert_eq!(offer_now(&story), Some("d"));
}

#[test]
fn a_win_may_need_a_second_ping_at_once() {
    // The round lasted so long that the best bid is gone.
    let c = with(bid("c", 91), |c| c.expires_at = Some(at(6_900)));
    let story = check(on_hold(vec![c]), &["open_auction", "run_auction", "open_auction"], None);
    assert_eq!(story.journey.phase_name(), "asking_again");
}

#[test]
fn a_repeated_opening_is_not_the_second_pings() {
    let mut events = a_has_expired();
    events.push((50_100, opened(0)));
    check(events, &held(&["void", "open_auction"]), None);
}

#[test]
fn a_dial_needs_a_life_that_outlasts_the_set_up() {
    // 5 s of margin: at 2 s a bid until 7.000 s is too short, one until 7.001 s is not.
    let until = |millis| with(bid("c", 91), |c| c.expires_at = Some(at(millis)));
    let story = check(on_hold(vec![until(7_001)]), &held(&[]), None);
    assert_eq!(story.journey.deadline(), Some(at(2_001)), "and can be taken until then");
    check(on_hold(vec![until(7_000)]), &["open_auction", "run_auction", "open_auction"], None);
}

#[test]
fn at_most_five_are_dialled() {
    let ids = ["a", "b", "c", "d", "e", "f"];
    let mut events = ringing(ids.iter().map(|id| bid(id, 50)).collect());
    for n in 1..=5 {
        events.push((5_000 + u64::from(n) * 1_000, dial_ended(n, DialResult::Busy)));
        events.push((5_100 + u64::from(n) * 1_000, taken(n + 1, Taken::Next)));
    }
    let story = Story::of(campaign()).told(events);
    assert_eq!(story.names().iter().filter(|name| **name == "reserve").count(), 5);
    story.check(
        &held(&["void", "reserve", "void", "reserve", "void", "reserve", "void", "reserve", "void", "end"]),
        Some(Ended::Unsold(Unsold::NobodyAnswered)),
    );
}

#[test]
fn all_phones_together_ring_no_longer_than_the_budget_and_a_busy_one_never_rang() {
    let long = |id, units| with(bid(id, units), |ranked| ranked.terms.ring = secs(60));
    let rings = |result| {
        let mut events = ringing(vec![long("c", 91), long("a", 85), long("b", 72)]);
        events.push((9_000, dial_ended(1, result)));
        Story::of(campaign()).told(events).journey.attempt().map(|attempt| attempt.ring())
    };
    assert_eq!(rings(DialResult::NoAnswer), Some(secs(30)));
    assert_eq!(rings(DialResult::Busy), Some(secs(60)));
    let mut events = ringing(vec![long("c", 91), long("a", 85), long("b", 72)]);
    events.extend([
        (70_000, dial_ended(1, DialResult::NoAnswer)),
        (70_100, taken(2, Taken::Next)),
        (104_000, dial_ended(2, DialResult::NoAnswer)),
    ]);
    check(events, &held(&["void", "reserve", "void", "end"]), Some(Ended::Unsold(Unsold::NobodyAnswered)));
}

#[test]
fn a_bid_that_nobody_waited_for_takes_its_place_once() {
    let joined = |n, ranked: Ranked| Event::BidJoined { auction: auction_id(n), ranked: Box::new(ranked) };
    let mut events = ringing(vec![bid("c", 91), bid("b", 72)]);
    events.extend([
        (3_100, joined(9, bid("x", 90))),
        (3_200, joined(0, bid("a", 85))),
        (3_300, joined(0, bid("a", 85))),
        (3_400, joined(0, bid("c", 91))),
        (9_000, dial_ended(1, DialResult::Busy)),
    ]);
    let story = check(events, &held(&["void", "reserve"]), None);
    assert_eq!(story.stored.len(), 10, "only one of them is news");
    assert_eq!(offer_now(&story), Some("a"));
    // Also while a leg is being dropped.
    let mut events = ringing(vec![bid("c", 91)]);
    events.extend([
        (60_000, deadline(60_000)),
        (60_100, joined(0, bid("a", 85))),
        (61_000, dial_ended(1, DialResult::NoAnswer)),
    ]);
    let story = check(events, &held(&["drop", "void", "reserve"]), None);
    assert_eq!(offer_now(&story), Some("a"));
}
