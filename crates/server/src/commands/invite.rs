//! The one-time link for the first owner, while nobody can log in.

use anyhow::Context;
use store::By;

use super::printed;
use crate::{people::People, world::World};

/// Prints a link for the first owner, if nobody can log in yet: on standard output alone, since whoever reads it gets in.
pub(super) async fn invite(people: &People, world: &World) -> anyhow::Result<()> {
    if !world.store.has_no_users().await.context("looking for users")? {
        return Ok(());
    }
    let made = world.store.add_link(world.clock.now(), By::COMMAND, None).await;
    // Somebody came in meanwhile.
    let Ok(secret) = made.context("making a link for the first owner")? else { return Ok(()) };
    let text = format!(
        "Nobody can log in yet. Open this link once, within a day, to become the owner:\n{}\n",
        console::pages::link_url(&people.origin, &secret)
    );
    let _ = printed(&text);
    Ok(())
}
