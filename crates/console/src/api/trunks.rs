//! Trunks, as the process that answers sees them.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    pages::Shared,
    problem::Problem,
    vitals::{Ask, Trunk},
};

/// Trunks of the process that answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Trunks {
    /// In the order of their names.
    data: Vec<TrunkBody>,
}

/// One trunk.
#[derive(Serialize, ToSchema)]
pub(super) struct TrunkBody {
    #[schema(example = "acme")]
    name: String,
    /// Where its calls come from: addresses and networks.
    sources: Vec<String>,
    /// Whether its callers are challenged for a password.
    challenges: bool,
    /// Where calls to it go; nothing: it takes none.
    proxy: Option<String>,
    /// How: `udp` or `tcp`.
    transport: &'static str,
    /// Whether the number that is shown is asserted as well (P-Asserted-Identity).
    asserts: bool,
    /// Callers of its that are here.
    calls: usize,
    /// How many there may be.
    calls_max: usize,
    /// Whether it answered when it was asked last; nothing: it was never asked.
    answers: Option<bool>,
    asked_at: Option<String>,
    /// Calls to it that did not even ring, or on which no codec was agreed, since the process began.
    failed: u64,
    /// Why the last of them was not made.
    failed_last: Option<String>,
    failed_last_at: Option<String>,
}

/// List trunks
///
/// Each node sees its own calls and probes; ask the node that you mean.
#[utoipa::path(get, path = "/v1/trunks", tag = "settings",
    responses((status = 200, description = "All of them; none where no calls are taken by SIP", body = Trunks)))]
pub(super) async fn list(console: Shared) -> Result<Json<Trunks>, Problem> {
    let seen = console.vitals(Ask::Nobody).await.trunks.unwrap_or_default();
    Ok(Json(Trunks { data: seen.into_iter().map(body).collect() }))
}

fn body(trunk: Trunk) -> TrunkBody {
    let (failed_last_at, failed_last) = trunk.last.map(|(at, why)| (at.to_string(), why)).unzip();
    TrunkBody {
        name: trunk.name,
        sources: trunk.sources,
        challenges: trunk.challenges,
        proxy: trunk.proxy,
        transport: trunk.transport,
        asserts: trunk.asserts,
        calls: trunk.calls,
        calls_max: trunk.calls_max,
        answers: trunk.answers.map(|(is_up, _)| is_up),
        asked_at: trunk.answers.map(|(_, at)| at.to_string()),
        failed: trunk.failed,
        failed_last,
        failed_last_at,
    }
}
