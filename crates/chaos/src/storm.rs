//! The storm: strikes one after another, each mended before the next.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    Say,
    plan::Plan,
    schedule::{Blow, Harm, Strike, Wire},
    world::{Links, World},
};

/// What a storm has done.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    /// How often each kind has struck.
    pub(crate) times: BTreeMap<&'static str, u64>,
    /// Nodes that did not come back.
    pub(crate) not_back: Vec<String>,
}

/// Strikes whatever comes, until nothing more does.
pub(crate) async fn storm(
    world: Arc<World>,
    plan: Plan,
    mut strikes: tokio::sync::mpsc::UnboundedReceiver<Strike>,
    say: Say,
) -> anyhow::Result<Struck> {
    let mut struck = Struck::default();
    while let Some(strike) = strikes.recv().await {
        tokio::time::sleep(strike.moment).await;
        say(&format!("call {:>6}: {}", strike.at_call, strike.blow));
        blow(&world, &plan, strike.blow).await?;
        if let Blow::KillNode(node) = strike.blow
            && let Err(why) = world.nodes[node].ready().await
        {
            // That is a finding, and no reason to stop looking.
            let at = strike.at_call;
            struck.not_back.push(format!("node {node} was killed at call {at} and takes no calls: {why}"));
        }
        *struck.times.entry(strike.blow.fault().name()).or_default() += 1;
    }
    Ok(struck)
}

async fn blow(world: &World, plan: &Plan, blow: Blow) -> anyhow::Result<()> {
    let passes = || tokio::time::sleep(plan.away);
    match blow {
        Blow::KillNode(node) => {
            // The next fault strikes only when this node is back, so that somebody is always there.
            world.nodes[node].kill();
        }
        Blow::StopNode(node) => {
            world.nodes[node].freeze();
            passes().await;
            world.nodes[node].thaw();
        }
        Blow::KillRedis(n) => {
            if let Some(redis) = &world.redis {
                let server = redis.primary(n).await;
                server.kill().await;
                passes().await;
                server.begin().await?;
            }
        }
        Blow::StopRedis(n) => {
            if let Some(redis) = &world.redis {
                let server = redis.primary(n).await;
                server.freeze();
                passes().await;
                server.thaw();
            }
        }
        Blow::FlushRedis => {
            if let Some(redis) = &world.redis {
                redis.flush().await?;
            }
        }
        Blow::KillPostgres => {
            world.postgres.kill().await;
            passes().await;
            world.postgres.begin().await?;
        }
        Blow::StopPostgres => {
            world.postgres.freeze();
            passes().await;
            world.postgres.thaw();
        }
        Blow::Link(node, wire, harm) => {
            set(&world.links[node], wire, Some(harm));
            passes().await;
            set(&world.links[node], wire, None);
        }
    }
    Ok(())
}

fn set(links: &Links, wire: Wire, harm: Option<Harm>) {
    match (wire, &links.redis) {
        (Wire::Postgres, _) => links.postgres.set(harm),
        (Wire::Redis, Some(link)) => link.set(harm),
        (Wire::Redis, None) => {}
    }
}
