//! A load: many calls at once on a server under test, as a carrier makes them, with lean buyers; and what was seen of them.
//!
//! Start at [`Load::start`], then [`Load::play`]. The other carrier of this crate performs one call with all that belongs to
//! it; this one performs very many with as little of its own as it can, since it shares the machine with what it measures.

mod buyers;
mod call;
mod desk;
mod form;
mod habits;
mod line;
mod played;
mod rest;
mod run;
mod webhook;

use self::{desk::Desk, webhook::Webhooks};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet};

pub use habits::Think;
pub use line::Caller;
pub use played::{Played, Wrong};

/// The most seats of a load: a bid's last cents tell whose it is.
pub const SEATS_MAX: usize = 64;

/// A world for one load after another.
#[derive(Debug)]
pub struct Load {
    desk: Arc<Desk>,
    seats: Vec<Seat>,
    rest: SocketAddr,
    _serving: JoinSet<()>,
}

/// What a server's settings need of a buyer.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Where pings go.
    pub ping_url: String,
    /// Where posts go.
    pub post_url: String,
    /// Where it is dialled.
    pub number: String,
    /// The highest bid it declares, ex: `74.23`.
    pub bid_max: String,
}

/// A server under test, as a carrier knows it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where a new call goes.
    pub voice_url: String,
    /// Where the end of a call is told.
    pub status_url: String,
    /// The account, `AC…`.
    pub account_sid: String,
    /// What webhooks are signed with.
    pub auth_token: String,
    /// The number that is called.
    pub number: String,
    /// Where forms are handed in; a server that takes none has none.
    pub forms: Option<Forms>,
}

/// Where forms are handed in.
#[derive(Clone, Debug)]
pub struct Forms {
    /// The URL.
    pub url: String,
    /// Keys of publishers' programs, used in turn.
    pub keys: Vec<String>,
}

/// How leads come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// They ring.
    Call,
    /// They fill in a form.
    Form,
    /// They ring by telephones of the caller of [`Load::ring`].
    Line,
}

/// How calls come.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// So many at once: one ends, and the next begins.
    Closed(usize),
    /// So many a second, whatever becomes of those before.
    Open(u32),
}

/// One load.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How leads come.
    pub by: By,
    /// How often.
    pub shape: Shape,
    /// How buyers answer.
    pub think: Think,
    /// How many of the seats are asked.
    pub seats: usize,
    /// How long it runs before anything counts.
    pub warm: Duration,
    /// How long it is measured.
    pub measured: Duration,
    /// Whether the first that is dialled is busy, so that the next bid must be tried.
    pub first_is_busy: bool,
    /// Whether the buyer's pick-up is told twice.
    pub doubled: bool,
}

impl Load {
    /// Starts so many buyers, each with an origin of its own, and the carrier's REST side.
    ///
    /// # Panics
    /// If there are no free ports, or more seats than [`SEATS_MAX`].
    pub async fn start(seats: usize) -> Self {
        assert!(seats <= SEATS_MAX, "a bid's last cents tell whose it is");
        let desk = Arc::new(Desk::default());
        let mut serving = JoinSet::new();
        let mut all = vec![];
        for seat in 0..seats {
            let (listener, address) = listener().await;
            serving.spawn(buyers::serve(listener, desk.clone(), seat));
            all.push(Seat {
                ping_url: format!("http://{address}/ping"),
                post_url: format!("http://{address}/post"),
                number: habits::number(seat),
                bid_max: habits::units(habits::cents_max(seat)),
            });
        }
        let (listener, rest) = listener().await;
        serving.spawn(rest::serve(listener, desk.clone()));
        Self { desk, seats: all, rest, _serving: serving }
    }

    /// The buyers.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// `http://127.0.0.1:…`, in the place of `https://api.twilio.com`.
    #[must_use]
    pub fn rest_base(&self) -> String {
        format!("http://{}", self.rest)
    }

    /// Plays a load to its end. `sample` is asked when the measured time begins and when it ends, ex: for the CPU time that
    /// the server has used; the difference is told with what was seen.
    pub async fn play(&self, target: &Target, plan: &Plan, sample: impl Fn() -> u64 + Send) -> Played {
        run::run(&self.desk, &Webhooks::new(target), plan, None, sample).await
    }

    /// The same with calls that are made by telephones of somebody else's: `rings` makes one, and ends when it is over.
    pub async fn ring<F>(
        &self,
        target: &Target,
        plan: &Plan,
        sample: impl Fn() -> u64 + Send,
        rings: impl Fn(Caller) -> F + Send + Sync + 'static,
    ) -> Played
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let rings: line::Rings = Arc::new(move |caller| Box::pin(rings(caller)));
        run::run(&self.desk, &Webhooks::new(target), plan, Some(rings), sample).await
    }

    /// A buyer's telephone of this number rings for a caller.
    pub fn rang(&self, from: &str, number: &str) {
        line::rang(&self.desk, from, number);
    }

    /// It is picked up.
    pub fn picked_up(&self, from: &str, number: &str) {
        line::picked_up(&self.desk, from, number);
    }

    /// Brings so many calls to their second question and leaves them there.
    ///
    /// # Errors
    /// Says what became of the first that did not come so far.
    pub async fn hold(&self, target: &Target, calls: usize) -> Result<(), String> {
        run::hold(&self.desk, &Webhooks::new(target), calls).await
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    (listener, address)
}
