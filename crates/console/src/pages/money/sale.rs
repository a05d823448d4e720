//! One sale: what it came to, entry by entry, and the form that corrects it.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use lead::{Money, SaleId};
use store::{Correction, EntryKind, NotCorrected, Sale, SaleCorrection, SaleEntry, SaleIs};
use uuid::Uuid;

use super::{
    correct::{Written, corrected},
    row::class,
};
use crate::{
    Console, Needs, Permission,
    actor::Actor,
    business::Business,
    form::Form,
    pages::{Frame, Shared, calls::length, shown, shown_as},
    path::Path,
    problem::Problem,
    routes::Routes,
};

#[derive(Template)]
#[template(path = "sale.html")]
struct Page {
    frame: Frame,
    id: Uuid,
    call: Uuid,
    headline: String,
    sub: String,
    due: String,
    state: &'static str,
    class: &'static str,
    disputed: bool,
    facts: Vec<(&'static str, String)>,
    lines: Vec<Line>,
    may_correct: bool,
    given: Given,
    wrong: BTreeMap<&'static str, &'static str>,
    refused: String,
}

/// What was written into the form, so that nothing is lost.
#[derive(Default)]
struct Given {
    kind: String,
    amount: String,
    reason: String,
}

impl Given {
    fn is(&self, kind: &str) -> bool {
        self.kind == kind
    }
}

/// One entry or correction.
struct Line {
    at: lead::Timestamp,
    time: String,
    what: String,
    code: &'static str,
    reason: String,
    amount: String,
}

/// What may be corrected: its word, its name, and what it does.
const KINDS: [(&str, &str, &str); 4] = [
    ("return", "Return", "Nobody owes anything for it any more; the payout is taken back"),
    ("dispute", "Dispute", "The buyer objects; the money stays as it is until it is returned"),
    ("adjustment", "Adjustment", "The buyer owes more, or less"),
    ("conversion", "Conversion", "The buyer reports a customer; no money moves"),
];

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadMoney), "/money/sales/{id}", page).post(
        Needs::May(Permission::WriteMoney),
        "/money/sales/{id}/correct",
        correct,
    )
}

async fn page(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    Ok(shown(&made(&console, &actor, SaleId::from_uuid(id)).await?))
}

async fn correct(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let sale = SaleId::from_uuid(id);
    let given = Given { kind: form.text("kind"), amount: form.text("amount"), reason: form.text("reason") };
    let read = Written { kind: &given.kind, amount: &given.amount, reason: &given.reason }.read();
    let (wrong, refused) = match read {
        Err(wrong) => (wrong, String::new()),
        Ok(read) => match corrected(&console, &actor, sale, read).await? {
            Ok(()) => return Ok(Redirect::to(&format!("/money/sales/{id}")).into_response()),
            Err(NotCorrected::Unknown) => return Err(Problem::not_found()),
            Err(refused) => (vec![], refused.to_string()),
        },
    };
    let mut page = made(&console, &actor, sale).await?;
    (page.given, page.refused) = (given, refused);
    page.wrong = wrong.into_iter().collect();
    Ok(shown_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

async fn made(console: &Console, actor: &Actor, id: SaleId) -> Result<Page, Problem> {
    let business = console.business();
    let (sale, entries) = console.store().sale_with_entries(id).await?.ok_or_else(Problem::not_found)?;
    let corrections = console.store().sale_corrections(id).await?;
    let buyer = business.names.buyer(&sale.buyer);
    let price = business.money(sale.price);
    let mut lines: Vec<_> = entries.iter().map(|entry| Line::of(entry, &business)).collect();
    lines.extend(corrections.iter().map(|it| Line::corrected(it, &business)));
    lines.sort_by_key(|line| line.at);
    Ok(Page {
        frame: Frame::of(actor, "/money"),
        id: id.uuid(),
        call: sale.journey.uuid(),
        headline: match sale.is() {
            SaleIs::Earned => format!("{buyer} owes {}", business.money(sale.price + sale.adjusted)),
            SaleIs::Pending | SaleIs::Disputed => format!("{buyer} owes {price} if it is earned"),
            SaleIs::Void => format!("{buyer} owes nothing: it was never earned"),
            SaleIs::Returned => format!("{buyer} owes nothing: it was returned"),
        },
        sub: business.time(sale.booked_at, "Booked %-d %b %Y, %H:%M:%S %Z"),
        due: price,
        state: sale.is().as_str(),
        class: class(sale.is()),
        disputed: sale.disputed,
        facts: facts(&sale, &business),
        lines,
        may_correct: actor.may(Permission::WriteMoney),
        given: Given::default(),
        wrong: BTreeMap::new(),
        refused: String::new(),
    })
}

fn facts(sale: &Sale, business: &Business) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Offer", business.names.offer(&sale.offer)),
        ("Campaign", business.campaign(&sale.campaign)),
        ("Publisher", sale.publisher.as_ref().map_or_else(|| "none".to_owned(), |id| business.publisher(id))),
        ("Payout", business.money(sale.payout)),
        (
            "Static price",
            sale.best_static.map_or_else(|| "none stood".to_owned(), |price| business.money(price)),
        ),
        ("Payable from", length(sale.ranked.payable_after)),
        ("The lead", sale.delivery.as_str().replace('_', " ")),
    ];
    if sale.over_cap {
        facts.push(("Caps", "one was full when it was booked".to_owned()));
    }
    if sale.test {
        facts.push(("Test", "yes: nothing is charged".to_owned()));
    }
    facts
}

impl Line {
    fn of(entry: &SaleEntry, business: &Business) -> Self {
        let what = match entry.kind {
            EntryKind::Pending => "Sold",
            EntryKind::Earned => "Earned",
            EntryKind::Void => "Void",
            EntryKind::Payout => "Owed to the publisher",
            EntryKind::Reversal => "Taken back from the publisher",
            EntryKind::Dispute => "Disputed",
        };
        let talk = entry.talk.map(|talk| format!("after {} of talk", length(talk)));
        let why = entry.reason.as_ref().map(|reason| reason.replace('_', " "));
        Self {
            at: entry.at,
            time: business.time(entry.at, "%-d %b %Y, %H:%M:%S"),
            what: what.to_owned(),
            code: entry.kind.as_str(),
            reason: [talk, why].into_iter().flatten().collect::<Vec<_>>().join("; "),
            amount: business.money(entry.amount),
        }
    }

    fn corrected(correction: &SaleCorrection, business: &Business) -> Self {
        let (what, amount) = match correction.kind {
            Correction::Adjustment(amount) if amount < Money::ZERO => ("Owed less", business.money(amount)),
            Correction::Adjustment(amount) => ("Owed more", business.money(amount)),
            Correction::Conversion => ("Became a customer", String::new()),
            Correction::Return => ("Returned", String::new()),
            Correction::Dispute => ("Disputed", String::new()),
        };
        Self {
            at: correction.at,
            time: business.time(correction.at, "%-d %b %Y, %H:%M:%S"),
            what: what.to_owned(),
            code: correction.kind.as_str(),
            reason: correction.reason.clone(),
            amount,
        }
    }
}
