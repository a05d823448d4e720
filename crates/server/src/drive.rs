//! `drive`: the only place where a journey, the time and the stores meet. Read, decide, commit, act
//! (docs/architecture.md states the nine rules; the numbers below are theirs).

use std::sync::Arc;

use journey::{Command, Event};
use lead::{Channel, JourneyId, Pii, Timestamp};
use store::{Appended, Base, Commit, Committed, Entry, News};

use crate::{
    act, chain_of, disguise,
    figures::Ledger,
    folded::{self, FoldError, Folded, Kept, Slot},
    spooling::{absorb, is_behind},
    traces::Traces,
    world::World,
};

/// How often one event is driven again after somebody else was first.
const TRIES_MAX: u32 = 5;

/// An event of a journey, with what makes a repeat of it recognisable.
#[derive(Debug, Clone)]
pub struct Driving {
    /// The journey.
    pub journey: JourneyId,
    /// The entry's key.
    pub key: String,
    /// What happened.
    pub event: Event<Pii<String>>,
}

/// What an event came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driven {
    /// It changed the journey, and this pass acted.
    New,
    /// It was there already, or changes nothing. No request was sent.
    Repeat,
    /// There is no such journey.
    Unknown,
}

/// Why an event could not be driven. Nothing was promised and nothing sent.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The journey could not be had.
    #[error("folding the journey")]
    Fold(#[from] FoldError),
    /// The durable store refused, or its answer is not known.
    #[error("committing the journey")]
    Commit(#[from] store::CommitError),
    /// What is left of an erased person could not be seen to.
    #[error("seeing to what is left of an erased person")]
    Erased(#[from] store::ErasureError),
    /// Somebody else was first too often.
    #[error("the journey changed under {TRIES_MAX} tries")]
    Contended,
}

impl DriveError {
    /// Whether it is the journey of a person who was erased: it is over, and whatever comes is a stray.
    pub const fn is_of_the_erased(&self) -> bool {
        matches!(self, Self::Fold(FoldError::Erased))
    }

    /// Whether it is a journey that a newer release has written to and this one does not understand: another node may.
    pub const fn is_of_newer(&self) -> bool {
        matches!(self, Self::Fold(error) if error.is_of_newer())
    }

    /// Whether the same may be driven when the database is there, or has less to do.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Fold(error) => error.is_absence(),
            Self::Commit(error) => error.is_absence(),
            Self::Erased(error) => error.is_absence(),
            Self::Contended => false,
        }
    }
}

/// Drives one event, and reads from the journey as it is then, under its lock.
pub async fn drive<R>(
    world: &Arc<World>,
    driving: Driving,
    read: impl FnOnce(&Folded) -> R,
) -> Result<(Driven, Option<R>), DriveError> {
    // What was accepted earlier happened earlier.
    if is_behind(world, driving.journey) {
        absorb(world, driving.journey).await?;
    }
    pass(world, driving, None, read).await
}

/// As [`drive`], of an event that happened when it is said to, ahead of whatever else waits of its journey.
pub async fn pass<R>(
    world: &Arc<World>,
    driving: Driving,
    happened_at: Option<Timestamp>,
    read: impl FnOnce(&Folded) -> R,
) -> Result<(Driven, Option<R>), DriveError> {
    let id = driving.journey;
    let slot = world.slot(id);
    store::point!("drive::before_lock");
    let mut slot = slot.lock().await;
    store::point!("drive::after_lock");
    for _ in 0..TRIES_MAX {
        let Some(mut folded) = have(world, &mut slot, id, &driving.event).await? else {
            return Ok((Driven::Unknown, None));
        };
        let at = happened_at.unwrap_or_else(|| world.clock.now());
        // 2: a repeat is answered from the current state and never sends a request again.
        let before = folded.journey.folded();
        let was_over = folded.journey.ended().is_some();
        let stage = (folded.kept != Kept::Nowhere).then(|| folded.journey.phase_name());
        let repeat = folded.keys.contains(&driving.key);
        let commands = if repeat { vec![] } else { folded.journey.on_event(at, driving.event.clone()) };
        if repeat || folded.journey.folded() == before {
            let head = folded.head();
            store::point!("drive::before_refresh");
            let current = match compared(world, &folded).await {
                Ok(current) => current.unwrap_or(*folded),
                Err(error) => {
                    // It is no older than before.
                    *slot = Slot::Here(folded);
                    return Err(error.into());
                }
            };
            store::point!("drive::after_refresh");
            if current.head() != head {
                // It was decided on somebody's past: to the history as it is now it may be news.
                *slot = Slot::Here(Box::new(current));
                continue;
            }
            let answer = read(&current);
            *slot = Slot::Here(Box::new(current));
            return Ok((Driven::Repeat, Some(answer)));
        }
        store::point!("drive::before_edition");
        if let Some(edition) = world.edition(folded.version).await {
            store::point!("drive::after_edition");
            folded.note(&driving.event, &edition.settings);
        }
        let entry = Entry { key: driving.key.clone(), at, event: driving.event.clone() };
        // 3 and 4: light while nothing is promised, then durable for good.
        let promises = folded.kept == Kept::Durable || commands.iter().any(Command::is_promise);
        let kept = match promises {
            false => append(world, *folded, entry, commands).await?,
            true => commit(world, *folded, entry, commands).await?,
        };
        let Some((folded, commands)) = kept else {
            // Somebody was first: the cache is dropped and the durable journal read again.
            *slot = match folded::read_again(world, id).await? {
                Some(current) => Slot::Here(Box::new(current)),
                None => Slot::Empty,
            };
            continue;
        };
        world.timers.set(id, folded.journey.deadline());
        world.watch.saw(at, &folded);
        observe(&folded, &driving.event, at);
        tell_stage(world, &folded, stage, at);
        if !was_over {
            Traces::over(world, &folded);
        }
        // 5: only the pass whose commit returned sends requests.
        store::point!("drive::before_act");
        act::act(world, &folded, commands);
        store::point!("drive::after_act");
        let answer = read(&folded);
        *slot = Slot::Here(Box::new(folded));
        return Ok((Driven::New, Some(answer)));
    }
    Err(DriveError::Contended)
}

/// Reads from a journey as this node knows it, without an event. `None`: there is no such journey.
pub async fn look<R>(
    world: &World,
    id: JourneyId,
    read: impl FnOnce(&Folded) -> R,
) -> Result<Option<R>, FoldError> {
    let slot = world.slot(id);
    let mut slot = slot.lock().await;
    if matches!(*slot, Slot::Empty) {
        let Some(folded) = folded::read(world, id).await? else { return Ok(None) };
        *slot = Slot::Here(Box::new(folded));
    }
    Ok(match &*slot {
        Slot::Here(folded) => Some(read(folded)),
        Slot::Empty => None,
    })
}

/// As [`look`], from the journey as it is kept: another node may have driven it since. Whoever concludes something from a
/// journey that nothing proves to be the present one begins with this; `drive` itself needs it not, since its commit compares.
pub async fn look_again<R>(
    world: &World,
    id: JourneyId,
    read: impl FnOnce(&Folded) -> R,
) -> Result<Option<R>, FoldError> {
    compare(world, id).await?;
    look(world, id, read).await
}

/// Makes the fold in memory that of the journey as it is kept, with what waits in the spool.
pub async fn freshen(world: &Arc<World>, id: JourneyId) -> Result<(), DriveError> {
    if is_behind(world, id) {
        absorb(world, id).await?;
    }
    Ok(compare(world, id).await?)
}

/// Compares the cached fold with what is kept, where another node may have driven the journey since.
async fn compare(world: &World, id: JourneyId) -> Result<(), FoldError> {
    if !world.store.is_shared() {
        return Ok(());
    }
    let slot = world.slot(id);
    let mut slot = slot.lock().await;
    if let Slot::Here(folded) = &*slot
        && let Some(current) = compared(world, folded).await?
    {
        *slot = Slot::Here(Box::new(current));
    }
    Ok(())
}

/// 1: the cached fold, else what is kept; an arrival begins a journey.
async fn have(
    world: &World,
    slot: &mut Slot,
    id: JourneyId,
    event: &Event<Pii<String>>,
) -> Result<Option<Box<Folded>>, DriveError> {
    if let Slot::Here(folded) = std::mem::take(slot) {
        return Ok(Some(folded));
    }
    store::point!("drive::before_read");
    if let Some(folded) = folded::read(world, id).await? {
        store::point!("drive::after_read");
        return Ok(Some(Box::new(folded)));
    }
    Ok(folded::begin(&world.book.latest(), id, event).map(Box::new))
}

/// A repeat reads again before it is answered, the durable journal first: what is cached may be somebody's past. `None`: it
/// is not.
async fn compared(world: &World, folded: &Folded) -> Result<Option<Folded>, FoldError> {
    let id = folded.journey.id();
    let head = world.store.head(id).await.map_err(FoldError::Head)?;
    if head == Some(folded.head()) || (head.is_none() && folded.kept == Kept::Nowhere) {
        return Ok(None);
    }
    folded::read_again(world, id).await
}

type Done = Option<(Folded, Vec<Command>)>;

async fn append(
    world: &World,
    mut folded: Folded,
    entry: Entry,
    commands: Vec<Command>,
) -> Result<Done, DriveError> {
    let id = folded.journey.id();
    let base = (folded.kept == Kept::Light).then(|| folded.head());
    let (key, wake_at) = (entry.key.clone(), folded.journey.deadline());
    store::point!("drive::before_append");
    match world.store.append(id, folded.version, base, vec![entry.clone()], wake_at).await {
        Ok(Appended::Done { hashes, .. }) => {
            store::point!("drive::after_append");
            folded.chain.extend(hashes);
            folded.keys.insert(key);
            folded.kept = Kept::Light;
            Ok(Some((folded, commands)))
        }
        Ok(Appended::Conflict) => Ok(None),
        // No room in flight, or no answer from it: the journey becomes durable at once.
        Err(error) => {
            tracing::warn!(error = %chain_of(&error), journey.id = %id, "kept durably, since in flight failed");
            commit(world, folded, entry, commands).await
        }
    }
}

async fn commit(
    world: &World,
    folded: Folded,
    entry: Entry,
    commands: Vec<Command>,
) -> Result<Done, DriveError> {
    let Folded { journey, kept, version, mut chain, mut keys, row } = folded;
    let id = journey.id();
    let head = chain.last().copied().unwrap_or_else(|| store::ChainHash::start(id));
    let base = match kept {
        Kept::Nowhere => Base::New,
        Kept::Light => Base::Light(head),
        Kept::Durable => Base::Durable(head),
    };
    store::point!("drive::before_writing_posts");
    let outgoing = act::outgoing(world, &journey, version, &commands).await;
    let writer = act::writer(world, row.channel, version).await;
    store::point!("drive::after_writing_posts");
    // What is handed over is written inside the commit.
    let told_at = disguise::over_at(&journey);
    let posts = !outgoing.is_empty() || row.channel == Channel::Form;
    let ledger = Ledger::of(&journey, &commands);
    let commit = Commit {
        id,
        settings_version: version,
        base,
        entries: vec![entry],
        journey,
        commands,
        outgoing,
        writer,
        row,
        told_at,
    };
    store::point!("drive::before_commit");
    match world.store.commit(commit).await? {
        Committed::Done(done) => {
            store::point!("drive::after_commit");
            ledger.count();
            if posts {
                world.posts_due.notify_one();
            }
            if done.over_cap {
                tracing::error!(journey.id = %id, "a late acceptance was booked over a cap");
                metrics::counter!("pingpost_sales_over_cap_total").increment(1);
            }
            chain.extend(done.steps.iter().map(|step| step.hash));
            keys.extend(done.steps.into_iter().map(|step| step.key));
            let folded = Folded { journey: done.journey, kept: Kept::Durable, version, chain, keys, row };
            Ok(Some((folded, done.requests)))
        }
        Committed::Conflict => Ok(None),
    }
}

/// Tells whoever listens, here and at other nodes, that the journey is at another stage.
fn tell_stage(world: &World, folded: &Folded, before: Option<&'static str>, at: Timestamp) {
    let stage = folded.journey.phase_name();
    if before != Some(stage) {
        world.store.tell(News::Stage { journey: folded.journey.id(), stage: stage.into(), at });
    }
}

fn observe(folded: &Folded, event: &Event<Pii<String>>, at: Timestamp) {
    let id = folded.journey.id();
    metrics::counter!("pingpost_events_total", "event" => event.name()).increment(1);
    match (event, folded.journey.ended()) {
        (Event::FormReceived { .. }, None) => tracing::info!(journey.id = %id, "a form arrived"),
        (Event::CallbackAsked { .. }, None) => tracing::info!(journey.id = %id, "a callback was asked for"),
        (Event::Arrived { .. }, None) => tracing::info!(journey.id = %id, "a call arrived"),
        (_, Some(ended)) => {
            let arrived = folded.journey.arrived_at().unwrap_or(at);
            tracing::info!(journey.id = %id, outcome = ended.code(), lasted_ms = at.since(arrived).as_millis() as u64, "a call ended");
        }
        (Event::AuctionClosed { ranking }, None) => {
            let wait_ms = ranking.closed_at.since(ranking.opened_at).as_millis() as u64;
            tracing::info!(journey.id = %id, bids = ranking.ranked.len(), wait_ms, "an auction closed");
        }
        _ => {
            tracing::debug!(journey.id = %id, event = event.name(), phase = folded.journey.phase_name(), "an event")
        }
    }
}
