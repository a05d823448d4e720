//! Auctions: a list, and one with every offer that was considered and why it came out so.

use axum::Json;
use lead::{AuctionId, CampaignId, JourneyId};
use serde::Serialize;
use store::AuctionFilter;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    calls::{AuctionBody, auction_body},
    paging::{self, Page},
};
use crate::{
    Permission,
    actor::Actor,
    pages::{
        Shared,
        reading::{Reading, begins, ends},
        story::told,
    },
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// The filters.
const NAMES: [&str; 4] = ["from", "until", "campaign", "call"];

/// An auction of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct AuctionRow {
    id: Uuid,
    /// Its call.
    call: Uuid,
    campaign: String,
    opened_at: String,
    closed_at: String,
    /// Offers that were considered.
    offers: usize,
    /// Of them, those that were asked.
    asked: usize,
    /// Of them, those that bid, whatever became of the bid.
    bids: usize,
    /// What stood first bid.
    best: Option<String>,
}

/// List auctions
///
/// Those that closed last first. `from` and `until` are days of the business's zone, or times with an offset.
#[utoipa::path(get, path = "/v1/auctions", tag = "calls",
    params(("from" = Option<String>, Query, description = "Closed on this day or later"), ("until" = Option<String>, Query, description = "Closed on this day or earlier"), ("campaign" = Option<String>, Query, description = "Of this campaign"), ("call" = Option<Uuid>, Query, description = "Of this call"),
        ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<AuctionRow>), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn list(
    console: Shared,
    actor: Actor,
    query: Query,
) -> Result<Json<Page<AuctionRow>>, Problem> {
    let (business, money) = (console.business(), actor.may(Permission::ReadMoney));
    let (limit, cursor) = paging::asked(&console, &query, &NAMES)?;
    let mut reading = Reading::of(&query, &[&NAMES[..], &["limit", "cursor"]].concat());
    let filter = AuctionFilter {
        from: reading.read("from", "a day, ex: 2026-11-01, or a time", |text| begins(text, &business)),
        until: reading.read("until", "a day, ex: 2026-11-30, or a time", |text| ends(text, &business)),
        campaign: reading.read("campaign", "a campaign's id", |text| CampaignId::parse(text).ok()),
        journey: reading
            .read("call", "a call's id", |text| Uuid::try_parse(text).ok().map(JourneyId::from_uuid)),
        before: cursor.as_deref().and_then(place),
        limit: Some(limit + 1),
    };
    reading.finish()?;
    let auctions = console.store().auctions(&filter).await?;
    let written =
        |it: &store::AuctionRecord| format!("{}.{}", it.closed_at.micros(), it.auction.uuid().simple());
    let row = |it: &store::AuctionRecord| AuctionRow {
        id: it.auction.uuid(),
        call: it.journey.uuid(),
        campaign: it.campaign.to_string(),
        opened_at: it.opened_at.to_string(),
        closed_at: it.closed_at.to_string(),
        offers: it.offers.len(),
        asked: it.offers.iter().filter(|offer| offer.ping.is_some()).count(),
        bids: it.offers.iter().filter(|offer| offer.ping.is_some() && offer.price.is_some()).count(),
        best: it
            .offers
            .iter()
            .find(|offer| offer.outcome == "won")
            .and_then(|offer| offer.price)
            .filter(|_| money)
            .map(|price| price.to_string()),
    };
    Ok(Json(paging::page(&console, auctions, limit, written, row)))
}

/// One auction
///
/// Every offer that was considered: its bid or why there was none, in a code and in a sentence. Amounts are left out for who
/// may not see money.
#[utoipa::path(get, path = "/v1/auctions/{id}", tag = "calls", params(("id" = Uuid, Path, description = "The auction")),
    responses((status = 200, description = "The auction", body = AuctionBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn one(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<AuctionBody>, Problem> {
    let journey = console.store().journey_of_auction(AuctionId::from_uuid(id)).await?;
    let story = told(&console, &actor, journey.ok_or_else(Problem::not_found)?.uuid()).await?;
    let found = story.auctions.iter().find(|auction| auction.auction.uuid() == id);
    let auction = found.ok_or_else(Problem::not_found)?;
    Ok(Json(auction_body(auction, actor.may(Permission::ReadMoney))))
}

fn place(text: &str) -> Option<(lead::Timestamp, AuctionId)> {
    let (at, id) = text.split_once('.')?;
    let id = AuctionId::from_uuid(Uuid::try_parse(id).ok()?);
    Some((lead::Timestamp::from_micros(at.parse().ok()?), id))
}
