//! Statements and sales as CSV and NDJSON: what the screen's address says, in its zone.

use axum::response::Response;

use super::{
    Shared, lines,
    query::{MoneyQuery, written},
    row::{MONEY_COLUMNS, MoneyRow, SALE_COLUMNS, SaleRow},
};
use crate::{
    pages::{
        calls::EXPORT_ROWS_MAX,
        export::{as_csv, as_ndjson},
    },
    problem::Problem,
    query::Query,
};

/// Sales that are read at once for an export.
const READ: u32 = 1_000;

pub(super) async fn money_csv(console: Shared, query: Query) -> Result<Response, Problem> {
    let rows = statement(&console, &query).await?;
    Ok(as_csv("money.csv", MONEY_COLUMNS, rows.iter().map(MoneyRow::cells), None))
}

pub(super) async fn money_ndjson(console: Shared, query: Query) -> Result<Response, Problem> {
    as_ndjson("money.ndjson", statement(&console, &query).await?.iter(), None)
}

pub(super) async fn sales_csv(console: Shared, query: Query) -> Result<Response, Problem> {
    let (rows, next) = sales(&console, &query).await?;
    Ok(as_csv("sales.csv", SALE_COLUMNS, rows.iter().map(SaleRow::cells), next))
}

pub(super) async fn sales_ndjson(console: Shared, query: Query) -> Result<Response, Problem> {
    let (rows, next) = sales(&console, &query).await?;
    as_ndjson("sales.ndjson", rows.iter(), next)
}

async fn statement(console: &Shared, query: &Query) -> Result<Vec<MoneyRow>, Problem> {
    let business = console.business();
    let query = MoneyQuery::of(query, &business, console.now(), &[])?;
    let lines = lines(console, &query).await?;
    Ok(lines.iter().map(|line| MoneyRow::of(line, query.by, &business)).collect())
}

async fn sales(console: &Shared, query: &Query) -> Result<(Vec<SaleRow>, Option<String>), Problem> {
    let business = console.business();
    let query = MoneyQuery::of(query, &business, console.now(), &[])?;
    let (mut rows, mut filter) = (vec![], query.sales(READ));
    loop {
        let sales = console.store().sales(filter.clone()).await?;
        rows.extend(sales.iter().map(|sale| SaleRow::of(sale, &business)));
        let Some(last) = sales.last().filter(|_| sales.len() == READ as usize) else {
            return Ok((rows, None));
        };
        if rows.len() >= EXPORT_ROWS_MAX {
            return Ok((rows, Some(written(last.booked_at, last.id))));
        }
        filter.before = Some((last.booked_at, last.id));
    }
}
