//! When light journeys are to be woken by whoever sees it first: sorted sets by time, one a bucket of journeys.
//!
//! A journey's list and its bucket stand in different slots of a Cluster, so they are two writes. The list is the truth;
//! the bucket must only never say a later time than it. So a wake-up is written before or together with its list, and
//! only ever set earlier; who wakes reads the list and corrects the bucket. What may get lost then is the wake-up of a
//! node that dies in that very moment, of a call whose next webhook or expiry takes care of it.

use futures_util::future::join_all;
use lead::{JourneyId, Timestamp};
use redis::from_redis_value;

use super::{Redis, elements, frame, key};
use crate::limits::{REDIS_WAKE_BUCKETS, REDIS_WAKE_LEASE};

/// What a list says of its wake-up.
enum Told {
    At(Timestamp),
    /// It needs none, or is gone.
    Never,
    /// There was no answer.
    Nothing,
}

impl Redis {
    /// Sets a wake-up, unless an earlier one is set.
    pub(super) async fn note_wake(&self, id: JourneyId, at: Option<Timestamp>) {
        let Some(at) = at else { return };
        let mut set = redis::cmd("ZADD");
        set.arg(bucket_of(id)).arg("LT").arg(at.micros()).arg(id.to_string());
        // Its failure is counted; the node's own timer wakes the journey as well.
        let _ = self.link.ask(&set).await;
    }

    /// The journeys that are due, those first that have waited longest. For a while no other node is given them.
    pub(in crate::in_flight) async fn due(&self, now: Timestamp, limit: usize) -> Vec<JourneyId> {
        let until = now + REDIS_WAKE_LEASE;
        let args = [now.micros(), until.micros(), i64::try_from(limit).unwrap_or(i64::MAX)]
            .map(|number| number.to_string().into_bytes());
        let taken = (0..REDIS_WAKE_BUCKETS).map(|n| {
            let args = &args;
            async move { self.run(&self.scripts.take_due, &bucket(n), args).await }
        });
        let taken = join_all(taken).await.into_iter().filter_map(|ids| from_redis_value(ids.ok()?).ok());
        let taken: Vec<JourneyId> =
            taken.flat_map(|ids: Vec<String>| ids).filter_map(|id| parse(&id)).collect();
        let told = join_all(taken.iter().map(|id| self.told(*id))).await;
        let mut due = Vec::new();
        let mut wrong = Vec::new();
        for (id, told) in taken.into_iter().zip(told) {
            match told {
                Told::At(at) if at <= now => due.push((at, id)),
                Told::At(at) => wrong.push((id, Some(at))),
                Told::Never => wrong.push((id, None)),
                Told::Nothing => {}
            }
        }
        join_all(wrong.into_iter().map(|(id, at)| self.correct(id, until, at))).await;
        due.sort_unstable();
        due.into_iter().take(limit).map(|(_, id)| id).collect()
    }

    /// The earliest wake-up that is set. The journey's own may be later.
    pub(in crate::in_flight) async fn next_wake(&self) -> Option<Timestamp> {
        let firsts = (0..REDIS_WAKE_BUCKETS).map(|n| async move {
            let mut first = redis::cmd("ZRANGE");
            first.arg(bucket(n)).arg(0).arg(0).arg("WITHSCORES");
            let first: Vec<(String, i64)> = from_redis_value(self.link.ask(&first).await.ok()?).ok()?;
            first.first().map(|(_, at)| Timestamp::from_micros(*at))
        });
        join_all(firsts).await.into_iter().flatten().min()
    }

    async fn told(&self, id: JourneyId) -> Told {
        let mut first = redis::cmd("LRANGE");
        first.arg(key(id)).arg(0).arg(3);
        let Ok(first) = self.link.ask(&first).await else { return Told::Nothing };
        match elements(first).as_deref() {
            Some([_, _, _, at]) => frame::read_wake(at).map_or(Told::Never, Told::At),
            Some(_) => Told::Never,
            None => Told::Nothing,
        }
    }

    async fn correct(&self, id: JourneyId, was: Timestamp, at: Option<Timestamp>) {
        let args = [id.to_string().into_bytes(), was.micros().to_string().into_bytes(), frame::wake(at)];
        let _ = self.run(&self.scripts.settle_wake, &bucket_of(id), &args).await;
    }
}

fn parse(id: &str) -> Option<JourneyId> {
    uuid::Uuid::parse_str(id).ok().map(JourneyId::from_uuid)
}

fn bucket_of(id: JourneyId) -> String {
    let last = id.uuid().into_bytes()[15];
    bucket(last % REDIS_WAKE_BUCKETS)
}

fn bucket(n: u8) -> String {
    format!("w:{{{n}}}")
}
