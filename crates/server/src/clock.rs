//! The one clock: wall time taken at the start and advanced by the monotonic clock, slewed slowly (architecture.md).

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use lead::Timestamp;
use tokio::time::Instant;

/// How much the clock may be slewed in one tick of a second: 0.5 ms, as time daemons do.
const SLEW_MAX_MICROS: i64 = 500;
/// How far the wall may be from our clock before it is alarming.
pub const SKEW_ALARM: Duration = Duration::from_millis(500);

/// The process's clock; its clones show the same time. A step of the wall clock moves it by half a millisecond a second, never at once.
#[derive(Debug, Clone)]
pub struct Clock {
    began: Instant,
    began_micros: i64,
    slewed: Arc<AtomicI64>,
}

impl Clock {
    /// Takes the wall's time once.
    pub fn start() -> Self {
        Self { began: Instant::now(), began_micros: wall_micros(), slewed: Arc::default() }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        let since = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(self.began_micros + since + self.slewed.load(Ordering::Relaxed))
    }

    /// The monotonic instant at which this clock will show `at`.
    pub fn instant_of(&self, at: Timestamp) -> Instant {
        Instant::now() + at.since(self.now())
    }

    /// How far the wall is from this clock.
    pub fn skew(&self) -> Duration {
        Duration::from_micros((wall_micros() - self.now().micros()).unsigned_abs())
    }

    /// Moves towards the wall by at most half a millisecond; called once a second. Gives the distance before.
    pub fn slew(&self) -> Duration {
        let ahead = wall_micros() - self.now().micros();
        self.slewed.fetch_add(ahead.clamp(-SLEW_MAX_MICROS, SLEW_MAX_MICROS), Ordering::Relaxed);
        Duration::from_micros(ahead.unsigned_abs())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_micros() -> i64 {
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)
}
