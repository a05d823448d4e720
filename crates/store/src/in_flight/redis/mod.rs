//! Light journeys in Redis, for many nodes: one list a journey under one hash tag, changed by scripts that compare its
//! chain hash. Start at [`Redis`]; `link` keeps the 50 ms, `mirror` is what this node knows by itself.
//!
//! Whoever gets no answer commits durably, from the mirror; what Redis kept all the same is left behind, and dropped when
//! somebody finds the journey durable. docs/decisions/0010-redis.md says why that is safe.

mod at;
mod conn;
mod failure;
mod frame;
mod hearing;
mod link;
mod mirror;
mod rounds;
mod script;
mod wakes;

pub use at::{RedisAt, RedisAtError};
pub use failure::RedisFailure;
pub(crate) use hearing::{Heard, hear};

use std::sync::Arc;

use futures_util::future::join;
use journey::EVENTS_MAX;
use lead::{JourneyId, Timestamp};
use redis::{Value, from_redis_value};
use tokio::{sync::Semaphore, time::Instant};

use self::{
    frame::State,
    link::Link,
    mirror::Mirror,
    script::{Script, Scripts},
};
use super::{Light, Look, Moved, Set, has_repeat};
use crate::{
    ChainHash,
    entry::Encoded,
    limits::{
        LIGHT_EXPIRY, REDIS_GONE_FOR, REDIS_MOVE_LOOK, REDIS_MOVE_MAX, REDIS_MOVE_WAIT, REDIS_OWED_MAX,
    },
};

/// Light journeys in Redis.
pub(crate) struct Redis {
    link: Arc<Link>,
    scripts: Scripts,
    mirror: Mirror,
    /// Places of those who wait for Redis to be told that a journey is durable.
    owed: Semaphore,
}

impl Redis {
    /// Connects, or begins to look for it.
    pub(crate) async fn open(at: RedisAt) -> Arc<Self> {
        let link = Link::open(at).await;
        let owed = Semaphore::new(REDIS_OWED_MAX);
        Arc::new(Self { link, scripts: Scripts::new(), mirror: Mirror::default(), owed })
    }

    /// Whether it answered last, and how often it did not, by why.
    pub(crate) fn standing(&self) -> (bool, [(RedisFailure, u64); RedisFailure::ALL.len()]) {
        (self.link.is_up(), self.link.counts.all())
    }

    /// Tells whoever subscribes to a channel. False: it was not told.
    pub(crate) async fn tell(&self, channel: &str, what: &str) -> bool {
        // Nobody counts it as a failure of what is in flight that there is nobody to be told.
        if !self.link.is_up() {
            return false;
        }
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(what);
        self.link.ask(&publish).await.is_ok()
    }

    pub(super) async fn look(&self, id: JourneyId) -> Look {
        let end = Instant::now() + REDIS_MOVE_WAIT;
        loop {
            match self.read(id).await {
                Ok(Some((State::Light, light))) => {
                    self.mirror.keep(id, light.clone());
                    return Look::Light(light);
                }
                Ok(Some((State::Moving, _))) if Instant::now() < end => {
                    tokio::time::sleep(REDIS_MOVE_LOOK).await;
                }
                Ok(Some((State::Moving | State::Doubtful, _))) => return Look::Doubtful,
                Ok(Some((State::Gone, _))) => {
                    self.mirror.forget(id);
                    return Look::Elsewhere;
                }
                // Lost, or away: what this node knows counts, unless the durable store has it.
                Ok(None) | Err(_) => {
                    return self.mirror.find(id).map_or(Look::Elsewhere, |_| Look::Doubtful);
                }
            }
        }
    }

    /// Those of other nodes are told of by their next stage.
    pub(super) fn known(&self, limit: usize) -> Vec<JourneyId> {
        self.mirror.known(limit)
    }

    pub(super) async fn load(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        if let Some((light, _)) = self.mirror.at(id, base) {
            return Some(light);
        }
        match self.read(id).await {
            Ok(Some((State::Light, light))) => {
                self.mirror.keep(id, light.clone());
                Some(light).filter(|light| light.head == base)
            }
            Ok(_) | Err(_) => None,
        }
    }

    pub(super) async fn head(&self, id: JourneyId) -> Option<ChainHash> {
        let mut first = redis::cmd("LRANGE");
        first.arg(key(id)).arg(0).arg(1);
        match self.link.ask(&first).await.map(elements) {
            Ok(Some(first)) => match first.as_slice() {
                [head, state] if state == b"l" => ChainHash::from_bytes(head),
                [] => self.mirror.find(id).map(|light| light.head),
                _ => None,
            },
            Ok(None) => None,
            Err(_) => self.mirror.find(id).map(|light| light.head),
        }
    }

    pub(super) async fn keep_light(&self, id: JourneyId) -> Option<Light> {
        match self.run(&self.scripts.keep_light, &key(id), &[]).await.map(|list| self.whole(id, list)) {
            Ok(Some((State::Gone, _))) => None,
            Ok(Some((_, light))) => {
                self.mirror.keep(id, light.clone());
                Some(light)
            }
            Ok(None) | Err(_) => self.mirror.find(id),
        }
    }

    pub(super) async fn begin(&self, id: JourneyId, light: Light) -> Set {
        if has_repeat(&[], &light.events) {
            return Set::Conflict;
        }
        if light.events.len() > EVENTS_MAX {
            return Set::TooMany;
        }
        let (wake, version) = (frame::wake(light.wake_at), light.settings_version.to_string().into_bytes());
        let mut args = vec![light.head.bytes().to_vec(), wake, version, light.wrapped.clone(), expiry()];
        args.extend(light.events.iter().map(frame::event));
        // The wake-up goes first: one without a list is dropped by whoever is woken by it.
        let key = key(id);
        let begin = self.run(&self.scripts.begin, &key, &args);
        match join(self.note_wake(id, light.wake_at), begin).await.1 {
            Ok(Value::Int(1)) => {
                self.mirror.keep(id, light);
                Set::Done
            }
            Ok(_) => Set::Conflict,
            Err(_) => Set::Away,
        }
    }

    pub(super) async fn append(
        &self,
        id: JourneyId,
        base: ChainHash,
        events: Vec<Encoded>,
        wake_at: Option<Timestamp>,
    ) -> Set {
        let Some((mut light, adrift)) = self.mirror.at(id, base) else { return Set::Conflict };
        if has_repeat(&light.events, &events) {
            return Set::Conflict;
        }
        if light.events.len() + events.len() > EVENTS_MAX {
            return Set::TooMany;
        }
        if adrift {
            return Set::Away;
        }
        let head = events.last().map_or(base, |event| event.hash);
        let mut args = vec![base.bytes().to_vec(), head.bytes().to_vec(), frame::wake(wake_at), expiry()];
        args.extend(events.iter().map(frame::event));
        // A wake-up that comes later than the one that is kept already need not be written: who wakes finds it.
        let earlier = wake_at.filter(|at| light.wake_at.is_none_or(|was| *at < was));
        let key = key(id);
        let append = self.run(&self.scripts.append, &key, &args);
        match join(self.note_wake(id, earlier), append).await.1 {
            Ok(Value::Int(1)) => {
                light.events.extend(events);
                self.mirror.keep(id, Light { head, wake_at, ..light });
                Set::Done
            }
            Ok(Value::Int(0)) => {
                self.mirror.forget(id);
                Set::Conflict
            }
            Ok(_) => {
                self.link.counts.note(RedisFailure::Lost);
                self.mirror.set_adrift(id);
                Set::Away
            }
            Err(_) => {
                self.mirror.set_adrift(id);
                Set::Away
            }
        }
    }

    pub(super) async fn begin_move(&self, id: JourneyId, base: ChainHash) -> Option<Light> {
        let light = match self.mirror.at(id, base) {
            Some((light, true)) => return Some(light),
            Some((light, false)) => light,
            None => self.load(id, base).await?,
        };
        let args = [base.bytes().to_vec(), REDIS_MOVE_MAX.as_millis().to_string().into_bytes()];
        match self.run(&self.scripts.begin_move, &key(id), &args).await {
            Ok(Value::Int(0)) => {
                self.mirror.forget(id);
                None
            }
            // A list that was lost says nothing, nor does a Redis that is away: the durable store judges.
            Ok(_) | Err(_) => Some(light),
        }
    }

    pub(super) fn end_move(self: &Arc<Self>, id: JourneyId, moved: Moved) {
        let state: &[u8] = match moved {
            Moved::Durable => b"g",
            Moved::Light => b"l",
            Moved::Unknown => b"d",
        };
        if moved == Moved::Durable {
            self.mirror.forget(id);
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let redis = Arc::clone(self);
        let args = [state.to_vec(), REDIS_GONE_FOR.as_secs().to_string().into_bytes()];
        // Nobody waits for it: until it is done, or if it is never done, the list is moving and then doubtful.
        runtime.spawn(async move {
            let key = key(id);
            let told = redis.run(&redis.scripts.end_move, &key, &args).await;
            if told.is_err()
                && moved == Moved::Durable
                && let Ok(_place) = redis.owed.try_acquire()
            {
                // What is left behind is dropped as soon as Redis is back.
                redis.link.back().await;
                let _ = redis.run(&redis.scripts.end_move, &key, &args).await;
            }
        });
    }

    /// The durable store has a journey that is perhaps still thought light here.
    pub(super) fn is_durable(self: &Arc<Self>, id: JourneyId) {
        if self.mirror.find(id).is_some() {
            self.end_move(id, Moved::Durable);
        }
    }

    /// The list and its state. `None`: there is none.
    async fn read(&self, id: JourneyId) -> Result<Option<(State, Light)>, RedisFailure> {
        let list = self.run(&self.scripts.read, &key(id), &[]).await?;
        Ok(self.whole(id, list))
    }

    /// A list that is not whole is as good as none.
    fn whole(&self, id: JourneyId, list: Value) -> Option<(State, Light)> {
        let list = elements(list)?;
        if list.get(1).is_some_and(|state| state == b"g") {
            let head = ChainHash::start(id);
            let none = Light { wrapped: vec![], settings_version: 0, events: vec![], head, wake_at: None };
            return Some((State::Gone, none));
        }
        let read = frame::read(id, &list);
        if read.is_none() && !list.is_empty() {
            self.link.counts.note(RedisFailure::Lost);
        }
        read
    }

    /// Runs a script. Whoever never heard of it is given its text.
    async fn run(&self, script: &Script, key: &str, args: &[Vec<u8>]) -> Result<Value, RedisFailure> {
        match self.link.ask(&script.by_hash(key, args)).await {
            Err(RedisFailure::NoScript) => self.link.ask(&script.whole(key, args)).await,
            answer => answer,
        }
    }
}

/// All keys of a journey stand under this tag.
fn key(id: JourneyId) -> String {
    format!("j:{{{id}}}")
}

fn expiry() -> Vec<u8> {
    LIGHT_EXPIRY.as_secs().to_string().into_bytes()
}

fn elements(list: Value) -> Option<Vec<Vec<u8>>> {
    from_redis_value(list).ok()
}
