//! Reports: figures of calls by what people want to see them by, near misses, and why there was no bid.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    pages::{
        Shared,
        reports::{lines, misses, query::ReportQuery, reasons, row::ReportRow},
    },
    problem::{Problem, ProblemBody},
    query::Query,
};

/// A report.
#[derive(Serialize, ToSchema)]
pub(super) struct Report {
    /// The currency of each amount.
    currency: String,
    /// The zone in which its days begin.
    zone: String,
    /// When its range begins.
    from: String,
    /// When it has ended.
    until: String,
    /// What there is a line for each of.
    by: &'static str,
    data: Vec<ReportRow>,
    /// The sum of all lines.
    total: ReportRow,
}

/// What the auctions of a report's calls came to beside their winners.
#[derive(Serialize, ToSchema)]
pub(super) struct Market {
    currency: String,
    /// Bids that lost by little, the nearest first, at most 200.
    near_misses: Vec<Miss>,
    /// Why there was no bid, the most frequent first.
    reasons: Vec<Times>,
}

/// A bid that nearly won.
#[derive(Serialize, ToSchema)]
pub(super) struct Miss {
    call: Uuid,
    offer: String,
    at: String,
    bid: String,
    /// By how much the winner bid more.
    #[schema(example = "0.40")]
    lost_by: String,
}

/// How often an offer came out so.
#[derive(Serialize, ToSchema)]
pub(super) struct Times {
    offer: String,
    /// A code of the reference.
    outcome: String,
    times: u64,
}

/// A report
///
/// The filters of the list of calls, and `by`: `day`, `month`, `campaign`, `publisher`, `buyer`, `offer`, `state`, `channel`,
/// `outcome`, `depth` (bids in an auction), `all`. `from` and `until` are days of the business's zone, or times with an offset;
/// the last thirty days, if they are not given. Tests are left out, where `test` does not ask for them.
#[utoipa::path(get, path = "/v1/reports", tag = "reports",
    responses((status = 200, description = "The report", body = Report), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn report(console: Shared, query: Query) -> Result<Json<Report>, Problem> {
    let business = console.business();
    let query = ReportQuery::of(&query, &business, console.now())?;
    let lines = lines(&console, &query).await?;
    Ok(Json(Report {
        currency: business.currency.clone(),
        zone: business.zone_name(),
        from: query.range.from.to_string(),
        until: query.range.until.to_string(),
        by: query.by.as_str(),
        data: lines.iter().map(|line| ReportRow::of(line, query.by, &business)).collect(),
        total: ReportRow::total(&lines, &business),
    }))
}

/// Near misses, and why there was no bid
///
/// Of the auctions of the calls that a report with the same filters is of, and `within`, an amount by which a bid may have lost
/// (1.00). `buyer` and `offer` are those that a call was sold to, as everywhere.
#[utoipa::path(get, path = "/v1/reports/market", tag = "reports",
    params(("from" = Option<String>, Query, description = "The first day"), ("until" = Option<String>, Query, description = "The last day"), ("within" = Option<String>, Query, description = "Lost by so much at most"),
        ("campaign" = Option<String>, Query, description = "Of this campaign"), ("publisher" = Option<String>, Query, description = "Sent by this publisher"), ("buyer" = Option<String>, Query, description = "Sold to this buyer"), ("offer" = Option<String>, Query, description = "Sold to this offer"), ("channel" = Option<String>, Query, description = "Came this way"), ("outcome" = Option<String>, Query, description = "Ended so"), ("sale" = Option<String>, Query, description = "With a sale of this state"), ("state" = Option<String>, Query, description = "From this state"), ("test" = Option<String>, Query, description = "yes: tests alone; left out: none")),
    responses((status = 200, description = "They", body = Market), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn market(console: Shared, query: Query) -> Result<Json<Market>, Problem> {
    let business = console.business();
    let query = ReportQuery::of(&query, &business, console.now())?;
    let (near, no_bids) = (misses(&console, &query).await?, reasons(&console, &query).await?);
    Ok(Json(Market {
        currency: business.currency.clone(),
        near_misses: near
            .iter()
            .map(|miss| Miss {
                call: miss.journey.uuid(),
                offer: miss.offer.to_string(),
                at: miss.at.to_string(),
                bid: miss.price.to_string(),
                lost_by: miss.gap.to_string(),
            })
            .collect(),
        reasons: no_bids
            .into_iter()
            .map(|it| Times { offer: it.offer.to_string(), outcome: it.outcome, times: it.times })
            .collect(),
    }))
}
