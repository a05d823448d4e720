//! Which rounds are under way, and until when each is its node's: one sorted set by the end of the lease.
//!
//! A lease decides nothing. Who is given a lapsed one asks once more under another auction's id, and the journey's fold
//! takes the result of that one alone (docs/decisions/0011-leases.md).

use lead::Timestamp;
use redis::from_redis_value;

use super::Redis;

/// All of them stand under one key: they are few, and a script works on one key.
const ROUNDS: &str = "r:{rounds}";

impl Redis {
    pub(crate) async fn hold_round(&self, name: &str, until: Timestamp) {
        let mut set = redis::cmd("ZADD");
        set.arg(ROUNDS).arg(until.micros()).arg(name);
        // Its failure is counted. Nobody takes over a round that is not there: its journey's deadline passes.
        let _ = self.link.ask(&set).await;
    }

    pub(crate) async fn end_round(&self, name: &str) {
        let mut drop = redis::cmd("ZREM");
        drop.arg(ROUNDS).arg(name);
        // One that is left behind lapses, and whoever is given it finds nothing to do.
        let _ = self.link.ask(&drop).await;
    }

    /// The rounds whose lease is over, each given to one node until then.
    pub(crate) async fn lapsed_rounds(&self, now: Timestamp, until: Timestamp, limit: usize) -> Vec<String> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let args = [now.micros(), until.micros(), limit].map(|number| number.to_string().into_bytes());
        let taken = self.run(&self.scripts.take_due, ROUNDS, &args).await;
        taken.ok().and_then(|names| from_redis_value(names).ok()).unwrap_or_default()
    }
}
