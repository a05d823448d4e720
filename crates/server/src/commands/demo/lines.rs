//! The demonstration by SIP: a caller and six buyers with telephones of their own, real dialogs and real speech.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use lead::Pii;
use sandbox::medicare::{self, BUYER_NUMBERS, CAMPAIGN_NUMBER, Name};
use sip::{
    Agent,
    agent::{Config, Digests},
    dtmf::Key,
    g711::Law,
    leg::{Arrival, Dial, Leg, Playlist, Told},
    screen::Sources,
};
use tokio::{
    sync::{Notify, mpsc},
    time::timeout,
};

use super::{story::Story, world::Demo};
use crate::config::{Identity, SipConfig, Trunk};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The longest that a telephone waits for one thing.
const LONG: Duration = Duration::from_secs(40);
/// How long a buyer's phone rings before somebody picks up.
const RINGS: Duration = Duration::from_secs(2);
/// How long they talk: longer than what is paid for, which the demonstration shortens to [`PAID_FOR`].
const TALK: Duration = Duration::from_secs(6);
/// From when on a talk is paid for.
pub(super) const PAID_FOR: &str = "4s";
/// More calls than a demonstration has.
const CALLS_MAX: usize = 16;
/// A tone of 400 Hz at 8,000 samples a second, so loud.
const LOUD: i16 = 6_000;

/// A carrier of SIP with its callers and the buyers' telephones.
pub(super) struct Telephones {
    agent: Agent,
    /// Whose number the phones that rang were shown, in their order.
    shown: Mutex<Vec<String>>,
    /// Tells that one of them rings.
    rings: Notify,
    /// Whether Buyer C's line is busy.
    busy: AtomicBool,
    /// Whether the caller hangs up while a phone rings.
    leaves: AtomicBool,
}

/// A call that goes so.
pub(super) struct Turn {
    /// What is different, in words.
    pub(super) title: &'static str,
    from: &'static str,
    busy: bool,
    leaves: bool,
}

impl Turn {
    /// The example that must always come out right.
    pub(super) const fn example() -> Self {
        Self { title: "the example", from: medicare::CALLER, busy: false, leaves: false }
    }

    /// The others, each with a caller of its own.
    pub(super) const fn others() -> [Self; 2] {
        [
            Self { title: "Buyer C's line is busy", from: "+13055550143", busy: true, leaves: false },
            Self {
                title: "the caller hangs up while a phone rings",
                from: "+13055550144",
                busy: false,
                leaves: true,
            },
        ]
    }
}

impl Telephones {
    /// Connects them.
    pub(super) async fn start() -> anyhow::Result<Arc<Self>> {
        let config = Config {
            udp: (LOCALHOST, 0).into(),
            tcp: None,
            advertised: LOCALHOST,
            user_agent: "telephone".to_owned(),
            mark: "telephones.invalid".to_owned(),
            sources: Sources(vec![LOCALHOST.into()]),
            guards: vec![],
            calls_max: CALLS_MAX,
            ports: 30_000..=39_999,
            silence_max: LONG,
            call_max: 3 * LONG,
            laws: Law::ALL.to_vec(),
        };
        let (agent, arrivals) = Agent::start(config).await.context("connecting telephones")?;
        let (busy, leaves) = (AtomicBool::new(false), AtomicBool::new(false));
        let this = Arc::new(Self { agent, shown: Mutex::default(), rings: Notify::new(), busy, leaves });
        tokio::spawn(pick_up(Arc::clone(&this), arrivals));
        Ok(this)
    }

    /// The configuration of a server whose only trunk is this carrier.
    pub(super) fn trunk(&self) -> SipConfig {
        let trunk = Trunk {
            name: "telephones".to_owned(),
            sources: vec![LOCALHOST.into()],
            proxy: Some(self.agent.at()),
            tcp: false,
            credential: None,
            digest_in: None,
            digests: Digests::Both,
            identity: Identity::Asserted,
            probe: true,
            calls_max: CALLS_MAX,
        };
        SipConfig {
            udp: (LOCALHOST, 0).into(),
            tcp: None,
            advertised: LOCALHOST,
            node: "demo".to_owned(),
            ports: 20_000..=29_999,
            calls_max: CALLS_MAX,
            silence_max: LONG,
            call_max: 3 * LONG,
            peers: vec![],
            prompts: None,
            say: vec![],
            say_timeout: Duration::from_secs(2),
            recordings: None,
            recording_max: 3 * LONG,
            recordings_room: 1 << 20,
            trunks: vec![trunk],
        }
    }

    /// Rings, answers the questions as they are heard, and talks to whoever buys.
    async fn call(&self, at: SocketAddr, from: &str) -> anyhow::Result<()> {
        let dial = Dial {
            to: format!("sip:{CAMPAIGN_NUMBER}@{at}"),
            via: None,
            tcp: false,
            shown: Some(Pii::new(from.to_owned())),
            assert: true,
            diverted: None,
            credential: None,
            ring: LONG,
            hops: 70,
        };
        let mut leg = self.agent.dial(dial).await.context("ringing")?;
        told(&mut leg, |it| *it == Told::Acked).await?;
        // From here on, so that no phone is missed that rings at once.
        let rings = self.rings.notified();
        for answer in [medicare::ZIP, medicare::AGE, "#"] {
            leg.press(answer.chars().filter_map(Key::of_char).collect());
        }
        leg.play(Playlist { prompts: vec![tone()], repeats: true, barge_in: false });
        if self.leaves.load(Ordering::Relaxed) {
            tokio::select! {
                () = rings => leg.hang_up(),
                over = told(&mut leg, |it| matches!(it, Told::Ended(_))) => return over,
            }
        }
        told(&mut leg, |it| matches!(it, Told::Ended(_))).await
    }

    async fn picked_up(&self, arrival: Arrival) -> anyhow::Result<()> {
        let Arrival { mut leg, called, caller, .. } = arrival;
        let ours = Pii::new(CAMPAIGN_NUMBER.to_owned());
        let shown = if caller == Some(ours) { CAMPAIGN_NUMBER } else { "the caller" };
        self.lock().push(shown.to_owned());
        self.rings.notify_waiters();
        if self.busy.load(Ordering::Relaxed) && called == BUYER_NUMBERS[Name::C as usize] {
            leg.refuse(486);
            return Ok(());
        }
        leg.ring();
        // Whoever is called to the phone in vain never picks up.
        tokio::select! {
            () = tokio::time::sleep(RINGS) => {}
            over = told(&mut leg, |it| matches!(it, Told::Ended(_))) => return over,
        }
        leg.answer();
        told(&mut leg, |it| *it == Told::Acked).await?;
        leg.play(Playlist { prompts: vec![tone()], repeats: true, barge_in: false });
        leg.end_after(TALK);
        told(&mut leg, |it| matches!(it, Told::Ended(_))).await
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Demo {
    /// Plays a call by SIP to its end, and gathers what the telephones, the buyers and the store saw.
    pub(super) async fn ring(&self, telephones: &Telephones, turn: &Turn) -> anyhow::Result<Story> {
        let switchboard = self.world().switchboard.as_ref().context("it takes no calls by SIP")?;
        telephones.busy.store(turn.busy, Ordering::Relaxed);
        telephones.leaves.store(turn.leaves, Ordering::Relaxed);
        let known = self.ended().await?;
        telephones.lock().clear();
        telephones.call(switchboard.at(), turn.from).await?;
        let shown = telephones.lock().clone();
        let row = self.settled(|row| !known.contains(&row.journey)).await?;
        self.gather(row, shown).await
    }
}

/// Picks up whatever rings.
async fn pick_up(this: Arc<Telephones>, mut arrivals: mpsc::Receiver<Arrival>) {
    while let Some(arrival) = arrivals.recv().await {
        let this = Arc::clone(&this);
        // What goes wrong here is seen by the caller, and in the story.
        tokio::spawn(async move { this.picked_up(arrival).await });
    }
}

/// A tenth of a second of a tone.
fn tone() -> Arc<[i16]> {
    (0..800).map(|at| if at % 20 < 10 { LOUD } else { -LOUD }).collect()
}

/// Waits until a leg tells this.
async fn told(leg: &mut Leg, wanted: impl Fn(&Told) -> bool) -> anyhow::Result<()> {
    loop {
        match timeout(LONG, leg.told()).await.context("a telephone tells nothing")? {
            Some(told) if wanted(&told) => return Ok(()),
            Some(Told::Ended(end)) => anyhow::bail!("a telephone was hung up: {:?}", end.cause),
            Some(_) => {}
            None => anyhow::bail!("a telephone is gone"),
        }
    }
}
