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

/// How much the clock is slewed at most in one tick of a second: 0.5 ms, as time daemons do.
const SLEW_NEAR_MICROS: i64 = 500;
/// How much it is where the wall is alarmingly far. An attempt of 90 s is then wrong by less than the half second that two
/// clocks may differ by; an hour takes 200 hours, or a restart.
const SLEW_FAR_MICROS: i64 = 5_000;
/// How far the wall may be from our clock before it is alarming.
pub const SKEW_ALARM: Duration = Duration::from_millis(500);
/// How far the wall may be behind what waits in the store: by more than a day, somebody has to say which is right.
pub const BACK_MAX: Duration = Duration::from_secs(24 * 3600);

/// The process's clock; its clones show the same time. A step of the wall clock moves it by some milliseconds a second,
/// never at once.
#[derive(Debug, Clone)]
pub struct Clock {
    began: Instant,
    began_micros: i64,
    slewed: Arc<AtomicI64>,
}

/// The wall is too far behind what an earlier process has left to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this machine's clock is {} h behind the times that wait in the store: set it; or, if it is right and was wrong \
     before, `pingpost serve --take-clock` begins with it, and what waits in the store waits until then",
    .behind.as_secs() / 3_600
)]
pub struct TooFarBack {
    behind: Duration,
}

impl Clock {
    /// Takes the wall's time once.
    pub fn start() -> Self {
        Self::at(wall_micros())
    }

    /// As [`Clock::start`], but never earlier than what an earlier process has shown while it left something to be done:
    /// deadlines, leases and posts are moments of its clock, and all of them would wait for the wall to come there again.
    ///
    /// # Errors
    /// When the wall is more than [`BACK_MAX`] behind.
    pub fn resume(shown: Option<Timestamp>) -> Result<Self, TooFarBack> {
        Ok(Self::at(resumed(Timestamp::from_micros(wall_micros()), shown)?.micros()))
    }

    /// One that begins at this moment, whatever the wall shows: for plays whose time of day matters.
    pub fn beginning_at(at: Timestamp) -> Self {
        Self::at(at.micros())
    }

    fn at(began_micros: i64) -> Self {
        Self { began: Instant::now(), began_micros, slewed: Arc::default() }
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

    /// What the wall shows: for what leaves us signed with a time, which others compare with their own walls. Nothing is
    /// decided by it.
    pub fn wall(&self) -> Timestamp {
        Timestamp::from_micros(wall_micros())
    }

    /// How far the wall is from this clock.
    pub fn skew(&self) -> Duration {
        Duration::from_micros((wall_micros() - self.now().micros()).unsigned_abs())
    }

    /// Moves towards the wall, called once a second: by half a millisecond, or ten times that where the wall is alarmingly
    /// far. Gives the distance before.
    pub fn slew(&self) -> Duration {
        let ahead = wall_micros() - self.now().micros();
        self.slewed.fetch_add(step(ahead), Ordering::Relaxed);
        Duration::from_micros(ahead.unsigned_abs())
    }
}

/// How far one tick moves towards a wall that is so many microseconds ahead.
fn step(ahead: i64) -> i64 {
    let far = Duration::from_micros(ahead.unsigned_abs()) > SKEW_ALARM;
    let most = if far { SLEW_FAR_MICROS } else { SLEW_NEAR_MICROS };
    ahead.clamp(-most, most)
}

fn resumed(wall: Timestamp, shown: Option<Timestamp>) -> Result<Timestamp, TooFarBack> {
    let begins = shown.map_or(wall, |shown| shown.max(wall));
    let behind = begins.since(wall);
    if behind > BACK_MAX { Err(TooFarBack { behind }) } else { Ok(begins) }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
fn wall_micros() -> i64 {
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_wall_is_followed_at_a_named_rate() {
        let hour = 3_600_000_000;
        assert_eq!([step(hour), step(-hour)], [5_000, -5_000]);
        assert_eq!([step(500_001), step(500_000), step(-500_000)], [5_000, 500, -500]);
        assert_eq!([step(499), step(0), step(-3)], [499, 0, -3]);
        // 90 s at that rate stay below what clocks may differ by.
        assert!(Duration::from_micros(90 * 5_000) < SKEW_ALARM);
    }

    #[test]
    fn a_clock_begins_no_earlier_than_what_waits_was_set_by() {
        let wall = Timestamp::from_secs(1_790_000_000);
        let hour = Duration::from_secs(3_600);
        assert_eq!(resumed(wall, None), Ok(wall));
        assert_eq!(resumed(wall, Some(wall - hour)), Ok(wall));
        assert_eq!(resumed(wall, Some(wall + hour)), Ok(wall + hour));
        assert_eq!(resumed(wall, Some(wall + 24 * hour)), Ok(wall + 24 * hour));
        let behind = 25 * hour;
        assert_eq!(resumed(wall, Some(wall + behind)), Err(TooFarBack { behind }));
        assert!(TooFarBack { behind }.to_string().contains("is 25 h behind"));
    }
}
