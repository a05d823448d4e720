//! One party's RTP.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    net::UdpSocket,
    sync::{Notify, mpsc},
    task::AbortHandle,
    time::Instant,
};

use super::{
    pacing,
    pool::{NoPort, Ports},
    relay,
    state::{Playing, Playlist, State},
    tap::Ear,
};
use crate::{
    dtmf::Key,
    g711::Law,
    limits::{DIGITS_MAX, LEG_EVENTS_MAX},
    rtp::{
        Counters, Latch, Outbound,
        report::{Reported, Sent},
    },
    sdp::Agreed,
};

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A key was pressed.
    Key(Key),
    /// A key ended what was played.
    Interrupted,
    /// What was played is at its end.
    Said,
    /// Nothing has come of the party for as long as is borne.
    Silence,
}

/// One party's RTP; it ends with this.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Shared>,
    tasks: [AbortHandle; 2],
    port: u16,
}

/// What the tasks of a line share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) rtp: UdpSocket,
    pub(super) rtcp: UdpSocket,
    pub(super) changed: Notify,
    pub(super) silence_max: Duration,
    began: Instant,
    state: Mutex<State>,
    heard: mpsc::Sender<Heard>,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A moment in the same time.
    pub(super) fn at(&self, moment: Instant) -> Duration {
        moment.saturating_duration_since(self.began)
    }

    /// Tells it, unless nobody has listened for very long.
    pub(super) fn tell(&self, heard: Heard) {
        let _ = self.heard.try_send(heard);
    }
}

impl Line {
    /// Opens a line that says nothing yet. `silence_max`: how long a party that should speak may be silent.
    ///
    /// # Errors
    /// No port is free.
    pub async fn open(ports: &Ports, silence_max: Duration) -> Result<(Self, mpsc::Receiver<Heard>), NoPort> {
        let (rtp, rtcp) = ports.open().await?;
        let port = rtp.local_addr().map_err(|_| NoPort)?.port();
        let (heard, hears) = mpsc::channel(LEG_EVENTS_MAX);
        let mut chance = [0; 10];
        getrandom::fill(&mut chance).map_err(|_| NoPort)?;
        let [a, b, c, d, e, f, g, h, i, j] = chance;
        let out = Outbound::new(
            u32::from_be_bytes([a, b, c, d]),
            u16::from_be_bytes([e, f]),
            u32::from_be_bytes([g, h, i, j]),
        );
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let shared = Arc::new(Shared {
            rtp,
            rtcp,
            changed: Notify::new(),
            silence_max,
            began: Instant::now(),
            state: Mutex::new(State::new(Latch::new(nowhere), out)),
            heard,
        });
        let tasks = [
            tokio::spawn(pacing::pace(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(relay::hear(Arc::clone(&shared))).abort_handle(),
        ];
        Ok((Self { shared, tasks, port }, hears))
    }

    /// Its RTP port; RTCP is one above.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What was agreed, now or anew: from here the party is spoken to.
    pub fn agree(&self, agreed: &Agreed) {
        {
            let mut state = self.shared.state();
            state.latch.describe(agreed.rtp);
            state.agreed = Some(agreed.clone());
            state.spoken = Some(agreed.law);
            state.owes_since = Some(self.shared.now());
        }
        self.shared.changed.notify_one();
    }

    /// Plays this instead of what is played. It ends with [`Heard::Said`] or [`Heard::Interrupted`].
    pub fn play(&self, list: Playlist) {
        self.shared.state().playing = Some(Playing::new(list));
        self.shared.changed.notify_one();
    }

    /// Plays nothing any more.
    pub fn stop(&self) {
        self.shared.state().playing = None;
        self.shared.changed.notify_one();
    }

    /// A key came on another way: what it may end ends.
    pub fn interrupt(&self) {
        let mut state = self.shared.state();
        if state.playing.as_ref().is_some_and(Playing::barge_in) {
            state.playing = None;
            self.shared.tell(Heard::Interrupted);
        }
    }

    /// Says and hears nothing any more.
    pub fn close(&self) {
        self.part();
        let mut state = self.shared.state();
        state.playing = None;
        state.agreed = None;
        state.tap = None;
    }

    /// Presses keys, one after another. What exceeds [`DIGITS_MAX`] is left out.
    pub fn press(&self, keys: &[Key]) {
        {
            let mut state = self.shared.state();
            let room = DIGITS_MAX.saturating_sub(state.keys.len());
            state.keys.extend(keys.iter().take(room));
        }
        self.shared.changed.notify_one();
    }

    /// Joins two parties: what one says, the other hears, until either is joined otherwise or ends.
    pub fn join(&self, other: &Self) {
        self.shared.state().peer = Arc::downgrade(&other.shared);
        other.shared.state().peer = Arc::downgrade(&self.shared);
        self.stop();
        other.stop();
    }

    /// Parts them.
    pub fn part(&self) {
        let peer = std::mem::replace(&mut self.shared.state().peer, Weak::new()).upgrade();
        if let Some(peer) = peer {
            peer.state().peer = Weak::new();
            peer.changed.notify_one();
        }
        self.shared.changed.notify_one();
    }

    /// Lets it be listened to.
    pub fn ear(&self) -> Ear {
        Ear(Arc::clone(&self.shared))
    }

    /// How speech was coded last, what was sent to the party, and what it reported of that.
    pub(crate) fn spoken(&self) -> (Option<Law>, Sent, Option<Reported>) {
        let state = self.shared.state();
        (state.spoken, state.out.sent(0), state.reported)
    }

    /// What became of the party's packets so far.
    pub fn counters(&self) -> Counters {
        self.shared.state().quality.counters()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.part();
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}
