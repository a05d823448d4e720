//! The only place of this crate that reads a clock, and the pace at which simulated time runs.

use jiff::{Timestamp, tz::TimeZone};
use std::time::{Duration, Instant};

/// The monotonic time.
#[expect(
    clippy::disallowed_methods,
    reason = "a sandbox plays the outside world, which has a clock of its own"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time on the wall.
pub(crate) fn wall() -> Timestamp {
    Timestamp::now()
}

/// `Tue, 24 Nov 2026 10:30:13 +0000`, the way Twilio writes times.
pub(crate) fn rfc2822(at: Timestamp) -> String {
    jiff::fmt::rfc2822::to_string(&at.to_zoned_datetime(TimeZone::UTC))
        .expect("a time of this century has a year of four digits")
}

/// How many simulated seconds pass in a real one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(u32);

impl Pace {
    pub(crate) fn new(simulated_seconds_per_second: u32) -> Self {
        Self(simulated_seconds_per_second.max(1))
    }

    pub(crate) fn simulated(self, real: Duration) -> Duration {
        real * self.0
    }

    pub(crate) async fn sleep(self, simulated: Duration) {
        tokio::time::sleep(simulated / self.0).await;
    }
}
