//! The first steps, and simulated calls, as people see them.

use secrecy::SecretString;
use store::Role;

use crate::{browser::look, seeds, world::World};

const EXAMPLE: &str = include_str!("../../../../config/demo-settings.toml");

#[tokio::test(flavor = "multi_thread")]
async fn the_first_steps_and_a_simulated_call_are_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/start", "start-none"), ("/simulate", "simulate-none"), ("/", "home-led")])
        .await;
    let publish =
        world.store.publish_settings(world.now(), SecretString::from(EXAMPLE), "the example".to_owned());
    publish.await.expect("it is written");
    let sold = format!("/simulate/{}", seeds::sold(&world.store).await);
    let lost = format!("/simulate/{}", seeds::abandoned(&world.store).await);
    let pages = [
        ("/start", "start"),
        ("/simulate", "simulate"),
        (&*sold, "simulated-sold"),
        (&*lost, "simulated-lost"),
        ("/simulate/00000000-0000-4000-8000-000000000000", "simulated-new"),
    ];
    look(&world, Some(&ada), &pages).await;
    let world = World::behind_carrier("https://calls.example.com", Ok(vec![])).await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/start?ask=carrier", "start-real"), ("/simulate", "simulate-real")]).await;
}
