//! Every reason has its link to the field behind it, or says why there is none; who may not see settings gets no link.

use std::collections::{BTreeMap, btree_map::Entry};

use lead::{CampaignId, OfferId};
use secrecy::SecretString;
use serde_json::json;
use store::{
    Role,
    behind::Cause,
    reasons::{self, CallFigures, OfferFigures},
};

use crate::{
    closed_lists::{endings, lost, outcomes},
    seeds,
    world::World,
};

const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

#[tokio::test]
async fn every_reason_leads_to_its_field_or_says_why_there_is_none() {
    let world = World::new().await;
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let publish = world.store.publish_settings(world.now(), SecretString::from(EXAMPLE), "it".to_owned());
    publish.await.expect("it is written");
    let offer = OfferId::parse("buyer-c-medicare").expect("a slug");
    let campaign = CampaignId::parse("medicare").expect("a slug");
    let mut figures = vec![OfferFigures::default()];
    figures.extend(
        [reasons::WhyPaused::SwitchedOff, reasons::WhyPaused::PostsDisabled]
            .map(|why| OfferFigures { paused: Some(why), ..OfferFigures::default() }),
    );
    let of_call = CallFigures { offer: Some(offer.clone()), ..CallFigures::default() };
    let mut all = vec![];
    for figures in &figures {
        all.extend(outcomes().iter().map(|it| reasons::of_offer(&offer, &campaign, it, figures)));
        all.extend(lost().iter().map(|it| reasons::of_attempt(&offer, &campaign, it, figures)));
    }
    all.extend(endings().iter().map(|it| reasons::of_call(&campaign, it, &of_call)));
    let (mut pages, mut causes) = (BTreeMap::new(), BTreeMap::new());
    for reason in all {
        let Some(setting) = reason.behind.setting() else {
            causes.insert(reason.code, reason.behind.cause().expect("one of both"));
            continue;
        };
        if let Entry::Vacant(unread) = pages.entry(setting.page()) {
            let page = ada.page(unread.key()).await;
            unread.insert(page);
        }
        let anchor = format!(" id=\"{}\"", setting.key);
        assert_eq!(
            pages[&setting.page()].matches(&anchor).count(),
            1,
            "{}: {}",
            reason.code,
            setting.pointer()
        );
    }
    let expected = [
        ("abandoned_ring", Cause::CallerHungUp),
        ("cancelled", Cause::Cancelled),
        ("duplicate_bid", Cause::BuyersWord),
        ("handover_unknown", Cause::EachOffer),
        ("no_bid", Cause::BuyersWord),
        ("no_bids", Cause::EachOffer),
        ("nobody_answered", Cause::EachOffer),
        ("nobody_eligible", Cause::EachOffer),
        ("nobody_took", Cause::EachOffer),
        ("opted_out", Cause::PersonsWish),
        ("outbid", Cause::HigherBid),
        ("rejected", Cause::BuyersWord),
        ("sold", Cause::Sold),
        ("won", Cause::Sold),
        ("won_abandoned", Cause::CallerHungUp),
        ("won_failed", Cause::Carrier),
    ];
    assert_eq!(causes, expected.map(|(code, cause)| (code.to_owned(), cause)).into());
    // What holds everywhere has its fields under their keys as well.
    assert!(ada.page("/settings").await.contains(" id=\"fallback_to_static\""));
}

#[tokio::test]
async fn a_story_links_each_reason_for_who_may_see_the_setting() {
    let world = World::new().await;
    let (sold, abandoned) = (seeds::sold(&world.store).await, seeds::abandoned(&world.store).await);
    let ada = world.visitor("Ada", Role::OfferManager).await;
    let page = ada.page(&format!("/calls/{sold}")).await;
    for link in [
        "<a href=\"/offers/g#hours\">Night shift: Hours</a>",
        "<a href=\"/offers/h#filters\">Homeowners: Filters, home owner</a>",
        "<a href=\"/offers/e#wire\">",
        "<a href=\"/offers/f#bid_max\">",
    ] {
        assert!(page.contains(link), "{link}\n{page}");
    }
    let page = ada.page(&format!("/calls/{abandoned}")).await;
    assert!(page.contains("No setting is behind it: the caller hung up"), "{page}");
    assert!(page.contains("<a href=\"/offers/a#concurrency\">"), "{page}");
    let sam = world.visitor("Sam", Role::Support).await;
    let page = sam.page(&format!("/calls/{sold}")).await;
    assert!(page.contains("Night shift: Hours") && !page.contains("href=\"/offers/"), "{page}");

    let call = ada.json(&format!("/v1/calls/{sold}"), 200).await;
    let offers = call["auctions"][0]["offers"].as_array().expect("they are there");
    let reason = |offer: &str| {
        let found = offers.iter().find(|it| it["offer"] == offer).expect("it was considered");
        (found["reason"]["setting"].clone(), found["reason"]["no_setting"].clone())
    };
    assert_eq!(reason("h"), (json!("/offers/h/filters/home_owner"), json!(null)));
    assert_eq!(reason("b"), (json!(null), json!("another offer bid more")));
}
