//! `Phones`: a carrier of SIP with its callers and the buyers' telephones, on real sockets.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use journey::{DialResult, Event};
use lead::Pii;
use sandbox::medicare::{self, BUYER_NUMBERS, CAMPAIGN_NUMBER, Name};
use server::config::{Identity, SipConfig, Trunk};
use sip::{
    Agent,
    agent::Config,
    dtmf::Key,
    g711::Law,
    leg::{Arrival, Cause, Dial, Leg, Playlist, Side, Told},
    screen::Sources,
};
use store::RowFilter;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    play::Told as Came,
    world::{Plan, World, until},
};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The longest that a telephone waits for one thing.
const LONG: Duration = Duration::from_secs(20);

/// The carrier.
pub struct Phones {
    agent: Agent,
    arrivals: mpsc::Receiver<Arrival>,
}

/// A buyer's telephone that rings.
pub struct Ringing {
    /// Whose it is.
    pub name: Name,
    /// The call.
    pub arrival: Arrival,
}

impl Phones {
    /// A carrier without calls.
    pub async fn new() -> Self {
        let config = Config {
            udp: (LOCALHOST, 0).into(),
            tcp: None,
            advertised: LOCALHOST,
            user_agent: "phones".to_owned(),
            mark: "phones.invalid".to_owned(),
            sources: Sources(vec![LOCALHOST.into()]),
            guards: vec![],
            calls_max: 50,
            ports: 30_000..=39_999,
            silence_max: LONG,
            call_max: 3 * LONG,
            laws: Law::ALL.to_vec(),
        };
        let (agent, arrivals) = Agent::start(config).await.expect("a free port");
        Self { agent, arrivals }
    }

    /// The configuration of a server whose only trunk is this carrier.
    pub fn trunk(&self) -> SipConfig {
        let trunk = Trunk {
            name: "phones".to_owned(),
            sources: vec![LOCALHOST.into()],
            proxy: Some(self.agent.at()),
            tcp: false,
            credential: None,
            digest_in: None,
            digests: sip::agent::Digests::Both,
            identity: Identity::Asserted,
            probe: true,
            calls_max: 10,
        };
        SipConfig {
            udp: (LOCALHOST, 0).into(),
            tcp: None,
            advertised: LOCALHOST,
            node: "one".to_owned(),
            ports: 20_000..=29_999,
            calls_max: 10,
            silence_max: LONG,
            call_max: 3 * LONG,
            peers: vec![],
            prompts: None,
            say: vec![],
            say_timeout: Duration::from_secs(2),
            recordings: None,
            recording_max: Duration::from_secs(3_600),
            recordings_room: 1 << 30,
            trunks: vec![trunk],
        }
    }

    /// The example's world, with this carrier; every talk is paid for, and answers are complete by their keys.
    pub async fn world(&self, change: impl FnOnce(&mut Plan)) -> World {
        World::with(|plan| {
            plan.sip = Some(self.trunk());
            plan.draft.offers("payable_after = '0s'");
            plan.draft.campaign("bridge_min = '0s'");
            plan.draft.question(1, "check = { age = { min = 18, max = 99 } }");
            change(plan);
        })
        .await
    }

    /// Somebody calls, hears the questions, and answers them.
    pub async fn qualified(&self, world: &World) -> Leg {
        let leg = self.call(world).await;
        press(&leg, medicare::ZIP);
        press(&leg, medicare::AGE);
        leg
    }

    /// Somebody calls, and is answered.
    pub async fn call(&self, world: &World) -> Leg {
        let mut leg = self.dials(world, CAMPAIGN_NUMBER).await;
        heard(&mut leg, &Told::Acked).await;
        leg
    }

    /// Somebody dials a number.
    pub async fn dials(&self, world: &World, number: &str) -> Leg {
        let at = world.server().switchboard.as_ref().expect("it takes calls").at();
        let dial = Dial {
            to: format!("sip:{number}@{at}"),
            via: None,
            tcp: false,
            shown: Some(Pii::new(medicare::CALLER.to_owned())),
            assert: true,
            diverted: None,
            credential: None,
            ring: LONG,
            hops: 70,
        };
        self.agent.dial(dial).await.expect("a line is free")
    }

    /// The next buyer's telephone that rings.
    pub async fn rings(&mut self) -> Ringing {
        let arrival = timeout(LONG, self.arrivals.recv()).await.expect("a telephone rings");
        let arrival = arrival.expect("the carrier goes on");
        let n = BUYER_NUMBERS.iter().position(|number| *number == arrival.called);
        let name = crate::world::NAMES[n.expect("it is a buyer's number")];
        Ringing { name, arrival }
    }

    /// No telephone rings that nobody has looked at.
    pub fn nobody_rings(&mut self) -> bool {
        self.arrivals.try_recv().is_err()
    }
}

impl Ringing {
    /// Picks up, and waits until the other side knows.
    pub async fn picked_up(self) -> Leg {
        let mut leg = self.arrival.leg;
        leg.ring();
        leg.answer();
        heard(&mut leg, &Told::Acked).await;
        leg
    }
}

/// Waits until a leg tells this, past what it tells before.
pub async fn heard(leg: &mut Leg, wanted: &Told) {
    loop {
        let told =
            timeout(LONG, leg.told()).await.unwrap_or_else(|_| panic!("the leg does not tell {wanted:?}"));
        if told.as_ref() == Some(wanted) {
            return;
        }
        assert!(!matches!(told, Some(Told::Ended(_)) | None), "{told:?} comes before {wanted:?}");
    }
}

/// The keys that a leg was asked for.
pub async fn pressed(leg: &mut Leg) -> String {
    loop {
        match timeout(LONG, leg.told()).await.expect("keys come") {
            Some(Told::Pressed(keys)) => return keys.0,
            Some(Told::Ended(end)) => panic!("it ended before: {end:?}"),
            Some(_) => {}
            None => panic!("the leg ended before"),
        }
    }
}

/// Waits until a leg is over: why, and by whom.
pub async fn ended(leg: &mut Leg) -> (Cause, Side) {
    loop {
        match timeout(LONG, leg.told()).await.expect("the leg ends") {
            Some(Told::Ended(end)) => return (end.cause, end.side),
            Some(_) => {}
            None => panic!("the leg ended before"),
        }
    }
}

/// Presses keys.
pub fn press(leg: &Leg, keys: &str) {
    leg.press(keys.chars().filter_map(Key::of_char).collect());
}

/// Speaks for so many milliseconds, in a tone that a line knows from silence.
pub fn speech(millis: usize) -> Playlist {
    Playlist { prompts: vec![vec![8_000_i16; millis * 8].into()], repeats: false, barge_in: false }
}

impl World {
    /// What the only call came to, once everything of it is kept.
    pub async fn only_call(&self) -> Came {
        let row = until("the call's row", async || {
            let rows = self.store().journey_rows(RowFilter::default()).await.expect("rows can be listed");
            rows.into_iter().next()
        })
        .await;
        self.came(row.journey).await
    }
}

impl Came {
    /// How each dial ended, in their order.
    pub fn dials(&self) -> Vec<DialResult> {
        let ended = |recorded: &store::Recorded| match &recorded.event {
            Event::DialEnded { result, .. } => Some(*result),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }
}
