//! Running a load: how calls come, when they count, and what is made of what was seen.

use super::{
    By, Plan, Shape,
    call::{self, Performed},
    desk::{Call, Desk},
    form, line,
    played::Played,
    webhook::Webhooks,
};
use crate::{clock, lock::lock};
use futures_util::{StreamExt, stream};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio_util::task::TaskTracker;

/// How long the last calls of a load may take to end, and their posts to come.
const SETTLES_IN: Duration = Duration::from_secs(20);
/// Calls that are brought to be held at once.
const HELD_AT_ONCE: usize = 64;
/// So many reasons are kept.
const WHY_MAX: usize = 5;

/// What all calls of a run share.
struct Run {
    desk: Arc<Desk>,
    webhooks: Arc<Webhooks>,
    plan: Plan,
    rings: Option<line::Rings>,
    counts: AtomicBool,
    over: AtomicBool,
}

/// Plays a load to its end.
pub(super) async fn run(
    desk: &Arc<Desk>,
    webhooks: &Webhooks,
    plan: &Plan,
    rings: Option<line::Rings>,
    sample: impl Fn() -> u64 + Send,
) -> Played {
    // What was left over by an earlier load is none of this one.
    desk.take();
    let run = Arc::new(Run {
        desk: desk.clone(),
        webhooks: Arc::new(Webhooks::new(&webhooks.target)),
        plan: plan.clone(),
        rings,
        counts: AtomicBool::new(false),
        over: AtomicBool::new(false),
    });
    let calls = TaskTracker::new();
    match plan.shape {
        Shape::Closed(at_once) => {
            for _ in 0..at_once {
                calls.spawn(one_after_the_other(run.clone()));
            }
        }
        Shape::Open(per_second) => {
            calls.spawn(so_many_a_second(run.clone(), per_second, calls.clone()));
        }
    }
    tokio::time::sleep(plan.warm).await;
    let (before, began) = (sample(), clock::now());
    desk.count(|played| played.ended = 0);
    run.counts.store(true, Ordering::Release);
    tokio::time::sleep(plan.measured).await;
    let (sampled, measured) = (sample().saturating_sub(before), began.elapsed());
    run.counts.store(false, Ordering::Release);
    let mut ended = 0;
    desk.count(|played| ended = played.ended);
    run.over.store(true, Ordering::Release);
    calls.close();
    let all_ended = tokio::time::timeout(SETTLES_IN, calls.wait()).await.is_ok();
    // A post that does not come is counted below.
    let _ = tokio::time::timeout(SETTLES_IN, desk.posts_came()).await;
    let (played, calls) = desk.take();
    let mut played = summed(Played { ended, measured, sampled, ..played }, &calls);
    if !all_ended {
        played.wrong.failed += 1;
        played.why.push("calls were still going on when the load was over".to_owned());
    }
    played
}

async fn one_after_the_other(run: Arc<Run>) {
    while !run.over.load(Ordering::Acquire) {
        play(&run, clock::now()).await;
    }
}

/// Each begins at its time, however late this task is: the time that it was meant to begin at counts.
async fn so_many_a_second(run: Arc<Run>, per_second: u32, calls: TaskTracker) {
    let began = clock::now();
    let apart = Duration::from_secs(1) / per_second.max(1);
    for n in 0.. {
        let meant = began + apart * n;
        tokio::time::sleep_until(meant.into()).await;
        if run.over.load(Ordering::Acquire) {
            break;
        }
        let run = run.clone();
        calls.spawn(async move { play(&run, meant).await });
    }
}

async fn play(run: &Run, meant: Instant) {
    let counts = run.counts.load(Ordering::Acquire);
    let (call, orders) = run.desk.open(run.plan.think, run.plan.seats, counts).await;
    let late = u64::try_from(meant.elapsed().as_micros()).unwrap_or(u64::MAX);
    let (desk, webhooks, plan, call) = (&run.desk, &run.webhooks, &run.plan, &call);
    let ended = match run.plan.by {
        By::Call => Performed { desk, webhooks, plan, call, orders }.perform().await,
        By::Form => form::hand_in(desk, webhooks, call).await,
        By::Line => match &run.rings {
            Some(rings) => line::ring(rings, call).await,
            None => Err("nobody has telephones".to_owned()),
        },
    };
    run.desk.close(call);
    run.desk.count(|played| {
        played.calls += 1;
        played.ended += 1;
        if counts {
            played.begun_late.push(late);
        }
        if let Err(why) = ended {
            played.wrong.failed += 1;
            if played.why.len() < WHY_MAX {
                played.why.push(why);
            }
        }
    });
}

fn summed(mut played: Played, calls: &[Arc<Call>]) -> Played {
    for call in calls {
        let seen = lock(&call.seen);
        let Some(seat) = seen.accepted else { continue };
        played.sold += 1;
        let bid = call.bids.iter().find(|(_, its)| *its == seat);
        played.cents += bid.map_or(0, |(cents, _)| *cents);
        played.wrong.posts_missing += u64::from(seen.posts == 0);
    }
    for times in [
        &mut played.to_dial,
        &mut played.waited,
        &mut played.to_post,
        &mut played.answered_in,
        &mut played.begun_late,
    ] {
        times.sort_unstable();
    }
    played
}

/// Brings so many calls to their second question.
pub(super) async fn hold(desk: &Desk, webhooks: &Webhooks, calls: usize) -> Result<(), String> {
    let mut held = stream::iter(0..calls)
        .map(|_| call::to_its_second_question(desk, webhooks))
        .buffer_unordered(HELD_AT_ONCE);
    while let Some(held) = held.next().await {
        held?;
    }
    Ok(())
}
