//! `POST /v1/callbacks` and `GET /v1/callbacks/{token}`: the widget on a page asks for a call, and how it stands.
//!
//! Whoever asks learns nothing of a number: one that was asked for too often, one that must not be called, and one that
//! nobody answers are answered alike.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use lead::JourneyId;
use publisher::Sender;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Entry, Intake, Progress, Proved, Taking,
    cors::{self, Named, readable},
    desk::Taken,
    keys, leads, paces, token,
};
use crate::{
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
};

/// A request for a call.
#[derive(Serialize, ToSchema)]
pub(super) struct CallbackBody {
    /// What its state is asked for with.
    token: String,
    /// received, code_wanted, calling, call_at, connected, not_reached, cancelled or stopped.
    state: &'static str,
    /// When the person is rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_at: Option<String>,
}

/// What a visitor says. Beside these it has the fields that the campaign's callback declares.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it is read by what the campaign declares; this describes what every request has"
)]
pub(super) struct NewCallbackBody {
    /// The number to be rung.
    phone: String,
    /// The version of the consent text that was shown and agreed to.
    consent: Option<String>,
    /// The page; of the origin that asks.
    page_url: Option<String>,
}

impl CallbackBody {
    fn of(token: String, progress: &Progress) -> Self {
        let call_at = match progress {
            Progress::CallAt(at) => Some(at.to_string()),
            _ => None,
        };
        // Who buys the call, and whether anybody does, is not the visitor's to know.
        let state = match progress {
            Progress::Selling | Progress::Sold { .. } | Progress::Unsold { .. } => Progress::Connected.word(),
            other => other.word(),
        };
        Self { token, state, call_at }
    }
}

/// Asks for a call
#[utoipa::path(post, path = "/v1/callbacks", tag = "callbacks", security(()), request_body = NewCallbackBody,
    params(("key" = String, Query, description = "The widget's key"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 202, description = "It is durable", body = CallbackBody), (status = 400, description = "The body or the Idempotency-Key cannot be read", body = ProblemBody),
        (status = 403, description = "The key is not for this page", body = ProblemBody), (status = 422, description = "Fields are to be mended", body = ProblemBody),
        (status = 429, description = "Requests come too often; Retry-After says when", body = ProblemBody)))]
pub(super) async fn ask(
    State(intake): State<Arc<Intake>>,
    Query(named): Query<Named>,
    request: Request,
) -> Response {
    let origin = cors::origin(request.headers()).map(str::to_owned);
    let key = match keys::of_a_page(&intake, &named.key, origin.as_deref()).await {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let answer = asked(&intake, key, origin.as_deref().unwrap_or_default(), request).await;
    readable(origin.as_deref(), answer.unwrap_or_else(IntoResponse::into_response))
}

async fn asked(
    intake: &Intake,
    key: store::PublisherKey,
    origin: &str,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let address = keys::address(intake, &parts);
    let said = paces::keep(intake, &key, address)?;
    let desk = intake.desk()?;
    let given = leads::idempotency_key(&parts.headers)?;
    let body = leads::whole(body).await?;
    let sent = leads::sent(&parts, &body)?;
    let settings = intake.settings();
    let campaign = key.campaign.clone().ok_or_else(Problem::not_found)?;
    let callback = settings.callback(&campaign).ok_or_else(Problem::not_found)?;
    if sent.text("page_url").is_some_and(|page| !page.starts_with(&format!("{origin}/"))) {
        let what = "the page is not of the origin that asks";
        let problem = FieldProblem::new("/page_url", "foreign_origin", what, "send the page's own address");
        return Err(Problem::invalid(vec![problem]));
    }
    let submission = leads::read(&settings, &callback.form, &sent, (Sender::Visitor, intake.now(), address))?;
    // A page's keys are no program's: neither finds the other's leads.
    let idempotency_key = format!("widget/{}/{given}", key.id);
    let lead = JourneyId::of_form(&key.publisher, &idempotency_key);
    let ring = leads::may_ring(intake, lead, &submission).await?;
    let body_hash = leads::hash(&[campaign.as_str().as_bytes(), &body]);
    let taking = Taking {
        key: key.id,
        publisher: key.publisher,
        campaign,
        idempotency_key,
        body_hash,
        submission,
        wait: None,
        ring,
    };
    let Taken { lead, progress } = (desk.take)(taking).await?;
    // Whether and when it is rung, the law has not said yet: whoever looks a moment later is told. Of a number that may not be
    // rung it could be said at once, which would tell that it is known.
    let progress = match progress {
        Progress::Calling | Progress::CallAt(_) => Progress::Received,
        other => other,
    };
    let told = CallbackBody::of(intake.status_token(lead), &progress);
    let mut response = (StatusCode::ACCEPTED, Json(told)).into_response();
    response.headers_mut().extend(said);
    Ok(response)
}

/// How a request for a call stands
#[utoipa::path(get, path = "/v1/callbacks/{token}", tag = "callbacks", security(()),
    params(("token" = String, Path, description = "What its request was answered with"), ("key" = String, Query, description = "The widget's key")),
    responses((status = 200, description = "How it stands", body = CallbackBody), (status = 403, description = "The key is not for this page", body = ProblemBody),
        (status = 404, description = "There is none", body = ProblemBody), (status = 429, description = "Too often; Retry-After says when", body = ProblemBody)))]
pub(super) async fn look(
    State(intake): State<Arc<Intake>>,
    Path(text): Path<String>,
    Query(named): Query<Named>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let origin = cors::origin(&parts.headers);
    if let Err(problem) = paces::look(&intake, keys::address(&intake, &parts)) {
        return problem.into_response();
    }
    let key = match keys::of_a_page(&intake, &named.key, origin).await {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let found = async {
        let lead = token::read(&intake.status_key, &text).ok_or_else(Problem::not_found)?;
        let found = (intake.desk()?.look)(lead, None).await?;
        let own = found.filter(|found| found.publisher.as_ref() == Some(&key.publisher));
        Ok::<_, Problem>(Json(CallbackBody::of(text, &own.ok_or_else(Problem::not_found)?.progress)))
    };
    let answer = found.await.map_or_else(IntoResponse::into_response, IntoResponse::into_response);
    readable(origin, answer)
}

/// What a visitor enters.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read as any form is; this describes it")]
pub(super) struct CodeBody {
    /// The six digits that were sent.
    code: Option<String>,
    /// Whether another code is wanted.
    again: Option<bool>,
}

/// Enters the code that was sent to the number
///
/// It is answered alike whether or not a code could be sent. A code is good for ten minutes and may be tried five times.
#[utoipa::path(post, path = "/v1/callbacks/{token}/code", tag = "callbacks", security(()), request_body = CodeBody,
    params(("token" = String, Path, description = "What its request was answered with"), ("key" = String, Query, description = "The widget's key")),
    responses((status = 200, description = "It is the code, or another one is on its way", body = CallbackBody), (status = 403, description = "The key is not for this page", body = ProblemBody),
        (status = 404, description = "There is no such request", body = ProblemBody), (status = 422, description = "It is not the code, or no try is left", body = ProblemBody),
        (status = 429, description = "Too often; Retry-After says when", body = ProblemBody)))]
pub(super) async fn prove(
    State(intake): State<Arc<Intake>>,
    Path(text): Path<String>,
    Query(named): Query<Named>,
    request: Request,
) -> Response {
    let origin = cors::origin(request.headers()).map(str::to_owned);
    let key = match keys::of_a_page(&intake, &named.key, origin.as_deref()).await {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let answer = entered(&intake, &key, text, request).await;
    readable(origin.as_deref(), answer.unwrap_or_else(IntoResponse::into_response))
}

async fn entered(
    intake: &Intake,
    key: &store::PublisherKey,
    text: String,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    paces::look(intake, keys::address(intake, &parts))?;
    let body = leads::whole(body).await?;
    let sent = leads::sent(&parts, &body)?;
    let lead = token::read(&intake.status_key, &text).ok_or_else(Problem::not_found)?;
    let own = async || {
        let found = (intake.desk()?.look)(lead, None).await?;
        let own = found.filter(|found| found.publisher.as_ref() == Some(&key.publisher));
        own.ok_or_else(Problem::not_found)
    };
    // A request that waits for no code is told how it stands.
    if own().await?.progress == Progress::CodeWanted {
        let entry = match sent.text("code") {
            Some(code) => Entry::Code(code.to_owned()),
            None => Entry::Again,
        };
        match (intake.desk()?.prove)(lead, entry).await? {
            Proved::Right | Proved::Again => {}
            Proved::Wrong => {
                return Err(wrong("code_wrong", "this is not the code", "look at the message again"));
            }
            Proved::Over => {
                return Err(wrong(
                    "code_over",
                    "the code was tried too often",
                    "ask for the call again later",
                ));
            }
        }
    }
    let told = CallbackBody::of(text, &own().await?.progress);
    Ok((StatusCode::OK, Json(told)).into_response())
}

fn wrong(code: &'static str, what: &'static str, mend: &'static str) -> Problem {
    Problem::invalid(vec![FieldProblem::new("/code", code, what, mend)])
}
