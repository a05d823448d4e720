//! The limits of a journey. `docs/limits.md` lists them.

use std::time::Duration;

/// The most events that a journey folds; what comes after them changes nothing.
pub const EVENTS_MAX: usize = 256;
/// So many of them are kept for what must be heard to the end: before, what may be missed is not folded any more.
pub const EVENTS_FOR_THE_END: usize = 64;
/// So many of them an attempt may take to its ending: with fewer left, nobody else is tried.
pub const EVENTS_FOR_AN_ATTEMPT: usize = 32;
/// How long a caller in an interview may be silent on every channel before the leg is looked up.
pub const CALLER_IDLE_MAX: Duration = Duration::from_secs(120);
/// How much longer the hold lasts than the round's budget, for a node that closes it late.
pub const HOLD_MARGIN: Duration = Duration::from_secs(5);
/// How long a one-time code may be entered.
pub const CODE_LIFE: Duration = Duration::from_secs(600);
/// How often a code is sent for one wish.
pub const CODE_SENDS_MAX: u32 = 3;
/// How often a caller is asked about one buyer before silence is a no.
pub const NAMING_TRIES_MAX: u8 = 2;
/// How long after its decision a push may be sent.
pub const PUSH_SEND_MAX: Duration = Duration::from_secs(4);
/// How long a push may be under way: what it may wait to be sent, its request's time-out and the clocks' skew. Behind it a
/// poll may deliver, whatever became of the request.
pub const PUSHING_MAX: Duration = Duration::from_secs(10);
/// How long a push that the carrier accepted may take to fetch its document before a poll may deliver.
pub const PUSH_GRACE: Duration = Duration::from_secs(6);
/// How long the dial's own ending may stay out after its leg has ended.
pub const DIAL_END_GRACE: Duration = Duration::from_secs(10);
/// How long a dropped leg may take to report its end before it is looked up again.
pub const DROP_GRACE: Duration = Duration::from_secs(10);
/// The first wait before the carrier is asked how the leg of an attempt that was given up ended; each further wait is as
/// long as all before it.
pub const OPEN_LOOK_MIN: Duration = Duration::from_secs(10);
/// How long it is asked.
pub const OPEN_MAX: Duration = Duration::from_secs(24 * 3600);
/// How often a leg is dropped before the caller gets the campaign's ending.
pub const DROPS_MAX: u32 = 3;
/// How much longer a talk may last than its limit before its leg is looked up, and again.
pub const TALK_MARGIN: Duration = Duration::from_secs(60);
/// The least time between two look-ups of a talk that outlasts its limit.
pub const TALK_LOOK_MIN: Duration = Duration::from_secs(600);
/// How many auctions a form is held for whose results do not come; then it ends as `hold_ran_out`.
pub const FORM_ROUNDS_MAX: u32 = 10;
/// How long a lead that was handed over waits for what its buyer answers: longer than all tries of its post take.
pub const HANDOVER_MAX: Duration = Duration::from_secs(5 * 24 * 3600);
/// How much longer than it rings a dial of a lead may take: its wait for the carrier, what the carrier rings longer, and the
/// way of what it tells.
pub const LEAD_RING_MARGIN: Duration = Duration::from_secs(120);
/// How often a person who was rung is asked to press 1.
pub const GATE_TRIES_MAX: u8 = 2;
/// How often a dial may be forbidden before its wish is given up.
pub const FORBIDDEN_MAX: u32 = 12;
/// How much longer a confirm may stay out than its own deadline.
pub const CONFIRM_MARGIN: Duration = Duration::from_secs(2);
/// How long after its acceptance a sale waits for the end of its talk.
pub const SETTLE_MAX: Duration = Duration::from_secs(24 * 3600);
