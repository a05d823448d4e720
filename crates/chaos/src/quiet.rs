//! `Quiet`: whether a world has come to its end. It is waited for as long as it comes nearer to it: a slow machine is no
//! difference between books.

use std::time::Duration;

use tokio::time::Instant;

/// A call may last so long after the last one that ended; where none ends within it, those that have not are differences.
pub const CALLS_END_MAX: Duration = Duration::from_secs(240);
/// The same of what is open in the database: a journey, a seat, a post.
pub const SETTLE_MAX: Duration = Duration::from_secs(120);
/// However near the end comes, it is waited for no longer than this after the last call was placed; what is left then is
/// unsettled.
pub const QUIET_MAX: Duration = Duration::from_secs(1_200);

/// How a wait for the end ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Quiet {
    /// Nothing is left.
    #[default]
    Over,
    /// Something is left, and for long nothing of it has come to an end.
    Stuck,
    /// Something is left, and comes to its end, too slowly to wait for it.
    Moving,
}

/// A wait for the end of what is counted.
#[derive(Debug)]
pub(crate) struct Waiting {
    until: Instant,
    stuck_after: Duration,
    least: u64,
    since: Instant,
}

impl Waiting {
    /// Until everything is over, or nothing has ended for so long, but no longer than the whole wait.
    pub(crate) fn new(now: Instant, until: Instant, stuck_after: Duration) -> Self {
        Self { until, stuck_after, least: u64::MAX, since: now }
    }

    /// So many are left. `None`: it is worth to wait on.
    pub(crate) fn left(&mut self, now: Instant, left: u64) -> Option<Quiet> {
        if left == 0 {
            return Some(Quiet::Over);
        }
        if left < self.least {
            (self.least, self.since) = (left, now);
        }
        if now.duration_since(self.since) >= self.stuck_after {
            return Some(Quiet::Stuck);
        }
        (now >= self.until).then_some(Quiet::Moving)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(counts: &[(u64, u64)]) -> Option<Quiet> {
        let (began, secs) = (Instant::now(), Duration::from_secs);
        let mut waiting = Waiting::new(began, began + secs(100), secs(30));
        counts.iter().find_map(|(at, left)| waiting.left(began + secs(*at), *left))
    }

    #[test]
    fn what_comes_nearer_is_waited_for_and_what_stands_still_is_not() {
        assert_eq!(ends(&[(0, 9), (29, 9), (29, 8), (58, 8), (58, 7), (87, 7)]), None);
        assert_eq!(ends(&[(0, 9), (29, 9), (30, 9)]), Some(Quiet::Stuck));
        // More than there were is no progress, and neither are as many as there were.
        assert_eq!(ends(&[(0, 9), (20, 12), (30, 9)]), Some(Quiet::Stuck));
        assert_eq!(ends(&[(0, 9), (20, 0)]), Some(Quiet::Over));
    }

    #[test]
    fn nothing_is_waited_for_without_end() {
        assert_eq!(ends(&[(0, 9), (29, 8), (58, 7), (87, 6), (99, 5)]), None);
        assert_eq!(ends(&[(0, 9), (29, 8), (58, 7), (87, 6), (100, 5)]), Some(Quiet::Moving));
    }
}
