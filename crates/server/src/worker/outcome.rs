//! What becomes of a post after a try: the schedule of Standard Webhooks, and how an endpoint that fails is spared.

use std::time::Duration;

use buyer::{
    dialect::Receipt,
    exchange::{Failure, HttpResponse},
};
use lead::Timestamp;
use store::PostResult;

/// When a post is sent again, from one try to the next (Standard Webhooks 1.0, "Deliverability and reliability").
pub const SCHEDULE: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];
/// The code of an explicit refusal.
pub(crate) const REFUSED: &str = "refused";
/// How much later than scheduled a try may be, in thousandths of its wait.
const JITTER_THOUSANDTHS: u32 = 100;
/// The rest of an endpoint that fails between two tries of posts that were tried before.
const PROBE_GAP: Duration = Duration::from_secs(5);
/// The longest that a buyer's `retry-after` holds up the offer's other posts.
pub const QUIET_MAX: Duration = Duration::from_secs(3600);

/// How fast a post's tries follow each other. A test plays days in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The waits between the tries of one post.
    pub schedule: [Duration; 9],
    /// The rest of an endpoint that fails.
    pub probe_gap: Duration,
}

impl Pace {
    /// As Standard Webhooks has it.
    pub const STANDARD: Self = Self { schedule: SCHEDULE, probe_gap: PROBE_GAP };
}

/// One try of a post, and what came of it.
#[derive(Debug)]
pub(crate) struct Tried {
    /// Which one it was, from 1.
    pub(crate) tries: u32,
    /// When it would have been due, where it was made ahead of its time.
    pub(crate) ahead_of: Option<Timestamp>,
    /// The answer as the offer's dialect reads it, or a code for why there is none.
    pub(crate) receipt: Result<Receipt, &'static str>,
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<Duration>,
    /// Of the URL that it went to.
    pub(crate) url_hash: String,
}

impl Tried {
    /// Reads an answer.
    pub(crate) fn answered(
        mut self,
        answer: Result<HttpResponse, Failure>,
        read: impl FnOnce(&HttpResponse) -> Result<Receipt, &'static str>,
    ) -> Self {
        match answer {
            Ok(answer) => {
                self.receipt = read(&answer);
                (self.status, self.retry_after) = (Some(answer.status), answer.retry_after);
            }
            Err(failure) => self.receipt = Err(failure.code()),
        }
        self
    }

    /// What becomes of the post. `chance` is drawn anew for each, in thousandths.
    pub(crate) fn outcome(self, now: Timestamp, pace: &Pace, chance: u32) -> PostResult {
        let status = self.status;
        let refused = |code: &str| PostResult::Refused { status, error: code.to_owned() };
        let code = match &self.receipt {
            Ok(Receipt::Accepted) => return PostResult::Delivered { status: status.unwrap_or_default() },
            Ok(Receipt::Refused(_)) => return refused(REFUSED),
            Ok(Receipt::NeedsFixing(_)) => return refused("needs_fixing"),
            Ok(Receipt::Gone) => return PostResult::Gone { status, url_hash: self.url_hash },
            Ok(Receipt::TryAgain) => "try_again",
            Err(code) => code,
        };
        let asked = self.retry_after.unwrap_or_default();
        let probe_at = now + later(pace.probe_gap, chance);
        let quiet_until = now + asked.min(QUIET_MAX);
        let due_at = match (self.ahead_of, self.wait(pace)) {
            (Some(due_at), _) => due_at.max(now + asked),
            (None, Some(wait)) => now + later(wait.max(asked), chance),
            (None, None) => return PostResult::Exhausted { probe_at, quiet_until, status },
        };
        PostResult::Retry { due_at, probe_at, quiet_until, status, error: code.to_owned() }
    }

    fn wait(&self, pace: &Pace) -> Option<Duration> {
        pace.schedule.get(usize::try_from(self.tries.saturating_sub(1)).ok()?).copied()
    }
}

/// Whether a post was claimed more often than it may be tried: whoever had it never came to its end.
pub(crate) fn is_worn_out(tries: u32, pace: &Pace) -> bool {
    usize::try_from(tries).is_ok_and(|tries| tries > pace.schedule.len() + 1)
}

fn later(wait: Duration, chance: u32) -> Duration {
    wait + wait * chance.min(1_000) / 1_000 * JITTER_THOUSANDTHS / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    fn tried(tries: u32, receipt: Receipt, status: u16) -> Tried {
        let (url_hash, status) = ("hash".to_owned(), Some(status));
        Tried { tries, ahead_of: None, receipt: Ok(receipt), status, retry_after: None, url_hash }
    }

    fn failed(tries: u32) -> Tried {
        tried(tries, Receipt::TryAgain, 503)
    }

    fn due(tried: Tried, chance: u32) -> (Duration, Duration, Duration) {
        match tried.outcome(NOW, &Pace::STANDARD, chance) {
            PostResult::Retry { due_at, probe_at, quiet_until, .. } => {
                (due_at.since(NOW), probe_at.since(NOW), quiet_until.since(NOW))
            }
            other => panic!("it is tried again, and not {other:?}"),
        }
    }

    #[test]
    fn the_schedule_ends_in_the_dead_letters() {
        for (n, wait) in (1_u32..).zip(SCHEDULE) {
            assert_eq!(due(failed(n), 0).0, wait, "try {n}");
            let latest = due(failed(n), 1_000).0;
            assert_eq!(latest, wait + wait / 10, "try {n}");
            let between = due(failed(n), 500).0;
            assert!(wait < between && between < latest, "try {n}");
        }
        let last = failed(10).outcome(NOW, &Pace::STANDARD, 0);
        let probe_at = NOW + PROBE_GAP;
        assert_eq!(last, PostResult::Exhausted { probe_at, quiet_until: NOW, status: Some(503) });
        assert!(!is_worn_out(10, &Pace::STANDARD) && is_worn_out(11, &Pace::STANDARD));
    }

    #[test]
    fn a_buyer_that_says_when_to_come_back_is_heard() {
        let asks = |tries, status, seconds| Tried {
            retry_after: Some(Duration::from_secs(seconds)),
            ..tried(tries, Receipt::TryAgain, status)
        };
        for status in [408, 425, 429, 500, 503] {
            let (due, _, quiet) = due(asks(1, status, 60), 0);
            assert_eq!((due.as_secs(), quiet.as_secs()), (60, 60), "{status}");
        }
        // What it asks of one post is heard for a day, of all others for an hour; and never sooner than the schedule.
        let (long, _, quiet) = due(asks(1, 503, 86_400), 0);
        assert_eq!((long.as_secs(), quiet), (86_400, QUIET_MAX));
        assert_eq!(due(asks(2, 503, 60), 0).0, SCHEDULE[1]);
    }

    #[test]
    fn a_try_ahead_of_its_time_takes_nothing_of_the_schedule() {
        let ahead = |retry_after| {
            let at = Some(NOW + Duration::from_secs(600));
            Tried { ahead_of: at, retry_after, ..failed(10) }
        };
        assert_eq!(due(ahead(None), 900).0.as_secs(), 600);
        assert_eq!(due(ahead(Some(Duration::from_secs(900))), 900).0.as_secs(), 900);
        assert!(due(ahead(None), 0).1 >= PROBE_GAP);
    }

    #[test]
    fn what_the_buyer_will_not_have_is_final() {
        let now = NOW;
        let refusals = [
            (tried(1, Receipt::Refused(auction::NoBid::Declined), 200), "refused"),
            (tried(1, Receipt::NeedsFixing(404), 404), "needs_fixing"),
        ];
        for (tried, code) in refusals {
            let status = tried.status;
            let refused = PostResult::Refused { status, error: code.to_owned() };
            assert_eq!(tried.outcome(now, &Pace::STANDARD, 0), refused);
        }
        let gone = PostResult::Gone { status: Some(410), url_hash: "hash".into() };
        assert_eq!(tried(1, Receipt::Gone, 410).outcome(now, &Pace::STANDARD, 0), gone);
    }
}
