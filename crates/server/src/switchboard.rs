//! `Switchboard`: the legs that this node holds itself, where no carrier of webhooks stands between. Each call has a task
//! that plays the journey's documents on its legs, and drives what they tell as the very events that webhooks make.
//!
//! Nothing is decided here. A dial is begun only by the pass whose commit took it, two legs are joined only when the sale
//! is booked, and a leg dies with its node: what is left of a call then is asked for at the next start, as a carrier is.

mod account;
mod buyer;
mod caller;
mod dialling;
mod number;
mod recorder;
mod speech;
mod spoken;
mod telling;
mod whereabouts;

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use anyhow::Context;
use journey::LegId;
use lead::{JourneyId, Timestamp};
use sip::{
    Agent,
    leg::{Arrival, Ear},
    screen::Sources,
};
use store::News;
use tokio::sync::{broadcast::error::RecvError, mpsc};

use self::dialling::Trunks;
pub use self::{
    account::{GOODBYE_WAIT, LAST_WORD_WAIT},
    caller::{ANSWER_WAIT, HOLD_LOOK_EVERY, KEY_WAIT},
    recorder::Recordings,
    speech::{RECORDINGS_MAX, SPOKEN_MAX, Speaker},
    spoken::SAY_AT_ONCE_MAX,
    telling::TELL_TRIES_MAX,
    whereabouts::{Whereabouts, is_a_line, is_a_name_of_ours, left_of, whereabouts},
};
use crate::{config::SipConfig, panics, world::World};

/// What a call is told and has not heard.
pub const WAKES_MAX: usize = 16;
/// How long calls may take to end when their process does.
pub const HANG_UP_MAX: Duration = Duration::from_secs(3);
/// How often it is asked whether a trunk that takes calls is there.
pub const PROBE_EVERY: Duration = Duration::from_secs(30);
/// How often it is looked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How the ids of legs begin that a node holds itself.
const LINE: &str = "line-";

/// The legs of this node.
pub struct Switchboard {
    agent: Agent,
    arrivals: tokio::sync::Mutex<mpsc::Receiver<Arrival>>,
    trunks: Trunks,
    speaker: Speaker,
    recordings: Option<Arc<Recordings>>,
    /// How the ids of its legs begin; those of an earlier run of this node begin with `node` alone.
    mark: String,
    node: String,
    /// The last moment that an earlier run is known to have lived at.
    lived: Option<Timestamp>,
    calls: Mutex<BTreeMap<JourneyId, Held>>,
}

/// How a trunk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Callers of its that are here.
    pub calls: usize,
    /// Whether it takes calls.
    pub takes: bool,
    /// Whether it answered when it was asked last, and when that was. `None`: it was never asked.
    pub asked: Option<(bool, Timestamp)>,
    /// Calls to it that did not even ring, since the process began.
    pub failed: u64,
    /// When the last of them was, and why.
    pub last: Option<(Timestamp, String)>,
}

/// A call that is held here.
struct Held {
    leg: LegId,
    ear: Ear,
    trunk: Option<usize>,
    /// The attempt whose buyer is dialled or talks.
    dialled: Option<u32>,
    wakes: mpsc::Sender<Wake>,
}

/// What a call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wake {
    /// Its journey has changed.
    Look,
    /// A dial is ready, and this is its push.
    Push,
    /// The buyer's leg of this attempt is to be ended.
    Drop(u32),
    /// The caller's leg is moved to another destination.
    Transfer,
    /// The process stops, and its calls with it.
    Stop,
}

impl Switchboard {
    /// Begins to listen. `lived`: the last moment that an earlier run is known to have lived at.
    ///
    /// # Errors
    /// When a port is taken, or a recording cannot be read.
    pub async fn start(config: &SipConfig, lived: Option<Timestamp>) -> anyhow::Result<Self> {
        let sources = config.trunks.iter().flat_map(|trunk| {
            let proxy = trunk.proxy.map(|at| at.ip().into());
            trunk.sources.iter().copied().chain(proxy)
        });
        let node = format!("{LINE}{}-", config.node);
        let mark = format!("{node}{:08x}-", u32::try_from(crate::chance::seed().0 >> 32).unwrap_or_default());
        let agent = sip::agent::Config {
            udp: config.udp,
            tcp: config.tcp,
            advertised: config.advertised,
            user_agent: "pingpost".to_owned(),
            mark: format!("{}.pingpost.invalid", mark.trim_end_matches('-')),
            sources: Sources(sources.chain(config.peers.iter().copied()).collect()),
            guards: guards(config),
            calls_max: config.calls_max,
            ports: config.ports.clone(),
            silence_max: config.silence_max,
            call_max: config.call_max,
            laws: sip::g711::Law::ALL.to_vec(),
        };
        let (agent, arrivals) = Agent::start(agent)
            .await
            .with_context(|| format!("listening on {}, which sip.udp says", config.udp))?;
        Ok(Self {
            agent,
            arrivals: tokio::sync::Mutex::new(arrivals),
            trunks: Trunks::new(config),
            speaker: Speaker::new(config)?,
            recordings: Recordings::of(config)?.map(Arc::new),
            mark,
            node,
            lived,
            calls: Mutex::default(),
        })
    }

    /// Where it is reached by UDP.
    pub fn at(&self) -> std::net::SocketAddr {
        self.agent.at()
    }

    /// How many calls it holds.
    pub fn calls(&self) -> usize {
        self.lock().len()
    }

    /// How its trunks are, each with how many callers it has here.
    pub fn standing(&self) -> Vec<Standing> {
        let up: Vec<_> = self.lock().values().map(|held| held.trunk).collect();
        let known = self.trunks.known().into_iter().enumerate();
        let standing = known.map(|(at, (trunk, seen))| Standing {
            name: trunk.name.clone(),
            calls: up.iter().filter(|trunk| **trunk == Some(at)).count(),
            takes: trunk.proxy.is_some(),
            asked: seen.asked,
            failed: seen.failed,
            last: seen.last,
        });
        standing.collect()
    }

    /// What came from nobody that is known, and what could not be read, since the process began.
    pub fn dropped(&self) -> (u64, u64) {
        let counts = self.agent.counts();
        (counts.strangers.load(Ordering::Relaxed), counts.unreadable.load(Ordering::Relaxed))
    }

    /// Ends the leg of an attempt's buyer. Whether its call is held here.
    pub fn drop_line(&self, journey: JourneyId, n: u32) -> bool {
        self.wake(journey, Wake::Drop(n))
    }

    /// Tells a caller on hold that a dial is ready. Whether its call is held here.
    pub fn push(&self, journey: JourneyId) -> bool {
        self.wake(journey, Wake::Push)
    }

    /// Moves a caller to the destination of its transfer. Whether its call is held here.
    pub fn transfer(&self, journey: JourneyId) -> bool {
        self.wake(journey, Wake::Transfer)
    }

    /// Ends what is still under way, and waits until that is told, but not for long.
    pub async fn hang_up(&self) {
        let held: Vec<_> = self.lock().keys().copied().collect();
        for journey in held {
            self.wake(journey, Wake::Stop);
        }
        let ended = async {
            while self.calls() > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(HANG_UP_MAX, ended).await.is_err() {
            tracing::warn!(calls = self.calls(), "calls were still under way when their time ran out");
        }
    }

    fn wake(&self, journey: JourneyId, wake: Wake) -> bool {
        self.lock().get(&journey).is_some_and(|held| held.wakes.try_send(wake).is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JourneyId, Held>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The trunk that a call came by. `None`: it brings none, or as many as it may already.
    fn trunk_of(&self, from: Option<IpAddr>) -> Option<usize> {
        let trunk = self.trunks.bringing(from?)?;
        let brought = self.lock().values().filter(|held| held.trunk == Some(trunk)).count();
        (brought < self.trunks.calls_max(trunk)).then_some(trunk)
    }

    fn show(&self) {
        let counts = self.agent.counts();
        let figures = [
            ("stranger", &counts.strangers),
            ("unreadable", &counts.unreadable),
            ("refused", &counts.refused),
            ("full", &counts.turned_away),
        ];
        for (why, count) in figures {
            metrics::counter!("pingpost_sip_refused_total", "why" => why)
                .absolute(count.load(Ordering::Relaxed));
        }
        metrics::gauge!("pingpost_sip_calls").set(u32::try_from(self.calls()).unwrap_or(u32::MAX));
    }
}

/// Takes calls, and tells those that are held here what changes of their journeys, until the process stops.
pub async fn run(world: Arc<World>) {
    let Some(switchboard) = &world.switchboard else { return world.stop.cancelled().await };
    let mut arrivals = switchboard.arrivals.lock().await;
    let mut news = world.store.news();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    recorder::tell_left_over(&world, switchboard).await;
    world.tasks.spawn(panics::watched("probe", probe(Arc::clone(&world))));
    let mut drains = false;
    loop {
        tokio::select! {
            arrival = arrivals.recv() => match arrival {
                Some(arrival) => take(&world, switchboard, arrival),
                None => return world.stop.cancelled().await,
            },
            told = news.recv() => match told {
                Ok(News::Stage { journey, .. }) => {
                    switchboard.wake(journey, Wake::Look);
                }
                Ok(News::Settings { .. }) => {}
                Ok(News::Gap) | Err(RecvError::Lagged(_)) => {
                    let held: Vec<_> = switchboard.lock().keys().copied().collect();
                    for journey in held {
                        switchboard.wake(journey, Wake::Look);
                    }
                }
                // The store is closed with the process.
                Err(RecvError::Closed) => return world.stop.cancelled().await,
            },
            _ = tick.tick() => switchboard.show(),
            () = world.stopping.cancelled(), if !drains => {
                // Its trunks send the next calls to another node.
                drains = true;
                switchboard.agent.drain();
            }
            () = world.stop.cancelled() => return,
        }
    }
}

/// Asks the trunks that take calls whether they are there, again and again.
async fn probe(world: Arc<World>) {
    let Some(switchboard) = &world.switchboard else { return };
    let mut tick = tokio::time::interval(PROBE_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = world.stopping.cancelled() => return,
        }
        for (name, proxy, tcp) in switchboard.trunks.proxies() {
            let is_up = tokio::select! {
                is_up = switchboard.agent.probe(proxy, tcp) => is_up,
                () = world.stopping.cancelled() => return,
            };
            if switchboard.trunks.note(world.clock.now(), &name, is_up) {
                tracing::warn!(trunk = name, is_up, "a trunk answers, or does no more");
            }
            metrics::gauge!("pingpost_sip_trunk_up", "trunk" => name).set(u8::from(is_up));
        }
    }
}

/// The trunks whose callers must know a password.
fn guards(config: &SipConfig) -> Vec<sip::agent::Guard> {
    let of = |trunk: &crate::config::Trunk| {
        let credential = trunk.digest_in.clone()?;
        Some(sip::agent::Guard { sources: trunk.sources.clone(), credential, digests: trunk.digests })
    };
    config.trunks.iter().filter_map(of).collect()
}

/// A call that has just come: held by a task of its own, or turned down.
fn take(world: &Arc<World>, switchboard: &Switchboard, arrival: Arrival) {
    let Some(trunk) = switchboard.trunk_of(arrival.from.map(|at| at.ip())) else {
        return arrival.leg.refuse(if world.stopping.is_cancelled() { 503 } else { 403 });
    };
    if world.stopping.is_cancelled() {
        return arrival.leg.refuse(503);
    }
    let leg = LegId(format!("{}{}", switchboard.mark, arrival.leg.id()));
    let journey = JourneyId::of_call(switchboard.trunks.name(trunk), &leg.0);
    let (wakes, woken) = mpsc::channel(WAKES_MAX);
    switchboard.lock().insert(
        journey,
        Held { leg: leg.clone(), ear: arrival.leg.ear(), trunk: Some(trunk), dialled: None, wakes },
    );
    let world_of_it = Arc::clone(world);
    world.tasks.spawn(panics::watched("call", async move {
        caller::serve(&world_of_it, journey, leg, arrival, woken).await;
        if let Some(switchboard) = &world_of_it.switchboard {
            switchboard.lock().remove(&journey);
        }
    }));
}
