//! Why a page was not shown, or a form not taken, with the way on.

use askama::Template;
use axum::response::Response;

use crate::{pages::shown_as, problem::Problem};

#[derive(Template)]
#[template(path = "refused.html")]
struct Refused<'a> {
    problem: &'a Problem,
    request_id: &'a str,
}

pub(crate) fn page(problem: &Problem, request_id: &str) -> Response {
    shown_as(problem.status, &Refused { problem, request_id })
}
