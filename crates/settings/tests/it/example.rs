//! The shipped example, and what a server asks of settings.

use auction::Vertical;
use lead::{Channel, E164, Money, OfferId};

use crate::world::{EXAMPLE, parse_with};

fn example() -> settings::Settings {
    parse_with(EXAMPLE, true).expect("the example is sound")
}

#[test]
fn the_example_is_read_without_a_warning() {
    assert_eq!(example().warnings(), []);
}

#[test]
fn a_callers_number_leads_to_its_campaign_and_publisher() {
    let settings = example();
    let (campaign, publisher) = settings.campaign_of(&number("+18005550100")).expect("a campaign");
    assert_eq!(campaign.id.as_str(), "medicare");
    let (publisher, payout) = publisher.expect("a publisher");
    assert_eq!(publisher.as_str(), "seniors-daily");
    assert_eq!((payout.share, payout.payable_after.as_secs()), (6_000, 90));
    assert!(settings.campaign_of(&number("+18005550101")).is_none());
}

#[test]
fn all_six_offers_are_considered_in_the_order_of_their_ids() {
    let settings = example();
    let medicare = Vertical::parse("medicare").expect("a vertical");
    let offers = settings.offers_for(&medicare, Channel::Call);
    let ids: Vec<_> = offers.iter().map(|(offer, buyer)| (offer.id.as_str(), buyer.id.as_str())).collect();
    let expected = ["a", "b", "c", "d", "e", "f"]
        .map(|name| (format!("buyer-{name}-medicare"), format!("buyer-{name}")));
    assert!(
        ids.iter().copied().eq(expected.iter().map(|(offer, buyer)| (offer.as_str(), buyer.as_str()))),
        "{ids:?}"
    );
    for channel in [Channel::Form, Channel::Callback] {
        assert_eq!(settings.offers_for(&medicare, channel).len(), 6, "one auction for three channels");
    }
    assert!(settings.offers_for(&Vertical::parse("solar").expect("a vertical"), Channel::Call).is_empty());
}

#[test]
fn the_best_static_price_is_the_examples_forty_five() {
    let sales = example()
        .offers()
        .filter_map(|offer| offer.static_sale(lead::Channel::Call))
        .map(|sale| sale.price)
        .max();
    assert_eq!(sales, Some(Money::from_units(45)));
}

#[test]
fn the_auction_waits_for_what_offers_require_or_filter_by() {
    let settings = example();
    let campaign = settings.campaigns().next().expect("a campaign");
    // C requires zip and age; B filters by state, which comes from the zip, and by age.
    let needed: Vec<_> = campaign.needed.iter().map(|field| field.as_str()).collect();
    assert_eq!(needed, ["age", "zip"]);
    assert_eq!(campaign.rules.budget.as_secs(), 5);
}

#[test]
fn a_version_names_its_campaigns_too() {
    let settings = example().with_version(7);
    assert_eq!(settings.version(), 7);
    assert!(settings.campaigns().all(|campaign| campaign.version == 7));
}

#[test]
fn what_is_exported_reads_back_the_same() {
    let (first, again) = (example(), parse_with(example().source(), true).expect("the export is sound"));
    assert_eq!(first.source(), EXAMPLE);
    let offer = OfferId::parse("buyer-c-medicare").expect("an id");
    assert_eq!(first.offer(&offer), again.offer(&offer));
    assert!(first.offers().eq(again.offers()) && first.buyers().eq(again.buyers()));
    assert!(first.numbers().eq(again.numbers()) && first.publishers().eq(again.publishers()));
    let campaigns = |settings: &settings::Settings| format!("{:?}", settings.campaigns().collect::<Vec<_>>());
    assert_eq!(campaigns(&first), campaigns(&again));
}

#[test]
fn the_examples_urls_are_refused_in_production() {
    let problems = parse_with(EXAMPLE, false).expect_err("http to this machine");
    assert_eq!(problems.len(), 12);
    assert!(problems.iter().all(|problem| problem.what == "only https URLs are allowed"), "{problems:?}");
}

fn number(text: &str) -> E164 {
    E164::parse(text).expect("a number")
}
