//! The engine behind the intake: what comes in is taken in, and what became of it is told in the words of whoever handed it
//! in.

use std::{sync::Arc, time::Duration};

use axum::Router;
use console::{
    Desk, Entry, Intake, IntakeParts, Progress, Proved, Stands, Taken, Taking, intake_router,
    problem::Problem,
};
use http::{HeaderValue, StatusCode, header};
use journey::Ended;
use lead::{JourneyId, Lead};
use store::{CodeTried, EntryKind};

use crate::{
    code,
    config::Config,
    folded::FoldError,
    intake::{self, Seems, Standing, Submission, TakeError},
    world::World,
};

/// The routes of the intake, for the listener that carriers and browsers reach.
pub fn routes(world: &Arc<World>, config: &Config) -> Router {
    let (clock, settings) = (Arc::clone(world), Arc::clone(world));
    let intake = Intake::new(IntakeParts {
        store: world.store.clone(),
        clock: Arc::new(move || clock.clock.now()),
        settings: Arc::new(move || Arc::clone(&settings.book.latest().settings)),
        desk: Some(desk(world)),
        proxies: config.http.proxies.clone(),
    });
    intake_router(&intake)
}

fn desk(world: &Arc<World>) -> Desk {
    let (taker, looker, prover) = (Arc::clone(world), Arc::clone(world), Arc::clone(world));
    Desk {
        take: Arc::new(move |taking| {
            let world = Arc::clone(&taker);
            Box::pin(async move { take(&world, taking).await })
        }),
        look: Arc::new(move |lead, wait| {
            let world = Arc::clone(&looker);
            Box::pin(async move { look(&world, lead, wait).await })
        }),
        prove: Arc::new(move |lead, code| {
            let world = Arc::clone(&prover);
            Box::pin(async move { prove(&world, lead, code).await })
        }),
    }
}

async fn take(world: &Arc<World>, taking: Taking) -> Result<Taken, Problem> {
    let Taking { publisher, campaign, idempotency_key, body_hash, submission, wait, ring, .. } = taking;
    let publisher::Submission { channel, profile, identity, consent } = submission;
    let submission = Submission {
        publisher,
        idempotency_key,
        body_hash,
        campaign,
        channel,
        lead: Lead { profile, identity },
        consent,
        asked_too_often: !ring,
    };
    let lead = intake::take(world, submission).await.map_err(refused)?;
    let progress = match look(world, lead, wait).await? {
        Some(stands) => stands.progress,
        None => Progress::Received,
    };
    Ok(Taken { lead, progress })
}

fn refused(error: TakeError) -> Problem {
    match error {
        TakeError::OtherBody => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "The key is another lead's",
            "Another lead was sent under this Idempotency-Key. Take a new one.",
        ),
        TakeError::NoCampaign | TakeError::Erased => Problem::not_found(),
        TakeError::NoRoom => not_kept(),
        TakeError::Drive(error) if error.is_absence() => not_kept(),
        TakeError::Drive(error) => Problem::unavailable(&error),
    }
}

/// Nothing is lost: whoever sends it sends it again.
fn not_kept() -> Problem {
    let detail = "Nothing was kept. Send it again in a moment, under the same Idempotency-Key.";
    let problem =
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "It could not be kept", detail);
    problem.with(header::RETRY_AFTER, HeaderValue::from_static("2"))
}

async fn look(
    world: &Arc<World>,
    lead: JourneyId,
    wait: Option<Duration>,
) -> Result<Option<Stands>, Problem> {
    let found = match wait {
        Some(wait) => intake::result(world, lead, wait).await,
        None => intake::standing(world, lead).await,
    };
    match found {
        Ok(None) => Ok(None),
        Ok(Some(standing)) => {
            let publisher = standing.publisher.clone();
            Ok(Some(Stands { publisher, progress: progress(world, standing).await? }))
        }
        // It is there, and nothing more can be said of it here.
        Err(FoldError::Erased) => Ok(None),
        Err(error) => Err(Problem::unavailable(&error)),
    }
}

async fn prove(world: &Arc<World>, lead: JourneyId, entry: Entry) -> Result<Proved, Problem> {
    match entry {
        Entry::Again => {
            code::again(world, lead).await;
            Ok(Proved::Again)
        }
        Entry::Code(code) => match code::entered(world, lead, &code).await {
            Ok(CodeTried::Right) => Ok(Proved::Right),
            Ok(CodeTried::Wrong) => Ok(Proved::Wrong),
            Ok(CodeTried::Over) => Ok(Proved::Over),
            Err(error) if error.is_absence() => Err(not_kept()),
            Err(error) => Err(Problem::unavailable(&error)),
        },
    }
}

async fn progress(world: &World, standing: Standing) -> Result<Progress, Problem> {
    let Standing { ended, phase, due_at, sale, seems, .. } = standing;
    if let Some(seems) = seems {
        return Ok(match seems {
            Seems::Ringing => Progress::Calling,
            Seems::Due(at) => Progress::CallAt(at),
            Seems::NotReached => Progress::NotReached,
        });
    }
    Ok(match (ended, phase) {
        (Some(Ended::OptedOut), _) => Progress::Stopped,
        (Some(Ended::Cancelled), _) => Progress::Cancelled,
        (Some(Ended::NotReached(_) | Ended::NotDialled(_)), _) => Progress::NotReached,
        (Some(Ended::Sold), _) => {
            let payout = match sale {
                Some(sale) => {
                    world.store.sale_with_entries(sale).await.map_err(|it| Problem::unavailable(&it))?
                }
                None => None,
            };
            let owed = payout.map(|(_, entries)| {
                let each = entries.iter().filter_map(|entry| match entry.kind {
                    EntryKind::Payout => Some(entry.amount),
                    EntryKind::Reversal => Some(lead::Money::ZERO - entry.amount),
                    _ => None,
                });
                each.fold(lead::Money::ZERO, |sum, amount| sum + amount)
            });
            Progress::Sold { payout: owed }
        }
        (Some(ended), _) => Progress::Unsold { why: ended.code().to_owned() },
        (None, "proving") => Progress::CodeWanted,
        (None, "waiting") => due_at.map_or(Progress::Received, Progress::CallAt),
        (None, "calling_back") => Progress::Calling,
        (None, "press_1") => Progress::Connected,
        (None, _) => Progress::Selling,
    })
}
