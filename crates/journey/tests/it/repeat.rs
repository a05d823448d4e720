//! The same caller again, three ways (domain.md 18), and a buyer that drops the caller at once (19).

use auction::Kind;
use journey::{Command, DialResult, Ended, Event, Recording, Standby, Taken, Unsold, Verdict, Whom};

use lead::Money;

use crate::world::*;

fn same_buyer() -> Vec<(u64, Told)> {
    // The place that C had then: its bid is long over.
    let then = with(bid("c", 91), |c| c.expires_at = Some(at(0)));
    vec![(0, arrived_as(Standby::SameBuyer(Box::new(then)))), (100, taken(1, Taken::Next))]
}

#[test]
fn the_same_buyer_again_without_charge() {
    let mut events = same_buyer();
    events.extend([(9_000, picked_up(1, 9_000)), (15_000, hung_up_after(1, 6))]);
    let story = check(events, &["reserve", "book", "settle", "free_seat", "end"], Some(Ended::Repeat));
    let [Command::Reserve(reserve), Command::Book(post), Command::Settle { verdict, payout, .. }, ..] =
        &story.commands[..]
    else {
        panic!("reserved, booked and settled")
    };
    assert!(reserve.uncounted && reserve.price == dollars(0));
    assert_eq!((post.ranked().kind, post.ranked().price), (Kind::Repeat, dollars(0)));
    assert_eq!((*verdict, *payout), (Verdict::Earned, dollars(0)), "short or not, nobody owes anything");
    assert!(post.identity().phone.is_some());
}

#[test]
fn the_same_buyer_does_not_answer() {
    let mut events = same_buyer();
    events.push((28_000, dial_ended(1, DialResult::NoAnswer)));
    check(events, &["reserve", "void", "end"], Some(Ended::Unsold(Unsold::NobodyAnswered)));
}

#[test]
fn nobody_owes_a_publisher_for_a_free_repeat() {
    let payout = bridge::Payout { fixed: dollars(10), share: 0, payable_after: secs(0) };
    for payable_after in [0, 90] {
        let then = with(bid("c", 91), |c| c.payable_after = secs(payable_after));
        let story = Story::from(campaign(), Some(payout)).told([
            (0, arrived_as(Standby::SameBuyer(Box::new(then)))),
            (100, taken(1, Taken::Next)),
            (9_000, picked_up(1, 9_000)),
            (15_000, hung_up_after(1, 6)),
        ]);
        let owed = story.commands.iter().map(|command| match command {
            Command::Settle { payout, .. } => *payout,
            _ => dollars(0),
        });
        assert_eq!(owed.sum::<lead::Money>(), dollars(0));
        assert_eq!(story.journey.ended(), Some(&Ended::Repeat));
    }
}

#[test]
fn who_heard_no_notice_is_not_recorded() {
    let mut campaign = campaign();
    campaign.recording = Recording::On { notice: say("this call is recorded") };
    let records = |events| {
        let story = Story::of(campaign.clone()).told(events);
        match story.document(Whom::Taker(1)) {
            journey::Document::Dial { record, .. } => record,
            other => panic!("{other:?}"),
        }
    };
    assert!(records(ringing(vec![bid("c", 91)])));
    assert!(!records(same_buyer()));
}

#[test]
fn a_new_auction_without_them() {
    let without = Standby::Without(vec![buyer("c")]);
    let story = check([(0, arrived_as(without)), (1_000, heard(1, "33109"))], &["open_auction"], None);
    assert_eq!(story.journey.without(), [buyer("c")]);
}

#[test]
fn the_ending_for_who_comes_again() {
    check([(0, arrived_as(Standby::Ending))], &["end"], Some(Ended::RepeatRefused));
}

#[test]
fn an_offer_that_is_tried_has_the_call_to_itself_and_nothing_is_counted() {
    let tried = arrived_as(Standby::Test(offer("c")));
    let story = check([(0, tried), (1_000, heard(1, "33109"))], &["open_auction"], None);
    assert_eq!(story.journey.only(), Some(&offer("c")));
    assert!(story.journey.campaign().rules.test && !campaign().rules.test);
    let free = with(bid("c", 91), |bid| bid.price = Money::ZERO);
    let story = story.told([(1_100, opened(0)), (2_000, closed(0, vec![free]))]);
    let uncounted = |command: &Command| matches!(command, Command::Reserve(wanted) if wanted.uncounted);
    assert!(story.commands.iter().any(uncounted));
    let story = story.told([(2_500, Event::Pushed { n: 1 }), (3_000, taken(1, Taken::Push))]);
    let story = story.told([(9_000, picked_up(1, 9_000))]);
    assert!(story.journey.sold().is_some_and(|sold| sold.facts().test));
    assert!(check([(0, arrived_as(Standby::New))], &[], None).journey.only().is_none());
}

fn dropped_after(lasted: u64, more: impl IntoIterator<Item = (u64, Told)>) -> Story {
    let mut campaign = campaign();
    campaign.short_drop = Some(secs(5));
    let ended = Event::DialEnded {
        n: 1,
        result: DialResult::Completed,
        bridged: Some(true),
        lasted: Some(secs(lasted)),
    };
    Story::of(campaign)
        .told(ringing(vec![bid("c", 91), bid("a", 85)]))
        .told([(9_000, picked_up(1, 9_000))])
        .told(more)
        .told([(20_000, ended)])
}

#[test]
fn a_buyer_that_drops_the_caller_at_once_loses_the_sale_to_the_next() {
    let story = dropped_after(4, []);
    let story = story.check(&held(&["book", "settle", "free_seat", "return", "reserve"]), None);
    assert_eq!(
        (story.journey.attempt().map(|attempt| attempt.n()), story.journey.hung_up()),
        (Some(2), None)
    );
    assert!(
        story
            .commands
            .iter()
            .any(|command| matches!(command, Command::Settle { verdict: Verdict::Dropped, .. }))
    );
    let story = story.told([(20_100, taken(2, Taken::Next)), (25_000, picked_up(2, 25_000))]);
    let story = story.told([(125_000, hung_up_after(2, 100))]);
    let names = ["book", "settle", "free_seat", "return", "reserve", "book", "settle", "free_seat", "end"];
    let story = story.check(&held(&names), Some(Ended::Sold));
    assert_eq!(story.journey.sold().map(|sold| sold.ranked().offer.clone()), Some(offer("a")));
    assert_eq!(story.journey.tried()[0].why, bridge::Lost::Returned);
}

#[test]
fn it_stays_sold_when_the_talk_was_longer_or_the_caller_left_or_the_campaign_says_no() {
    let sold = held(&["book", "settle", "free_seat", "end"]);
    dropped_after(5, []).check(&sold, Some(Ended::TooShort));
    dropped_after(4, [(19_000, caller_gone(13_000))]).check(&sold, Some(Ended::TooShort));
    let mut off = ringing(vec![bid("c", 91), bid("a", 85)]);
    off.extend([(9_000, picked_up(1, 9_000)), (13_000, hung_up_after(1, 4))]);
    check(off, &sold, Some(Ended::TooShort));
}

#[test]
fn a_sale_that_is_earned_at_once_is_not_lost_by_a_drop() {
    let mut campaign = campaign();
    campaign.short_drop = Some(secs(5));
    let c = with(bid("c", 91), |c| c.payable_after = secs(0));
    let story = Story::of(campaign)
        .told(ringing(vec![c, bid("a", 85)]))
        .told([(9_000, picked_up(1, 9_000)), (11_000, hung_up_after(1, 2))]);
    story.check(&held(&["book", "settle", "settle", "free_seat", "end"]), Some(Ended::Sold));
}
