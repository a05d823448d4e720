//! Reports: what calls came to, by what people want to see it by; why there was no bid, and who nearly won.

mod chart;
pub(crate) mod query;
pub(crate) mod row;

use askama::Template;
use axum::response::Response;
use store::{NearMiss, NoBidCount, ReportBy, ReportLine};

use super::{
    Frame, Shared,
    calls::Choices,
    export::{as_csv, as_ndjson},
    figures::{WHOLE, bar, count, counted},
    shown,
};
use crate::{
    Console, Needs, Permission, actor::Actor, business::Business, problem::Problem, query::Query,
    routes::Routes,
};
use chart::Chart;
use query::ReportQuery;
use row::{COLUMNS, ReportRow};

/// Lines of no-bid reasons and near misses on the page; the API has more.
const SHOWN: usize = 12;
/// Near misses of one answer.
const MISSES: u32 = 200;

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    frame: Frame,
    headline: String,
    /// The simulator carries the calls: nothing of this is money.
    simulated: bool,
    sub: String,
    query: ReportQuery,
    choices: Choices,
    chart: Option<Chart>,
    rows: Vec<(ReportRow, u64, String)>,
    total: ReportRow,
    below: String,
    reasons: Vec<ReasonView>,
    misses: Vec<MissView>,
    zone: String,
}

/// How often an offer came out so.
struct ReasonView {
    offer: String,
    text: String,
    code: String,
    times: String,
    bar: u64,
}

/// A bid that nearly won.
struct MissView {
    call: String,
    offer: String,
    at: String,
    price: String,
    lost_by: String,
}

/// What a report can be by, with what people call it.
const EACH: [(ReportBy, &str); 10] = [
    (ReportBy::Period(store::Each::Day), "day"),
    (ReportBy::Period(store::Each::Month), "month"),
    (ReportBy::Campaign, "campaign"),
    (ReportBy::Buyer, "buyer"),
    (ReportBy::Offer, "offer"),
    (ReportBy::Publisher, "publisher"),
    (ReportBy::State, "state"),
    (ReportBy::Outcome, "outcome"),
    (ReportBy::Depth, "number of bids"),
    (ReportBy::Channel, "way of coming"),
];

pub(super) fn routes(routes: Routes) -> Routes {
    let read = Needs::May(Permission::ReadMoney);
    routes.get(read, "/reports", page).get(read, "/reports.csv", csv).get(read, "/reports.ndjson", ndjson)
}

async fn page(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let business = console.business();
    let query = ReportQuery::of(&query, &business, console.now())?;
    let lines = lines(&console, &query).await?;
    let rows: Vec<_> = lines.iter().map(|line| ReportRow::of(line, query.by, &business)).collect();
    let longest = rows.iter().map(|row| row.shown.earned_micros).max().unwrap_or_default();
    let total = ReportRow::total(&lines, &business);
    let chart = matches!(query.by, ReportBy::Period(_)).then(|| Chart::of(&rows)).flatten();
    let reasons = reasons(&console, &query).await?;
    let misses = misses(&console, &query).await?;
    let most = reasons.iter().map(|reason| reason.times).max().unwrap_or_default();
    let list = |row: &ReportRow| match (filter_of(query.by), &row.key) {
        (Some(name), Some(key)) => format!("/calls?{}", query.list(name, key)),
        _ => String::new(),
    };
    Ok(shown(&Page {
        frame: Frame::of(&actor, "/reports"),
        simulated: matches!(console.premises.carrier, crate::Carrier::Simulated(_)),
        headline: match total.calls {
            0 => "No calls in these days".to_owned(),
            calls => format!("{} earned from {}", total.shown.earned, counted(calls, "call")),
        },
        sub: format!(
            "{} left after publishers; {} beside static prices; from {} until {}",
            total.shown.margin, total.shown.uplift, query.range.from_text, query.range.until_text
        ),
        choices: Choices::of(&business),
        below: match total.below_static {
            0 => String::new(),
            1 => "One call was sold below the static price that stood".to_owned(),
            n => format!("{} calls were sold below the static price that stood", count(n)),
        },
        reasons: reasons.iter().take(SHOWN).map(|it| ReasonView::of(it, most, &business)).collect(),
        misses: misses.iter().take(SHOWN).map(|it| MissView::of(it, &business)).collect(),
        rows: rows
            .into_iter()
            .map(|row| (bar(row.shown.earned_micros, longest), list(&row), row))
            .map(|(width, list, row)| (row, width, list))
            .collect(),
        zone: business.zone_name(),
        total,
        chart,
        query,
    }))
}

async fn csv(console: Shared, query: Query) -> Result<Response, Problem> {
    let rows = read(&console, &query).await?;
    Ok(as_csv("report.csv", COLUMNS, rows.iter().map(ReportRow::cells), None))
}

async fn ndjson(console: Shared, query: Query) -> Result<Response, Problem> {
    as_ndjson("report.ndjson", read(&console, &query).await?.iter(), None)
}

async fn read(console: &Shared, query: &Query) -> Result<Vec<ReportRow>, Problem> {
    let business = console.business();
    let query = ReportQuery::of(query, &business, console.now())?;
    let lines = lines(console, &query).await?;
    Ok(lines.iter().map(|line| ReportRow::of(line, query.by, &business)).collect())
}

/// The lines of a report.
pub(crate) async fn lines(console: &Console, query: &ReportQuery) -> Result<Vec<ReportLine>, Problem> {
    let filter = query.filter(console.now());
    let zone = console.business().zone.clone();
    console.store().report(&filter, query.by, &zone).await.map_err(Problem::of_report)
}

/// Why there was no bid, in the auctions of the report's calls.
pub(crate) async fn reasons(console: &Console, query: &ReportQuery) -> Result<Vec<NoBidCount>, Problem> {
    Ok(console.store().no_bid_counts(&query.filter(console.now())).await?)
}

/// Who nearly won, in the auctions of the report's calls.
pub(crate) async fn misses(console: &Console, query: &ReportQuery) -> Result<Vec<NearMiss>, Problem> {
    Ok(console.store().near_misses(&query.filter(console.now()), query.within, MISSES).await?)
}

/// The filter of the list of calls that a line's key is of.
const fn filter_of(by: ReportBy) -> Option<&'static str> {
    match by {
        ReportBy::Campaign => Some("campaign"),
        ReportBy::Publisher => Some("publisher"),
        ReportBy::Buyer => Some("buyer"),
        ReportBy::Offer => Some("offer"),
        ReportBy::State => Some("state"),
        ReportBy::Channel => Some("channel"),
        ReportBy::Outcome => Some("outcome"),
        ReportBy::All | ReportBy::Period(_) | ReportBy::Depth => None,
    }
}

impl ReasonView {
    fn of(count_of: &NoBidCount, most: u64, business: &Business) -> Self {
        Self {
            offer: business.names.offer(&count_of.offer),
            text: count_of.outcome.replace('_', " "),
            code: count_of.outcome.clone(),
            times: count(count_of.times),
            bar: (count_of.times * WHOLE).checked_div(most).unwrap_or_default(),
        }
    }
}

impl MissView {
    fn of(miss: &NearMiss, business: &Business) -> Self {
        Self {
            call: miss.journey.to_string(),
            offer: business.names.offer(&miss.offer),
            at: business.time(miss.at, "%-d %b, %H:%M:%S"),
            price: business.money(miss.price),
            lost_by: business.money(miss.gap),
        }
    }
}
