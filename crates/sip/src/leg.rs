//! The border: a leg, what it reports and what it can be told, in words of calls.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use lead::Pii;
use secrecy::SecretString;
use tokio::sync::mpsc;

pub use crate::{
    collect::{Pressed, Wanted},
    media::{Ear, Piece, Playlist, Voice},
};
use crate::{dtmf::Key, media::Line};
pub use crate::{
    g711::Law,
    ladder::{Ladder, Rung},
    rtp::{Counters, report::Reported},
};

/// What a leg reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The other side's phone rings.
    Ringing,
    /// The other side is heard before it answers.
    EarlyMedia,
    /// It was answered: by the other side, or by us.
    Answered,
    /// Both know of the answer. From here the leg may speak, and be ended.
    Acked,
    /// What was played is at its end, or a key ended it.
    Said,
    /// The keys that were asked for; none after silence.
    Pressed(Pressed),
    /// The other side is on hold, or no longer.
    Held(bool),
    /// The leg is over. Nothing follows.
    Ended(End),
}

/// How a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub cause: Cause,
    /// Who ended it.
    pub side: Side,
    /// How long it lasted from the answer. `None`: it was not answered.
    pub lasted: Option<Duration>,
}

/// Who ended a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The other side.
    Theirs,
    /// We.
    Ours,
}

/// Why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody hung up.
    HungUp,
    /// It was given up before it was answered.
    Cancelled,
    /// The line was busy.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// It was turned down with this status.
    Refused(u16),
    /// It could not be reached at all, or answered what cannot be understood.
    Failed,
    /// No agreement on how to speak.
    NoCodec,
    /// The answer was never acknowledged.
    NotAcked,
    /// Nothing was heard of it for too long.
    Silent,
    /// It reached its longest duration.
    TooLong,
    /// Its session was not refreshed.
    NotRefreshed,
}

/// What a leg can be told.
#[derive(Debug)]
pub(crate) enum Order {
    Ring,
    EarlyMedia,
    Answer,
    Refuse(u16),
    Play(Playlist),
    Stop,
    Collect(Wanted),
    Press(Vec<Key>),
    EndAfter(Duration),
    Refresh,
    HangUp,
}

/// Orders of one leg that wait.
pub const ORDERS_MAX: usize = 64;

/// A leg. It is hung up, or cancelled, when this is dropped.
///
/// An order that comes when it means nothing any more does nothing.
#[derive(Debug)]
pub struct Leg {
    pub(crate) id: String,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) told: mpsc::Receiver<Told>,
    pub(crate) line: Arc<Line>,
    pub(crate) ladder: Ladder,
}

impl Leg {
    /// Its name, made of nothing that says who called whom.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it reports next. `None`: it is over, and said so.
    pub async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// Lets a caller's phone ring.
    pub fn ring(&self) {
        self.order(Order::Ring);
    }

    /// Lets a caller hear us without an answer.
    pub fn early_media(&self) {
        self.order(Order::EarlyMedia);
    }

    /// Answers a caller.
    pub fn answer(&self) {
        self.order(Order::Answer);
    }

    /// Turns a caller down, with a status of 400 to 699.
    pub fn refuse(&self, status: u16) {
        self.order(Order::Refuse(status));
    }

    /// Plays this instead of what is played; it ends with [`Told::Said`].
    pub fn play(&self, list: Playlist) {
        self.order(Order::Play(list));
    }

    /// Plays nothing any more.
    pub fn stop(&self) {
        self.order(Order::Stop);
    }

    /// Asks for keys, from now on and with those pressed since the last ones were told; it ends with [`Told::Pressed`].
    /// The first key is waited for from the end of what is played.
    pub fn collect(&self, wanted: Wanted) {
        self.order(Order::Collect(wanted));
    }

    /// Presses keys.
    pub fn press(&self, keys: Vec<Key>) {
        self.order(Order::Press(keys));
    }

    /// Ends the leg so long from now, unless it has ended.
    pub fn end_after(&self, longest: Duration) {
        self.order(Order::EndAfter(longest));
    }

    /// Describes the session again to the other side, as its timer does.
    pub fn refresh(&self) {
        self.order(Order::Refresh);
    }

    /// Hangs up, or cancels what is not answered.
    pub fn hang_up(&self) {
        self.order(Order::HangUp);
    }

    /// Joins two legs: each hears the other, until one ends or is joined otherwise.
    pub fn join(&self, other: &Self) {
        self.line.join(&other.line);
    }

    /// Parts this leg from the other.
    pub fn part(&self) {
        self.line.part();
    }

    /// Lets it be listened to, ex: to record it.
    pub fn ear(&self) -> Ear {
        self.line.ear()
    }

    /// How it was spoken on and heard so far.
    pub fn account(&self) -> Account {
        let (codec, sent, reported) = self.line.spoken();
        let since = self.ladder.since();
        Account { since, codec, heard: self.line.counters(), sent: sent.packets, reported }
    }

    /// The messages about it, also those that follow when it is over.
    pub fn ladder(&self) -> Ladder {
        self.ladder.clone()
    }

    fn order(&self, order: Order) {
        // A leg that is over takes none, and one that has so many waiting is not to be helped by another.
        let _ = self.orders.try_send(order);
    }
}

/// How a leg was spoken on and heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// How long ago it began.
    pub since: Duration,
    /// How speech was coded. `None`: it was never agreed.
    pub codec: Option<Law>,
    /// What became of what the other side sent.
    pub heard: Counters,
    /// Packets that were sent to it.
    pub sent: u32,
    /// What it reported of those. `None`: it reports nothing.
    pub reported: Option<Reported>,
}

/// A call that came in.
#[derive(Debug)]
pub struct Arrival {
    /// Its leg, which nobody has answered yet.
    pub leg: Leg,
    /// The user part of what was dialled.
    pub called: String,
    /// The caller's number or name, as the network asserts it, else as the caller says it. `None`: withheld.
    pub caller: Option<Pii<String>>,
    /// Where it came from.
    pub from: Option<SocketAddr>,
    /// The hops that a call on behalf of this one may take.
    pub hops: u64,
}

/// A call to be made.
#[derive(Debug)]
pub struct Dial {
    /// The address: `sip:` or `sips:`.
    pub to: String,
    /// Where its requests go instead of where the address says: a trunk's proxy, ex: `192.0.2.1:5060`.
    pub via: Option<SocketAddr>,
    /// Whether by TCP instead of UDP, where `via` is said.
    pub tcp: bool,
    /// The user part that the other side sees. `None`: withheld.
    pub shown: Option<Pii<String>>,
    /// Whether the same is asserted to the other side's network (P-Asserted-Identity).
    pub assert: bool,
    /// The number on whose behalf it is made (Diversion).
    pub diverted: Option<String>,
    /// What the other side's challenge is answered with.
    pub credential: Option<Credential>,
    /// How long it may ring.
    pub ring: Duration,
    /// The hops that it may take.
    pub hops: u64,
}

/// A user and its password.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// Why a call cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The address cannot be read.
    #[error("the SIP address cannot be read; it is sip:user@host, perhaps with a port and ;transport=")]
    Address,
    /// No port is free for its speech.
    #[error("there is no line for its speech")]
    NoPort(#[from] crate::media::NoPort),
    /// The agent does not listen any more, or cannot send there.
    #[error("the request could not be sent")]
    Send,
}
