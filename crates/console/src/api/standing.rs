//! How an offer or a buyer stands: how full its caps are, how it answers, and whom a draft of it would match.

use axum::Json;
use lead::OfferId;
use serde::Serialize;
use utoipa::ToSchema;

use super::{body::Body, shapes::Offer};
use crate::{
    actor::Actor,
    edits,
    gauges::{self, GaugeBody, Limit},
    health::{HealthBody, OfferHealth},
    matching::{self, PreviewBody},
    pages::Shared,
    path::Path,
    problem::{Problem, ProblemBody},
};

/// How full each limit is.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageBody {
    /// The currency of each amount.
    currency: String,
    /// Own limits first, in the order of the settings.
    data: Vec<GaugeBody>,
}

/// How full the caps and seats of an offer are, those of its buyer among them
///
/// By the very counters that a reservation takes: what is full here is refused to the next call.
#[utoipa::path(get, path = "/v1/offers/{id}/usage", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 200, description = "Each limit; none, where nothing is limited", body = UsageBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "The settings cannot be read", body = ProblemBody)))]
pub(super) async fn offer_usage(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<UsageBody>, Problem> {
    let settings = edits::in_force(&console).await?;
    let limits = gauges::of_offer(&console, &settings, &id).await?;
    Ok(Json(usage(&console, &actor, &limits.ok_or_else(Problem::not_found)?)))
}

/// How full the caps and seats of a buyer over all its offers are
#[utoipa::path(get, path = "/v1/buyers/{id}/usage", tag = "buyers",
    params(("id" = String, Path, description = "The buyer")),
    responses((status = 200, description = "Each limit; none, where nothing is limited", body = UsageBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "The settings cannot be read", body = ProblemBody)))]
pub(super) async fn buyer_usage(
    console: Shared,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Json<UsageBody>, Problem> {
    let settings = edits::in_force(&console).await?;
    let limits = gauges::of_buyer(&console, &settings, &id).await?;
    Ok(Json(usage(&console, &actor, &limits.ok_or_else(Problem::not_found)?)))
}

fn usage(console: &Shared, actor: &Actor, limits: &[Limit]) -> UsageBody {
    let data = limits.iter().map(|limit| limit.body(actor)).collect();
    UsageBody { currency: console.business().currency.clone(), data }
}

/// How the buyer of an offer answered in the last day, and whether it is asked less often for it
#[utoipa::path(get, path = "/v1/offers/{id}/health", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 200, description = "What its pings came to", body = HealthBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn health(console: Shared, Path(id): Path<String>) -> Result<Json<HealthBody>, Problem> {
    let document = edits::latest(&console).await?.document;
    document.entry(settings::Kind::Offer, &id).ok_or_else(Problem::not_found)?;
    let id = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    Ok(Json(OfferHealth::of(&console, &id).await?.body()))
}

/// Whom a draft of an offer would match
///
/// Judges the last auctions of its vertical by the draft in the body, with the keys of `PUT /v1/offers/{id}`. Nothing is
/// published, and nobody is asked. Whether it is active, its caps, duplicates and health are left out; its hours count as of
/// the auction. For an offer that is not there yet, any id will do that no offer has.
#[utoipa::path(post, path = "/v1/offers/{id}/preview", tag = "offers", request_body = Offer,
    params(("id" = String, Path, description = "The offer"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "In how many auctions it would have been asked, and why not in the others", body = PreviewBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody), (status = 503, description = "It took longer than 2 s", body = ProblemBody)))]
pub(super) async fn preview(
    console: Shared,
    Path(id): Path<String>,
    body: Body,
) -> Result<Json<PreviewBody>, Problem> {
    let mut entry = body.object();
    let document = edits::latest(&console).await?.document;
    let known = document.entry(settings::Kind::Offer, &id).is_some();
    if !known {
        entry.insert("id".to_owned(), serde_json::json!(id));
    }
    let preview = matching::of_draft(&console, known.then_some(&*id), entry).await?;
    Ok(Json(PreviewBody::of(preview)))
}
