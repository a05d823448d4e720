//! The throttle: how a share falls and rises, whom it leaves out of a round, and whom never.

use std::time::Duration;

use auction::{
    About, Health, Malformed, NoBid, Outcome, SIGN_LIFE, SIGNS_KEPT_MAX, SIGNS_MIN, Seed, Share, Sign,
    Standing, Unreachable, WINDOW,
};
use lead::{AuctionId, JourneyId, Money};

use crate::{
    random::Chance,
    world::{Auction, OPENS, auction, bidder, check, field, offer_id, outcomes, ranked, secs},
};

fn auction_of(n: usize) -> AuctionId {
    AuctionId::of(JourneyId::of_call("AC", &n.to_string()), "hash", 0)
}

/// `+` answered, `l` late, `t` timed out, `u` unreachable, one a second.
fn health(signs: &str) -> Health {
    let mut health = Health::default();
    for (n, sign) in signs.chars().enumerate() {
        let sign = match sign {
            '+' => Sign::Answered,
            'l' => Sign::Late,
            't' => Sign::Timeout,
            _ => Sign::Unreachable,
        };
        health.on_sign(OPENS + secs(u64::try_from(n).expect("few")), auction_of(n), sign);
    }
    health
}

#[track_caller]
fn shares(cases: &[(&str, Share)]) {
    for (signs, share) in cases {
        assert_eq!(health(signs).share(OPENS + secs(60)), *share, "{signs}");
    }
}

#[test]
fn a_share_falls_with_the_share_of_failures() {
    shares(&[
        ("", Share::All),
        ("ttttt", Share::All),
        ("tttttt", Share::Twentieth),
        ("+ttttt", Share::Fifth),
        ("+++ttt", Share::Half),
        ("++++tt", Share::All),
        ("+++ttttttt", Share::Fifth),
        ("+tttttttttt", Share::Twentieth),
        // An established buyer has a bad minute.
        ("++++++++++++++++++++ttttttttt", Share::All),
        ("++++++++++++++++++++tttttttttt", Share::Half),
        // Late is half as bad, and never alone a reason to ask less than every other time.
        ("llllll", Share::Half),
        ("llllllllllllllllllllllllllllll", Share::Half),
        ("lllltttt", Share::Fifth),
        ("+lllll", Share::All),
    ]);
}

#[test]
fn it_rises_by_answers_in_a_row_and_quickly() {
    let silent = "tttttttttttttttttttt";
    for (answers, share) in [
        (0, Share::Twentieth),
        (1, Share::Fifth),
        (2, Share::Fifth),
        (3, Share::Fifth),
        (4, Share::Half),
        (9, Share::Half),
        (10, Share::All),
    ] {
        shares(&[(&format!("{silent}{}", "+".repeat(answers)), share)]);
    }
    // A failure in between begins it again.
    shares(&[
        (&format!("{silent}+t"), Share::Twentieth),
        (&format!("{silent}++++++++++t"), Share::Half),
        (&format!("{silent}+++t+"), Share::Fifth),
    ]);
}

#[test]
fn a_dead_buyer_that_answers_again_is_asked_always_within_some_fifty_auctions() {
    let mut took = Vec::new();
    for seed in 0..200 {
        let (mut health, mut chance) = (health(&"t".repeat(SIGNS_KEPT_MAX)), Chance(seed * 7_919 + 1));
        let auctions = (100..10_100).take_while(|n| {
            let share = health.share(OPENS + secs(60));
            if share.asks(Seed(chance.below(u64::MAX)), &offer_id("a")) {
                health.on_sign(OPENS + secs(60), auction_of(*n), Sign::Answered);
            }
            share != Share::All
        });
        took.push(auctions.count());
    }
    took.sort_unstable();
    assert!(took[100] <= 50 && took[190] <= 100, "{took:?}");
}

/// Of a thousand pings to a buyer that fails so often, how many changed its share, and how many were let through.
fn thousand(percent: u64) -> (usize, u64) {
    let (mut health, mut chance) = (Health::default(), Chance(percent * 104_729 + 12_345));
    let (mut before, mut changes, mut sent_percent) = (Share::All, 0, 0);
    for n in 0..1_000 {
        let sign = if chance.below(100) < percent { Sign::Timeout } else { Sign::Answered };
        health.on_sign(OPENS, auction_of(n), sign);
        let share = health.share(OPENS);
        changes += usize::from(share != before);
        sent_percent += 100 / u64::from(share.one_in());
        before = share;
    }
    (changes, sent_percent / 1_000)
}

#[test]
fn no_share_flaps_and_a_buyer_that_mostly_answers_is_never_left_out() {
    for percent in (0..=100).step_by(5) {
        let (changes, sent) = thousand(percent);
        assert!(changes <= 150, "{changes} changes where {percent} % fail");
        match percent {
            0..=10 => assert_eq!((changes, sent), (0, 100), "{percent} % fail"),
            11..=25 => assert!(sent >= 95, "{sent} % are sent where {percent} % fail"),
            95.. => assert!(sent <= 10, "{sent} % are sent where {percent} % fail"),
            60..=80 => assert!(sent <= 50, "{sent} % are sent where {percent} % fail"),
            _ => {}
        }
    }
}

#[test]
fn the_share_follows_from_the_last_signs_alone() {
    let mut chance = Chance(99);
    let mut signs: Vec<char> = vec![];
    for _ in 0..500 {
        signs.push(['+', '+', 't', 'l', 'u'][usize::try_from(chance.below(5)).expect("few")]);
        let kept: String = signs[signs.len().saturating_sub(SIGNS_KEPT_MAX)..].iter().collect();
        let all: String = signs.iter().collect();
        let now = OPENS + secs(600);
        assert_eq!(
            health(&all).share(now),
            health(&kept).share(now),
            "a restart forgets nothing that counts"
        );
    }
}

#[test]
fn signs_grow_old() {
    let silent = health("tttttttttttttttttttt");
    let last = OPENS + secs(19);
    assert_eq!(silent.share(last + SIGN_LIFE - secs(SIGNS_MIN as u64)), Share::Twentieth);
    assert_eq!(silent.share(last + SIGN_LIFE - secs(SIGNS_MIN as u64 - 1)), Share::All);
    assert_eq!(silent.why(last + SIGN_LIFE).to_string(), "no recent pings; all are sent");
}

#[test]
fn a_silent_buyer_that_answers_after_all_was_late() {
    let mut one = health("tttttt");
    assert_eq!(one.share(OPENS + secs(9)), Share::Twentieth);
    for n in 0..6 {
        one.on_sign(OPENS + secs(9), auction_of(n), Sign::Late);
    }
    assert_eq!(one.why(OPENS + secs(9)).bad, [(Sign::Late, 6)]);
    assert_eq!(one.share(OPENS + secs(9)), Share::Half);
}

#[test]
fn it_says_why_in_words_with_numbers() {
    for (signs, words) in [
        ("+++ttttttt", "7 of its last 10 pings timed out; 1 in 5 is sent, until 3 are answered in a row"),
        (
            "ttttuul+",
            "4 of its last 8 pings timed out, 2 could not be delivered, 1 came too late; 1 in 5 is sent, \
             until 3 are answered in a row",
        ),
        ("ttttttt", "7 of its last 7 pings timed out; 1 in 20 is sent, until one is answered"),
        ("+++", "its last 3 pings were answered; all are sent"),
        ("++t", "1 of its last 3 pings timed out; all are sent"),
    ] {
        assert_eq!(health(signs).why(OPENS + secs(60)).to_string(), words, "{signs}");
    }
    assert_eq!(health(&"t".repeat(60)).why(OPENS + secs(60)).of, WINDOW);
}

#[test]
fn only_what_a_buyer_did_counts() {
    let rejected = NoBid::Rejected { code: None, text: None, about: About::Offer };
    let answered =
        [Outcome::NoBid(NoBid::Declined), Outcome::NoBid(rejected), Outcome::Won, Outcome::LostTie];
    let bids = [
        Outcome::Outbid { by: Money::ZERO },
        Outcome::BadTerms,
        Outcome::BelowFloor,
        Outcome::BelowReserve,
        Outcome::AboveMax,
        Outcome::Expired,
        Outcome::DuplicateBid,
        Outcome::BadDestination,
    ];
    for outcome in answered.iter().chain(&bids) {
        assert_eq!(Sign::of(outcome), Some(Sign::Answered), "{outcome:?}");
    }
    for no_bid in [
        NoBid::Timeout,
        NoBid::Late,
        NoBid::Unreachable(Unreachable::Dns),
        NoBid::BadStatus(500),
        NoBid::Malformed(Malformed::Shape),
        NoBid::TooLarge,
    ] {
        let sign = Sign::of(&Outcome::NoBid(no_bid.clone())).expect("it counts");
        assert_eq!(sign.code(), no_bid.code());
    }
    for outcome in [
        Outcome::NotAwaited,
        Outcome::Throttled,
        Outcome::Paused,
        Outcome::Capped,
        Outcome::AtConcurrency,
        Outcome::OutOfHours,
        Outcome::DuplicateLead,
        Outcome::Filtered(field("age")),
        Outcome::MissingField(field("age")),
    ] {
        assert_eq!(Sign::of(&outcome), None, "{outcome:?}");
    }
    assert!(Sign::ALL.into_iter().all(|sign| Sign::parse(sign.code()) == Some(sign)));
}

fn standing(share: Share) -> Standing {
    Standing { share, ..Standing::default() }
}

/// `a` at this share, beside a healthy `b`.
fn beside_b(share: Share, seed: u64) -> Auction {
    let mut one = auction([bidder("a").standing(standing(share)).bids(90), bidder("b").bids(80)]);
    one.seed = Seed(seed);
    one
}

#[test]
fn the_seed_decides_who_is_left_out_and_a_replay_gives_the_same() {
    for (share, least, most) in [
        (Share::All, 2_000, 2_000),
        (Share::Half, 900, 1_100),
        (Share::Fifth, 350, 450),
        (Share::Twentieth, 70, 130),
    ] {
        let asked: Vec<_> = (0..2_000).map(|seed| beside_b(share, seed).open().1.len() == 2).collect();
        let again: Vec<_> = (0..2_000).map(|seed| beside_b(share, seed).open().1.len() == 2).collect();
        assert_eq!(asked, again);
        let times = asked.iter().filter(|asked| **asked).count();
        assert!((least..=most).contains(&times), "{share:?}: {times} of 2,000");
    }
    let draws = |offer: &str| -> Vec<bool> {
        (0..100).map(|seed| Share::Half.asks(Seed(seed), &offer_id(offer))).collect()
    };
    assert_ne!(draws("a"), draws("b"), "each offer has a draw of its own");
}

/// A seed that leaves these offers out at a twentieth.
fn seed_without(offers: &[&str]) -> Seed {
    let out = |seed: &u64| offers.iter().all(|offer| !Share::Twentieth.asks(Seed(*seed), &offer_id(offer)));
    Seed((0..1_000).find(out).expect("most seeds do"))
}

#[test]
fn who_is_left_out_is_named_and_its_static_price_stands() {
    let mut one = auction([
        bidder("a").has_static(95).standing(standing(Share::Twentieth)).bids(99),
        bidder("b").bids(80),
        bidder("c").says(100, Err(NoBid::Declined)),
    ]);
    one.seed = seed_without(&["a"]);
    let closed = check(&one, &["b 80", "static a 95"], &["b won", "c no_bid", "a throttled"]);
    assert_eq!(closed.pings.len(), 2);
    assert_eq!(closed.ranking.best_static, Some(Money::from_units(95)));
    one.bidders.remove(1);
    check(&one, &["static a 95"], &["a won", "c no_bid"]);
}

#[test]
fn where_nobody_would_be_left_everybody_is_asked() {
    let tired = |id: &str| bidder(id).standing(standing(Share::Twentieth)).bids(90);
    let mut one = auction([tired("a"), tired("b").bids(80)]);
    one.seed = seed_without(&["a", "b"]);
    assert_eq!(one.open().1.len(), 2);
    // A static price alone is nobody who is asked, nor is who may not buy.
    let mut one = auction([
        tired("a"),
        bidder("b").has_static(45).with(|offer| offer.endpoints.ping_url = None),
        bidder("c").with(|offer| offer.active = false),
    ]);
    one.seed = seed_without(&["a"]);
    let closed = one.run();
    assert_eq!(ranked(&closed.ranking), ["a 90", "static b 45"]);
    assert_eq!(outcomes(&closed.ranking), ["a won", "c paused", "b no_bid"]);
}

#[test]
fn who_is_asked_again_alone_is_asked() {
    let mut again = auction([bidder("a").standing(standing(Share::Twentieth)).bids(90)]);
    again.seed = seed_without(&["a"]);
    let again = again.rules(|rules| {
        rules.fallback_to_static = false;
        rules.budget = Duration::from_secs(2);
    });
    check(&again, &["a 90"], &["a won"]);
}
