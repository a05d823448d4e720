//! Calls: a list with the filters of the page, and one call's whole story.

use axum::Json;
use serde::{Deserialize, Serialize};
use store::{
    NumberSought, Story,
    behind::{Cause, Setting},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Permission,
    actor::Actor,
    pages::{
        Shared,
        calls::{CallQuery, Row, note_search},
        story::told,
    },
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
    query::Query,
};

/// Calls of one page where the address does not say.
const PAGE: u32 = 100;

/// A page of calls.
#[derive(Serialize, ToSchema)]
pub(super) struct Calls {
    /// The calls, in their order.
    data: Vec<Row>,
    /// What `after` is for the next page.
    next_cursor: Option<String>,
    /// Whether there is one.
    has_more: bool,
}

/// What is looked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Sought {
    /// A whole number, its area code and exchange (6 digits), or its last 4 digits.
    #[schema(example = "305-555")]
    number: String,
    /// At most so many, 1 to 1000.
    limit: Option<u32>,
}

/// One call, from its arrival to its money. Nothing personal is in it.
#[derive(Serialize, ToSchema)]
pub(super) struct Call {
    id: Uuid,
    campaign: Option<String>,
    publisher: Option<String>,
    settings_version: u64,
    arrived_at: String,
    ended_at: Option<String>,
    /// How it ended: the code, the sentence, and the setting behind it. Nothing while it goes on.
    reason: Option<Reason>,
    /// The caller's number with most of it covered.
    #[schema(example = "(305) •••-••42")]
    caller: Option<String>,
    /// What its person agreed to.
    consents: Vec<ConsentBody>,
    /// Its person was erased.
    erased: bool,
    /// It is a test: at price zero, outside caps and reports.
    test: bool,
    /// What happened, in its order.
    timeline: Vec<Step>,
    auctions: Vec<AuctionBody>,
    sales: Vec<Sale>,
    posts: Vec<Post>,
    /// The legs that a node held itself, for a call by SIP, once they are over.
    legs: Vec<Leg>,
    /// Who has seen the number, or may have.
    seen_by: Vec<SeenBy>,
}

/// A consent, without what of its proof is personal.
#[derive(Serialize, ToSchema)]
pub(super) struct ConsentBody {
    /// Which text the person heard or read.
    text_version: String,
    given_at: String,
    /// What it allows: `calls`, `automated_voice`.
    covers: std::collections::BTreeSet<&'static str>,
    /// The sellers that the text names.
    sellers: Vec<String>,
    /// What proves it: `page`, `address`, `certificate`.
    proof: Vec<&'static str>,
}

fn consent(one: &store::StoryConsent) -> ConsentBody {
    let covers = one.consent.covers.iter().map(|covers| match covers {
        lead::Covers::Calls => "calls",
        lead::Covers::AutomatedVoice => "automated_voice",
    });
    ConsentBody {
        text_version: one.consent.text_version.clone(),
        given_at: one.consent.given_at.to_string(),
        covers: covers.collect(),
        sellers: one.consent.sellers.clone(),
        proof: one.proof.iter().map(|(what, _)| *what).collect(),
    }
}

/// A code of a closed list with its sentence.
#[derive(Serialize, ToSchema)]
pub(super) struct Reason {
    code: String,
    text: String,
    /// Where the setting behind it stands.
    #[schema(example = "/offers/buyer-c/min_bid")]
    setting: Option<String>,
    /// Why no setting stands behind it, ex: the caller hung up.
    no_setting: Option<&'static str>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct Step {
    at: String,
    code: String,
    text: String,
}

/// One auction.
#[derive(Serialize, ToSchema)]
pub(super) struct AuctionBody {
    id: Uuid,
    opened_at: String,
    closed_at: String,
    offers: Vec<OfferAsked>,
}

/// What became of one offer.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferAsked {
    offer: String,
    buyer: String,
    asked: bool,
    sold: bool,
    wait_ms: Option<u64>,
    bid: Option<String>,
    /// By how much less than the winner it bid.
    lost_by: Option<String>,
    reason: Reason,
}

/// One sale.
#[derive(Serialize, ToSchema)]
pub(super) struct Sale {
    id: Uuid,
    offer: String,
    buyer: String,
    price: String,
    static_price: Option<String>,
    state: &'static str,
    disputed: bool,
    entries: Vec<Entry>,
}

/// One entry of a sale.
#[derive(Serialize, ToSchema)]
pub(super) struct Entry {
    kind: &'static str,
    amount: String,
    reason: Option<String>,
    at: String,
}

/// One request to a buyer.
#[derive(Serialize, ToSchema)]
pub(super) struct Post {
    id: Uuid,
    kind: &'static str,
    offer: String,
    state: &'static str,
    tries: u32,
    last_status: Option<i64>,
    last_error: Option<String>,
}

/// A leg of a call by SIP.
#[derive(Serialize, ToSchema)]
pub(super) struct Leg {
    id: String,
    /// The attempt whose buyer it is; nothing: the caller's.
    attempt: Option<u32>,
    /// The trunk that it came or went by; nothing: it went straight to an address.
    trunk: Option<String>,
    began_at: String,
    ended_at: String,
    /// Why it ended.
    #[schema(example = "hung_up")]
    cause: String,
    /// Whether we ended it.
    ended_by_us: bool,
    /// How speech was coded; nothing: it was never agreed.
    codec: Option<String>,
    /// RTP packets that came.
    packets: u64,
    /// Those whose number never came.
    lost: u64,
    /// How uneven they came.
    jitter_us: u64,
    /// RTP packets that were sent.
    sent: u64,
    /// Those of them that the other side missed, as it reported last; nothing: it reports nothing.
    sent_lost: Option<u64>,
    sent_jitter_us: Option<u64>,
    /// The messages about it, without anything of what they say of people.
    messages: Vec<Message>,
    /// How many more there were.
    messages_left_out: u32,
}

/// One message of a SIP ladder.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    /// Milliseconds since the leg began.
    at_ms: u64,
    /// Whether we sent it.
    sent: bool,
    /// The method of the request, or of the one that is answered.
    #[schema(example = "BYE")]
    method: String,
    /// What it is answered with; nothing: it is a request.
    status: Option<u16>,
    /// Whether it describes a session.
    sdp: bool,
    /// How often it was said.
    times: u32,
}

/// Who has seen the number.
#[derive(Serialize, ToSchema)]
pub(super) struct SeenBy {
    buyer: String,
    offer: String,
    how: &'static str,
    at: String,
    certain: bool,
}

/// List calls
///
/// The filters of the page: `from`, `until` (days of the business's zone, or times with an offset), `campaign`,
/// `publisher`, `buyer`, `offer`, `channel`, `outcome`, `sale`, `state`, `stage`, `test`, `order`; `limit` and `after`.
#[utoipa::path(
    get,
    path = "/v1/calls",
    tag = "calls",
    responses(
        (status = 200, description = "A page of them", body = Calls),
        (status = 422, description = "A filter is wrong", body = ProblemBody),
    ),
)]
pub(super) async fn list(console: Shared, actor: Actor, query: Query) -> Result<Json<Calls>, Problem> {
    let business = console.business();
    let filter = CallQuery::of(&query, &business)?.filter(console.now(), PAGE);
    let page = console.store().calls(&filter).await?;
    let money = actor.may(Permission::ReadMoney);
    Ok(Json(Calls {
        data: page.calls.iter().map(|call| Row::of(call, &business, money)).collect(),
        has_more: page.next.is_some(),
        next_cursor: page.next.map(|next| next.to_string()),
    }))
}

/// Find calls by a number
///
/// A number never stands in an address, so this is a POST. It changes nothing; the audit says that somebody looked.
#[utoipa::path(
    post,
    path = "/v1/calls/search",
    tag = "calls",
    request_body = Sought,
    responses(
        (status = 200, description = "Those that were found, the latest first", body = Calls),
        (status = 422, description = "It is no number", body = ProblemBody),
    ),
)]
pub(super) async fn search(
    console: Shared,
    actor: Actor,
    Json(sought): Json<Sought>,
) -> Result<Json<Calls>, Problem> {
    let wrong = |error: &dyn std::error::Error| {
        let mend = "look for 4, 6 or 10 digits, or a whole number with its +";
        Problem::invalid(vec![FieldProblem::new("/number", "not_a_number", error.to_string(), mend)])
    };
    let number = NumberSought::parse(&sought.number).map_err(|error| wrong(&error))?;
    note_search(&console, &actor).await?;
    let filter =
        store::CallFilter { number: Some(number), limit: sought.limit.or(Some(PAGE)), ..Default::default() };
    let page = console.store().calls(&filter).await?;
    let (business, money) = (console.business(), actor.may(Permission::ReadMoney));
    Ok(Json(Calls {
        data: page.calls.iter().map(|call| Row::of(call, &business, money)).collect(),
        has_more: page.next.is_some(),
        next_cursor: None,
    }))
}

/// One call's story
///
/// Its timeline, every auction with every offer's outcome and reason, its sales, posts, and who has seen the number.
/// Amounts are left out for who may not see money.
#[utoipa::path(
    get,
    path = "/v1/calls/{id}",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call")),
    responses(
        (status = 200, description = "The call", body = Call),
        (status = 404, description = "There is no such call", body = ProblemBody),
    ),
)]
pub(super) async fn one(console: Shared, actor: Actor, Path(id): Path<Uuid>) -> Result<Json<Call>, Problem> {
    Ok(Json(call(told(&console, &actor, id).await?, actor.may(Permission::ReadMoney))))
}

fn call(told: Story, money: bool) -> Call {
    Call {
        id: told.journey.uuid(),
        campaign: told.campaign.as_ref().map(ToString::to_string),
        publisher: told.publisher.as_ref().map(ToString::to_string),
        settings_version: told.settings_version,
        arrived_at: told.arrived_at.to_string(),
        ended_at: told.ended_at.map(|at| at.to_string()),
        reason: told.reason.as_ref().map(reason),
        caller: told.masked.clone(),
        consents: told.consents.iter().map(consent).collect(),
        erased: told.erased,
        test: told.test,
        timeline: told
            .steps
            .iter()
            .map(|step| Step { at: step.at.to_string(), code: step.code.clone(), text: step.text.clone() })
            .collect(),
        auctions: told.auctions.iter().map(|auction| auction_body(auction, money)).collect(),
        sales: if money { told.sales.iter().map(sale).collect() } else { vec![] },
        posts: told.posts.iter().map(post).collect(),
        legs: told.legs.iter().map(leg).collect(),
        seen_by: told
            .seen_by
            .iter()
            .map(|one| SeenBy {
                buyer: one.buyer.to_string(),
                offer: one.offer.to_string(),
                how: one.how.as_str(),
                at: one.at.to_string(),
                certain: one.sure == store::Sure::Certain,
            })
            .collect(),
    }
}

/// An auction with every offer that was considered. Amounts are left out for who may not see money.
pub(super) fn auction_body(auction: &store::StoryAuction, money: bool) -> AuctionBody {
    let amount = |amount: lead::Money| money.then(|| amount.to_string());
    let offer = |offer: &store::StoryOffer| OfferAsked {
        offer: offer.offer.to_string(),
        buyer: offer.buyer.to_string(),
        asked: offer.asked,
        sold: offer.sold,
        wait_ms: offer.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        bid: offer.price.and_then(amount),
        lost_by: offer.gap.and_then(amount),
        reason: reason(&offer.reason),
    };
    AuctionBody {
        id: auction.auction.uuid(),
        opened_at: auction.opened_at.to_string(),
        closed_at: auction.closed_at.to_string(),
        offers: auction.offers.iter().map(offer).collect(),
    }
}

fn reason(reason: &store::Reason) -> Reason {
    Reason {
        code: reason.code.clone(),
        text: reason.text.clone(),
        setting: reason.behind.setting().map(Setting::pointer),
        no_setting: reason.behind.cause().map(Cause::text),
    }
}

fn sale((sale, entries): &(store::Sale, Vec<store::SaleEntry>)) -> Sale {
    Sale {
        id: sale.id.uuid(),
        offer: sale.offer.to_string(),
        buyer: sale.buyer.to_string(),
        price: sale.price.to_string(),
        static_price: sale.best_static.map(|price| price.to_string()),
        state: sale.state.as_str(),
        disputed: sale.disputed,
        entries: entries
            .iter()
            .map(|entry| Entry {
                kind: entry.kind.as_str(),
                amount: entry.amount.to_string(),
                reason: entry.reason.clone(),
                at: entry.at.to_string(),
            })
            .collect(),
    }
}

fn leg(leg: &store::LegRecord) -> Leg {
    let micros = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let message = |rung: &store::LegRung| Message {
        at_ms: rung.at_ms,
        sent: rung.sent,
        method: rung.method.clone(),
        status: rung.status,
        sdp: rung.describes,
        times: rung.times,
    };
    Leg {
        id: leg.leg.0.clone(),
        attempt: leg.attempt,
        trunk: leg.trunk.clone(),
        began_at: leg.began_at.to_string(),
        ended_at: leg.ended_at.to_string(),
        cause: leg.cause.clone(),
        ended_by_us: leg.ours,
        codec: leg.codec.clone(),
        packets: leg.heard.packets,
        lost: leg.heard.lost,
        jitter_us: micros(leg.heard.jitter),
        sent: leg.sent,
        sent_lost: leg.reported.map(|it| it.lost),
        sent_jitter_us: leg.reported.map(|it| micros(it.jitter)),
        messages: leg.rungs.iter().map(message).collect(),
        messages_left_out: leg.more,
    }
}

fn post(post: &store::Post) -> Post {
    Post {
        id: post.id.uuid(),
        kind: post.kind.as_str(),
        offer: post.offer.to_string(),
        state: post.state.as_str(),
        tries: post.tries,
        last_status: post.last_status,
        last_error: post.last_error.clone(),
    }
}
