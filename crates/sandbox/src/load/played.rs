//! What was seen of a load.

use std::time::Duration;

/// What was seen of a load. Only calls that began in the measured time count for times; every call counts for what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Calls that ended in the measured time.
    pub ended: u64,
    /// How long it was really measured.
    pub measured: Duration,
    /// The difference of what was sampled.
    pub sampled: u64,
    /// All calls, those of the warm-up as well.
    pub calls: u64,
    /// Calls that were accepted.
    pub sold: u64,
    /// The sum of the bids that were accepted.
    pub cents: u64,
    /// Webhooks that were sent.
    pub webhooks: u64,
    /// Documents fetched since the server moved the caller.
    pub pushed: u64,
    /// Pings that came.
    pub pings: u64,
    /// From the last answer of a buyer to the Dial on the wire, in microseconds.
    pub to_dial: Vec<u64>,
    /// From the last answer of the caller to the Dial on the wire, in microseconds: what the caller waits.
    pub waited: Vec<u64>,
    /// From the telling of the pick-up to the post at the buyer, in microseconds.
    pub to_post: Vec<u64>,
    /// How long webhooks took, in microseconds.
    pub answered_in: Vec<u64>,
    /// How late calls began, in microseconds: the load's own fault.
    pub begun_late: Vec<u64>,
    /// Each measured call and when its last answer was given, in microseconds of the wall.
    pub replies: Vec<(String, i64)>,
    /// What may not be.
    pub wrong: Wrong,
    /// Why calls failed, the first few.
    pub why: Vec<String>,
}

/// What may not be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wrong {
    /// Calls that did not come to their end.
    pub failed: u64,
    /// Pings, and other requests before the acceptance, in which something of the caller stood.
    pub identity_in_pings: u64,
    /// Accepted calls without a post.
    pub posts_missing: u64,
    /// Posts that came once more.
    pub posts_doubled: u64,
    /// Posts to somebody who did not accept, or of no call.
    pub posts_astray: u64,
    /// Posts without the caller's number.
    pub posts_without_caller: u64,
    /// Calls that went to another than the best bid, or whose post names another bid.
    pub wrong_winner: u64,
    /// Posts whose price is not the bid, to the cent.
    pub wrong_price: u64,
}

impl Wrong {
    /// Whether nothing is.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Of two loads.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            failed: self.failed + other.failed,
            identity_in_pings: self.identity_in_pings + other.identity_in_pings,
            posts_missing: self.posts_missing + other.posts_missing,
            posts_doubled: self.posts_doubled + other.posts_doubled,
            posts_astray: self.posts_astray + other.posts_astray,
            posts_without_caller: self.posts_without_caller + other.posts_without_caller,
            wrong_winner: self.wrong_winner + other.wrong_winner,
            wrong_price: self.wrong_price + other.wrong_price,
        }
    }
}
