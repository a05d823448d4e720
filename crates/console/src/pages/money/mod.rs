//! The money: statements by buyer and by publisher for a period, the sales behind them, and what is corrected of one.

mod correct;
mod export;
pub(crate) mod query;
pub(crate) mod row;
mod sale;

use askama::Template;
use axum::response::Response;
use store::{MoneyBy, MoneyLine};

pub(crate) use correct::{Written, corrected};

use super::{Frame, Shared, figures::counted, shown};
use crate::{Console, Needs, Permission, actor::Actor, problem::Problem, query::Query, routes::Routes};
use query::MoneyQuery;
use row::{MoneyRow, SaleRow};

/// Sales of one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "money.html")]
struct Page {
    frame: Frame,
    headline: String,
    sub: String,
    query: MoneyQuery,
    people: Vec<(String, String)>,
    lines: Vec<MoneyRow>,
    total: MoneyRow,
    sales: Vec<SaleRow>,
    next: Option<String>,
    zone: String,
    by_publisher: bool,
    by_who: bool,
}

pub(super) fn routes(routes: Routes) -> Routes {
    let read = Needs::May(Permission::ReadMoney);
    let routes = routes
        .get(read, "/money", page)
        .get(read, "/money.csv", export::money_csv)
        .get(read, "/money.ndjson", export::money_ndjson)
        .get(read, "/sales.csv", export::sales_csv)
        .get(read, "/sales.ndjson", export::sales_ndjson);
    sale::routes(routes)
}

async fn page(console: Shared, actor: Actor, query: Query) -> Result<Response, Problem> {
    let business = console.business();
    let query = MoneyQuery::of(&query, &business, console.now(), &[])?;
    let lines = lines(&console, &query).await?;
    let mut sales = console.store().sales(query.sales(PAGE + 1)).await?;
    let more = sales.len() > PAGE as usize;
    sales.truncate(PAGE as usize);
    let last = sales.last().filter(|_| more);
    let total = MoneyRow::total(&lines, &business);
    let people = match query.by {
        MoneyBy::Buyer => {
            business.names.buyers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect()
        }
        MoneyBy::Publisher => {
            business.publishers.iter().map(|(id, name)| (id.to_string(), name.clone())).collect()
        }
        MoneyBy::Period => vec![],
    };
    Ok(shown(&Page {
        frame: Frame::of(&actor, "/money"),
        headline: match query.by {
            MoneyBy::Publisher => format!("{} owed to publishers", total.shown.payout),
            MoneyBy::Buyer | MoneyBy::Period => format!("{} owed by buyers", total.shown.due),
        },
        sub: format!(
            "{} booked from {} until {}; {} still pending",
            counted(total.sales, "sale"),
            query.range.from_text,
            query.range.until_text,
            total.shown.pending
        ),
        people,
        lines: lines.iter().map(|line| MoneyRow::of(line, query.by, &business)).collect(),
        sales: sales.iter().map(|sale| SaleRow::of(sale, &business)).collect(),
        next: last.map(|last| query.with("before", &query::written(last.booked_at, last.id))),
        zone: business.zone_name(),
        by_publisher: query.by == MoneyBy::Publisher,
        by_who: query.by != MoneyBy::Period,
        total,
        query,
    }))
}

/// The lines of a statement: of whom the address names, or of all.
pub(crate) async fn lines(console: &Console, query: &MoneyQuery) -> Result<Vec<MoneyLine>, Problem> {
    let (range, zone) = ((query.range.from, query.range.until), console.business().zone.clone());
    let lines = console.store().money(range, query.by, (query.each, &zone)).await;
    let mut lines = lines.map_err(Problem::of_report)?;
    let who = query.text("who");
    lines.retain(|line| who.is_empty() || line.key.as_deref() == Some(who));
    Ok(lines)
}
