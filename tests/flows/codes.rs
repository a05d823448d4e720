//! What a campaign may ask of a call back beyond the 1: a one-time code before it, and an auction while the phone rings.

use journey::{CODE_LIFE, Ended, Unreached};
use sandbox::{
    Answer,
    medicare::{CALLER, CAMPAIGN_NUMBER},
};
use server::code;
use store::{CallbackFilter, CodeTried};

use crate::{
    callbacks::{DAY, ask, does, ended, keen, rung, stands, wish},
    play::{pings, posts},
    world::{World, until},
};

async fn world() -> World {
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        plan.draft.callback("code = 'sms'");
    });
    let world = world.await;
    world.medicare.carrier.line(CALLER, keen());
    world
}

/// When no code that was sent can be entered any more.
fn world_end() -> lead::Timestamp {
    DAY + CODE_LIFE + CODE_LIFE
}

/// The digits of the newest message.
async fn sent(world: &World, count: usize) -> String {
    let messages = until("the message", async || {
        let messages = world.medicare.carrier.messages();
        (messages.len() >= count).then_some(messages)
    });
    let message = messages.await.pop().expect("a message");
    assert_eq!((message.to.as_str(), message.from.as_str()), (CALLER, CAMPAIGN_NUMBER));
    assert!(message.text.contains("Seniors Daily"), "{}", message.text);
    message.text.chars().take(6).collect()
}

#[tokio::test]
async fn who_enters_the_code_is_rung_and_sold_and_the_code_lies_nowhere() {
    let world = world().await;
    let journey = ask(&world, wish(&world, "k1")).await;
    let digits = sent(&world, 1).await;
    assert!(digits.bytes().all(|digit| digit.is_ascii_digit()), "{digits}");
    assert_eq!((stands(&world, journey).await.phase, rung(&world)), ("proving", 0));
    let waiting = world.store().callbacks(&CallbackFilter::default()).await.expect("they can be listed");
    assert_eq!(waiting, [], "nobody has proven yet that it is their number");
    let other = if digits == "000000" { "000001" } else { "000000" };
    let enter = async |text: &str| code::entered(world.server(), journey, text).await.expect("it is counted");
    assert_eq!(enter(other).await, CodeTried::Wrong);
    assert_eq!(rung(&world), 0);
    assert_eq!(enter(&format!(" {digits} ")).await, CodeTried::Right);
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    world.posts_settled(Some(journey)).await;
    let events = world.events(journey).await;
    assert!(!format!("{events:?}").contains(&digits), "the code is in no event");
    world.finish().await;
}

#[tokio::test]
async fn five_tries_and_three_messages_and_never_a_word_of_who_wants_no_calls() {
    let world = world().await;
    let journey = ask(&world, wish(&world, "k1")).await;
    let first = sent(&world, 1).await;
    for _ in 0..4 {
        code::again(world.server(), journey).await;
    }
    let last = sent(&world, 3).await;
    assert_eq!(world.medicare.carrier.messages().len(), 3, "no more is sent");
    let wrong: Vec<_> =
        ["000000", "000001", "000002", "000003", "000004", "000005", "000006", "000007"].into();
    let wrong = wrong.into_iter().filter(|it| *it != first && *it != last);
    let mut tried = vec![];
    for text in wrong.take(6) {
        tried.push(code::entered(world.server(), journey, text).await.expect("it is counted"));
    }
    assert_eq!(tried[..4], [CodeTried::Wrong; 4]);
    assert_eq!(tried[5], CodeTried::Over);
    assert_eq!(code::entered(world.server(), journey, &last).await.expect("counted"), CodeTried::Over);
    assert_eq!((stands(&world, journey).await.phase, rung(&world)), ("proving", 0));

    // Another wish for the same number: its day has no message left, and it looks as the first did.
    let second = ask(&world, wish(&world, "k2")).await;
    assert_eq!(stands(&world, second).await.phase, "proving");
    until("what became of the code", async || {
        let events = world.events(second).await;
        events.iter().any(|recorded| recorded.event.name() == "code_not_sent").then_some(())
    })
    .await;
    assert_eq!(code::entered(world.server(), second, "123456").await.expect("counted"), CodeTried::Wrong);
    assert_eq!(world.medicare.carrier.messages().len(), 3);

    // Nobody enters anything any more: both end as one that nobody answered.
    let world = world.restart_at(Some(world_end())).await;
    for journey in [journey, second] {
        assert_eq!(ended(&world, journey).await, Ended::NotReached(Unreached::NotConfirmed));
    }
    assert_eq!(rung(&world), 0);
    world.finish().await;
}

/// A campaign whose script asks nothing that the widget has not asked, and whose auction begins with the ringing.
async fn early() -> World {
    let world = World::with(|plan| {
        plan.now = Some(DAY);
        plan.draft.callback("auction = 'ringing'");
        plan.draft.campaign("script = { greeting = 'Hello.', closing = 'One moment please.' }");
        plan.draft.offers("required = []");
    });
    world.await
}

#[tokio::test]
async fn the_auction_of_who_is_rung_runs_while_the_phone_rings_and_is_used_at_the_1() {
    let world = early().await;
    world.medicare.carrier.line(CALLER, keen());
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::Sold);
    world.posts_settled(Some(journey)).await;
    let names: Vec<_> = world.events(journey).await.iter().map(|it| it.event.name()).collect();
    let at = |name: &str| names.iter().position(|event| *event == name).expect("it is there");
    assert!(at("auction_opened") < at("lead_answered"), "{names:?}");
    assert!(at("heard") < at("reserved"), "nothing is reserved before the 1: {names:?}");
    assert_eq!(names.iter().filter(|name| **name == "auction_opened").count(), 1, "{names:?}");
    assert_eq!(posts(&world), [0, 0, 1, 0, 0, 0]);
    world.finish().await;
}

#[tokio::test]
async fn who_does_not_press_1_was_shown_in_vain_and_nobody_is_billed() {
    let world = early().await;
    world.medicare.carrier.line(CALLER, does(Answer::silence()));
    let journey = ask(&world, wish(&world, "k1")).await;
    assert_eq!(ended(&world, journey).await, Ended::NotReached(Unreached::NotConfirmed));
    assert!(pings(&world).iter().sum::<usize>() > 0, "they were asked");
    let names: Vec<_> = world.events(journey).await.iter().map(|it| it.event.name()).collect();
    assert!(!names.contains(&"reserved"), "{names:?}");
    assert_eq!(posts(&world), [0; 6]);
    world.finish().await;
}
