//! The limits of a journey. `docs/limits.md` lists them.

use std::time::Duration;

/// The most events that a journey folds; what comes after them changes nothing.
pub const EVENTS_MAX: usize = 256;
/// How long a caller in an interview may be silent on every channel before the leg is looked up.
pub const CALLER_IDLE_MAX: Duration = Duration::from_secs(120);
/// How much longer the hold lasts than the round's budget, for a node that closes it late.
pub const HOLD_MARGIN: Duration = Duration::from_secs(5);
/// How long a push that the carrier accepted may take to fetch its document before a poll may deliver.
pub const PUSH_GRACE: Duration = Duration::from_secs(6);
/// How long the dial's own ending may stay out after its leg has ended.
pub const DIAL_END_GRACE: Duration = Duration::from_secs(10);
/// How long a dropped leg may take to report its end before it is looked up again.
pub const DROP_GRACE: Duration = Duration::from_secs(10);
/// How often a leg is dropped before the caller gets the campaign's ending.
pub const DROPS_MAX: u32 = 3;
/// How much longer a talk may last than its limit before its leg is looked up, and again.
pub const TALK_MARGIN: Duration = Duration::from_secs(60);
/// How much longer a confirm may stay out than its own deadline.
pub const CONFIRM_MARGIN: Duration = Duration::from_secs(2);
/// How long after the settlement a sold journey is still looked after.
pub const SETTLE_MAX: Duration = Duration::from_secs(24 * 3600);
