//! Equal bids: the shorter payable time, then the higher priority, then the committed draw (domain.md 1).

use std::collections::BTreeMap;

use auction::Seed;

use crate::world::{auction, bidder, check, price, ranked, secs};

#[test]
fn the_shorter_payable_time_then_the_higher_priority() {
    let mut short = price(50);
    short.payable_after = Some(secs(30));
    check(
        &auction([
            bidder("a").with(|offer| offer.priority = 9).bids(50),
            bidder("b").says(100, Ok(short)),
            bidder("c").with(|offer| offer.priority = 10).bids(50),
            bidder("d").with(|offer| offer.payable_after = secs(10)).bids(49),
        ]),
        &["b 50", "c 50", "a 50", "d 49"],
        &["b won", "c lost_tie", "a lost_tie", "d outbid"],
    );
}

#[test]
fn the_draw_is_by_the_seed_alone() {
    let equals = ["a", "b", "c", "d"];
    let order = |seed: u64, backwards: bool| {
        let mut bidders: Vec<_> = equals
            .iter()
            .zip([10, 20, 30, 40])
            .map(|(id, at)| bidder(id).says(if backwards { 100 - at } else { at }, Ok(price(50))))
            .collect();
        if backwards {
            bidders.reverse();
        }
        let mut auction = auction(bidders);
        auction.seed = Seed(seed);
        ranked(&auction.run().ranking)
    };
    let mut won: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..4_000 {
        let first = order(seed, false);
        assert_eq!(first, order(seed, true), "neither the order of answers nor of offers matters");
        *won.entry(first[0].clone()).or_default() += 1;
    }
    assert_eq!(won.len(), equals.len());
    // 1,000 each, give or take five standard deviations.
    assert!(won.values().all(|count| (860..1_140).contains(count)), "{won:?}");
}
