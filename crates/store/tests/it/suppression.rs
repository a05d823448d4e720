//! The suppression list and the dials of a day: found by a keyed hash, never lost, never in the clear.

use lead::JourneyId;
use store::{
    AuditFilter, By, Imported, LEAD_DIALS_KEPT_FOR, LeadDial, NumberList, Refused, SUPPRESSION_BATCH_MAX,
    Store, SuppressedBy, SuppressionFilter,
};

use crate::world::{ADA, BOB, Call, KEY, KEY_2, World, bid, number, secs, start};

async fn actions(store: &Store) -> Vec<String> {
    let entries = store.audit(&AuditFilter::default()).await.expect("it reads");
    entries.into_iter().rev().map(|entry| entry.action).collect()
}

#[tokio::test]
async fn a_number_is_put_there_once_and_found_again() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.suppressed(&number(ADA)).await.expect("it reads"), None);
    let put = store.suppress(start(), By::COMMAND, number(ADA), SuppressedBy::ByHand).await.expect("written");
    assert!(put.1);
    let again = store.suppress(start() + secs(9), By::COMMAND, number(ADA), SuppressedBy::AskedByForm);
    assert_eq!(again.await.expect("written"), (put.0, false));
    let found = store.suppressed(&number(ADA)).await.expect("it reads").expect("it is there");
    assert_eq!((found.id, found.why, found.added_at), (put.0, SuppressedBy::ByHand, start()));
    assert_eq!((found.number, found.masked.as_str()), (number(ADA), "(305) •••-••42"));
    let two = [number(BOB), number(ADA)];
    assert_eq!(store.suppressed_of(&two).await.expect("it reads"), [1].into());
    assert_eq!(actions(store).await, ["suppression.added"]);
    assert!(!contains(&world.bytes().await, "3055550142"), "the number lies there in the clear");
}

#[tokio::test]
async fn it_is_taken_off_by_somebody_with_a_reason() {
    let world = World::new().await;
    let store = &world.store;
    let (id, _) =
        store.suppress(start(), By::COMMAND, number(ADA), SuppressedBy::ByHand).await.expect("written");
    let off = || store.unsuppress(start() + secs(1), By::COMMAND, id, "asked for it in writing".to_owned());
    assert_eq!(off().await.expect("written"), Ok(()));
    assert_eq!(off().await.expect("written"), Err(Refused::Unknown));
    assert_eq!(store.suppressed(&number(ADA)).await.expect("it reads"), None);
    assert_eq!(actions(store).await, ["suppression.added", "suppression.removed"]);
    let entry = store.audit(&AuditFilter::default()).await.expect("it reads").remove(0);
    assert_eq!(entry.after.expect("a reason")["reason"], "asked for it in writing");
}

#[tokio::test]
async fn a_list_is_imported_whole_and_again_without_harm() {
    let world = World::new().await;
    let store = &world.store;
    store
        .suppress(start(), By::COMMAND, number("+13052220007"), SuppressedBy::ByHand)
        .await
        .expect("written");
    let count = SUPPRESSION_BATCH_MAX + 20;
    let text: String = (0..count).map(|n| format!("305222{n:04}\n")).collect();
    let list = NumberList::read(text.as_bytes()).expect("short");
    let import = || store.import_suppressions(start() + secs(1), By::COMMAND, &list.numbers);
    let all = u64::try_from(count).expect("small");
    assert_eq!(import().await.expect("written"), Imported { added: all - 1, known: 1 });
    assert_eq!(import().await.expect("written"), Imported { added: 0, known: all });
    assert_eq!(store.suppressions_count().await.expect("it reads"), all);
    let first = store.suppressed(&number("+13052220007")).await.expect("it reads").expect("it is there");
    assert_eq!(first.why, SuppressedBy::ByHand, "what was there first stays");
}

#[tokio::test]
async fn pages_follow_each_other_and_leave_nothing_out() {
    let world = World::new().await;
    let store = &world.store;
    for n in 0..7_u64 {
        // Two at each moment: the id decides.
        let at = start() + secs(n / 2);
        let line = number(&format!("+1305222000{n}"));
        let why = if n == 3 { SuppressedBy::AskedByForm } else { SuppressedBy::ByHand };
        store.suppress(at, By::COMMAND, line, why).await.expect("written");
    }
    let (mut seen, mut before) = (vec![], None);
    loop {
        let filter = SuppressionFilter { before, limit: Some(3), ..SuppressionFilter::default() };
        let page = store.suppressions(&filter).await.expect("it reads");
        let Some(last) = page.last() else { break };
        before = Some((last.added_at, last.id));
        seen.extend(page);
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by(|a, b| (a.added_at, a.id) > (b.added_at, b.id)));
    let filter = SuppressionFilter { why: Some(SuppressedBy::AskedByForm), ..SuppressionFilter::default() };
    assert_eq!(store.suppressions(&filter).await.expect("it reads").len(), 1);
}

#[tokio::test]
async fn it_outlives_the_process_and_a_new_master_key() {
    let world = World::new().await;
    world.store.suppress(start(), By::COMMAND, number(ADA), SuppressedBy::ByHand).await.expect("written");
    let both = format!("{KEY_2},{KEY}");
    let world = world.reopen(&both).await;
    let store = &world.store;
    let found = store.suppressed(&number(ADA)).await.expect("it reads").expect("it is there");
    assert_eq!(found.number, number(ADA));
    let again = store.suppress(start(), By::COMMAND, number(ADA), SuppressedBy::ByHand).await;
    assert!(!again.expect("written").1, "it is known under the key before");
    assert_eq!(world.int("SELECT COUNT(*) FROM suppressions").await, 1);
}

#[tokio::test]
async fn dials_are_counted_once_each_and_forgotten() {
    let world = World::new().await;
    let store = &world.store;
    let day = start() - secs(86_400);
    let dial =
        |to: &str, n: u32, at| LeadDial { number: number(to), journey: JourneyId::of_call("AC", "1"), n, at };
    let begin = async |dial, seen| store.begin_dial(dial, day, seen).await.expect("written");
    assert!(begin(dial(ADA, 1, start()), 0).await);
    assert!(begin(dial(ADA, 1, start() + secs(9)), 0).await, "a repeat of it");
    assert!(!begin(dial(ADA, 2, start() + secs(60)), 0).await, "somebody was first");
    assert!(begin(dial(ADA, 2, start() + secs(60)), 1).await);
    assert!(begin(dial(BOB, 3, start() + secs(61)), 0).await);
    let of_ada = async |since| store.dials_since(&number(ADA), since).await.expect("it reads");
    assert_eq!(of_ada(day).await, [start() + secs(60), start()]);
    assert_eq!(of_ada(start()).await, [start() + secs(60)]);
    assert!(!contains(&world.bytes().await, "3055550142"), "the number lies there in the clear");
    assert!(begin(dial(BOB, 4, start() + LEAD_DIALS_KEPT_FOR + secs(30)), 1).await);
    // Nobody waits for what is dropped.
    let dropped = async {
        while of_ada(day).await.len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(secs(30), dropped).await.expect("it is dropped");
    assert_eq!(of_ada(day).await, [start() + secs(60)]);
}

#[tokio::test]
async fn of_many_at_once_one_dials() {
    let world = World::new().await;
    let racing = (0..20_u32).map(|n| {
        let journey = JourneyId::of_call("AC", &n.to_string());
        let dial = LeadDial { number: number(ADA), journey, n: 1, at: start() };
        let store = world.store.clone();
        tokio::spawn(async move { store.begin_dial(dial, start() - secs(9), 0).await.expect("written") })
    });
    let mut won = 0;
    for dial in racing.collect::<Vec<_>>() {
        won += u32::from(dial.await.expect("it ends"));
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn every_way_onto_the_list_is_one_that_the_table_knows() {
    let world = World::new().await;
    for (n, why) in SuppressedBy::ALL.into_iter().enumerate() {
        let line = number(&format!("+1305222001{n}"));
        world.store.suppress(start(), By::COMMAND, line.clone(), why).await.expect("written");
        let found = world.store.suppressed(&line).await.expect("it reads").expect("it is there");
        assert_eq!((found.why, SuppressedBy::parse(why.as_str())), (why, Some(why)));
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_number_is_found_when_the_key_of_its_day_is_retired() {
    let world = World::new().await;
    for line in [ADA, BOB] {
        world
            .store
            .suppress(start(), By::COMMAND, number(line), SuppressedBy::ByHand)
            .await
            .expect("written");
    }
    let mut call = Call::new(&world, "before", Some(ADA));
    call.sold(bid("a")).await;
    // Retired too early, it is known that they are lost, and that nobody may be called.
    let early = world.second(KEY_2).await.expect("nothing was published");
    assert_eq!(early.suppressions_lost().await.expect("it reads"), 2);
    assert!(early.suppressed(&number(ADA)).await.expect("it reads").is_none());
    early.close().await;

    let world = world.reopen(&format!("{KEY_2},{KEY}")).await;
    let rotated = world.store.rotate_keys().await.expect("it is written");
    assert_eq!((rotated.suppressions, rotated.journeys), (2, 1));
    assert_eq!(
        world.store.rotate_keys().await.expect("it is read"),
        store::Rotated::default(),
        "nothing is left"
    );
    let world = world.reopen(KEY_2).await;
    assert_eq!(world.store.suppressions_lost().await.expect("it reads"), 0);
    for line in [ADA, BOB] {
        let found =
            world.store.suppressed(&number(line)).await.expect("it reads").expect("it is still there");
        assert_eq!((&found.number, found.why), (&number(line), SuppressedBy::ByHand));
        let again = world.store.suppress(start(), By::COMMAND, number(line), SuppressedBy::ByHand).await;
        assert!(!again.expect("written").1, "it is known");
    }
    assert_eq!(world.int("SELECT COUNT(*) FROM suppressions").await, 2);
    let record = world.store.load_durable(call.id).await.expect("its key opens").expect("it is there");
    assert_eq!(record.entries[0].event.whose(), Some(&lead::Pii::new(ADA.to_owned())));
}
