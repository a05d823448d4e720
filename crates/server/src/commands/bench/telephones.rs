//! Telephones of a measurement: callers who ring by SIP, and buyers who pick up.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context;
use lead::Pii;
use sandbox::load::{Caller, Load};
use sip::{
    Agent,
    agent::Config,
    dtmf::Key,
    g711::Law,
    leg::{Arrival, Dial, Leg, Playlist, Told},
    screen::Sources,
};
use tokio::{sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;

use super::settings::NUMBER;

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The longest that a telephone waits for anything.
const LONG: Duration = Duration::from_secs(40);
/// Not silence.
const LOUD: i16 = 8_000;
/// More legs than a measurement has.
const LEGS_MAX: usize = 4_000;

/// How long two talk.
#[derive(Debug, Clone)]
pub(super) enum Talk {
    /// So long; then the buyer hangs up.
    For(Duration),
    /// Until then, both at once.
    Until(CancellationToken),
}

/// Telephones.
pub(super) struct Telephones {
    agent: Agent,
    talk: Mutex<Talk>,
    /// Legs that talk until they are told otherwise.
    talking: Mutex<Vec<Leg>>,
}

impl Telephones {
    /// Telephones that buyers of this world have.
    pub(super) async fn start(world: &Arc<Load>, talk: Talk) -> anyhow::Result<Arc<Self>> {
        let config = Config {
            udp: (LOCALHOST, 0).into(),
            tcp: None,
            advertised: LOCALHOST,
            user_agent: "bench".to_owned(),
            mark: "bench.invalid".to_owned(),
            sources: Sources(vec![LOCALHOST.into()]),
            guards: vec![],
            calls_max: LEGS_MAX,
            ports: 20_000..=29_999,
            silence_max: 2 * LONG,
            call_max: 60 * LONG,
            laws: Law::ALL.to_vec(),
        };
        let (agent, arrivals) = Agent::start(config).await.context("starting telephones")?;
        let this = Arc::new(Self { agent, talk: Mutex::new(talk), talking: Mutex::default() });
        tokio::spawn(pick_up(Arc::clone(&this), Arc::clone(world), arrivals));
        Ok(this)
    }

    /// Talks that begin from now on last so long.
    pub(super) fn talk(&self, talk: Talk) {
        *self.talk.lock().unwrap_or_else(PoisonError::into_inner) = talk;
    }

    fn lasts(&self) -> Talk {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where they are reached.
    pub(super) fn at(&self) -> SocketAddr {
        self.agent.at()
    }

    /// Rings, answers the questions, and talks to whoever buys.
    pub(super) async fn call(&self, at: SocketAddr, caller: Caller) -> Result<(), String> {
        let dial = Dial {
            to: format!("sip:{NUMBER}@{at}"),
            via: None,
            tcp: false,
            shown: Some(Pii::new(caller.from)),
            assert: false,
            diverted: None,
            credential: None,
            ring: LONG,
            hops: 70,
        };
        let mut leg = self.agent.dial(dial).await.map_err(|error| error.to_string())?;
        acked(&mut leg).await?;
        leg.press(caller.keys.concat().chars().filter_map(Key::of_char).collect());
        self.talks(leg).await
    }

    /// To the end of a talk.
    async fn talks(&self, mut leg: Leg) -> Result<(), String> {
        match self.lasts() {
            Talk::For(_) => over(&mut leg).await,
            Talk::Until(over) => {
                leg.play(speech(&self.lasts(), true));
                self.lock().push(leg);
                over.cancelled().await;
                Ok(())
            }
        }
    }

    async fn picked_up(&self, world: &Load, arrival: Arrival) -> Result<(), String> {
        let Arrival { mut leg, called, caller, .. } = arrival;
        // The numbers of a load are made up, and the load alone hears them.
        let tell =
            |told: fn(&Load, &str, &str)| caller.as_ref().map(|it| it.map(|from| told(world, from, &called)));
        tell(Load::rang);
        leg.ring();
        tell(Load::picked_up);
        leg.answer();
        acked(&mut leg).await?;
        if let talk @ Talk::For(_) = self.lasts() {
            leg.play(speech(&talk, false));
            told(&mut leg, |it| *it == Told::Said).await?;
            leg.hang_up();
        }
        self.talks(leg).await
    }

    /// How many legs talk, and what they have heard and missed so far.
    pub(super) fn heard(&self) -> (u64, u64, u64) {
        let talking = self.lock();
        let counted = talking.iter().map(|leg| leg.account().heard);
        counted.fold((0, 0, 0), |(legs, heard, lost), it| (legs + 1, heard + it.packets, lost + it.lost))
    }

    /// Hangs up on all.
    pub(super) fn hang_up(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Leg>> {
        self.talking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn speech(talk: &Talk, repeats: bool) -> Playlist {
    let tone: Arc<[i16]> = match talk {
        Talk::For(time) => vec![LOUD; usize::try_from(time.as_millis()).unwrap_or(usize::MAX) * 8].into(),
        Talk::Until(_) => vec![LOUD; 8_000].into(),
    };
    Playlist { prompts: vec![tone], repeats, barge_in: false }
}

/// Picks up whatever rings.
async fn pick_up(this: Arc<Telephones>, world: Arc<Load>, mut arrivals: mpsc::Receiver<Arrival>) {
    while let Some(arrival) = arrivals.recv().await {
        let (this, world) = (Arc::clone(&this), Arc::clone(&world));
        // What goes wrong here is seen by the caller, and by the books.
        tokio::spawn(async move { this.picked_up(&world, arrival).await });
    }
}

async fn acked(leg: &mut Leg) -> Result<(), String> {
    told(leg, |it| *it == Told::Acked).await
}

async fn over(leg: &mut Leg) -> Result<(), String> {
    told(leg, |it| matches!(it, Told::Ended(_))).await
}

/// Waits until a leg tells this.
async fn told(leg: &mut Leg, wanted: impl Fn(&Told) -> bool) -> Result<(), String> {
    loop {
        match timeout(LONG, leg.told()).await {
            Ok(Some(told)) if wanted(&told) => return Ok(()),
            Ok(Some(Told::Ended(end))) => return Err(format!("a leg ended: {:?}", end.cause)),
            Ok(Some(_)) => {}
            Ok(None) => return Err("a leg is gone".to_owned()),
            Err(_) => return Err("a leg tells nothing".to_owned()),
        }
    }
}
