//! Money: statements, sales, and what is corrected of one.

use axum::Json;
use http::StatusCode;
use lead::SaleId;
use serde::Serialize;
use store::NotCorrected;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Body,
    paging::{self, Page},
};
use crate::{
    actor::Actor,
    pages::{
        Shared,
        money::{
            Written, corrected, lines,
            query::{self, MoneyQuery, NAMES},
            row::{MoneyRow, SaleRow},
        },
    },
    path::Path,
    problem::{Problem, ProblemBody},
    query::Query,
};

/// A statement.
#[derive(Serialize, ToSchema)]
pub(super) struct Statement {
    /// The currency of each amount.
    currency: String,
    /// The zone in which its periods begin.
    zone: String,
    /// Its lines, by period and by whose they are.
    data: Vec<MoneyRow>,
    /// Their sum.
    total: MoneyRow,
}

/// A sale with everything that was appended to it.
#[derive(Serialize, ToSchema)]
pub(super) struct SaleBody {
    #[serde(flatten)]
    sale: SaleRow,
    /// What its call and its returns came to.
    entries: Vec<EntryBody>,
    /// What was corrected beside them.
    corrections: Vec<CorrectionBody>,
}

/// An entry.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryBody {
    kind: &'static str,
    amount: String,
    reason: Option<String>,
    at: String,
}

/// A correction.
#[derive(Serialize, ToSchema)]
pub(super) struct CorrectionBody {
    /// `adjustment` or `conversion`.
    kind: &'static str,
    /// Of an adjustment.
    amount: Option<String>,
    reason: String,
    at: String,
}

/// What is corrected.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct NewCorrection {
    /// `return`, `dispute`, `adjustment` or `conversion`.
    kind: String,
    /// Of an adjustment: what is owed more, or less with a minus.
    #[schema(example = "-12.50")]
    amount: Option<String>,
    /// Why, in 3 to 200 letters. Nothing of a person.
    reason: String,
}

/// A statement
///
/// The money of the sales that were booked in a range, by period of the business's zone and by whose it is: `from`, `until`
/// (days of the zone, or times with an offset; this month, if they are not given), `by` (`buyer`, `publisher`, `period`), `each`
/// (`day`, `month`), `who` (an id of a buyer or publisher).
#[utoipa::path(get, path = "/v1/money", tag = "money",
    params(("from" = Option<String>, Query, description = "The first day"), ("until" = Option<String>, Query, description = "The last day"), ("by" = Option<String>, Query, description = "buyer, publisher or period"), ("each" = Option<String>, Query, description = "day or month"), ("who" = Option<String>, Query, description = "Only this one")),
    responses((status = 200, description = "The statement", body = Statement), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn statement(console: Shared, query: Query) -> Result<Json<Statement>, Problem> {
    let business = console.business();
    let query = MoneyQuery::of(&query, &business, console.now(), &[])?;
    let lines = lines(&console, &query).await?;
    Ok(Json(Statement {
        currency: business.currency.clone(),
        zone: business.zone_name(),
        data: lines.iter().map(|line| MoneyRow::of(line, query.by, &business)).collect(),
        total: MoneyRow::total(&lines, &business),
    }))
}

/// List sales
///
/// The newest first, with the filters of the page: those of the statement, and `state` (`pending`, `earned`, `void`,
/// `returned`, `disputed`).
#[utoipa::path(get, path = "/v1/sales", tag = "money",
    params(("from" = Option<String>, Query, description = "Booked on this day or later"), ("until" = Option<String>, Query, description = "Booked on this day or earlier"), ("by" = Option<String>, Query, description = "What who is: buyer or publisher"), ("who" = Option<String>, Query, description = "Only this one's"), ("state" = Option<String>, Query, description = "That stand so"),
        ("limit" = Option<u32>, Query, description = "1 to 200"), ("cursor" = Option<String>, Query, description = "next_cursor of the page before")),
    responses((status = 200, description = "A page", body = Page<SaleRow>), (status = 422, description = "A filter is wrong", body = ProblemBody)))]
pub(super) async fn sales(console: Shared, query: Query) -> Result<Json<Page<SaleRow>>, Problem> {
    let business = console.business();
    let (limit, cursor) = paging::asked(&console, &query, &NAMES)?;
    let read = MoneyQuery::of(&query, &business, console.now(), &["limit", "cursor"])?;
    let mut filter = read.sales(limit + 1);
    filter.before = cursor.as_deref().and_then(query::place);
    let sales = console.store().sales(filter).await?;
    let place = |sale: &store::Sale| query::written(sale.booked_at, sale.id);
    Ok(Json(paging::page(&console, sales, limit, place, |sale| SaleRow::of(sale, &business))))
}

/// One sale, with everything that was appended to it
#[utoipa::path(get, path = "/v1/sales/{id}", tag = "money", params(("id" = Uuid, Path, description = "The sale")),
    responses((status = 200, description = "The sale", body = SaleBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn sale(console: Shared, Path(id): Path<Uuid>) -> Result<Json<SaleBody>, Problem> {
    Ok(Json(read(&console, SaleId::from_uuid(id)).await?))
}

/// Correct a sale
///
/// Appended, any number of times: a return, a dispute, an adjustment of what is owed, a conversion. The answer is the sale as
/// it stands then.
#[utoipa::path(post, path = "/v1/sales/{id}/corrections", tag = "money", request_body = NewCorrection,
    params(("id" = Uuid, Path, description = "The sale"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "Appended", body = SaleBody), (status = 404, description = "There is no such sale", body = ProblemBody),
        (status = 409, description = "The sale cannot be corrected so", body = ProblemBody), (status = 422, description = "A field is wrong", body = ProblemBody)))]
pub(super) async fn correct(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    mut body: Body,
) -> Result<(StatusCode, Json<SaleBody>), Problem> {
    let (kind, amount, reason) = (body.text("kind"), body.text("amount"), body.text("reason"));
    let (kind, reason) = (body.needed("kind", kind), body.needed("reason", reason));
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let written = (text(&kind), text(&amount), text(&reason));
    let read_all = Written { kind: &written.0, amount: &written.1, reason: &written.2 }.read();
    if let Err(wrong) = &read_all {
        let given = |name: &str| (name != "kind" || kind.is_some()) && (name != "reason" || reason.is_some());
        for (name, mend) in wrong.iter().filter(|(name, _)| given(name)) {
            body.wrong(name, "invalid", "it is not taken", mend);
        }
    }
    body.finish()?;
    let Ok(what) = read_all else { return Err(Problem::not_found()) };
    let sale = SaleId::from_uuid(id);
    match corrected(&console, &actor, sale, what).await? {
        Ok(()) => Ok((StatusCode::CREATED, Json(read(&console, sale).await?))),
        Err(NotCorrected::Unknown) => Err(Problem::not_found()),
        Err(refused) => {
            let code = match refused {
                NotCorrected::GoesOn => "call_goes_on",
                NotCorrected::Disputed => "disputed_already",
                NotCorrected::BelowZero => "below_zero",
                NotCorrected::Void | NotCorrected::Unknown => "sale_void",
            };
            let detail = format!("{refused}. Nothing was appended.");
            Err(Problem::new(StatusCode::CONFLICT, code, "The sale cannot be corrected so", detail))
        }
    }
}

async fn read(console: &Shared, id: SaleId) -> Result<SaleBody, Problem> {
    let (sale, entries) = console.store().sale_with_entries(id).await?.ok_or_else(Problem::not_found)?;
    let corrections = console.store().sale_corrections(id).await?;
    Ok(SaleBody {
        sale: SaleRow::of(&sale, &console.business()),
        entries: entries
            .iter()
            .map(|entry| EntryBody {
                kind: entry.kind.as_str(),
                amount: entry.amount.to_string(),
                reason: entry.reason.clone(),
                at: entry.at.to_string(),
            })
            .collect(),
        corrections: corrections
            .iter()
            .map(|it| CorrectionBody {
                kind: it.kind.as_str(),
                amount: match it.kind {
                    store::Correction::Adjustment(amount) => Some(amount.to_string()),
                    _ => None,
                },
                reason: it.reason.clone(),
                at: it.at.to_string(),
            })
            .collect(),
    })
}
