//! The requests that follow from a committed event. Each ends in exactly one event.

use std::{sync::Arc, time::Duration};

use auction::{Kind, Whereto};
use bridge::Attempt;
use buyer::dialect::{Dialect, Line};
use carrier::twilio::{Hook, Short, Updated};
use journey::{Command, Confirming, Event, Journey, LegId, Push};
use lead::{AuctionId, Channel, JourneyId, Pii};
use store::{Outgoing, PostKind, RoundName, Writer};

use crate::{
    chain_of, chance, code,
    drive::{DriveError, Driven, Driving, drive, look},
    echo::Echo,
    folded::Folded,
    lead_dial,
    panics::{self, caught},
    reconcile::{leg_of, reconcile},
    round, rounds,
    switchboard::is_a_line,
    world::World,
};

/// How long an event of our own waits before it is driven again, where the database is away; twice as long each time.
const OWN_EVENT_REST: Duration = Duration::from_millis(250);
/// But no longer than this.
const OWN_EVENT_REST_MAX: Duration = Duration::from_secs(4);
/// How long it is tried in all. Behind that the journey's deadline decides.
const OWN_EVENT_WAIT_MAX: Duration = Duration::from_secs(120);

/// Sends what a pass's commit allowed it to send. Promises are in the stores already.
pub fn act(world: &Arc<World>, folded: &Folded, commands: Vec<Command>) {
    let id = folded.journey.id();
    for command in commands {
        match command {
            Command::OpenAuction { n, again: _ } => open_auction(world, folded, n),
            Command::RunAuction { auction, seed, again, until } => {
                let run = round::Run { journey: id, auction, seed, again, until };
                let name = RoundName { journey: id, auction };
                let world_of_it = Arc::clone(world);
                world.tasks.spawn(panics::watched("round", async move {
                    rounds::held(&world_of_it, name, round::run(Arc::clone(&world_of_it), run)).await;
                }));
            }
            Command::Confirm(confirming) => confirm(world, folded, confirming),
            Command::Push(push) => send_push(world, folded, push),
            Command::PushAsk(push) => send_push_ask(world, folded, push),
            Command::Record => record(world, folded),
            Command::SendCode { n } => spawn(world, code::send(Arc::clone(world), id, n)),
            Command::DialLead { n } => spawn(world, lead_dial::dial(Arc::clone(world), id, n)),
            Command::Drop { n, leg } => spawn(world, drop_leg(Arc::clone(world), id, n, leg)),
            Command::Transfer { .. } => spawn(world, transfer(Arc::clone(world), id)),
            // Promises are kept by the commit.
            Command::Book(_)
            | Command::HandOver(_)
            | Command::Accept
            | Command::Suppress { .. }
            | Command::Return { .. }
            | Command::Reserve(_)
            | Command::Void { .. }
            | Command::FreeSeat { .. }
            | Command::Settle { .. }
            | Command::Keep(_)
            | Command::End(_) => {}
        }
    }
}

/// The posts that a commit puts into the outbox, as their buyers' dialects write them.
pub async fn outgoing(world: &World, journey: &Journey, version: u64, commands: &[Command]) -> Vec<Outgoing> {
    let mut outgoing = Vec::new();
    for command in commands {
        match command {
            // What is handed over is posted once: its sale is booked when it was taken.
            Command::Book(post) if post.facts().channel == Channel::Form => {}
            Command::Book(post) => {
                let offer = post.ranked().offer.clone();
                let Some(dialect) = world.dialect(&offer, version).await else {
                    tracing::error!(journey.id = %journey.id(), offer.id = %offer, "an offer's dialect is gone; its post cannot be written");
                    continue;
                };
                // A caller who is connected to the same buyer again is not recorded.
                let recorded = journey.campaign().recording != journey::Recording::Off
                    && post.ranked().kind != Kind::Repeat
                    && can_be_recorded(world, journey);
                let line = Line {
                    carrier_call: journey.caller_leg().map(|leg| leg.0.clone()),
                    recording_url: recorded.then(|| world.link_key.link(&world.public_base, post.sale())),
                };
                // The sale stands without its post; a person has to see to it.
                let Some(body) = caught("dialect", || dialect.post_body(post, &line)) else {
                    tracing::error!(journey.id = %journey.id(), offer.id = %offer, sale.id = %post.sale(), "a post could not be written");
                    continue;
                };
                outgoing.push(Outgoing { sale: post.sale(), kind: PostKind::Sold, offer, body });
            }
            Command::Return { sale, offer } => {
                if let Some(dialect) = world.dialect(offer, version).await {
                    let now = world.clock.now();
                    let Some(body) = caught("dialect", || dialect.returned_body(now, *sale, offer)) else {
                        tracing::error!(journey.id = %journey.id(), offer.id = %offer, sale.id = %sale, "a post could not be written");
                        continue;
                    };
                    outgoing.push(Outgoing {
                        sale: *sale,
                        kind: PostKind::Returned,
                        offer: offer.clone(),
                        body,
                    });
                }
            }
            _ => {}
        }
    }
    outgoing
}

/// What writes the lead of a form for whoever is reserved in the transaction. Calls are posted on their acceptance, of which
/// nothing is learned there.
pub async fn writer(world: &World, channel: Channel, version: u64) -> Writer {
    if channel != Channel::Form {
        return Writer::default();
    }
    let Some(edition) = world.edition(version).await else { return Writer::default() };
    Writer::new(move |post| {
        let dialect = edition.dialect(&post.ranked().offer)?;
        caught("dialect", || dialect.post_body(post, &Line::default()))
    })
}

/// Drives the event that a request ended in, again and again while the database is away. A failure is logged here, once; the
/// journey's deadline goes on for it.
pub async fn ended_in(
    world: &Arc<World>,
    journey: JourneyId,
    key: String,
    event: Event<Pii<String>>,
) -> Option<Driven> {
    let name = event.name();
    let kept = world.store.can_be_away().then(|| event.clone());
    let (mut event, mut rest, mut waited) = (event, OWN_EVENT_REST, Duration::ZERO);
    loop {
        let driving = Driving { journey, key: key.clone(), event };
        let error = match Box::pin(drive(world, driving, |_| ())).await {
            Ok((driven, _)) => return Some(driven),
            Err(error) => error,
        };
        if error.is_of_the_erased() {
            return None;
        }
        let again = kept.as_ref().filter(|_| error.is_absence() && waited < OWN_EVENT_WAIT_MAX);
        let Some(again) = again else {
            failed(journey, name, &error);
            return None;
        };
        if waited.is_zero() {
            metrics::counter!("pingpost_own_events_waited_total").increment(1);
        }
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = world.stop.cancelled() => return None,
        }
        event = again.clone();
        waited += rest;
        rest = (rest * 2).min(OWN_EVENT_REST_MAX);
    }
}

/// Logs an event that could not be driven, once.
pub fn failed(journey: JourneyId, event: &'static str, error: &DriveError) {
    tracing::error!(journey.id = %journey, event, error = %chain_of(error), "an event could not be driven");
    metrics::counter!("pingpost_drive_failures_total").increment(1);
}

fn spawn(world: &World, request: impl Future<Output = ()> + Send + 'static) {
    world.tasks.spawn(panics::watched("act", request));
}

fn open_auction(world: &Arc<World>, folded: &Folded, n: u32) {
    let journey = folded.journey.id();
    // The id holds the history's hash, so that the result of another history is a stray.
    let auction = AuctionId::of(journey, &folded.head().to_string(), n);
    let event = Event::AuctionOpened { auction, seed: chance::seed() };
    let world_of_it = Arc::clone(world);
    let round = RoundName { journey, auction };
    spawn(world, async move {
        store::point!("act::before_open");
        let holding = world_of_it.store.hold_round(world_of_it.clock.now(), round);
        let opening = ended_in(&world_of_it, journey, format!("opened:{auction}"), event);
        tokio::join!(holding, opening);
        store::point!("act::after_open");
    });
}

fn confirm(world: &Arc<World>, folded: &Folded, confirming: Confirming) {
    let (journey, version) = (folded.journey.id(), folded.version);
    let offer = folded.journey.attempt().map(|attempt| attempt.ranked().offer.clone());
    let world_of_it = Arc::clone(world);
    spawn(world, async move {
        let event = match offer {
            Some(offer) => match world_of_it.dialect(&offer, version).await {
                Some(dialect) => ask_to_confirm(&world_of_it, journey, &*dialect, confirming).await,
                None => Event::Unconfirmed { n: confirming.n, why: "offer_gone".to_owned() },
            },
            None => Event::Unconfirmed { n: confirming.n, why: "no_attempt".to_owned() },
        };
        store::point!("act::before_confirmed");
        ended_in(&world_of_it, journey, format!("confirm:{}", confirming.n), event).await;
        store::point!("act::after_confirmed");
    });
}

async fn ask_to_confirm(
    world: &Arc<World>,
    journey: JourneyId,
    dialect: &dyn Dialect,
    confirming: Confirming,
) -> Event<Pii<String>> {
    let n = confirming.n;
    let signed_at = world.clock.wall();
    let written = look(world, journey, |folded| {
        let attempt: Option<&Attempt> = folded.journey.attempt().filter(|attempt| attempt.n() == n);
        attempt.and_then(|attempt| caught("dialect", || dialect.confirm(signed_at, attempt)).flatten())
    });
    let Ok(Some(Some(request))) = written.await else {
        return Event::Unconfirmed { n, why: "no_request".to_owned() };
    };
    let caller = look(world, journey, |folded| folded.journey.caller().map(Echo::of));
    let caller = caller.await.ok().flatten().flatten();
    let deadline = tokio::time::Instant::now() + confirming.timeout;
    store::point!("act::before_confirm");
    let answer = world.exchange.send(request, deadline).await.map_err(buyer::dialect::no_bid);
    store::point!("act::after_confirm");
    let read =
        |answer| caught("dialect", || dialect.confirmed(&answer)).unwrap_or(Err(auction::NoBid::Declined));
    match answer.and_then(read) {
        Ok(confirmed) => {
            let life = confirmed.expires_in.map(|life| world.clock.now() + life);
            let expires_at = life.into_iter().chain(confirmed.expires_at).min();
            match confirmed.whereto {
                Whereto::Own => Event::Confirmed { n, to: None, expires_at },
                // The confirm may have told who calls: nobody is sent back to the caller.
                Whereto::Named(named) => match named
                    .into_iter()
                    .find(|to| caller.as_ref().is_none_or(|caller| !caller.is_where(to)))
                {
                    Some(to) => Event::Confirmed { n, to: Some(to), expires_at },
                    None => Event::Unconfirmed { n, why: "bad_destination".to_owned() },
                },
            }
        }
        Err(no_bid) => Event::Unconfirmed { n, why: no_bid.code().to_owned() },
    }
}

/// Moves the caller from hold to the dial: hold pattern B of carriers.md §5.
fn send_push(world: &Arc<World>, folded: &Folded, push: Push) {
    let journey = folded.journey.id();
    let Some(leg) = folded.journey.caller_leg().cloned() else { return };
    let url = Hook::Dial { journey, n: push.n, hash: Short::of(&folded.head().to_string()) }
        .url(&world.public_base);
    let world_of_it = Arc::clone(world);
    spawn(world, async move {
        store::point!("act::before_push");
        // 6: a dial that could still ring at its deadline is not sent, nor a push that could tear down a poll's dial.
        let event = if world_of_it.clock.now() >= push.send_by {
            Event::PushFailed { n: push.n }
        } else if is_a_line(&leg) {
            // Of another node's caller it is not ours to say; that node looks for itself.
            let is_here = world_of_it.switchboard.as_ref().is_some_and(|it| it.push(journey));
            if is_here { Event::Pushed { n: push.n } } else { Event::PushFailed { n: push.n } }
        } else {
            match redirect(&world_of_it, &leg, &url).await {
                Updated::Done => Event::Pushed { n: push.n },
                Updated::Refused { code } => {
                    tracing::warn!(journey.id = %journey, code = ?code, "the carrier refused a push; the poll delivers");
                    Event::PushFailed { n: push.n }
                }
                // It may have been executed: its document, if it comes, is taken as any push's.
                Updated::Unknown => Event::PushFailed { n: push.n },
            }
        };
        store::point!("act::after_push");
        let refused = matches!(event, Event::PushFailed { .. });
        ended_in(&world_of_it, journey, format!("push:{}", push.n), event).await;
        // A leg that cannot be moved may be gone.
        if refused {
            reconcile(&world_of_it, journey).await;
        }
        store::point!("act::after_pushed");
    });
}

/// Moves the caller from hold to the question about a buyer.
fn send_push_ask(world: &Arc<World>, folded: &Folded, push: Push) {
    let journey = folded.journey.id();
    let Some(leg) = folded.journey.caller_leg().cloned() else { return };
    let hash = Short::of(&folded.head().to_string());
    let url = Hook::Question { journey, n: push.n, hash }.url(&world.public_base);
    let world_of_it = Arc::clone(world);
    spawn(world, async move {
        store::point!("act::before_push_ask");
        let is_late = world_of_it.clock.now() >= push.send_by;
        let moved = match is_a_line(&leg) {
            _ if is_late => false,
            true => world_of_it.switchboard.as_ref().is_some_and(|it| it.push(journey)),
            false => matches!(redirect(&world_of_it, &leg, &url).await, Updated::Done),
        };
        store::point!("act::after_push_ask");
        let n = push.n;
        let event = if moved { Event::AskPushed { n } } else { Event::AskPushFailed { n } };
        ended_in(&world_of_it, journey, format!("push_ask:{n}"), event).await;
        // A leg that cannot be moved may be gone.
        if !moved {
            reconcile(&world_of_it, journey).await;
        }
    });
}

/// Records the caller's leg from now on: what is asked and answered is kept with it.
fn record(world: &Arc<World>, folded: &Folded) {
    let journey = folded.journey.id();
    let Some(leg) = folded.journey.caller_leg().cloned() else { return };
    let told = Hook::Recording { journey }.url(&world.public_base);
    let world_of_it = Arc::clone(world);
    spawn(world, async move {
        store::point!("act::before_record");
        let event = match &world_of_it.twilio {
            _ if is_a_line(&leg) => Ok(recorded_here(&world_of_it, journey).await),
            Some(twilio) => {
                twilio.record(&leg, &told).await.map(|reference| Event::RecordingBegan { reference })
            }
            None => Ok(Event::RecordFailed),
        };
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(error = %chain_of(&error), journey.id = %journey, "a call is not recorded");
                Event::RecordFailed
            }
        };
        store::point!("act::after_record");
        ended_in(&world_of_it, journey, "record".to_owned(), event).await;
    });
}

/// Records a call that this node holds itself.
async fn recorded_here(world: &Arc<World>, journey: JourneyId) -> Event<Pii<String>> {
    let Some(switchboard) = &world.switchboard else { return Event::RecordFailed };
    match switchboard.record(world, journey).await {
        Some(reference) => Event::RecordingBegan { reference },
        None => Event::RecordFailed,
    }
}

/// Whether the talks of a call can be recorded: those of a carrier of webhooks, and ours where there is a folder for them.
fn can_be_recorded(world: &World, journey: &Journey) -> bool {
    let is_ours = journey.caller_leg().is_some_and(is_a_line);
    !is_ours || world.switchboard.as_ref().is_some_and(|it| it.recordings().is_some())
}

async fn redirect(world: &World, leg: &LegId, url: &str) -> Updated {
    match &world.twilio {
        Some(twilio) => twilio.redirect(leg, url).await,
        // The leg is of a time when a carrier was configured.
        None => Updated::Unknown,
    }
}

async fn drop_leg(world: Arc<World>, journey: JourneyId, n: u32, leg: Option<LegId>) {
    store::point!("act::before_drop");
    if is_on_a_line(&world, journey).await {
        let dropped = world.switchboard.as_ref().is_some_and(|it| it.drop_line(journey, n));
        return was_dropped(&world, journey, n, dropped).await;
    }
    let leg = match leg {
        Some(leg) => Some(leg),
        None => leg_of(&world, journey, n).await.map(|leg| leg.id),
    };
    let dropped = match leg {
        Some(leg) => match &world.twilio {
            Some(twilio) => matches!(twilio.hang_up(&leg).await, Updated::Done),
            None => false,
        },
        None => false,
    };
    store::point!("act::after_drop");
    was_dropped(&world, journey, n, dropped).await;
}

/// Whether the caller's leg is, or was, held by a node itself.
async fn is_on_a_line(world: &World, journey: JourneyId) -> bool {
    let is_it = look(world, journey, |folded| folded.journey.caller_leg().is_some_and(is_a_line));
    matches!(is_it.await, Ok(Some(true)))
}

async fn was_dropped(world: &Arc<World>, journey: JourneyId, n: u32, dropped: bool) {
    let event = if dropped { Event::Dropped { n } } else { Event::DropFailed { n } };
    let key = format!("drop:{n}:{}", world.clock.now().micros());
    ended_in(world, journey, key, event).await;
    store::point!("act::after_dropped");
}

async fn transfer(world: Arc<World>, journey: JourneyId) {
    let leg =
        look(&world, journey, |folded| folded.journey.caller_leg().cloned()).await.ok().flatten().flatten();
    let url = Hook::Transfer { journey, k: 1 }.url(&world.public_base);
    let moved = match leg {
        Some(leg) if is_a_line(&leg) => world.switchboard.as_ref().is_some_and(|it| it.transfer(journey)),
        Some(leg) => matches!(redirect(&world, &leg, &url).await, Updated::Done),
        None => false,
    };
    let event = if moved { Event::Transferred } else { Event::TransferFailed };
    ended_in(&world, journey, "transfer".to_owned(), event).await;
}
