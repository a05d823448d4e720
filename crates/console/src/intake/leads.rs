//! `POST /v1/leads` and `GET /v1/leads/{id}`: a publisher's program hands in filled forms.

use std::{fmt::Write, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use lead::{CampaignId, Channel, E164, JourneyId, Timestamp};
use publisher::{BODY_BYTES_MAX, Came, ContentType, Form, Sender, Sent, Submission};
use serde::Serialize;
use settings::Settings;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Intake, Progress, Taking, desk::Taken, keys, paces};
use crate::{
    path::Path,
    problem::{FieldProblem, Problem, ProblemBody},
};

/// The longest that an answer waits for the end of a lead.
pub const WAIT_MAX: Duration = Duration::from_secs(30);
/// The most characters of an idempotency key.
const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;

/// A lead that was taken in.
#[derive(Serialize, ToSchema)]
pub(super) struct LeadBody {
    /// Its id.
    id: Uuid,
    /// received, selling, sold, unsold, calling, call_at, connected, not_reached, cancelled or stopped.
    state: &'static str,
    /// What you are owed for it, once it is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    payout: Option<String>,
    /// Why nobody bought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When its person is rung.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_at: Option<String>,
}

/// A filled form. Beside these it has the fields that the campaign's form declares.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by what the campaign declares; this describes what every lead has")]
pub(super) struct NewLeadBody {
    /// The campaign; not needed where the key is for one.
    campaign: Option<String>,
    /// The person's number.
    phone: String,
    /// The version of the consent text that the person agreed to.
    consent: Option<String>,
    /// When; now, if it is not there.
    consent_at: Option<String>,
    /// The page that the form stood on.
    page_url: Option<String>,
    /// The address that the person sent it from.
    ip_address: Option<String>,
    /// A certificate of the consent, ex: a TrustedForm URL or a Jornaya token.
    certificate: Option<String>,
    /// How many seconds the answer may wait for the auction's result, 1 to 30.
    wait_seconds: Option<u32>,
}

impl LeadBody {
    fn of(lead: JourneyId, progress: &Progress) -> Self {
        let (mut payout, mut reason, mut call_at) = (None, None, None);
        match progress {
            Progress::Sold { payout: owed } => payout = owed.map(|owed| owed.to_string()),
            Progress::Unsold { why } => reason = Some(why.clone()),
            Progress::CallAt(at) => call_at = Some(at.to_string()),
            _ => {}
        }
        Self { id: lead.uuid(), state: progress.word(), payout, reason, call_at }
    }
}

/// Hands in a lead
///
/// It is answered once the lead is durable: what it came to is told by webhook and by `GET`, or in this answer where
/// `Prefer: wait=10` or `wait_seconds` asks for it. With a key of a publisher, on the address that carriers reach.
#[utoipa::path(post, path = "/v1/leads", tag = "leads", security(("publisher_key" = [])),
    request_body(description = "The fields of the campaign's form, as one JSON object or form-encoded", content(
        (NewLeadBody = "application/json"), (NewLeadBody = "application/x-www-form-urlencoded"))),
    params(("Idempotency-Key" = String, Header, description = "The same for each repeat of this lead"),
        ("Prefer" = Option<String>, Header, description = "wait=10 waits for the result, at most 30 s")),
    responses((status = 200, description = "It has ended", body = LeadBody), (status = 202, description = "It is durable", body = LeadBody),
        (status = 400, description = "The body or the Idempotency-Key cannot be read", body = ProblemBody),
        (status = 401, description = "The key opens nothing", body = ProblemBody),
        (status = 415, description = "The body is neither JSON nor form-encoded", body = ProblemBody),
        (status = 422, description = "Fields are to be mended, or the key was used for another lead", body = ProblemBody),
        (status = 429, description = "Leads come too often; Retry-After says when", body = ProblemBody)))]
pub(super) async fn hand_in(
    State(intake): State<Arc<Intake>>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let key = keys::of_a_program(&intake, &parts.headers).await?;
    let said = paces::keep(&intake, &key, None)?;
    let desk = intake.desk()?;
    let idempotency_key = idempotency_key(&parts.headers)?;
    let body = whole(body).await?;
    let sent = sent(&parts, &body)?;
    let campaign = campaign(&sent, key.campaign.as_ref())?;
    let settings = intake.settings();
    let form = settings.form(&campaign).ok_or_else(|| {
        let mend = "name a campaign that takes forms, or ask the operator to declare one";
        Problem::invalid(vec![FieldProblem::new(
            "/campaign",
            "no_form",
            "this campaign takes no forms",
            mend,
        )])
    })?;
    let wait = wait(&parts.headers, &sent)?;
    let submission = read(&settings, form, &sent, (Sender::Publisher, intake.now(), None))?;
    let lead = JourneyId::of_form(&key.publisher, &idempotency_key);
    let ring = may_ring(&intake, lead, &submission).await?;
    let body_hash = hash(&[campaign.as_str().as_bytes(), &body]);
    let taking = Taking {
        key: key.id,
        publisher: key.publisher,
        campaign,
        idempotency_key,
        body_hash,
        submission,
        wait,
        ring,
    };
    let Taken { lead, progress } = (desk.take)(taking).await?;
    let status = if progress.is_end() { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut response = (status, Json(LeadBody::of(lead, &progress))).into_response();
    if let Ok(place) = HeaderValue::try_from(format!("/v1/leads/{lead}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response.headers_mut().extend(said);
    Ok(response)
}

/// What became of a lead of one's own
#[utoipa::path(get, path = "/v1/leads/{id}", tag = "leads", security(("publisher_key" = [])),
    params(("id" = Uuid, Path, description = "The lead"),
        ("Prefer" = Option<String>, Header, description = "wait=10 waits for the result, at most 30 s")),
    responses((status = 200, description = "How it stands", body = LeadBody), (status = 401, description = "The key opens nothing", body = ProblemBody),
        (status = 404, description = "There is none of yours", body = ProblemBody), (status = 429, description = "Too often", body = ProblemBody)))]
pub(super) async fn look(
    State(intake): State<Arc<Intake>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = keys::of_a_program(&intake, &headers).await?;
    let said = paces::keep(&intake, &key, None)?;
    let lead = JourneyId::from_uuid(id);
    let found = (intake.desk()?.look)(lead, preferred(&headers)).await?;
    let own = found.filter(|found| found.publisher.as_ref() == Some(&key.publisher));
    let mut response =
        Json(LeadBody::of(lead, &own.ok_or_else(Problem::not_found)?.progress)).into_response();
    response.headers_mut().extend(said);
    Ok(response)
}

/// Reads what was sent as a form: by whom, when, and from where.
pub(super) fn read(
    settings: &Settings,
    form: &Form,
    sent: &Sent,
    (sender, at, address): (Sender, Timestamp, Option<IpAddr>),
) -> Result<Submission, Problem> {
    let is_ours = |number: &E164| settings.is_of_business(number);
    let came = Came { sender, at, address, is_ours: &is_ours };
    form.submission(sent, &came)
        .map_err(|problems| Problem::invalid(problems.into_iter().map(told).collect()))
}

/// Whether a person may be rung: nobody is rung for a lead that is sold as data, and no number too often.
pub(super) async fn may_ring(
    intake: &Intake,
    lead: JourneyId,
    submission: &Submission,
) -> Result<bool, Problem> {
    match &submission.identity.phone {
        Some(number) if submission.channel == Channel::Callback => {
            let asked = intake.store.ask_for_call(intake.now(), number, lead, paces::of_a_number()).await?;
            Ok(asked.is_ok())
        }
        _ => Ok(true),
    }
}

/// The body, which its listener has read in time already.
pub(super) async fn whole(body: axum::body::Body) -> Result<Bytes, Problem> {
    to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        let detail = format!("Send at most {BODY_BYTES_MAX} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "This is too much at once", detail)
    })
}

/// The body as names and values.
pub(super) fn sent(parts: &Parts, body: &[u8]) -> Result<Sent, Problem> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(kind) = kind.and_then(ContentType::of) else {
        let detail = "Send application/json or application/x-www-form-urlencoded.";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "unsupported_media_type", "This is not read here", detail));
    };
    Sent::read(body, kind).map_err(|problem| {
        let detail = format!("It was not read: {}; {}.", problem.what, problem.mend);
        Problem::new(StatusCode::BAD_REQUEST, "malformed", "The body cannot be read", detail)
    })
}

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    let given = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match given {
        Some(key) if !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_CHARS_MAX => Ok(key.to_owned()),
        _ => {
            let detail = "Send the header Idempotency-Key with a value of your own, ex: a UUID; the same for each repeat.";
            Err(Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_needed", "A key is missing", detail))
        }
    }
}

/// A hash of what was sent, in hex. Each part is told apart from the next.
pub(super) fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn told(problem: publisher::FieldProblem) -> FieldProblem {
    let pointer = if problem.field.is_empty() { String::new() } else { format!("/{}", problem.field) };
    FieldProblem::new(pointer, problem.code, problem.what, problem.mend)
}

fn campaign(sent: &Sent, own: Option<&CampaignId>) -> Result<CampaignId, Problem> {
    let wrong = |code, what, mend| Problem::invalid(vec![FieldProblem::new("/campaign", code, what, mend)]);
    match (sent.text("campaign"), own) {
        (None, Some(own)) => Ok(own.clone()),
        (None, None) => {
            Err(wrong("missing_field", "the field is missing", "name the campaign that the lead is for"))
        }
        (Some(named), own) => {
            let named = CampaignId::parse(named).ok().filter(|named| own.is_none_or(|own| own == named));
            named.ok_or_else(|| {
                wrong("wrong_value", "this key is not for this campaign", "name the key's campaign, or none")
            })
        }
    }
}

fn wait(headers: &HeaderMap, sent: &Sent) -> Result<Option<Duration>, Problem> {
    if sent.text("wait_seconds").is_none() && sent.number("wait_seconds").is_none() {
        return Ok(preferred(headers));
    }
    let seconds = sent.number("wait_seconds").and_then(|seconds| u64::try_from(seconds).ok());
    match seconds.map(Duration::from_secs) {
        Some(wait) if !wait.is_zero() && wait <= WAIT_MAX => Ok(Some(wait)),
        _ => {
            let mend = format!("send a whole number from 1 to {}", WAIT_MAX.as_secs());
            Err(Problem::invalid(vec![FieldProblem::new(
                "/wait_seconds",
                "out_of_range",
                "it is not taken",
                mend,
            )]))
        }
    }
}

/// What `Prefer: wait=10` says (RFC 7240); more than the most is the most, since it is a wish.
fn preferred(headers: &HeaderMap) -> Option<Duration> {
    let all = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let wishes = all.flat_map(|value| value.split([',', ';']));
    let wait = wishes.filter_map(|wish| wish.trim().strip_prefix("wait=")?.trim_matches('"').parse().ok());
    wait.map(Duration::from_secs).map(|wait| wait.min(WAIT_MAX)).find(|wait| !wait.is_zero())
}
