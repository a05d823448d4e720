//! Simulated calls, where the built-in simulator carries this server's calls.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use http::StatusCode;
use lead::E164;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Body;
use crate::{
    Carrier, Console, Phones,
    problem::{FieldProblem, Problem, ProblemBody},
    simulated::{
        self, NotPlaced, SIMULATED_ANSWER_CHARS_MAX, SIMULATED_TALK_SECS_MAX, TALK_SECS, Wanted, usual_caller,
    },
};

/// A call to simulate. What is left out is made up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct SimulatedBody {
    /// The number that is called, of a campaign.
    #[schema(example = "+18005550100")]
    to: String,
    /// The caller's number; empty: withheld. Without it, one that is never given to anybody.
    #[schema(example = "+13055550142")]
    from: Option<String>,
    /// What the caller answers, by the script's fields: keys or words; empty: silence. Without one, an answer that fits.
    answers: Option<BTreeMap<String, String>>,
    /// What every buyer's telephone does: `answers`, `busy` or `no_answer`. Without it, `answers`.
    buyer: Option<String>,
    /// For how long they talk, in seconds of the call's own time, 1 to 3600. Without it, 180.
    talk_s: Option<u32>,
}

/// A call that was placed.
#[derive(Serialize, ToSchema)]
pub(super) struct PlacedBody {
    /// Its id: `GET /v1/calls/{id}` tells its story, a moment later from the first webhook on.
    id: Uuid,
    /// What the page that follows it is.
    page: String,
}

/// Places a simulated call
///
/// It goes through the same webhooks, auction and books as a real one: buyers are asked, and posted to, for real. Only where
/// the built-in simulator carries this server's calls.
#[utoipa::path(post, path = "/v1/simulated-calls", tag = "calls", request_body = SimulatedBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "It was placed", body = PlacedBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 409, description = "A real carrier takes the calls, or too many are simulated already", body = ProblemBody), (status = 422, description = "A field does not fit", body = ProblemBody)))]
pub(super) async fn place(
    State(console): State<Arc<Console>>,
    mut body: Body,
) -> Result<(StatusCode, Json<PlacedBody>), Problem> {
    let number = |text: &str| E164::parse(text).map_err(|_| "write it in E.164 form, ex: +18005550100");
    let to = body.parsed("to", number);
    let to = body.needed("to", to);
    let usual = usual_caller(console.now());
    let from = match body.text("from") {
        None => E164::parse(&usual).ok(),
        Some(text) if text.trim().is_empty() => None,
        Some(text) => {
            let read = number(text.trim());
            if let Err(mend) = read {
                body.wrong("from", "invalid", "it is not taken", mend);
            }
            read.ok()
        }
    };
    let answers = self::answers(&mut body);
    let phones = body.parsed("buyer", Phones::parse).unwrap_or(Phones::Answer);
    let talk_secs = body.number("talk_s", SIMULATED_TALK_SECS_MAX).unwrap_or(TALK_SECS);
    if let Carrier::Real(_) = console.premises.carrier {
        return Err(simulated::no_simulator());
    }
    body.finish()?;
    let Some(to) = to else { return Err(Problem::invalid(vec![])) };
    let placed = simulated::place(&console, Wanted { to, from, answers, phones, talk_secs }).await;
    let id = placed.map_err(refused)?;
    let body = PlacedBody { id: id.uuid(), page: format!("{}/simulate/{id}", console.origin.text()) };
    Ok((StatusCode::CREATED, Json(body)))
}

/// What a simulated caller answers.
pub(super) fn answers(body: &mut Body) -> BTreeMap<String, String> {
    let answers = body.words("answers").unwrap_or_default();
    for (field, text) in &answers {
        if text.chars().count() > SIMULATED_ANSWER_CHARS_MAX {
            let mend = format!("write at most {SIMULATED_ANSWER_CHARS_MAX} characters");
            body.wrong(&format!("answers/{field}"), "too_long", "it is not taken", &mend);
        }
    }
    answers
}

/// Why none was placed, for a program.
pub(super) fn refused(why: NotPlaced) -> Problem {
    let invalid = |pointer: &str, message: &str, mend: String| {
        Problem::invalid(vec![FieldProblem::new(pointer, "unknown", message, mend)])
    };
    match why {
        NotPlaced::Problem(problem) => problem,
        NotPlaced::Number => {
            let mend = "take a number of a campaign; GET /v1/numbers lists them".to_owned();
            invalid("/to", "no campaign has this number", mend)
        }
        NotPlaced::Answer(field, known) => {
            let mend = format!("write one of {}", known.join(", "));
            invalid(&format!("/answers/{field}"), "the script asks nothing of this name", mend)
        }
        NotPlaced::Simulator(why) => {
            Problem::new(StatusCode::CONFLICT, "too_many_simulated", "The call was not placed", why)
        }
    }
}
