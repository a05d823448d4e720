//! The carrier's webhooks: verified, decoded, driven, and answered from the state. The caller is always served.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{self, State},
    http::{Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use carrier::twilio::{self, Decoded, Form, Hook, Links, Request, Short, SignatureError};
use journey::{Document, Event, LegId, Take, Taken, Which, Whom};
use lead::{JourneyId, Pii, Timestamp};

use crate::{
    absent,
    act::failed,
    chain_of,
    drive::{DriveError, Driven, Driving, drive, freshen, look, look_again},
    folded::Folded,
    linger::{Lingered, linger},
    panics,
    reconcile::reconcile,
    room, standby,
    world::World,
};

/// More polls than a hold has: the fallback's own are numbered from a multiple of it.
pub(crate) const FALLBACK_POLLS: u32 = 1_000;
/// A larger body is not checked once more for the sake of a message: the carrier's own are small.
const MENDED_BODY_MAX: usize = 8 * 1_024;

/// Any webhook. What is not Twilio's is 403, before anything is decoded or changed.
pub async fn webhook(State(world): State<Arc<World>>, request: extract::Request) -> Response {
    let (Parts { uri, method, headers, .. }, body) = request.into_parts();
    // It was read and bounded before.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let path_and_query = uri.path_and_query().map_or("/", |raw| raw.as_str());
    let Some(hook) = Hook::parse(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    if method != Method::POST && method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if method == Method::POST && !body.is_empty() && !is_readable(text("content-type")) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let request = Request {
        method: &method,
        raw_path_and_query: path_and_query,
        content_type: text("content-type"),
        signature: text("x-twilio-signature"),
        settings: text("x-twilio-webhooks-signature-settings"),
        body: &body,
    };
    let verified = match twilio::verify(&world.accounts, &world.public_base, &request) {
        Ok(verified) => verified,
        Err(error) => {
            refused(&world, &request, text("host").unwrap_or_default(), &error);
            return (StatusCode::FORBIDDEN, "signature_invalid").into_response();
        }
    };
    answer(&world, &hook, &verified.form).await
}

/// Counts a request that is not Twilio's, and says what to mend if it should have been.
fn refused(world: &World, request: &Request<'_>, host: &str, error: &SignatureError) {
    metrics::counter!("pingpost_webhooks_refused_total").increment(1);
    if !world.refused.may(world.clock.now()) {
        return;
    }
    let told = matches!(error, SignatureError::Mismatch { .. }) && request.body.len() <= MENDED_BODY_MAX;
    let base = if told { twilio::signed_base(&world.accounts, host, request) } else { None };
    let mend = match base {
        Some(base) => {
            format!("it was signed for {base}: set http.public_base_url to what the carrier requests")
        }
        None => "if it is the carrier's, compare http.public_base_url and twilio.auth_token with its console"
            .to_owned(),
    };
    tracing::warn!(%error, mend, "a webhook is not Twilio's");
}

fn is_readable(content_type: Option<&str>) -> bool {
    let kind =
        content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "application/x-www-form-urlencoded" | "application/json")
}

async fn answer(world: &Arc<World>, hook: &Hook, form: &Form) -> Response {
    let at = world.clock.now();
    let decoded = match twilio::decode(hook, form, at) {
        Ok(decoded) => decoded,
        Err(error) => {
            tracing::error!(%error, "a signed webhook is not understood");
            metrics::counter!("pingpost_webhooks_unreadable_total").increment(1);
            // A caller is on the line: the fallback serves, an error status would not.
            return match hook {
                Hook::Voice | Hook::Fallback if error.call_is_known() => xml(twilio::fallback()),
                _ => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
            };
        }
    };
    if let Some(field) = decoded.odd {
        metrics::counter!("pingpost_webhooks_odd_total", "field" => field).increment(1);
    }
    let journey = decoded.journey;
    let name = decoded.event.as_ref().map_or("read", Event::name);
    let answered = match (is_its_line(world, &decoded).await, decoded.whom) {
        (Ok(true), None) => told(world, decoded).await,
        (Ok(true), Some(whom)) => asked(world, hook, decoded, whom, form).await,
        (Ok(false), whom) => {
            metrics::counter!("pingpost_webhooks_stray_total").increment(1);
            Ok(if whom.is_some() { xml(twilio::nothing()) } else { StatusCode::NO_CONTENT.into_response() })
        }
        (Err(error), _) => Err(error),
    };
    match answered {
        Ok(answer) => answer,
        Err(error) if error.is_of_the_erased() => {
            metrics::counter!("pingpost_webhooks_stray_total").increment(1);
            xml(twilio::nothing())
        }
        // What says so is the absence; nothing failed of this event.
        Err(error) if error.is_absence() && world.store.can_be_away() => {
            tracing::debug!(journey.id = %journey, event = name, error = %chain_of(&error), "the database is away");
            absent::answer(world, hook, form, at).await
        }
        // The carrier asks again, and then at the fallback URL: at a node, perhaps, that understands it. What is said there
        // is the last word, since a caller is never left with none.
        Err(error) if error.is_of_newer() && *hook != Hook::Fallback => {
            metrics::counter!("pingpost_journeys_left_alone_total").increment(1);
            tracing::warn!(journey.id = %journey, event = name, error = %chain_of(&error), "a call is left to the nodes of a newer release");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(error) => {
            failed(journey, name, &error);
            unserved(hook)
        }
    }
}

/// What is answered while the stores fail: a new call gets the fallback at once; everything else is asked again by the
/// carrier, and then at the fallback URL.
fn unserved(hook: &Hook) -> Response {
    match hook {
        Hook::Voice | Hook::Fallback => xml(twilio::fallback()),
        _ => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Whether a webhook is of the leg that its journey knows, where the journey's id does not say so: of a lead that we called.
async fn is_its_line(world: &Arc<World>, decoded: &Decoded) -> Result<bool, DriveError> {
    let Some(line) = &decoded.line else { return Ok(true) };
    let is_it = |folded: &Folded| folded.journey.caller_leg() == Some(line);
    if look(world, decoded.journey, is_it).await? == Some(true) {
        return Ok(true);
    }
    // Another node may have heard of it first.
    freshen(world, decoded.journey).await?;
    Ok(look(world, decoded.journey, is_it).await? == Some(true))
}

/// A webhook that only tells: 204 once what it tells is kept.
async fn told(world: &Arc<World>, decoded: Decoded) -> Result<Response, DriveError> {
    if let Some(event) = decoded.event {
        let journey = decoded.journey;
        let recording = match &event {
            Event::RecordingReady { reference, .. } => Some(reference.clone()),
            _ => None,
        };
        match drive(world, Driving { journey, key: decoded.key, event }, |_| ()).await {
            Ok((Driven::Unknown, _)) => metrics::counter!("pingpost_webhooks_stray_total").increment(1),
            Ok(_) => {}
            Err(error) if error.is_of_the_erased() => {
                return Ok(told_too_late(world, journey, recording).await);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What a carrier tells of a person who was erased meanwhile. Nothing of it is kept, and a recording is to be deleted: the
/// carrier tells of it again until that is sure.
async fn told_too_late(world: &World, journey: JourneyId, recording: Option<String>) -> Response {
    metrics::counter!("pingpost_webhooks_stray_total").increment(1);
    if let Some(reference) = recording
        && let Err(error) = world.store.delete_recording(world.clock.now(), journey, reference).await
    {
        tracing::error!(error = %chain_of(&error), journey.id = %journey, "an erased person's recording is not among those to be deleted");
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    StatusCode::NO_CONTENT.into_response()
}

/// A webhook that asks what to do next.
async fn asked(
    world: &Arc<World>,
    hook: &Hook,
    decoded: Decoded,
    whom: Whom,
    form: &Form,
) -> Result<Response, DriveError> {
    let journey = decoded.journey;
    // The fallback shares the arrival's key, so that a call begins once; what it takes, it takes under a name of its own.
    let request = if *hook == Hook::Fallback { "fallback".to_owned() } else { decoded.key.clone() };
    if decoded.event.is_none() {
        let news = matches!(hook, Hook::Hold { .. }).then(|| world.store.news());
        freshen(world, journey).await?;
        if let Some(news) = news
            && linger(world, journey, news).await? == Lingered::Waited
        {
            freshen(world, journey).await?;
        }
    }
    if let (Some(leg), Some(Event::DialEnded { n, .. })) = (decoded.dialled, &decoded.event) {
        tell_leg(world, journey, *n, leg).await?;
    }
    if decoded.caller_gone {
        let now = world.clock.now();
        let at = match decoded.event {
            Some(Event::DialEnded { n, lasted, .. }) => {
                look_again(world, journey, |folded| folded.journey.left_at(now, n, lasted)).await?
            }
            _ => None,
        };
        let event = Event::CallerHungUp { at: at.unwrap_or(now) };
        drive(world, Driving { journey, key: "gone".to_owned(), event }, |_| ()).await?;
    }
    if let Some(event) = decoded.event {
        if let Some(ending) = room::turned_away(world, journey, &event).await {
            return Ok(xml(ending));
        }
        step(world, hook, journey, decoded.key, event).await?;
    }
    match take(world, hook, journey, &request, whom).await? {
        Some(answer) => Ok(answer),
        // Its light journey was lost with its node: the caller is asked again from the start.
        None if whom == Whom::Caller || whom == Whom::Poll => begin_again(world, form).await,
        None => Ok(xml(twilio::nothing())),
    }
}

/// The end of a dial names its leg. Where nothing was heard of the leg, that is news: an attempt after this one must not
/// take it for its own.
async fn tell_leg(world: &Arc<World>, journey: JourneyId, n: u32, leg: LegId) -> Result<(), DriveError> {
    let unheard = look_again(world, journey, |folded| {
        folded
            .journey
            .line()
            .is_some_and(|sought| sought.n == n && matches!(sought.leg, Which::Unheard { .. }))
    });
    if unheard.await? == Some(true) {
        let event = Event::BuyerRang { n, leg };
        drive(world, Driving { journey, key: format!("dialed_leg:{n}"), event }, |_| ()).await?;
    }
    Ok(())
}

/// Drives what the request tells. An answer of another history is a stray; it is answered from the current state.
async fn step(
    world: &Arc<World>,
    hook: &Hook,
    journey: JourneyId,
    key: String,
    event: Event<Pii<String>>,
) -> Result<(), DriveError> {
    if let Some(hash) = hash_of(hook) {
        let is_ours = |folded: &Folded| match hook {
            Hook::Heard { step, .. } => {
                folded.hash_at(*step).is_some_and(|ours| Short::of(&ours.to_string()) == *hash)
            }
            _ => folded.knows(hash.as_str()),
        };
        let mut ours = look(world, journey, is_ours).await?;
        if ours != Some(true) {
            // Another node may have asked the question.
            freshen(world, journey).await?;
            ours = look(world, journey, is_ours).await?;
        }
        if ours != Some(true) {
            metrics::counter!("pingpost_webhooks_stray_total").increment(1);
            return Ok(());
        }
    }
    let event = standby::filled(world, journey, event).await;
    drive(world, Driving { journey, key, event }, |_| ()).await?;
    Ok(())
}

fn hash_of(hook: &Hook) -> Option<&Short> {
    match hook {
        Hook::Heard { hash, .. } | Hook::Dial { hash, .. } => Some(hash),
        _ => None,
    }
}

/// Answers from the state; a request of the caller's leg takes the dial if one is ready. `None`: no such journey.
async fn take(
    world: &Arc<World>,
    hook: &Hook,
    journey: JourneyId,
    request: &str,
    whom: Whom,
) -> Result<Option<Response>, DriveError> {
    let by = match whom {
        Whom::Caller => Some(Taken::Next),
        Whom::Poll => Some(Taken::Poll),
        Whom::Taker(_) | Whom::Transfer | Whom::Picked(_) | Whom::Answered(_) => None,
    };
    let to_take = look(world, journey, |folded| {
        folded.journey.to_take().filter(|take| is_of_its_push(folded, hook, take))
    });
    if let (Some(by), Some(Some(take))) = (by, to_take.await?) {
        let (key, event) = match take {
            Take::Dial(n) => (take_key(n, request), Event::DialTaken { n, by }),
            Take::Question(n, offer) => {
                let by = if matches!(hook, Hook::Question { .. }) { Taken::Push } else { by };
                (format!("ask:{n}:{request}"), Event::CallerAsked { n, offer, by })
            }
        };
        drive(world, Driving { journey, key, event }, |_| ()).await?;
    }
    let answered = look(world, journey, |folded| {
        let now = world.clock.now();
        let document = folded.journey.document(taker(now, folded, hook, request, whom));
        if by.is_some() || matches!(whom, Whom::Taker(_) | Whom::Transfer) {
            watched(world, folded, &document);
        }
        written(world, hook, folded, &document)
    });
    Ok(answered.await?)
}

/// Whether a request may take this. The push to a question takes that very question, of this very history; what else it
/// finds, it may take as a poll does.
fn is_of_its_push(folded: &Folded, hook: &Hook, take: &Take) -> bool {
    match (hook, take) {
        (Hook::Question { n, hash, .. }, Take::Question(of, _)) => n == of && folded.knows(hash.as_str()),
        _ => true,
    }
}

/// What a caller's leg was given tells when it asks again, if ever. One that is kept on hold while its buyer's phone
/// rings or they talk is not in that dial any more, whatever we heard of it: the carrier is asked at once.
fn watched(world: &Arc<World>, folded: &Folded, document: &Document) {
    let journey = folded.journey.id();
    match document {
        Document::Hold { .. } if !folded.journey.is_caller_gone() => {
            world.watch.holds(world.clock.now(), journey);
            if folded.journey.line().is_some() {
                let world_of_it = Arc::clone(world);
                world.tasks.spawn(panics::watched("look_up", async move {
                    reconcile(&world_of_it, journey).await;
                }));
            }
        }
        _ => world.watch.holds_no_more(journey),
    }
}

fn take_key(n: u32, request: &str) -> String {
    format!("take:{n}:{request}")
}

/// The very request that took the dial, or its repeat, gets the dial, while there is time for it (drive 6); everybody
/// else gets the state's document.
fn taker(now: Timestamp, folded: &Folded, hook: &Hook, request: &str, whom: Whom) -> Whom {
    let in_time = folded.journey.attempt().filter(|attempt| now < attempt.dial_by());
    let Some(n) = in_time.map(|attempt| attempt.n()) else { return hold_if_push(whom) };
    let took = match whom {
        Whom::Taker(of) => of == n && folded.keys.contains(request),
        Whom::Caller => folded.keys.contains(&take_key(n, request)),
        Whom::Poll => folded.keys.contains(&take_key(n, request)) || was_dropped(folded, hook, n),
        Whom::Transfer | Whom::Picked(_) | Whom::Answered(_) => return whom,
    };
    if took { Whom::Taker(n) } else { hold_if_push(whom) }
}

/// Whether the poll before this one took the dial, and its document was never executed: a leg that dials asks no further
/// poll. The carrier had repeated that poll, and executed the answer to the first of the two.
fn was_dropped(folded: &Folded, hook: &Hook, n: u32) -> bool {
    hook.poll_before().is_some_and(|request| folded.keys.contains(&take_key(n, &request)))
}

/// A push's document that comes when a poll has the dial, or when all is over, is answered as a poll's.
fn hold_if_push(whom: Whom) -> Whom {
    match whom {
        Whom::Taker(_) => Whom::Poll,
        whom => whom,
    }
}

fn written(world: &World, hook: &Hook, folded: &Folded, document: &Document) -> Response {
    let hash = match document {
        Document::Ask { step, .. } => folded.hash_at(*step).unwrap_or_else(|| folded.head()),
        // Polls are told apart by their number. The same hash for all of them gives a repeat the same document, though an
        // auction was opened or closed meanwhile.
        Document::Hold { .. } => folded.hash_at(1).unwrap_or_else(|| folded.head()),
        _ => folded.head(),
    };
    let Some(dnis) = folded.journey.dnis() else { return xml(twilio::fallback()) };
    let links = Links {
        public_base: &world.public_base,
        journey: folded.journey.id(),
        hash: Short::of(&hash.to_string()),
        dnis: dnis.clone(),
        k: match hook {
            Hook::Hold { k, .. } => *k,
            // The polls behind a fallback are none of those before it: their names are new, and take no old dial again.
            Hook::Fallback => u32::from(folded.journey.folded()) * FALLBACK_POLLS,
            _ => 0,
        },
    };
    xml(twilio::encode(document, &links))
}

/// A caller whose journey nobody knows: a new arrival, where the webhook says what was dialled.
async fn begin_again(world: &Arc<World>, form: &Form) -> Result<Response, DriveError> {
    let Ok(Decoded { journey, key, event: Some(event), whom, .. }) =
        twilio::decode(&Hook::Voice, form, world.clock.now())
    else {
        return Ok(xml(twilio::fallback()));
    };
    if let Some(ending) = room::turned_away(world, journey, &event).await {
        return Ok(xml(ending));
    }
    let event = standby::filled(world, journey, event).await;
    match drive(world, Driving { journey, key: key.clone(), event }, |_| ()).await? {
        (Driven::Unknown, _) => {
            tracing::error!("a call came to a number that belongs to no campaign");
            metrics::counter!("pingpost_calls_unknown_number_total").increment(1);
            Ok(xml(twilio::fallback()))
        }
        _ => {
            let answer = take(world, &Hook::Voice, journey, &key, whom.unwrap_or(Whom::Caller)).await?;
            Ok(answer.unwrap_or_else(|| xml(twilio::fallback())))
        }
    }
}

pub(crate) fn xml(document: impl Into<String>) -> Response {
    (
        [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CACHE_CONTROL, "no-store")],
        document.into(),
    )
        .into_response()
}
