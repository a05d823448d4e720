//! What is kept of a leg when it is over: the messages about it and how it was heard, for the story of its call.

use std::{sync::Arc, time::Duration};

use journey::LegId;
use lead::JourneyId;
use sip::leg::{Account, Cause, Counters, End, Leg, Rung, Side};
use store::{LegHeard, LegRecord, LegRung};

use crate::{panics, world::World};

/// How long the answer to a goodbye is waited for, before what was said is kept.
pub const GOODBYE_WAIT: Duration = Duration::from_secs(4);
/// How long is waited behind that for what still follows.
pub const LAST_WORD_WAIT: Duration = Duration::from_millis(500);

/// A leg that is over, and whose.
pub(super) struct Over<'a> {
    pub(super) journey: JourneyId,
    pub(super) id: &'a LegId,
    /// The attempt whose buyer it is. `None`: the caller's.
    pub(super) attempt: Option<u32>,
    pub(super) trunk: Option<&'a str>,
    pub(super) leg: &'a Leg,
    pub(super) end: End,
}

/// Counts what was heard of a leg, logs it with its call, and keeps it for the call's story.
pub(super) fn keep(world: &Arc<World>, over: &Over<'_>) {
    let Account { since, codec, heard, sent, reported } = over.leg.account();
    let Counters { packets, lost, jitter, strange } = heard;
    let whose = if over.attempt.is_some() { "buyer" } else { "caller" };
    let journey = over.journey;
    tracing::info!(journey.id = %journey, leg.whose = whose, packets, lost, jitter_ms = jitter / 8, strange, "a leg was heard to its end");
    metrics::counter!("pingpost_sip_packets_total").increment(packets);
    metrics::counter!("pingpost_sip_packets_lost_total").increment(lost);
    let now = world.clock.now();
    let mut record = LegRecord {
        journey,
        leg: over.id.clone(),
        attempt: over.attempt,
        trunk: over.trunk.map(str::to_owned),
        began_at: now - since,
        ended_at: now,
        cause: cause(over.end.cause),
        ours: over.end.side == Side::Ours,
        codec: codec.map(|law| law.name().to_owned()),
        heard: LegHeard { packets, lost, jitter: samples(jitter) },
        sent: u64::from(sent),
        reported: reported.map(|it| LegHeard {
            packets: 0,
            lost: u64::from(it.lost),
            jitter: samples(it.jitter),
        }),
        rungs: vec![],
        more: 0,
    };
    let (ladder, world_of_it) = (over.leg.ladder(), Arc::clone(world));
    world.tasks.spawn(panics::watched("ladder", async move {
        // Without its last word it is kept as it is.
        let _ = tokio::time::timeout(GOODBYE_WAIT, ladder.done()).await;
        // A call that was given up is refused behind the answer to that.
        tokio::time::sleep(LAST_WORD_WAIT).await;
        let (rungs, more) = ladder.rungs();
        record.rungs = rungs.into_iter().map(rung).collect();
        record.more = more;
        world_of_it.store.keep_leg(record);
    }));
}

fn rung(rung: Rung) -> LegRung {
    let Rung { at, sent, method, status, describes, times } = rung;
    let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
    LegRung { at_ms, sent, method: method.to_owned(), status, describes, times }
}

/// A span of samples of 8,000 a second.
fn samples(count: u32) -> Duration {
    Duration::from_micros(u64::from(count) * 125)
}

fn cause(cause: Cause) -> String {
    let code = match cause {
        Cause::HungUp => "hung_up",
        Cause::Cancelled => "cancelled",
        Cause::Busy => "busy",
        Cause::NoAnswer => "no_answer",
        Cause::Refused(status) => return format!("refused:{status}"),
        Cause::Failed => "failed",
        Cause::NoCodec => "no_codec",
        Cause::NotAcked => "not_acked",
        Cause::Silent => "silent",
        Cause::TooLong => "too_long",
        Cause::NotRefreshed => "not_refreshed",
    };
    code.to_owned()
}
