//! What the API can do, read from its own description: nothing is loaded from elsewhere.

use askama::Template;
use axum::response::Response;

use super::{Frame, shown};
use crate::{Needs, actor::Actor, routes::Routes};

#[derive(Template)]
#[template(path = "reference.html")]
struct Reference {
    frame: Frame,
}

pub(super) fn routes(routes: Routes) -> Routes {
    routes.get(Needs::Somebody, "/reference", reference)
}

async fn reference(actor: Actor) -> Response {
    shown(&Reference { frame: Frame::of(&actor, "/reference") })
}
