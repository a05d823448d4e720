//! The spool: what it acknowledged is there for the next process, in order and sealed, whatever became of the last bytes.

use std::{fs, path::Path, time::Duration};

use ivr::Input;
use journey::Event;
use lead::{JourneyId, Pii};
use store::{Entry, Spool, SpoolAt, SpoolError};

use crate::{
    sealing::NAME,
    small_disk::SmallDisk,
    world::{World, start},
};

const ROOMY: u64 = 1 << 20;

async fn open(world: &World, folder: &Path, bytes_max: u64) -> Result<Spool, SpoolError> {
    world.store.spool(SpoolAt { folder: folder.to_owned(), bytes_max }).await
}

fn journey(n: u32) -> JourneyId {
    JourneyId::of_call("AC", &n.to_string())
}

fn entry(n: u32) -> Entry {
    let input = Input::Words { text: Pii::new(NAME.to_owned()), confidence_millis: None };
    let at = start() + Duration::from_secs(u64::from(n));
    Entry { key: format!("key-{n}"), at, event: Event::Heard { step: 1, input } }
}

/// Keeps entries by turns of two journeys.
async fn fill(spool: &Spool, entries: u32) {
    for n in 0..entries {
        spool.keep(journey(n % 2), entry(n)).await.expect("it is kept");
    }
}

/// The keys of what waits of a journey, in order, taking each out.
async fn drained(spool: &Spool, of: JourneyId) -> Vec<String> {
    let mut keys = vec![];
    while let Some((place, entry)) = spool.first(of).await {
        let entry = entry.expect("it is read");
        assert!(
            matches!(&entry.event, Event::Heard { input: Input::Words { text, .. }, .. } if *text == Pii::new(NAME.to_owned()))
        );
        keys.push(entry.key);
        spool.done(place).await;
    }
    keys
}

fn segment(folder: &Path) -> std::path::PathBuf {
    let files = fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    let mut segments = files.filter(|path| path.extension().is_some_and(|end| end == "spool"));
    let only = segments.next().expect("a segment");
    assert_eq!(segments.next(), None);
    only
}

#[tokio::test]
async fn what_was_kept_waits_for_the_next_process_in_order_and_sealed() {
    let (world, folder) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let spool = open(&world, folder.path(), ROOMY).await.expect("it opens");
    fill(&spool, 5).await;
    let bytes = fs::read(segment(folder.path())).expect("it is there");
    assert!(!bytes.windows(NAME.len()).any(|part| part == NAME.as_bytes()), "a name is in the file");
    assert!(matches!(open(&world, folder.path(), ROOMY).await, Err(SpoolError::InUse)));

    let copied = tempfile::tempdir().expect("a folder");
    fs::write(copied.path().join("0000000000000001.spool"), bytes).expect("it is copied");
    let next = open(&world, copied.path(), ROOMY).await.expect("it opens");
    assert_eq!((next.counts().entries, next.counts().oldest), (5, Some(start())));
    assert_eq!(next.journeys(9), [journey(0), journey(1)]);
    next.keep(journey(0), entry(6)).await.expect("it is kept");
    assert_eq!(drained(&next, journey(0)).await, ["key-0", "key-2", "key-4", "key-6"]);
    assert!(!next.holds(journey(0)) && next.holds(journey(1)));
    assert_eq!(drained(&next, journey(1)).await, ["key-1", "key-3"]);
    assert_eq!(next.counts(), store::SpoolCounts::default());
    let left: Vec<_> =
        fs::read_dir(copied.path()).expect("it is there").map(|file| file.unwrap().file_name()).collect();
    assert!(left.len() == 2 && left.iter().all(|name| name == "lock" || name == "aside"), "{left:?}");
}

#[tokio::test]
async fn a_write_that_was_torn_anywhere_costs_nothing_that_was_whole_before_it() {
    let (world, folder) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let spool = open(&world, folder.path(), ROOMY).await.expect("it opens");
    let mut ends = vec![];
    for n in 0..3 {
        spool.keep(journey(0), entry(n)).await.expect("it is kept");
        ends.push(spool.counts().bytes);
    }
    let bytes = fs::read(segment(folder.path())).expect("it is there");
    assert_eq!(bytes.len() as u64, ends[2]);
    // The frame's own tests cut at each byte; here the file is opened, and written to again.
    for cut in (0..bytes.len()).step_by(7).chain([ends[0] as usize, ends[1] as usize, bytes.len()]) {
        let torn = tempfile::tempdir().expect("a folder");
        fs::write(torn.path().join("0000000000000001.spool"), &bytes[..cut]).expect("it is written");
        let next = open(&world, torn.path(), ROOMY).await.expect("it opens");
        let whole = ends.iter().filter(|end| **end <= cut as u64).count();
        let counts = next.counts();
        assert_eq!((counts.entries, counts.aside), (whole as u64, 0), "cut at {cut}");
        next.keep(journey(0), entry(9)).await.expect("it is kept");
        assert_eq!(drained(&next, journey(0)).await.len(), whole + 1, "cut at {cut}");
    }
}

#[tokio::test]
async fn what_has_rotted_lies_aside_and_the_rest_is_there() {
    let (world, folder) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let spool = open(&world, folder.path(), ROOMY).await.expect("it opens");
    fill(&spool, 3).await;
    let mut bytes = fs::read(segment(folder.path())).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let rotten = tempfile::tempdir().expect("a folder");
    fs::write(rotten.path().join("0000000000000007.spool"), &bytes).expect("it is written");
    let next = open(&world, rotten.path(), ROOMY).await.expect("it opens");
    assert_eq!((next.counts().entries, next.counts().aside), (2, 1));
    assert_eq!(drained(&next, journey(0)).await, ["key-0", "key-2"]);
}

#[tokio::test]
async fn what_cannot_be_driven_lies_aside_until_its_person_is_erased() {
    let (world, folder) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let spool = open(&world, folder.path(), ROOMY).await.expect("it opens");
    fill(&spool, 3).await;
    for of in [0, 1] {
        let (place, _) = spool.first(journey(of)).await.expect("it waits");
        spool.put_aside(place).await.expect("it lies aside");
    }
    assert_eq!((spool.counts().entries, spool.counts().aside), (1, 2));
    spool.forget(vec![journey(0)]).await.expect("it is forgotten");
    assert_eq!(spool.counts().aside, 1);
    let left = fs::read_dir(folder.path().join("aside")).expect("it is there").next().expect("one file");
    let left = left.expect("a file").file_name().into_string().expect("text");
    assert!(left.starts_with(&journey(1).to_string()), "{left}");
}

#[tokio::test]
async fn a_full_spool_refuses_and_takes_again_when_something_was_driven() {
    let (world, folder) = (World::new().await, tempfile::tempdir().expect("a folder"));
    let spool = open(&world, folder.path(), ROOMY).await.expect("it opens");
    spool.keep(journey(0), entry(0)).await.expect("it is kept");
    let one = spool.counts().bytes;
    let folder = tempfile::tempdir().expect("a folder");
    let spool = open(&world, folder.path(), one * 2 + one / 2).await.expect("it opens");
    fill(&spool, 2).await;
    assert!(matches!(spool.keep(journey(2), entry(2)).await, Err(SpoolError::Full)));
    assert_eq!(spool.counts().entries, 2, "what was refused does not wait");
    drained(&spool, journey(0)).await;
    drained(&spool, journey(1)).await;
    spool.keep(journey(2), entry(2)).await.expect("it is kept");
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_what_was_kept_before_stays() {
    const THIS: &str = "spool::a_disk_that_refuses_is_told_and_what_was_kept_before_stays";
    let Some(disk) = SmallDisk::of(256 * 1024, THIS) else { return };
    let world = World::new().await;
    let spool = open(&world, &disk.path("spool"), ROOMY).await.expect("it opens");
    let mut kept = 0;
    let refused = loop {
        match spool.keep(journey(0), entry(kept)).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, SpoolError::Disk(_)), "{refused:?}");
    assert!(kept > 10);
    assert_eq!(drained(&spool, journey(0)).await.len(), kept as usize);
    spool.keep(journey(0), entry(kept)).await.expect("there is room again");
}
