//! What is kept holds nothing personal that could be read: not as it is, not in any disguise.

use sandbox::{
    Answer, Behaviour, Caller, HangUp, Line,
    canary::{Canary, Form},
    medicare,
    medicare::Name,
};

use crate::{logs::SECRETS, world::World};

/// Somebody who says a name.
fn dolores() -> Caller {
    Caller::by_prompt([
        ("zip", Answer::press(medicare::ZIP)),
        ("how old", Answer::press(medicare::AGE)),
        ("first name", Answer::speak("Dolores", "0.93")),
    ])
}

#[tokio::test]
async fn the_file_and_its_log_hold_nobody() {
    let world = World::with(|plan| {
        plan.draft.asks(
            "field = 'first_name'\naudience = 'winner'\nask = 'What is your first name?'\ncheck = 'name'",
        );
    })
    .await;
    world.play_by(dolores()).await.sold(Name::C, "91.00");
    let second =
        world.call_from(Some(SECRETS[1]), dolores().hanging_up(HangUp::AtPrompt("first name".into())));
    world.told(second).await.unsold("abandoned_interview");
    world.medicare.line(Name::C, Line::busy());
    let third = world.call_from(Some(SECRETS[2]), dolores());
    world.told(third).await.sold(Name::A, "85.00");
    let canary = Canary::new(SECRETS);
    let files = ["pingpost.db", "pingpost.db-wal"].map(|name| world.folder().join(name));
    for file in &files {
        searched(&canary, &std::fs::read(file).expect("both files are there while the server runs"));
    }
    let folder = world.ended().await;
    searched(&canary, &std::fs::read(folder.path().join("pingpost.db")).expect("the file stays"));
}

/// Digits alone are found by chance in bytes that are no text: they are searched for as they would be written.
fn searched(canary: &Canary, bytes: &[u8]) {
    let hits: Vec<_> =
        canary.found_in(bytes).into_iter().filter(|hit| !matches!(hit.form, Form::UrlEncoded)).collect();
    assert!(hits.is_empty(), "{hits:?}");
}

#[tokio::test]
async fn what_a_buyer_says_of_the_caller_is_kept_without_the_caller() {
    let mut world = World::with(|plan| plan.draft.offer(Name::B, "phone_in_ping = true")).await;
    world.allowed.may_see = vec![Name::B];
    let code = "(305) 555-0142".to_owned();
    let refusal = format!(
        r#"{{"bidAmount":0,"rejectReason":"{} is on our list","rejectCode":"{code}"}}"#,
        medicare::CALLER
    );
    world.medicare.bids(
        Name::B,
        Behaviour::Raw { body: refusal.into_bytes(), content_type: "application/json".into() },
    );
    let told = world.play().await;
    told.sold(Name::C, "91.00");
    assert_eq!(told.outcome_of(Name::B), "rejected");
    let canary = Canary::new([medicare::CALLER]);
    let kept = format!("{:?}", told.auctions);
    assert_eq!(canary.found_in(kept.as_bytes()), [], "{kept}");
    world.finish().await;
}
