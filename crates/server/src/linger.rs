//! A hold poll that comes when its round is about to close waits for it, whichever node runs it: an ending is heard at once
//! then, and not with the next poll. The caller hears silence meanwhile, so it is a short wait.

use std::time::Duration;

use auction::Vertical;
use journey::HOLD_MARGIN;
use lead::{Channel, JourneyId, Timestamp};
use store::News;
use tokio::sync::broadcast::Receiver;

use crate::{
    drive::look,
    folded::{FoldError, Folded},
    intake::change_of,
    world::World,
};

/// The longest wait of a poll for its round.
pub const LINGER_MAX: Duration = Duration::from_millis(500);

/// Waits until the journey's round is over, if it is about to be. The news must have been listened to since before the
/// journey was read; who waited reads it again.
///
/// # Errors
/// When the journey cannot be read.
pub async fn linger(
    world: &World,
    journey: JourneyId,
    mut news: Receiver<News>,
) -> Result<Lingered, FoldError> {
    let waited_for = look(world, journey, waited_for);
    let Some(round) = waited_for.await?.flatten() else { return Ok(Lingered::Not) };
    let closes_at = round.closes_at(world).await;
    if closes_at.is_none_or(|at| world.clock.now() + LINGER_MAX < at) {
        return Ok(Lingered::Not);
    }
    let told = tokio::time::timeout(LINGER_MAX, change_of(journey, &mut news)).await.is_ok();
    let end = if told { "told" } else { "in_vain" };
    metrics::counter!("pingpost_polls_lingered_total", "end" => end).increment(1);
    Ok(Lingered::Waited)
}

/// Whether a poll waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lingered {
    /// There was nothing to wait for.
    Not,
    /// It did, and the journey may be another by now.
    Waited,
}

/// A round that runs somewhere.
struct Round {
    version: u64,
    vertical: Vertical,
    opened_at: Timestamp,
    budget: Duration,
}

fn waited_for(folded: &Folded) -> Option<Round> {
    let awaited = folded.journey.awaited().filter(|awaited| awaited.auction.is_some())?;
    let (campaign, budget) = (folded.journey.campaign(), folded.journey.campaign().rules.budget);
    let opened_at = Timestamp::from_micros(
        awaited.until.micros() - i64::try_from((budget + HOLD_MARGIN).as_micros()).ok()?,
    );
    Some(Round { version: folded.version, vertical: campaign.vertical.clone(), opened_at, budget })
}

impl Round {
    /// When it closes at the latest, if nothing holds it up: when the slowest of its offers may still answer.
    async fn closes_at(&self, world: &World) -> Option<Timestamp> {
        let edition = world.edition(self.version).await?;
        let offers = edition.settings.offers_for(&self.vertical, Channel::Call);
        let slowest = offers.iter().map(|(offer, _)| offer.timeout).max()?;
        Some(self.opened_at + slowest.min(self.budget))
    }
}
