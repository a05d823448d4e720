//! `Pace`: calls are created no faster than they leave Twilio's queue.

use std::{num::NonZeroU32, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Interval, MissedTickBehavior, interval},
};

/// A bucket of one token. Whoever waits is served in order.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    ticks: Mutex<Option<Interval>>,
}

impl Pace {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self { every: Duration::from_secs(1) / per_second.get(), ticks: Mutex::new(None) }
    }

    /// Waits for a token.
    pub(super) async fn turn(&self) {
        let mut ticks = self.ticks.lock().await;
        let every = self.every;
        let ticks = ticks.get_or_insert_with(|| {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        ticks.tick().await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_call_leaves_in_a_second_and_idle_time_saves_nothing_up() {
        let pace = Pace::new(NonZeroU32::MIN);
        let began = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(began.elapsed().as_secs(), 2);
        advance(Duration::from_secs(60)).await;
        let idle = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(idle.elapsed().as_secs(), 2);
    }
}
