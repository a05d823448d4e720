//! `Console`: what the pages and the API are handed.

use std::sync::Arc;

use lead::{OfferId, Timestamp};
use settings::{Settings, SettingsProblem};
use store::Store;
use tokio_util::sync::CancellationToken;

use crate::{
    Business, Buyers, CancelCallback, Premises, Throttled, Throttling,
    access::{passwords::Passwords, throttle::LoginThrottle},
    api::rate::Requests,
    live::{Board, Rounds, Streams},
    origin::Origin,
    vitals::{Ask, LookAfter, Vitals},
};

/// What the time is. The server hands in its own clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the settings in use say. The server hands in what it reads of them.
pub type InUse = Arc<dyn Fn() -> Arc<Business> + Send + Sync>;

/// Reads a settings document as this server would use it.
pub type ReadSettings = Arc<dyn Fn(&str) -> Result<Settings, Vec<SettingsProblem>> + Send + Sync>;

/// What a console is made from.
pub struct ConsoleParts {
    /// What is kept.
    pub store: Store,
    /// What the time is.
    pub clock: Clock,
    /// What the settings in use say.
    pub business: InUse,
    /// Reads a settings document as this server would use it.
    pub read_settings: ReadSettings,
    /// Asks buyers for a try.
    pub buyers: Arc<dyn Buyers>,
    /// What the server is, where its settings do not say it.
    pub premises: Premises,
    /// How browsers reach it.
    pub origin: Origin,
    /// The addresses of our own proxies, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<std::net::IpAddr>,
    /// The rounds that run in this process.
    pub rounds: Rounds,
    /// Says who is asked less often.
    pub throttling: Throttling,
    /// Cancels a callback.
    pub cancel_callback: CancelCallback,
    /// Looks at the process and what it stands on.
    pub look_after: LookAfter,
    /// Says that the process stops: streams end.
    pub closing: CancellationToken,
}

/// What the pages and the API are handed.
pub struct Console {
    pub(crate) store: Store,
    clock: Clock,
    pub(crate) origin: Origin,
    pub(crate) proxies: Vec<std::net::IpAddr>,
    pub(crate) passwords: Passwords,
    pub(crate) logins: LoginThrottle,
    /// What the cursors of lists are signed with: every node of a store has the same.
    pub(crate) cursor_key: [u8; 32],
    business: InUse,
    pub(crate) rounds: Rounds,
    pub(crate) board: Board,
    pub(crate) streams: Streams,
    pub(crate) requests: Requests,
    throttling: Throttling,
    pub(crate) cancel_callback: CancelCallback,
    look_after: LookAfter,
    pub(crate) closing: CancellationToken,
    read_settings: ReadSettings,
    pub(crate) buyers: Arc<dyn Buyers>,
    pub(crate) premises: Premises,
}

impl Console {
    /// A console over a store.
    pub fn new(parts: ConsoleParts) -> Arc<Self> {
        let ConsoleParts { store, clock, business, read_settings, buyers, .. } = parts;
        let (premises, origin, proxies) = (parts.premises, parts.origin, parts.proxies);
        let (rounds, throttling, closing) = (parts.rounds, parts.throttling, parts.closing);
        let cancel_callback = parts.cancel_callback;
        let look_after = parts.look_after;
        let (passwords, logins) = (Passwords::default(), LoginThrottle::default());
        let cursor_key = store.key_for("cursors");
        let (board, streams) = (Board::of(&store), Streams::default());
        Arc::new(Self {
            store,
            clock,
            origin,
            proxies,
            passwords,
            logins,
            cursor_key,
            business,
            rounds,
            board,
            streams,
            requests: Requests::default(),
            throttling,
            cancel_callback,
            look_after,
            closing,
            read_settings,
            buyers,
            premises,
        })
    }

    /// What the time is.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What the settings in use say.
    pub fn business(&self) -> Arc<Business> {
        (self.business)()
    }

    /// Whether an offer is asked in fewer auctions than all, and why.
    pub(crate) fn throttled(&self, offer: &OfferId) -> Option<Throttled> {
        (self.throttling)(offer)
    }

    /// How the process and what it stands on are.
    pub(crate) async fn vitals(&self, ask: Ask) -> Vitals {
        (self.look_after)(ask).await
    }

    /// How many streams are open.
    pub fn open_streams(&self) -> usize {
        self.streams.open()
    }

    /// Reads a settings document as this server would use it.
    ///
    /// # Errors
    /// Everything that must be mended.
    pub fn read_settings(&self, text: &str) -> Result<Settings, Vec<SettingsProblem>> {
        (self.read_settings)(text)
    }

    /// What is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
