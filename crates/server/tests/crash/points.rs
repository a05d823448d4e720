//! Every kill point, at its first and at a later passage.

use std::{collections::BTreeSet, path::Path, time::Duration};

use futures_util::StreamExt;
use sandbox::{
    Faults,
    carrier::{CallbackFault, Kind, On},
    medicare::Name,
};
use store::kill_points::{LEAD_POINTS, POINTS};

use crate::{
    cast,
    node::Start,
    rules,
    told::told,
    world::{World, set},
};

/// Worlds at once: they mostly wait.
const AT_ONCE: usize = 16;
/// Calls of one world, and of one in the rain.
const CALLS: u64 = 7;
const CALLS_IN_THE_RAIN: u64 = 21;

/// The first sale of a world comes within it.
const SOLD_MAX: Duration = Duration::from_secs(60);
/// The later passage that is tried of each point.
const LATER: u64 = 5;
/// Where a small world has fewer: the later passage, by the beginning of the points' names.
const RARE: [(&str, u64); 14] = [
    ("round::after_join", 1),
    ("round::before_join", 2),
    ("round::", 3),
    ("act::", 2),
    ("deadlines::before_deadline", 1),
    ("deadlines::after_deadline", 1),
    ("deadlines::", 2),
    ("reconcile::", 4),
    ("watch::before_census", 2),
    ("watch::after_census", 2),
    ("watch::", 1),
    ("drive::after_read", 2),
    ("drive::before_refresh", 2),
    ("drive::after_refresh", 2),
];
/// Points that are passed only when the carrier's word is late or lost.
const NEED_RAIN: [&str; 3] = ["deadlines::", "reconcile::", "drop"];

/// Points that may be missed: what an earlier process left is read by whoever comes first, a webhook or the take-up.
const BY_CHANCE: [&str; 1] = ["drive::after_read"];
/// Points that are passed only where a journey of an earlier process is met.
const NEED_A_PAST: [&str; 3] = ["drive::after_read", "watch::before_take_up", "watch::after_take_up"];

/// Points that are passed only where the caller is asked about the buyer that won.
const NEED_A_QUESTION: [&str; 2] = ["_push_ask", "_record"];

fn is_one_of(point: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| point.contains(part))
}

/// What the carrier's callbacks meet.
fn weather(point: &str) -> Faults {
    if !is_one_of(point, &NEED_RAIN) {
        return Faults::none();
    }
    // The end of a dial is never told, and the end of its leg only after the caller's.
    Faults::none()
        .callback(On::Kind(Kind::DialAction), CallbackFault::Drop)
        .callback(On::Kind(Kind::Completed), CallbackFault::Delay(Duration::from_millis(400)))
}

/// One world whose server dies at a point, and what came of it.
async fn dies_at(point: &str, nth: u64) -> Result<(), String> {
    let kill_at = format!("{point}:{nth}");
    let world = World::of(nth, weather(point), |campaign| {
        if is_one_of(point, &NEED_A_QUESTION) {
            set(
                campaign,
                "recording = { notice = 'This call is recorded.' }\nbuyer_consent = { version = 'named-1' }",
            );
        }
    })
    .await;
    let calls = if is_one_of(point, &NEED_RAIN) { CALLS_IN_THE_RAIN } else { CALLS };
    let place = || (0..calls).for_each(|n| drop(world.medicare.carrier.place(cast::story(n))));
    let has_past = is_one_of(point, &NEED_A_PAST);
    if has_past {
        let (before, _) = world.node.start(None).await;
        place();
        let sold = tokio::time::timeout(SOLD_MAX, world.medicare.buyer(Name::A).posted(1)).await;
        assert!(sold.is_ok(), "{}", world.node.log().join("\n"));
        before.kill();
    }
    let (mut running, start) = world.node.start(Some(&kill_at)).await;
    let mut reached = false;
    if start == Start::Died {
        reached = running.was_killed();
        running = world.node.start(None).await.0;
    }
    if !has_past {
        place();
    }
    let mut settled = None;
    if !reached {
        tokio::select! {
            () = running.gone() => {
                reached = running.was_killed();
                running = world.node.start(None).await.0;
            }
            open = async { world.calls_ended().await; world.settled().await } => settled = Some(open),
        }
    }
    let open = match settled {
        Some(open) => open,
        None => {
            world.calls_ended().await;
            world.settled().await
        }
    };
    let books = world.books().await;
    running.kill();
    let mut broken = rules::broken(&books, &open);
    if !reached && !is_one_of(point, &BY_CHANCE) {
        broken.push("the point was not reached".to_owned());
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(format!("KILL_AT={kill_at}\n{}", told(&world, &books, &broken).await)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_point_one_kill() {
    dies_at("drive::after_commit", 2).await.unwrap_or_else(|broken| panic!("{broken}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_point_is_survived_at_its_first_and_a_later_passage() {
    let only = std::env::vars().find(|(name, _)| name == "CRASH_POINT").map(|(_, point)| point);
    let chosen = POINTS.iter().filter(|point| only.as_ref().is_none_or(|only| point.contains(&**only)));
    let passages = chosen.flat_map(|point| {
        let later = RARE.iter().find(|(rare, _)| point.starts_with(rare)).map_or(LATER, |(_, later)| *later);
        BTreeSet::from([(*point, 1), (*point, later)])
    });
    let runs = futures_util::stream::iter(passages.map(|(point, nth)| dies_at(point, nth)));
    let ended: Vec<_> = runs.buffer_unordered(AT_ONCE).collect().await;
    let broken: Vec<_> = ended.into_iter().filter_map(Result::err).collect();
    assert!(broken.is_empty(), "{} of them broke a rule:\n{}", broken.len(), broken.join("\n\n"));
}

#[test]
fn the_list_and_the_sources_name_the_same_points() {
    let mut found = vec![];
    for folder in ["src", "../store/src"] {
        points_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    let distinct: BTreeSet<_> = found.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), found.len(), "a point stands in one place: {found:?}");
    assert_eq!(distinct, POINTS.iter().chain(LEAD_POINTS).copied().collect());
}

fn points_below(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            points_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            let names = text.split("point!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(names.map(str::to_owned));
        }
    }
}
