//! An auction whose node is gone: another one takes its place once, and what still comes of the first is a stray.

use auction::Seed;
use journey::Event;

use crate::world::*;

fn reopened(was: u32, n: u32) -> Told {
    Event::AuctionReopened { was: auction_id(was), auction: auction_id(n), seed: Seed(8) }
}

#[test]
fn the_second_result_counts_and_the_first_ones_is_a_stray() {
    let story = check(
        [(0, arrived()), (1_000, heard(1, "33109")), (1_100, opened(0)), (3_000, reopened(0, 7))],
        &["open_auction", "run_auction", "run_auction"],
        None,
    );
    let awaited = story.journey.awaited().expect("it is waited for");
    assert_eq!((awaited.auction, awaited.is_reopened), (Some(auction_id(7)), true));
    // The caller waits no longer for it than for the first.
    assert_eq!(awaited.until, at(1_000 + 8_000 + 5_000));
    let story = story.told([(3_500, closed(0, vec![bid("late", 99)]))]);
    assert_eq!(story.journey.phase_name(), "auction", "a stray");
    let story = story.told([(4_000, closed(7, vec![bid("c", 91)]))]);
    assert_eq!(story.journey.phase_name(), "ready");
    assert_eq!(story.journey.awaited(), None);
}

#[test]
fn a_bid_of_the_first_joins_nothing() {
    let joined = |n, offer| Event::BidJoined { auction: auction_id(n), ranked: Box::new(bid(offer, 80)) };
    let story = check(
        [
            (0, arrived()),
            (1_000, heard(1, "33109")),
            (1_100, opened(0)),
            (3_000, reopened(0, 7)),
            (3_500, closed(7, vec![bid("c", 91)])),
        ],
        &["open_auction", "run_auction", "run_auction", "reserve", "push"],
        None,
    );
    let folded = story.journey.folded();
    let story = story.told([(3_600, joined(0, "a"))]);
    assert_eq!(story.journey.folded(), folded, "a stray");
    let story = story.told([(3_600, joined(7, "a"))]);
    assert_eq!(story.journey.folded(), folded + 1);
}

#[test]
fn no_third_one_takes_the_place_of_the_second() {
    let story = check(
        [
            (0, arrived()),
            (1_000, heard(1, "33109")),
            (1_050, reopened(0, 6)),
            (1_100, opened(0)),
            (1_200, reopened(1, 6)),
            (1_300, reopened(0, 0)),
            (3_000, reopened(0, 7)),
            (3_100, reopened(0, 8)),
            (3_200, reopened(7, 8)),
        ],
        &["open_auction", "run_auction", "run_auction"],
        None,
    );
    assert_eq!(story.journey.awaited().and_then(|awaited| awaited.auction), Some(auction_id(7)));
    assert_eq!(story.journey.folded(), 4);
}
