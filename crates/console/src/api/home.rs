//! The figures of the first page.

use axum::Json;
use lead::Money;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Permission,
    actor::Actor,
    pages::{Shared, home::read},
    problem::Problem,
};

/// What today brought, what goes on, and what needs a person. Amounts are left out for who may not see money.
#[derive(Serialize, ToSchema)]
pub(super) struct HomeBody {
    /// When today began in the business's zone.
    since: String,
    /// The zone.
    #[schema(example = "America/New_York")]
    zone: String,
    /// The currency of each amount.
    currency: String,
    /// Calls that go on.
    live: u64,
    /// Of them, those that are sold.
    talking: u64,
    /// Calls of today that have ended.
    calls: u64,
    /// Of them, those that buyers were asked for.
    asked: u64,
    /// Of them, those with a sale that is not void.
    sold: u64,
    /// Those whose sale is void.
    void_calls: u64,
    earned: Option<String>,
    /// With what is on the line now.
    pending: Option<String>,
    payout: Option<String>,
    /// What static prices would have brought for what is earned, where there was one.
    at_static: Option<String>,
    /// By how much what is earned is above it.
    uplift: Option<String>,
    buyers: Vec<BuyerBody>,
    problems: Vec<ProblemOfToday>,
}

/// How a buyer fares today.
#[derive(Serialize, ToSchema)]
pub(super) struct BuyerBody {
    buyer: String,
    asked: u64,
    answered: u64,
    won: u64,
    /// The time that half of its answers took at most.
    p50_ms: Option<u64>,
    /// The time that 95 of 100 took at most.
    p95_ms: Option<u64>,
}

/// Something that needs a person.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemOfToday {
    offer: String,
    text: String,
    since: String,
    /// Where the setting that mends it stands.
    #[schema(example = "/offers/buyer-c/post_url")]
    setting: String,
}

/// Today
///
/// The figures of the first page, with today as the business's zone has it. Tests are left out.
#[utoipa::path(get, path = "/v1/home", tag = "reports", responses((status = 200, description = "The figures", body = HomeBody)))]
pub(super) async fn home(console: Shared, actor: Actor) -> Result<Json<HomeBody>, Problem> {
    let (home, business) = (read(&console).await?, console.business());
    let money = actor.may(Permission::ReadMoney);
    let amount = |amount: Money| money.then(|| amount.to_string());
    let today = &home.today;
    let ms = |of: Option<std::time::Duration>| of.and_then(|of| u64::try_from(of.as_millis()).ok());
    Ok(Json(HomeBody {
        since: home.since.to_string(),
        zone: business.zone_name(),
        currency: business.currency.clone(),
        live: home.live,
        talking: home.talking,
        calls: today.calls,
        asked: today.asked,
        sold: today.sold,
        void_calls: today.void_calls,
        earned: amount(today.earned),
        pending: amount(today.pending + home.talking_for),
        payout: amount(today.payout),
        at_static: amount(today.at_static),
        uplift: amount(today.uplift),
        buyers: home
            .buyers
            .iter()
            .map(|it| BuyerBody {
                buyer: it.buyer.to_string(),
                asked: it.asked,
                answered: it.answered,
                won: it.won,
                p50_ms: ms(it.p50),
                p95_ms: ms(it.p95),
            })
            .collect(),
        problems: home
            .problems
            .iter()
            .map(|it| ProblemOfToday {
                offer: it.offer().to_string(),
                text: it.text(&business.names.offer(it.offer())),
                since: it.since().to_string(),
                setting: it.setting().pointer(),
            })
            .collect(),
    }))
}
