//! Test calls of one offer.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use http::StatusCode;
use lead::{E164, OfferId};
use serde::Serialize;
use store::TestCall;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{body::Body, simulated};
use crate::{
    Carrier, Console, Phones,
    actor::Actor,
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
    simulated::{NotPlaced, SIMULATED_TALK_SECS_MAX, TALK_SECS},
    test_calls::{self, NotTried, Trial, Tried},
};

/// A test call to ask for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct TestCallWish {
    /// The number that is called, of a campaign of what the offer buys.
    #[schema(example = "+18005550100")]
    number: String,
    /// The telephone that calls, with its number shown. The simulator takes one that is never given to anybody without it.
    #[schema(example = "+13055550142")]
    from: Option<String>,
    /// Of the simulator: what the caller answers, by the script's fields. Without one, an answer that fits the script.
    answers: Option<BTreeMap<String, String>>,
    /// Of the simulator: what the buyer's telephone does: `answers`, `busy` or `no_answer`. Without it, `answers`.
    buyer: Option<String>,
    /// Of the simulator: for how long they talk, in seconds of the call's own time, 1 to 3600. Without it, 180.
    talk_s: Option<u32>,
}

/// A test call. The telephone that calls is not told: only a keyed hash of it is kept.
#[derive(Serialize, ToSchema)]
pub(super) struct TestCallBody {
    id: Uuid,
    offer: String,
    /// The number that is called.
    number: String,
    /// When it was asked for.
    asked_at: String,
    /// Until when the call may come.
    ends_at: String,
    /// The call that it became: `GET /v1/calls/{id}` tells its story. Null: it has not come.
    call: Option<Uuid>,
}

/// The last test calls of an offer.
#[derive(Serialize, ToSchema)]
pub(super) struct TestCallsBody {
    /// The latest first, at most 20.
    data: Vec<TestCallBody>,
}

impl TestCallBody {
    fn of(asked: TestCall) -> Self {
        Self {
            id: asked.id,
            offer: asked.offer.to_string(),
            number: asked.dnis.as_str().to_owned(),
            asked_at: asked.asked_at.to_string(),
            ends_at: asked.ends_at.to_string(),
            call: asked.journey.map(|journey| journey.uuid()),
        }
    }
}

/// Tries an offer by a call
///
/// Only this offer takes part, at price zero and outside caps, reports and health, even where it is switched off; it is asked,
/// rung and posted to for real. Where the built-in simulator carries the calls it places the call at once; else the next call
/// from that telephone to that number within 15 minutes is the test.
#[utoipa::path(post, path = "/v1/offers/{id}/test-calls", tag = "offers", request_body = TestCallWish,
    params(("id" = String, Path, description = "The offer"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 201, description = "It was placed, or waits", body = TestCallBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "The offer buys no calls, or too many wait already", body = ProblemBody), (status = 422, description = "A field does not fit", body = ProblemBody)))]
pub(super) async fn ask(
    State(console): State<Arc<Console>>,
    actor: Actor,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<(StatusCode, Json<TestCallBody>), Problem> {
    let number =
        |text: &str| E164::parse(text.trim()).map_err(|_| "write it in E.164 form, ex: +18005550100");
    let to = body.parsed("number", number);
    let to = body.needed("number", to);
    let from = body.parsed("from", number);
    let answers = simulated::answers(&mut body);
    let phones = body.parsed("buyer", Phones::parse);
    let talk_secs = body.number("talk_s", SIMULATED_TALK_SECS_MAX);
    if let Carrier::Real(_) = console.premises.carrier {
        let mend = "leave it out: a real caller decides it";
        let of_simulator =
            [("answers", !answers.is_empty()), ("buyer", phones.is_some()), ("talk_s", talk_secs.is_some())];
        for (name, _) in of_simulator.into_iter().filter(|(_, is_there)| *is_there) {
            body.wrong(name, "no_simulator", "a real carrier takes this server's calls", mend);
        }
    }
    body.finish()?;
    let offer = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    let Some(number) = to else { return Err(Problem::invalid(vec![])) };
    let (phones, talk_secs) = (phones.unwrap_or(Phones::Answer), talk_secs.unwrap_or(TALK_SECS));
    let trial = Trial { offer, number, from, answers, phones, talk_secs };
    let Tried { asked, journey } = test_calls::ask(&console, &actor, trial).await.map_err(refused)?;
    let asked = TestCall { journey: asked.journey.or(journey), ..asked };
    Ok((StatusCode::CREATED, Json(TestCallBody::of(asked))))
}

/// The last test calls of an offer
///
/// Those of the last seven days.
#[utoipa::path(get, path = "/v1/offers/{id}/test-calls", tag = "offers",
    params(("id" = String, Path, description = "The offer")),
    responses((status = 200, description = "They are", body = TestCallsBody), (status = 404, description = "There is none", body = ProblemBody)))]
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
) -> Result<Json<TestCallsBody>, Problem> {
    let offer = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    crate::edits::in_force(&console).await?.offer(&offer).ok_or_else(Problem::not_found)?;
    let asked = console.store().test_calls_of(&offer).await.map_err(|error| Problem::unavailable(&error))?;
    Ok(Json(TestCallsBody { data: asked.into_iter().map(TestCallBody::of).collect() }))
}

fn refused(why: NotTried) -> Problem {
    let invalid = |pointer: &str, code: &str, message: &str, mend: &str| {
        Problem::invalid(vec![FieldProblem::new(pointer, code, message, mend.to_owned())])
    };
    let conflict = |code, title, detail| Problem::new(StatusCode::CONFLICT, code, title, detail);
    match why {
        NotTried::Problem(problem) => problem,
        NotTried::Number | NotTried::NotPlaced(NotPlaced::Number) => invalid(
            "/number",
            "unknown",
            "it leads to nothing that this offer buys",
            "take a number of a campaign of the offer's vertical; GET /v1/numbers lists them",
        ),
        NotTried::From => {
            invalid("/from", "missing", "it is missing", "name the telephone that you call from")
        }
        NotTried::NoCalls => {
            let detail = "Add call to its channels first.";
            conflict("buys_no_calls", "The offer buys no calls", detail)
        }
        NotTried::TooMany => {
            let detail = "Wait until one of them has come, or its 15 minutes are over.";
            conflict("too_many_tests", "Too many test calls wait already", detail)
        }
        NotTried::NotPlaced(why) => simulated::refused(why),
    }
}
