//! Tries against a buyer: a test ping, and a sample reply.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use http::StatusCode;
use lead::OfferId;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::Body;
use crate::{
    Console, Leaf, Reading, edits,
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
    sampled,
};

/// What a made-up caller answers. What is not there is made up as well.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct TryBody {
    /// Answers by their fields, as texts.
    answers: Option<BTreeMap<String, String>>,
}

/// A test ping and its answer.
#[derive(Serialize, ToSchema)]
pub(super) struct TriedBody {
    /// The method and the URL.
    request: String,
    /// The headers; secrets are hidden.
    headers: BTreeMap<String, String>,
    /// The body that was sent.
    body: String,
    /// The status of the answer, if there was one.
    status: Option<u16>,
    /// How long it took, in milliseconds.
    wait_ms: u64,
    /// The body of the answer.
    reply: String,
    /// What it is read as.
    read: ReadBody,
}

/// What a reply is read as.
#[derive(Serialize, ToSchema)]
pub(super) struct ReadBody {
    /// The price of the bid.
    price: Option<String>,
    /// Where it sends the call, in its order.
    to: Vec<String>,
    /// The seconds after which the call is paid for.
    payable_after_s: Option<u64>,
    /// Why there is no bid, ex: `timeout`.
    no_bid: Option<String>,
}

/// A sample reply, and the wire to read it by.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read field by field, strictly; this describes it")]
pub(super) struct SampleBody {
    /// One whole reply, JSON or XML.
    sample: String,
    /// The `wire` of an offer. Without it, a mapping is proposed.
    wire: Option<Value>,
}

/// How a sample is read.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleReadBody {
    /// The `wire` that it was read by, for the offer.
    wire: Value,
    /// Every single value in it.
    leaves: Vec<LeafBody>,
    /// What it comes to; null: the wire does not say yet where the price is.
    read: Option<ReadBody>,
}

/// One value of a sample.
#[derive(Serialize, ToSchema)]
pub(super) struct LeafBody {
    /// Where it is, as a mapping names it.
    path: String,
    /// Its value, cut.
    shown: String,
    /// Whether it can be read as a price.
    is_price: bool,
}

impl From<Reading> for ReadBody {
    fn from(read: Reading) -> Self {
        match read {
            Reading::Bid { price, to, payable_after } => Self {
                price: Some(price.to_string()),
                to,
                payable_after_s: payable_after.map(|it| it.as_secs()),
                no_bid: None,
            },
            Reading::NoBid(code) => {
                Self { price: None, to: vec![], payable_after_s: None, no_bid: Some(code) }
            }
        }
    }
}

impl From<Leaf> for LeafBody {
    fn from(Leaf { path, shown, is_price }: Leaf) -> Self {
        Self { path, shown, is_price }
    }
}

/// Sends the buyer of an offer one test ping: marked as a test, with nobody's number, and nothing is booked
#[utoipa::path(post, path = "/v1/offers/{id}/ping", tag = "offers", request_body = TryBody,
    params(("id" = String, Path, description = "The offer"), ("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "What was sent, and what came back", body = TriedBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 404, description = "There is none", body = ProblemBody), (status = 409, description = "The offer cannot be asked", body = ProblemBody), (status = 422, description = "An answer does not fit", body = ProblemBody)))]
pub(super) async fn ping(
    State(console): State<Arc<Console>>,
    Path(id): Path<String>,
    mut body: Body,
) -> Result<Json<TriedBody>, Problem> {
    let answers = body.words("answers").unwrap_or_default();
    body.finish()?;
    let text = edits::latest(&console).await?.document.text();
    let read = console.read_settings(&text);
    let settings = read.map_err(|_| cannot("The published settings cannot be read on this server."))?;
    let id = OfferId::parse(&id).map_err(|_| Problem::not_found())?;
    let offer = settings.offer(&id).ok_or_else(Problem::not_found)?;
    let asked = sampled::asked(&settings, offer.vertical.as_str());
    let profile = sampled::profile(&asked, &answers).map_err(|(field, mend)| {
        Problem::invalid(vec![FieldProblem::new(
            format!("/answers/{field}"),
            "invalid",
            "it is not taken",
            mend,
        )])
    })?;
    let tried =
        console.buyers.try_ping(SecretString::from(text), id, profile).await.map_err(|why| cannot(&why))?;
    Ok(Json(TriedBody {
        request: tried.request,
        headers: tried.headers,
        body: tried.body,
        status: tried.status,
        wait_ms: u64::try_from(tried.wait.as_millis()).unwrap_or(u64::MAX),
        reply: tried.reply,
        read: tried.read.into(),
    }))
}

/// Reads a sample reply of a buyer: proposes the mapping for it, or reads it by a wire
#[utoipa::path(post, path = "/v1/samples", tag = "offers", request_body = SampleBody,
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this request")),
    responses((status = 200, description = "How it is read", body = SampleReadBody), (status = 400, description = "The key is missing, or the body is no JSON", body = ProblemBody), (status = 422, description = "It cannot be read", body = ProblemBody)))]
pub(super) async fn sample(
    State(console): State<Arc<Console>>,
    mut body: Body,
) -> Result<Json<SampleReadBody>, Problem> {
    let sample = body.text("sample");
    let sample = body.needed("sample", sample);
    let wire = body.any("wire");
    body.finish()?;
    let read = console.buyers.read_sample(sample.unwrap_or_default().as_bytes(), wire.as_ref());
    let read = read.map_err(|why| {
        let mend = "paste one whole reply, JSON with an object at its root or XML";
        Problem::invalid(vec![FieldProblem::new("/sample", "invalid", why, mend)])
    })?;
    Ok(Json(SampleReadBody {
        wire: read.wire,
        leaves: read.leaves.into_iter().map(Into::into).collect(),
        read: read.read.map(Into::into),
    }))
}

fn cannot(why: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "cannot_ask", "The offer cannot be asked", why)
}
