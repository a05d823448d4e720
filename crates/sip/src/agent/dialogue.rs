//! A leg's life: what its dialog and its line tell on one side, what it is told on the other.

mod answering;
mod ending;

use std::sync::Arc;

use rsipstack::{
    dialog::{
        dialog::{DialogState, DialogStateReceiver},
        invitation::InviteAsyncResult,
        invite_dialog::InviteDialog,
    },
    sip::Header,
    transaction::key::TransactionRole,
};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::World;
use crate::{
    collect::Collecting,
    dtmf::Key,
    ladder::Ladder,
    leg::{Cause, Dial, End, Leg, ORDERS_MAX, Order, Side, Told},
    limits::{DIGITS_MAX, LEG_EVENTS_MAX, SESSION_SECS},
    media::{Heard, Line},
    sdp::{Agreed, Offered},
    timer::Timer,
};

/// What a leg begins with.
pub(super) struct Start {
    pub(super) dialog: InviteDialog,
    pub(super) states: DialogStateReceiver,
    pub(super) line: Line,
    pub(super) ladder: Ladder,
    pub(super) heard: mpsc::Receiver<Heard>,
    pub(super) permit: Option<OwnedSemaphorePermit>,
    /// What our answer says besides its description.
    pub(super) answer_headers: Vec<Header>,
    /// The caller's offer. `None`: it comes late, or we make it.
    pub(super) offered: Option<Offered>,
    pub(super) timer: Option<Timer>,
    /// What makes it our call.
    pub(super) ours: Option<Ours>,
}

/// A call that we make.
pub(super) struct Ours {
    pub(super) dial: Dial,
    /// How its invitation went, once it did.
    pub(super) went: JoinHandle<InviteAsyncResult>,
}

/// How far a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nobody has answered.
    Early,
    /// We have answered, and they do not know that we know.
    WaitAck,
    /// Both know.
    Talking,
}

/// A leg's life.
pub(super) struct Dialogue {
    world: Arc<World>,
    dialog: InviteDialog,
    line: Arc<Line>,
    ladder: Ladder,
    told: mpsc::Sender<Told>,
    phase: Phase,
    answer_headers: Vec<Header>,
    offered: Option<Offered>,
    agreed: Option<Agreed>,
    /// The version of our description.
    version: u64,
    /// Whether an answer of theirs comes with an acknowledgement.
    answer_is_due: bool,
    timer: Option<Timer>,
    /// The seconds of a session that we ask for.
    session: u64,
    /// Our call, while it may be begun once more.
    dial: Option<Dial>,
    session_at: Option<Instant>,
    ring_at: Option<Instant>,
    end_at: Option<Instant>,
    answered_at: Option<Instant>,
    /// Where the times of a collection begin.
    began: Instant,
    collecting: Option<Collecting>,
    playing: bool,
    /// Keys that nobody has asked for yet.
    pressed: Vec<Key>,
    /// How it ends, once it can be said to the other side.
    ending: Option<End>,
    refreshing: Option<JoinHandle<ending::Refreshed>>,
    over: Option<End>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Dialogue {
    /// Begins a leg.
    pub(super) fn begin(world: &Arc<World>, start: Start) -> Leg {
        let (orders, ordered) = mpsc::channel(ORDERS_MAX);
        let (told, tells) = mpsc::channel(LEG_EVENTS_MAX);
        let (now, line) = (Instant::now(), Arc::new(start.line));
        let (ring_at, dial, invited) = match start.ours {
            Some(Ours { dial, went }) => (Some(now + dial.ring), Some(dial), Some(went)),
            None => (None, None, None),
        };
        let this = Self {
            world: Arc::clone(world),
            dialog: start.dialog,
            line: Arc::clone(&line),
            ladder: start.ladder.clone(),
            told,
            phase: Phase::Early,
            answer_headers: start.answer_headers,
            offered: start.offered,
            agreed: None,
            version: 1,
            answer_is_due: false,
            timer: start.timer,
            session: SESSION_SECS,
            dial,
            session_at: None,
            ring_at,
            end_at: Some(now + world.config.call_max),
            answered_at: None,
            began: now,
            collecting: None,
            playing: false,
            pressed: Vec::new(),
            ending: None,
            refreshing: None,
            over: None,
            _permit: start.permit,
        };
        let id = leg_id(&line);
        tokio::spawn(this.run(start.states, start.heard, ordered, invited));
        Leg { id, orders, told: tells, line, ladder: start.ladder }
    }

    async fn run(
        mut self,
        mut states: DialogStateReceiver,
        mut heard: mpsc::Receiver<Heard>,
        mut orders: mpsc::Receiver<Order>,
        mut invited: Option<JoinHandle<InviteAsyncResult>>,
    ) {
        let mut owned = true;
        while self.over.is_none() {
            let wake = self.wake();
            tokio::select! {
                biased;
                state = states.recv() => match state {
                    Some(state) => self.on_state(state).await,
                    None => self.ended(Cause::Failed, Side::Theirs),
                },
                went = went(&mut invited), if invited.is_some() => {
                    invited = None;
                    if let Some(again) = self.on_went(went) {
                        (states, invited) = (again.states, Some(again.went));
                    }
                },
                order = orders.recv(), if owned => match order {
                    Some(order) => self.on_order(order),
                    None => {
                        owned = false;
                        self.hang_up(Cause::HungUp);
                    }
                },
                refreshed = ending::refreshed(&mut self.refreshing), if self.refreshing.is_some() => {
                    self.refreshing = None;
                    self.on_refreshed(refreshed);
                },
                Some(heard) = heard.recv() => self.on_heard(heard),
                () = sleep_until(wake.unwrap_or(self.began)), if wake.is_some() => self.on_wake(),
            }
        }
        self.line.close();
        self.let_go();
        if let Some(end) = self.over {
            let _ = self.told.send(Told::Ended(end)).await;
        }
    }

    fn tell(&mut self, told: Told) {
        // Whoever reads nothing for so long does not care for its leg.
        if self.told.try_send(told).is_err() {
            self.hang_up(Cause::HungUp);
        }
    }

    async fn on_state(&mut self, state: DialogState) {
        match state {
            DialogState::Calling(_) | DialogState::Trying(_) | DialogState::WaitAck(..) => {}
            DialogState::Early(_, response) if self.is_ours() => self.on_early(&response),
            DialogState::Early(..) => {}
            DialogState::Confirmed(_, response) => self.on_confirmed(&response),
            DialogState::Updated(_, request, handle) => self.on_reoffer(&request, &handle).await,
            DialogState::Info(_, request, handle) => self.on_info(&request, &handle).await,
            DialogState::Options(_, _, handle) => answering::reply(&handle, 200).await,
            DialogState::Refer(_, _, handle)
            | DialogState::Notify(_, _, handle)
            | DialogState::Message(_, _, handle)
            | DialogState::Publish(_, _, handle) => answering::reply(&handle, 405).await,
            DialogState::Terminated(_, reason) => self.on_terminated(reason),
        }
    }

    fn on_order(&mut self, order: Order) {
        match order {
            Order::Ring => drop(self.dialog.ringing(None, None)),
            Order::EarlyMedia => self.early_media(),
            Order::Answer => self.answer(),
            Order::Refuse(status) => self.refuse(status),
            Order::Play(list) => {
                self.playing = true;
                self.line.play(list);
            }
            Order::Stop => {
                self.line.stop();
                self.said();
            }
            Order::Collect(wanted) => self.collect(Collecting::new(wanted)),
            Order::Press(keys) => self.line.press(&keys),
            Order::EndAfter(longest) => {
                let at = Instant::now() + longest;
                self.end_at = Some(self.end_at.map_or(at, |end| end.min(at)));
            }
            Order::Refresh => self.refresh(),
            Order::HangUp => self.hang_up(Cause::HungUp),
        }
    }

    fn on_heard(&mut self, heard: Heard) {
        match heard {
            Heard::Key(key) => self.on_key(key),
            Heard::Said => self.said(),
            Heard::Interrupted => {
                self.playing = false;
                self.tell(Told::Said);
            }
            Heard::Silence if self.phase == Phase::Talking => self.hang_up(Cause::Silent),
            Heard::Silence => {}
        }
    }

    fn on_key(&mut self, key: Key) {
        let now = self.began.elapsed();
        match &mut self.collecting {
            Some(collecting) => {
                if let Some(pressed) = collecting.on_key(now, key) {
                    self.collecting = None;
                    self.tell(Told::Pressed(pressed));
                }
            }
            None if self.pressed.len() < DIGITS_MAX => self.pressed.push(key),
            None => {}
        }
    }

    fn collect(&mut self, mut collecting: Collecting) {
        let now = self.began.elapsed();
        if !self.playing {
            collecting.on_said(now);
        }
        self.collecting = Some(collecting);
        // What was pressed before it was asked for answers this, as far as it is needed.
        let mut early = std::mem::take(&mut self.pressed).into_iter();
        while self.collecting.is_some() {
            let Some(key) = early.next() else { break };
            self.on_key(key);
        }
        self.pressed = early.collect();
    }

    fn said(&mut self) {
        self.playing = false;
        let now = self.began.elapsed();
        if let Some(collecting) = &mut self.collecting {
            collecting.on_said(now);
        }
        self.tell(Told::Said);
    }

    fn wake(&self) -> Option<Instant> {
        let keys = self.collecting.as_ref().and_then(Collecting::deadline).map(|it| self.began + it);
        [keys, self.ring_at, self.session_at, self.end_at].into_iter().flatten().min()
    }

    fn on_wake(&mut self) {
        let now = Instant::now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.end_at) {
            self.end_at = None;
            return self.hang_up(Cause::TooLong);
        }
        if due(self.ring_at) {
            self.ring_at = None;
            return self.hang_up(Cause::NoAnswer);
        }
        if due(self.session_at) {
            self.session_at = None;
            match self.timer {
                Some(Timer::Refresh(_)) => self.refresh(),
                _ => self.hang_up(Cause::NotRefreshed),
            }
        }
        let keys = self.collecting.as_ref().and_then(Collecting::deadline).map(|it| self.began + it);
        if due(keys)
            && let Some(mut collecting) = self.collecting.take()
        {
            self.tell(Told::Pressed(collecting.on_deadline()));
        }
    }

    fn is_ours(&self) -> bool {
        self.dialog.role() == TransactionRole::Client
    }
}

async fn went(invited: &mut Option<JoinHandle<InviteAsyncResult>>) -> Option<InviteAsyncResult> {
    invited.as_mut()?.await.ok()
}

/// A name that says nothing of who called whom.
fn leg_id(line: &Line) -> String {
    let mut chance = [0; 12];
    // Without chance the port tells legs apart that go on at the same time.
    let _ = getrandom::fill(&mut chance);
    let hex: String = chance.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("leg-{hex}-{}", line.port())
}
