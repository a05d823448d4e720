//! How this process is.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    pages::Shared,
    problem::Problem,
    vitals::{Ask, Finding, Sign},
};

/// How the process that answers is.
#[derive(Serialize, ToSchema)]
pub(super) struct VitalsBody {
    /// `well`, `worry`: somebody should look; `bad`: it takes no new call.
    #[schema(example = "well")]
    state: &'static str,
    /// Its release.
    version: &'static str,
    /// Since when it runs.
    since: String,
    /// What it stands on.
    signs: Vec<SignBody>,
    /// What a doctor finds, the gravest first: what `pingpost doctor` prints.
    findings: Vec<FindingBody>,
}

/// One thing that it stands on.
#[derive(Serialize, ToSchema)]
pub(super) struct SignBody {
    /// What it is.
    #[schema(example = "database")]
    code: &'static str,
    /// `well`, `worry` or `bad`.
    state: &'static str,
    /// How it is, for people.
    says: String,
}

/// One thing to mend or to look at.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingBody {
    /// A code of the doctor's reference.
    #[schema(example = "never_open")]
    code: &'static str,
    /// `problem`: calls are lost or not sold for it; `warning`: it may be meant so.
    gravity: &'static str,
    /// What it is about.
    at: String,
    /// What is wrong.
    what: String,
    /// What mends it.
    mend: String,
}

/// How the process that answers this is, and what a doctor finds
///
/// Nobody outside is asked: whether the carrier's numbers lead here and whether buyers can be reached, the page and
/// `pingpost doctor` ask.
#[utoipa::path(get, path = "/v1/health", tag = "settings",
    responses((status = 200, description = "What was seen just now", body = VitalsBody)))]
pub(super) async fn health(console: Shared) -> Result<Json<VitalsBody>, Problem> {
    let vitals = console.vitals(Ask::Nobody).await;
    Ok(Json(VitalsBody {
        state: vitals.state().word(),
        version: vitals.version,
        since: vitals.since.to_string(),
        signs: vitals.signs.into_iter().map(SignBody::of).collect(),
        findings: vitals.findings.into_iter().map(FindingBody::of).collect(),
    }))
}

impl SignBody {
    fn of(sign: Sign) -> Self {
        Self { code: sign.code, state: sign.state.word(), says: sign.says }
    }
}

impl FindingBody {
    fn of(found: Finding) -> Self {
        let gravity = if found.is_grave { "problem" } else { "warning" };
        Self { code: found.code, gravity, at: found.at, what: found.what, mend: found.mend }
    }
}
