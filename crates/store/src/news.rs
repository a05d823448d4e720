//! News: what nodes tell each other at once, and one node itself. Nothing depends on them: what gets lost is found by
//! whoever looks a moment later, so that a loss costs time alone.
//!
//! In one process they go by a channel; where light journeys are in Redis, by its pub/sub as well.

mod wire;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use lead::{JourneyId, Timestamp};
use tokio::sync::{broadcast, mpsc};

use crate::{
    Store,
    in_flight::{Heard, Redis, RedisAt, hear},
    limits::NEWS_WAITING_MAX,
};
use wire::{Channels, Origin};

/// One piece of news. It holds nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A settings version was published.
    Settings {
        /// Its number.
        version: u64,
    },
    /// A journey came to another stage.
    Stage {
        /// The journey.
        journey: JourneyId,
        /// The stage, by its name.
        stage: Cow<'static, str>,
        /// When.
        at: Timestamp,
    },
    /// News of other nodes may have been missed: whoever waits for some looks for himself.
    Gap,
}

/// How the news of other nodes fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewsCounts {
    /// Whether those of other nodes are heard.
    pub is_up: bool,
    /// What was told to other nodes.
    pub told: u64,
    /// What was heard from them.
    pub heard: u64,
    /// What was not told, since too many waited.
    pub full: u64,
    /// What was not told, since Redis was away.
    pub away: u64,
}

#[derive(Default)]
struct Counts {
    is_up: AtomicBool,
    told: AtomicU64,
    heard: AtomicU64,
    full: AtomicU64,
    away: AtomicU64,
}

/// Where news come together.
pub(crate) struct Hub {
    here: broadcast::Sender<News>,
    nodes: Option<Nodes>,
}

/// The way to the other nodes.
struct Nodes {
    waiting: mpsc::Sender<News>,
    telling: Arc<Telling>,
}

struct Telling {
    redis: Arc<Redis>,
    channels: Channels,
    origin: Origin,
    counts: Counts,
}

impl Store {
    /// Tells news to whoever listens, here at once, and in the other nodes soon. Nobody waits for it.
    pub fn tell(&self, news: News) {
        self.news.tell(news);
    }

    /// The news from now on, of this node and of the others. Who does not keep up is told so, and has lost some.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.news.here.subscribe()
    }

    /// How the news of other nodes fare. `None`: there are no others.
    pub fn news_counts(&self) -> Option<NewsCounts> {
        let counts = &self.news.nodes.as_ref()?.telling.counts;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Some(NewsCounts {
            is_up: counts.is_up.load(Ordering::Relaxed),
            told: of(&counts.told),
            heard: of(&counts.heard),
            full: of(&counts.full),
            away: of(&counts.away),
        })
    }
}

impl Hub {
    /// Of a process that knows no other.
    pub(crate) fn alone() -> Arc<Self> {
        Arc::new(Self { here: broadcast::channel(NEWS_WAITING_MAX).0, nodes: None })
    }

    /// Of a node among others. Its tasks end with it.
    pub(crate) fn among_nodes(at: RedisAt, redis: Arc<Redis>) -> Arc<Self> {
        let (waiting, inbox) = mpsc::channel(NEWS_WAITING_MAX);
        let channels = Channels::of(at.database());
        let telling = Telling { redis, channels, origin: Origin::drawn(), counts: Counts::default() };
        let telling = Arc::new(telling);
        let here = broadcast::channel(NEWS_WAITING_MAX).0;
        tokio::spawn(tell_all(Arc::clone(&telling), inbox));
        let hub = Arc::new(Self { here, nodes: Some(Nodes { waiting, telling: Arc::clone(&telling) }) });
        let listening = Arc::downgrade(&hub);
        tokio::spawn(async move {
            let channels = telling.channels.all();
            hear(at, &channels, |heard| {
                let Some(hub) = listening.upgrade() else { return false };
                telling.on(heard, &hub.here);
                true
            })
            .await;
        });
        hub
    }

    fn tell(&self, news: News) {
        if let Some(nodes) = &self.nodes
            && nodes.waiting.try_send(news.clone()).is_err()
        {
            nodes.telling.counts.full.fetch_add(1, Ordering::Relaxed);
        }
        // Nobody listens here: that is fine.
        let _ = self.here.send(news);
    }

    /// As [`Hub::tell`], and waits until Redis has it: a command ends behind it.
    pub(crate) async fn tell_now(&self, news: News) {
        if let Some(nodes) = &self.nodes {
            nodes.telling.tell(&news).await;
        }
        let _ = self.here.send(news);
    }
}

impl Telling {
    async fn tell(&self, news: &News) {
        let Some((channel, text)) = self.channels.write(&self.origin, news) else { return };
        let count = if self.redis.tell(channel, &text).await { &self.counts.told } else { &self.counts.away };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn on(&self, heard: Heard, here: &broadcast::Sender<News>) {
        let news = match heard {
            Heard::Up => {
                self.counts.is_up.store(true, Ordering::Relaxed);
                Some(News::Gap)
            }
            Heard::Down => {
                self.counts.is_up.store(false, Ordering::Relaxed);
                None
            }
            Heard::Told(channel, text) => self.channels.read(&self.origin, &channel, &text).inspect(|_| {
                self.counts.heard.fetch_add(1, Ordering::Relaxed);
            }),
        };
        if let Some(news) = news {
            let _ = here.send(news);
        }
    }
}

async fn tell_all(telling: Arc<Telling>, mut inbox: mpsc::Receiver<News>) {
    while let Some(news) = inbox.recv().await {
        telling.tell(&news).await;
    }
}
