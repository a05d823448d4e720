//! The suppression list, as people see it.

use store::{By, Role, SuppressedBy};

use crate::{
    browser::{look, task},
    store_side::world::{number, secs},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_called_is_good_to_look_at() {
    let world = World::new().await;
    let ada = world.visitor("Ada Lovelace", Role::Owner).await;
    look(&world, Some(&ada), &[("/suppressions", "suppressions-none")]).await;
    for (n, why) in SuppressedBy::ALL.into_iter().enumerate() {
        let line = number(&format!("+1305555010{n}"));
        let at = world.now() + secs(n as u64);
        world.store.suppress(at, By::COMMAND, line, why).await.expect("it is written");
    }
    look(&world, Some(&ada), &[("/suppressions", "suppressions")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_numbers_is_imported_by_the_keyboard() {
    let world = World::new().await;
    let sue = world.visitor("Sue Port", Role::Support).await;
    task(&world, Some(&sue), "suppress_file", serde_json::json!({})).await;
    assert_eq!(world.store.suppressions_count().await.expect("it reads"), 1);
}
