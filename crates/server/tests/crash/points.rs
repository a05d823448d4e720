//! Every kill point, at its first and at a later passage.

use std::{collections::BTreeSet, path::Path, time::Duration};

use futures_util::StreamExt;
use sandbox::{
    Faults,
    carrier::{CallbackFault, Kind, On},
};
use store::kill_points::POINTS;

use crate::{cast, node::Start, rules, told::told, world::World};

/// Worlds at once: they mostly wait.
const AT_ONCE: usize = 12;
/// Calls of one world.
const CALLS: u64 = 7;

/// The later passage that is tried of each point.
const LATER: u64 = 5;
/// Where a small world has fewer: the later passage, by the beginning of the points' names.
const RARE: [(&str, u64); 5] = [
    ("round::", 3),
    ("act::", 2),
    ("deadlines::", 2),
    ("drive::before_refresh", 2),
    ("drive::after_refresh", 2),
];
/// Points that are passed only when the carrier's word is late or lost.
const NEED_RAIN: [&str; 2] = ["deadlines::", "drop"];

/// What the carrier's callbacks meet.
fn weather(point: &str) -> Faults {
    if !NEED_RAIN.iter().any(|part| point.contains(part)) {
        return Faults::none();
    }
    // The end of one dial is never told; the ends of legs are told after the caller's.
    let late = |faults: Faults, kind| {
        faults.callback(On::Kind(kind), CallbackFault::Delay(Duration::from_millis(400)))
    };
    let faults =
        Faults::none().callback_sometimes(On::Kind(Kind::DialAction), CallbackFault::Drop, 100, Some(2));
    late(late(faults, Kind::Completed), Kind::DialAction)
}

/// One world whose server dies at a point, and what came of it.
async fn dies_at(point: &str, nth: u64) -> Result<(), String> {
    let kill_at = format!("{point}:{nth}");
    let world = World::new(nth, weather(point)).await;
    let (mut running, start) = world.node.start(Some(&kill_at)).await;
    let mut reached = false;
    if start == Start::Died {
        reached = running.was_killed();
        running = world.node.start(None).await.0;
    }
    for n in 0..CALLS {
        drop(world.medicare.carrier.place(cast::story(n)));
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
    if !reached {
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
        [(*point, 1), (*point, later)]
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
    assert_eq!(distinct, POINTS.iter().copied().collect());
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
