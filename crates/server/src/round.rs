//! One auction: pings all eligible offers at once, feeds the replies to the pure round, and drives one event. It writes
//! nothing of the journey itself, and no carrier's webhook waits for it.

use std::{collections::BTreeMap, pin::Pin, sync::Arc, time::Duration};

use auction::{
    Bid, Caller, Candidate, Full, Leftover, NoBid, Offer, Outcome, Ping, Ranking, Round, Rules, Seed, Sign,
    Standing, Subject, Why,
};
use buyer::exchange::{Drained, Failure, HttpResponse};
use futures_util::{StreamExt, stream::FuturesUnordered};
use journey::{Again, Event};
use lead::{AuctionId, Channel, E164, JourneyId, OfferId, Pii, Timestamp};
use store::{AuctionOffer, AuctionRecord, CameAfter, reasons::WhyPaused};
use tokio::sync::mpsc;

use crate::{
    act::ended_in,
    asking::Shown,
    book::Edition,
    chain_of,
    drive::look,
    echo::Echo,
    panics::{self, caught},
    redact, throttle,
    world::World,
};

/// How long after its deadline an offer's answer is still read, so that late and silent are told apart and the
/// connection survives.
const LATE_MAX: Duration = Duration::from_secs(5);
/// What is kept of a round's budget for the reservation and the push that follow it.
const CLOSING_MARGIN: Duration = Duration::from_millis(50);

/// An auction to be run.
#[derive(Debug)]
pub struct Run {
    /// The journey.
    pub journey: JourneyId,
    /// The auction.
    pub auction: AuctionId,
    /// What ties are drawn by, committed before the pings leave.
    pub seed: Seed,
    /// The one offer that is asked once more.
    pub again: Option<Again>,
    /// When it must have closed.
    pub until: Timestamp,
}

type Answered = (OfferId, Result<HttpResponse, Failure>, Timestamp);
type Asking = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// What a round is opened with, as its journey is then.
struct Brief {
    version: u64,
    subject: Subject,
    rules: Rules,
    caller: Option<Pii<E164>>,
    /// The one offer that takes part, where somebody tries it.
    only: Option<OfferId>,
}

/// Runs an auction to its end and drives `AuctionClosed`.
pub async fn run(world: Arc<World>, run: Run) {
    store::point!("round::before_brief");
    let Some(brief) = brief(&world, &run).await else { return };
    store::point!("round::after_brief");
    let Some(edition) = world.edition(brief.version).await else { return };
    store::point!("round::before_standing");
    let mut candidates = candidates(&world, &edition, &brief, &run).await;
    store::point!("round::after_standing");
    let now = world.clock.now();
    // A test says nothing of how a buyer does, and is not kept from it by how it did.
    let is_test = brief.rules.test;
    let tired = if is_test { BTreeMap::new() } else { tired(&world, now, &mut candidates) };
    let left = run.until.since(now).saturating_sub(CLOSING_MARGIN);
    let rules = Rules { budget: brief.rules.budget.min(left), ..brief.rules.clone() };
    let (round, pings) = auction::open(now, run.auction, run.seed, rules, &brief.subject, &candidates);
    let until = pings.iter().map(|ping| now + ping.tmax).max().unwrap_or(now);
    let mut asked = Asked::new(&world, &edition, &candidates, brief.caller.as_ref(), pings, now);
    let shown = world.asking.begin(run.journey, (now, until), asked.whom());
    store::point!("round::before_pings");
    let (round, asking) = hear(&world, round, &mut asked, &shown).await;
    drop(shown);
    store::point!("round::after_pings");
    let (ranking, leftover) = round.close(world.clock.now());
    asked.is_test = is_test;
    if !is_test {
        asked.signs = throttle::signs(&ranking, |offer| asked.edition.contains_key(offer));
    }
    let record = asked.record(&run, &brief, &ranking, &tired);
    let closed = Event::AuctionClosed { ranking: Box::new(ranking.clone()) };
    store::point!("round::before_close");
    ended_in(&world, run.journey, format!("auction:{}", run.auction), closed).await;
    store::point!("round::after_close");
    measure(&ranking);
    world.traces.auction(&record);
    world.store.keep_auction(record);
    store::point!("round::after_record");
    asked.count(&world, &run, ranking.closed_at);
    drain(&world, run, leftover, asked, asking);
}

async fn brief(world: &World, run: &Run) -> Option<Brief> {
    let brief = look(world, run.journey, |folded| {
        let journey = &folded.journey;
        let campaign = journey.campaign();
        let rules = match &run.again {
            None => campaign.rules.clone(),
            Some(again) => Rules {
                fallback_to_static: false,
                repeat_of: Some(again.repeat_of),
                ..campaign.rules.clone()
            },
        };
        let caller = journey.caller().cloned();
        let subject = Subject {
            campaign: campaign.id.clone(),
            vertical: campaign.vertical.clone(),
            channel: journey.channel(),
            profile: journey.profile_now()?,
            caller: if caller.is_some() { Caller::Known } else { Caller::Anonymous },
            without: journey.without().iter().cloned().collect(),
            named: journey.named(),
        };
        Some(Brief { version: folded.version, subject, rules, caller, only: journey.only().cloned() })
    });
    match brief.await {
        Ok(brief) => brief.flatten(),
        Err(error) => {
            tracing::error!(error = %chain_of(&error), journey.id = %run.journey, "an auction could not be opened");
            None
        }
    }
}

/// The offers of the vertical, with what the stores know of them. A store that does not answer leaves nobody out: the
/// reservation decides.
async fn candidates(world: &World, edition: &Edition, brief: &Brief, run: &Run) -> Vec<Candidate> {
    let (journey, again) = (run.journey, run.again.as_ref());
    let offers = edition.settings.offers_for(&brief.subject.vertical, brief.subject.channel);
    let of = |(offer, buyer)| Candidate { offer, buyer, standing: Standing::default() };
    let mut candidates: Vec<_> = offers.into_iter().map(of).collect();
    candidates.retain(|candidate| again.is_none_or(|again| again.offer == candidate.offer.id));
    let now = world.clock.now();
    if let Some(only) = &brief.only {
        candidates.retain(|candidate| candidate.offer.id == *only);
        for candidate in &mut candidates {
            tried(candidate);
        }
        return candidates;
    }
    let mut holds: Vec<_> =
        candidates.iter().map(|candidate| candidate.hold(now, &brief.subject.campaign)).collect();
    if brief.subject.channel == Channel::Form {
        // What is most at once counts calls.
        holds.iter_mut().for_each(|hold| hold.seats.clear());
    }
    match world.store.standing(now, journey, brief.caller.as_ref(), &holds).await {
        Ok(standings) => {
            for (candidate, standing) in candidates.iter_mut().zip(standings) {
                candidate.standing.capped = standing.capped;
                candidate.standing.at_concurrency = standing.at_concurrency;
                candidate.standing.duplicate = standing.duplicate;
                candidate.standing.full = standing.full;
            }
        }
        Err(error) => tracing::warn!(error = %chain_of(&error), "caps are not known before the round"),
    }
    match world.paused.offers(now, &world.store).await {
        Ok(disabled) => {
            for candidate in &mut candidates {
                candidate.standing.paused |= disabled.contains(&candidate.offer.id);
            }
        }
        Err(error) => {
            tracing::warn!(error = %chain_of(&error), "who wants no posts is not known before the round")
        }
    }
    candidates
}

/// An offer that somebody tries takes part though it is switched off, and whatever its caps and posts stand at: that is what
/// most are tried for.
fn tried(candidate: &mut Candidate) {
    if !candidate.offer.active {
        candidate.offer = Arc::new(Offer { active: true, ..(*candidate.offer).clone() });
    }
}

/// Gives each candidate its share of pings, and says why where that is not all.
fn tired(world: &World, now: Timestamp, candidates: &mut [Candidate]) -> BTreeMap<OfferId, Why> {
    let mut tired = BTreeMap::new();
    for candidate in candidates {
        if let Some(why) = world.throttle.why(now, &candidate.offer) {
            candidate.standing.share = why.share;
            tired.insert(candidate.offer.id.clone(), why);
        }
    }
    tired
}

/// What was asked of whom, and what came of it.
struct Asked {
    edition: BTreeMap<OfferId, (Arc<dyn buyer::dialect::Dialect>, Ping)>,
    offers: BTreeMap<OfferId, Arc<Offer>>,
    /// The offers of which a cap or all seats were full, as far as that was known.
    full: BTreeMap<OfferId, Full>,
    /// The offers whose ping carried the number, and what it is recognised by.
    told: BTreeMap<OfferId, Echo>,
    began: Timestamp,
    heard: BTreeMap<OfferId, Heard>,
    signs: BTreeMap<OfferId, Sign>,
    is_test: bool,
    unsent: Vec<OfferId>,
    asking: FuturesUnordered<Asking>,
}

struct Heard {
    at: Timestamp,
    reply: String,
    price: Option<lead::Money>,
}

impl Asked {
    /// Writes all pings and makes their exchanges; nothing is sent before the first poll. No task a ping.
    fn new(
        world: &World,
        edition: &Edition,
        candidates: &[Candidate],
        caller: Option<&Pii<E164>>,
        pings: Vec<Ping>,
        now: Timestamp,
    ) -> Self {
        let offers = candidates.iter().map(|candidate| &candidate.offer);
        let offers = offers.map(|offer| (offer.id.clone(), Arc::clone(offer)));
        let mut asked = Self {
            edition: BTreeMap::new(),
            offers: offers.collect(),
            full: candidates.iter().filter_map(|it| Some((it.offer.id.clone(), it.standing.full?))).collect(),
            told: BTreeMap::new(),
            began: now,
            heard: BTreeMap::new(),
            signs: BTreeMap::new(),
            is_test: false,
            unsent: vec![],
            asking: FuturesUnordered::new(),
        };
        for ping in pings {
            let offer = ping.offer.clone();
            let Some(dialect) = edition.dialect(&offer) else { continue };
            let candidate = candidates.iter().find(|candidate| candidate.offer.id == offer);
            let phone = candidate.and_then(|candidate| candidate.offer.phone_in_ping(caller));
            // A dialect that panics costs its own offer a bid, and nobody else the auction.
            let request = caught("dialect", || dialect.ping(world.clock.wall(), &ping, phone.as_ref()));
            let Some(request) = request.flatten() else {
                asked.unsent.push(offer);
                continue;
            };
            if let Some(phone) = &phone {
                asked.told.insert(offer.clone(), Echo::of(phone.number()));
            }
            let deadline = world.clock.instant_of(now + ping.tmax) + LATE_MAX;
            let sent = world.exchange.send(request, deadline);
            let clock = world.clock.clone();
            let of = offer.clone();
            asked.asking.push(Box::pin(async move {
                let answer = sent.await;
                (of, answer, clock.now())
            }));
            asked.edition.insert(offer, (Arc::clone(dialect), ping));
        }
        asked
    }

    /// Who is asked, for whoever looks on.
    fn whom(&self) -> impl Iterator<Item = (OfferId, lead::BuyerId)> {
        let asked = self.edition.keys().filter_map(|offer| self.offers.get(offer));
        asked.map(|offer| (offer.id.clone(), offer.buyer.clone()))
    }

    /// Reads an answer by its offer's dialect, and keeps what its engineer may see.
    fn read(
        &mut self,
        offer: &OfferId,
        answer: Result<HttpResponse, Failure>,
        at: Timestamp,
    ) -> Result<Bid, NoBid> {
        let told = self.told.get(offer);
        // Who was told the number may say it in any disguise: nothing of its own words is kept.
        let reply = match &answer {
            Ok(response) if told.is_none() => redact::reply(&response.body),
            _ => String::new(),
        };
        let read = match (answer, self.edition.get(offer)) {
            (Ok(response), Some((dialect, ping))) => {
                caught("dialect", || dialect.bid(ping, &response)).unwrap_or(Err(NoBid::Declined))
            }
            (Ok(_), None) => Err(NoBid::Declined),
            (Err(failure), _) => Err(buyer::dialect::no_bid(failure)),
        };
        let read = match told {
            Some(echo) => echo.silenced(read),
            None => read,
        };
        let price = read.as_ref().ok().map(|bid| bid.price);
        self.heard.insert(offer.clone(), Heard { at, reply, price });
        read
    }

    fn record(
        &self,
        run: &Run,
        brief: &Brief,
        ranking: &Ranking,
        tired: &BTreeMap<OfferId, Why>,
    ) -> AuctionRecord {
        let offers = ranking.outcomes().into_iter().filter_map(|(offer, outcome)| {
            let heard = self.heard.get(offer);
            let bid = ranking.ranked.iter().find(|ranked| ranked.offer == *offer);
            let (asked, known) = (self.edition.get(offer), self.offers.get(offer)?);
            Some(AuctionOffer {
                offer: offer.clone(),
                buyer: known.buyer.clone(),
                ping: asked.map(|(_, ping)| ping.id),
                wait: heard.map(|heard| heard.at.since(self.began)),
                outcome: outcome.code().to_owned(),
                detail: detail(&outcome, (tired.get(offer), self.full.get(offer)), known),
                price: heard.and_then(|heard| heard.price).or(bid.map(|ranked| ranked.price)),
                reply: heard.map(|heard| heard.reply.clone()).filter(|reply| !reply.is_empty()),
                sign: self.signs.get(offer).copied(),
            })
        });
        AuctionRecord {
            journey: run.journey,
            auction: run.auction,
            campaign: brief.subject.campaign.clone(),
            settings_version: brief.version,
            opened_at: ranking.opened_at,
            closed_at: ranking.closed_at,
            profile: brief.subject.profile.clone(),
            test: brief.rules.test,
            offers: offers.collect(),
        }
    }
}

impl Asked {
    /// What the round says of those it asked is remembered.
    fn count(&self, world: &World, run: &Run, closed_at: Timestamp) {
        let used = &world.book.latest().settings;
        for (offer, sign) in &self.signs {
            if let Some(offer) = self.offers.get(offer) {
                world.throttle.on_sign(closed_at, used, offer, run.auction, *sign);
            }
        }
        world.throttle.look_at(closed_at, self.signs.keys());
    }

    /// A reply came after the close: who seemed silent was late, and who was not awaited has answered. An offer that was
    /// not awaited is never counted against.
    fn came_after(&mut self, world: &World, run: &Run, offer: &OfferId, outcome: &Outcome) {
        let Some((heard, known)) = self.heard.get(offer).zip(self.offers.get(offer)) else { return };
        let late = *outcome == Outcome::NoBid(NoBid::Late);
        let sign = match (outcome, self.signs.get(offer)) {
            (Outcome::NoBid(NoBid::Late), Some(Sign::Timeout)) => Some(Sign::Late),
            (Outcome::NotAwaited, _) => Some(Sign::Answered),
            (other, None) => Sign::of(other).filter(|sign| *sign == Sign::Answered),
            _ => None,
        };
        let sign = sign.filter(|_| !self.is_test);
        world.store.keep_late_answer(CameAfter {
            auction: run.auction,
            offer: offer.clone(),
            outcome: late.then_some("late"),
            wait: heard.at.since(self.began),
            price: heard.price,
            reply: Some(heard.reply.clone()).filter(|reply| !reply.is_empty()),
            sign,
        });
        if let Some(sign) = sign {
            let used = &world.book.latest().settings;
            world.throttle.on_sign(heard.at, used, known, run.auction, sign);
            world.throttle.look_at(heard.at, [offer]);
        }
    }
}

/// What an outcome's code does not say.
fn detail(outcome: &Outcome, (why, full): (Option<&Why>, Option<&Full>), offer: &Offer) -> Option<String> {
    match outcome {
        Outcome::Paused => {
            let why = if offer.active { WhyPaused::PostsDisabled } else { WhyPaused::SwitchedOff };
            Some(why.as_str().to_owned())
        }
        Outcome::Throttled => why.map(ToString::to_string),
        Outcome::Capped | Outcome::AtConcurrency => full.map(ToString::to_string),
        Outcome::Outbid { by } => Some(by.to_string()),
        Outcome::Filtered(field) | Outcome::MissingField(field) => Some(field.to_string()),
        Outcome::NoBid(NoBid::Rejected { code, text, .. }) => {
            let said: Vec<_> = [code, text].into_iter().flatten().map(String::as_str).collect();
            (!said.is_empty()).then(|| said.join(": "))
        }
        Outcome::NoBid(NoBid::BadStatus(status)) => Some(status.to_string()),
        Outcome::NoBid(NoBid::Malformed(why)) => Some(format!("{why:?}")),
        Outcome::NoBid(NoBid::Unreachable(why)) => Some(format!("{why:?}")),
        _ => None,
    }
}

/// Feeds the answers to the round until nothing that is awaited can change the winner.
async fn hear(
    world: &World,
    mut round: Round,
    asked: &mut Asked,
    shown: &Shown<'_>,
) -> (Round, FuturesUnordered<Asking>) {
    for offer in std::mem::take(&mut asked.unsent) {
        round.on_answer(world.clock.now(), &offer, Err(NoBid::Declined));
    }
    let mut asking = std::mem::take(&mut asked.asking);
    while !round.is_settled(world.clock.now()) {
        let Some(deadline) = round.deadline() else { break };
        let timeout = tokio::time::sleep_until(world.clock.instant_of(deadline));
        tokio::select! {
            biased;
            answered = asking.next() => match answered {
                Some((offer, answer, at)) => {
                    store::point!("round::after_answer");
                    let read = asked.read(&offer, answer, at);
                    shown.answered(&offer, read.as_ref().ok().map(|bid| bid.price));
                    round.on_answer(at, &offer, read);
                }
                None => break,
            },
            () = timeout => round.on_deadline(world.clock.now()),
        }
    }
    (round, asking)
}

/// Hands what is still out to the one drain task. A bid that still comes in time joins the ranking for later attempts.
fn drain(
    world: &Arc<World>,
    run: Run,
    mut leftover: Leftover,
    mut asked: Asked,
    asking: FuturesUnordered<Asking>,
) {
    if asking.is_empty() {
        return;
    }
    let (late, mut heard) = mpsc::channel(asking.len());
    if world.exchange.drain(asking, late) == Drained::Dropped {
        return;
    }
    let world_of_it = Arc::clone(world);
    world.tasks.spawn(panics::watched("round", async move {
        while let Some((offer, answer, at)) = heard.recv().await {
            let replied = answer.is_ok();
            let read = asked.read(&offer, answer, at);
            let outcome = match leftover.on_answer(at, &offer, read) {
                Ok(ranked) => {
                    let event = Event::BidJoined { auction: run.auction, ranked: Box::new(ranked) };
                    let key = format!("joined:{}:{offer}", run.auction);
                    store::point!("round::before_join");
                    ended_in(&world_of_it, run.journey, key, event).await;
                    store::point!("round::after_join");
                    Outcome::NotAwaited
                }
                Err(outcome) => outcome,
            };
            if replied {
                asked.came_after(&world_of_it, &run, &offer, &outcome);
            }
            metrics::counter!("pingpost_late_answers_total", "outcome" => outcome.code()).increment(1);
        }
    }));
}

fn measure(ranking: &Ranking) {
    let took = ranking.closed_at.since(ranking.opened_at);
    metrics::histogram!("pingpost_auction_duration_seconds").record(took);
    for (_, outcome) in ranking.outcomes() {
        metrics::counter!("pingpost_pings_total", "outcome" => outcome.code()).increment(1);
    }
}
