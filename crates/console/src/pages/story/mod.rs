//! The story of a call: the one page that says what happened, what it brought, and why it came out so.

mod lines;
mod offers;
mod revealed;
mod track;

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use lead::{Consent, Covers, JourneyId, Money};
use store::{Change, How, Names, Post, Story, StoryStep, Sure, behind::Cause};
use uuid::Uuid;

use super::{Frame, Shared, behind::BehindView, calls::length, prove, shown};
use crate::{
    Console, Needs, Permission, actor::Actor, business::Business, form::Form, guard, path::Path,
    problem::Problem, routes::Routes,
};
use lines::LinesView;
use offers::{AttemptView, AuctionView};
use revealed::Revealed;
use track::Track;

/// The least and the most letters of a reason for a reveal.
const REASON_CHARS_MIN: usize = 5;
/// The most letters of a reason for a reveal.
pub const REASON_CHARS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "story.html")]
struct Page {
    frame: Frame,
    id: Uuid,
    campaign: String,
    headline: String,
    code: String,
    behind: Option<BehindView>,
    sub: String,
    sub_utc: String,
    money: Option<MoneyView>,
    track: Track,
    auctions: Vec<AuctionView>,
    attempts: Vec<AttemptView>,
    steps: Vec<StepView>,
    posts: Vec<PostView>,
    lines: Option<LinesView>,
    facts: Vec<(String, String)>,
    consents: Vec<Consented>,
    masked: String,
    seen_by: Vec<String>,
    erased: bool,
    test: bool,
    may_reveal: bool,
    /// Where the password is asked for first; empty: it was given a moment ago.
    prove: String,
    revealed: Option<Revealed>,
    wrong: String,
}

/// What it brought.
struct MoneyView {
    price: String,
    above: String,
    class: &'static str,
    state: String,
}

/// One consent.
struct Consented {
    at: String,
    what: String,
    /// Shown with the person only.
    proof: Vec<(&'static str, String)>,
    /// There is a proof, and it is covered.
    is_covered: bool,
}

/// One line of what happened.
struct StepView {
    since: String,
    at: String,
    text: String,
    code: String,
    key: bool,
}

/// One request to a buyer.
struct PostView {
    offer: String,
    kind: &'static str,
    state: &'static str,
    class: &'static str,
    what: String,
    at: String,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::May(Permission::ReadCalls), "/calls/{id}", story).post(
        Needs::Proven(Permission::RevealPeople),
        "/calls/{id}/reveal",
        reveal,
    )
}

async fn story(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let told = told(&console, &actor, id).await?;
    Ok(shown(&page(&console, &actor, &told, None, String::new())))
}

/// Shows who called, once the audit holds who asked and why.
async fn reveal(
    console: Shared,
    actor: Actor,
    Path(id): Path<Uuid>,
    form: Form,
) -> Result<Response, Problem> {
    let told = told(&console, &actor, id).await?;
    let reason = form.text("reason");
    let letters = reason.chars().count();
    if !(REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&letters) {
        let wrong =
            format!("Say why in {REASON_CHARS_MIN} to {REASON_CHARS_MAX} letters; the audit keeps it");
        let page = page(&console, &actor, &told, None, wrong);
        return Ok(super::shown_as(http::StatusCode::UNPROCESSABLE_ENTITY, &page));
    }
    note_reveal(&console, &actor, told.journey, &reason).await?;
    let revealed = Revealed::of(&told);
    Ok(shown(&page(&console, &actor, &told, Some(revealed), String::new())))
}

/// Says in the audit who looks at a person, and why. What it tells of happens only if it is kept.
pub(crate) async fn note_reveal(
    console: &Console,
    actor: &Actor,
    journey: JourneyId,
    reason: &str,
) -> Result<(), Problem> {
    let change = Change {
        action: "person.revealed",
        object_kind: "call",
        object: journey.to_string(),
        before: None,
        after: Some(serde_json::json!({ "reason": reason })),
    };
    Ok(console.store().note(console.now(), actor.by(), change).await?)
}

/// A call's story, its amounts covered for whoever may not see money; or that there is none.
pub(crate) async fn told(console: &Console, actor: &Actor, id: Uuid) -> Result<Story, Problem> {
    let names = console.business().names_for(actor.may(Permission::ReadMoney));
    let told = console.store().story(JourneyId::from_uuid(id), None, &names).await;
    told.map_err(|error| Problem::unavailable(&error))?.ok_or_else(Problem::not_found)
}

fn page(console: &Console, actor: &Actor, told: &Story, revealed: Option<Revealed>, wrong: String) -> Page {
    let business = console.business();
    let now = console.now();
    let reason = told.reason.as_ref();
    let money = actor.may(Permission::ReadMoney);
    let talk = told.spans.iter().find(|span| span.kind == store::SpanKind::Talk);
    let going_on = talk.map_or_else(
        || format!("Going on for {}", length(now.since(told.arrived_at))),
        |talk| format!("Talking for {}", length(talk.length(now))),
    );
    let campaign = told.campaign.as_ref().map_or_else(|| "a campaign".to_owned(), |id| business.campaign(id));
    Page {
        frame: Frame::of(actor, "/calls"),
        id: told.journey.uuid(),
        headline: reason
            .map_or(going_on, |reason| bare_headline(&reason.text, told, &business.names_for(money))),
        code: reason.map_or_else(|| "going_on".to_owned(), |reason| reason.code.clone()),
        behind: reason
            .filter(|reason| reason.behind.cause() != Some(Cause::Sold))
            .map(|reason| BehindView::of(&reason.behind, &business, actor)),
        sub: sub(told, &business),
        sub_utc: told.arrived_at.to_string(),
        money: money.then(|| money_view(told, &business)).flatten(),
        track: Track::of(told, now),
        auctions: told.auctions.iter().map(|auction| AuctionView::of(auction, &business, actor)).collect(),
        attempts: told
            .attempts
            .iter()
            .map(|attempt| AttemptView::of(attempt, told, &business, actor))
            .collect(),
        steps: told.steps.iter().map(|step| step_view(step, &business)).collect(),
        posts: told.posts.iter().map(|post| post_view(post, &business)).collect(),
        lines: LinesView::of(told, &business.names),
        facts: facts(told),
        consents: consents(told, &business, revealed.as_ref()),
        masked: told.masked.clone().unwrap_or_else(|| "withheld".to_owned()),
        seen_by: seen_by(told, &business),
        erased: told.erased,
        test: told.test,
        may_reveal: actor.may(Permission::RevealPeople) && !told.erased,
        prove: if guard::is_proven(console, actor) {
            String::new()
        } else {
            prove::before(&format!("/calls/{}", told.journey))
        },
        campaign,
        revealed,
        wrong,
    }
}

/// The price stands beside the headline, so the headline is without it, as for those who may not see it.
fn bare_headline(text: &str, told: &Story, names: &Names) -> String {
    match told.sale().filter(|_| text.starts_with("Sold to ")) {
        Some((sale, _)) => {
            let price = format!(" for {}", names.amounts.text(sale.price));
            text.strip_suffix(&price).unwrap_or(text).to_owned()
        }
        None => text.to_owned(),
    }
}

fn sub(told: &Story, business: &Business) -> String {
    let mut parts = vec![business.time(told.arrived_at, "%-d %b %Y, %H:%M:%S %Z")];
    let value = |name: &str| {
        let field = lead::FieldName::parse(name).ok()?;
        told.shown.value(&field).map(|value| value.text())
    };
    if let Some(area) = told.shown.area_code() {
        parts.push(format!("area code {area}"));
    }
    let state = told.shown.state().map(|state| state.name().to_owned());
    let place: Vec<_> = state.into_iter().chain(told.shown.zip().map(|zip| zip.to_string())).collect();
    if !place.is_empty() {
        parts.push(place.join(" "));
    }
    if let Some(age) = value("age") {
        parts.push(format!("age {age}"));
    }
    parts.join(" · ")
}

fn money_view(told: &Story, business: &Business) -> Option<MoneyView> {
    let (sale, entries) = told.sale()?;
    let after = sale.ranked.payable_after;
    let (above, class) = match sale.best_static {
        _ if sale.test => ("a test: nothing is charged".to_owned(), ""),
        Some(best) if sale.price > best => (
            format!("{} above the static {}", business.money(sale.price - best), business.money(best)),
            "won",
        ),
        Some(best) if sale.price < best => (
            format!("{} below the static {}", business.money(best - sale.price), business.money(best)),
            "near",
        ),
        Some(best) => (format!("the static price, {}", business.money(best)), ""),
        None => ("no static price stood".to_owned(), ""),
    };
    let payout: Money = entries
        .iter()
        .map(|entry| match entry.kind {
            store::EntryKind::Payout => entry.amount,
            store::EntryKind::Reversal => Money::ZERO - entry.amount,
            _ => Money::ZERO,
        })
        .sum();
    let state = match sale.state {
        store::SaleState::Pending => format!("pending: payable from {} of talk on", length(after)),
        store::SaleState::Earned if after == Duration::ZERO => "earned at the acceptance".to_owned(),
        store::SaleState::Earned => format!("earned at {} of talk", length(after)),
        store::SaleState::Void => "void: nothing is owed".to_owned(),
    };
    let state = if payout > Money::ZERO {
        format!("{state}; {} to the publisher", business.money(payout))
    } else {
        state
    };
    let state = if sale.disputed { format!("{state}; disputed") } else { state };
    Some(MoneyView { price: business.money(sale.price), above, class, state })
}

fn step_view(step: &StoryStep, business: &Business) -> StepView {
    StepView {
        since: format!("{}.{} s", step.since.as_secs(), step.since.subsec_millis() / 100),
        at: business.time(step.at, "%H:%M:%S%.3f %Z"),
        text: step.text.clone(),
        code: step.code.clone(),
        key: step.key,
    }
}

fn post_view(post: &Post, business: &Business) -> PostView {
    let status = post.last_status.map(|status| format!("HTTP {status}"));
    let error = post.last_error.as_ref().map(|error| error.replace('_', " "));
    let tries = match post.tries {
        0 => "not tried yet".to_owned(),
        1 => "one try".to_owned(),
        n => format!("{n} tries"),
    };
    let what: Vec<_> = [Some(tries), status, error].into_iter().flatten().collect();
    PostView {
        offer: business.names.offer(&post.offer),
        kind: match post.kind {
            store::PostKind::Sold => "the lead, whole",
            store::PostKind::Returned => "that it came to nothing",
        },
        state: post.state.as_str(),
        class: match post.state {
            store::PostState::Delivered => "won",
            store::PostState::Dead | store::PostState::Held => "bad",
            store::PostState::Due | store::PostState::Claimed | store::PostState::Waiting => "near",
            store::PostState::Cancelled => "",
        },
        what: what.join(", "),
        at: business.time(post.settled_at.unwrap_or(post.created_at), "%H:%M:%S %Z"),
    }
}

/// What bidders were shown: the profile, answer by answer.
fn facts(told: &Story) -> Vec<(String, String)> {
    let values = told.shown.values();
    values.map(|(name, value)| (name.as_str().replace('_', " "), value.text())).collect()
}

/// What the person agreed to, a line each; the proof of it only where who it is may be seen.
fn consents(told: &Story, business: &Business, proofs: Option<&Revealed>) -> Vec<Consented> {
    let each = told.consents.iter().enumerate().map(|(n, one)| {
        let Consent { text_version, given_at, covers, sellers, recording } = &one.consent;
        let covers: Vec<_> = covers.iter().map(|covers| covers_text(*covers)).collect();
        let mut what = vec![format!("text “{text_version}”")];
        what.extend((!covers.is_empty()).then(|| format!("allows {}", covers.join(" and "))));
        what.extend((!sellers.is_empty()).then(|| format!("names {}", sellers.join(", "))));
        what.extend(recording.as_ref().map(|reference| format!("heard in recording {reference}")));
        Consented {
            at: business.time(*given_at, "%e %b %Y, %H:%M:%S %Z"),
            what: what.join("; "),
            proof: proofs.and_then(|proofs| proofs.proofs.get(n)).cloned().unwrap_or_default(),
            is_covered: proofs.is_none() && !one.proof.is_empty(),
        }
    });
    each.collect()
}

const fn covers_text(covers: Covers) -> &'static str {
    match covers {
        Covers::Calls => "calls",
        Covers::AutomatedVoice => "calls with an automated voice",
    }
}

fn seen_by(told: &Story, business: &Business) -> Vec<String> {
    let each = told.seen_by.iter().map(|one| {
        let how = match one.how {
            How::Post if one.sale.is_none() => "by the post, and it did not buy",
            How::Post => "by the post, after it accepted",
            How::CallerId => "by caller ID, when its phone rang",
            How::Confirm => "by its confirm",
        };
        let sure = match one.sure {
            Sure::Certain => "",
            Sure::Possible => " (it may have)",
        };
        let at = business.time(one.at, "%H:%M:%S %Z");
        format!("{}, {how}, {at}{sure}", business.names.buyer(&one.buyer))
    });
    each.collect()
}
