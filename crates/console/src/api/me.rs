//! Who asks: what a program checks its token with.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Permission, actor::Actor, problem::ProblemBody};

/// Who asks, and what for.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The person, or whose token it is.
    user: Uuid,
    /// The role.
    #[schema(example = "offer_manager")]
    role: &'static str,
    /// What it may be used for: what the role has and the token was made for.
    may: Vec<&'static str>,
}

/// Who asks
#[utoipa::path(
    get,
    path = "/v1/me",
    tag = "access",
    responses(
        (status = 200, description = "Who it is", body = Me),
        (status = 401, description = "Nobody that is known", body = ProblemBody),
    ),
)]
pub(super) async fn me(actor: Actor) -> Json<Me> {
    let may = Permission::ALL.into_iter().filter(|it| actor.may(*it)).map(Permission::word).collect();
    Json(Me { user: actor.user.id.uuid(), role: actor.role().word(), may })
}
