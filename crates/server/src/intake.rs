//! `take`: a lead that comes in by a form, accepted once it is durable, and what became of it.

use std::{sync::Arc, time::Duration};

use journey::{Ended, Event, Submitted};
use lead::{CampaignId, Channel, Consent, JourneyId, Lead, Money, Pii, PublisherId, SaleId, Timestamp};
use store::News;
use tokio::sync::broadcast::{Receiver, error::RecvError};

pub use crate::disguise::Seems;
use crate::{
    disguise,
    drive::{DriveError, Driven, Driving, drive, look_again},
    folded::{FoldError, Folded},
    room,
    world::World,
};

/// The longest that whoever hands in a form may wait for its auction's result.
pub const RESULT_WAIT_MAX: Duration = Duration::from_secs(30);

/// A filled form, read by what its campaign declares.
#[derive(Debug)]
pub struct Submission {
    /// Who hands it in.
    pub publisher: PublisherId,
    /// The key under which the same form is recognised when it comes again.
    pub idempotency_key: String,
    /// A hash of what was sent under it, in hex.
    pub body_hash: String,
    /// The campaign that it is for.
    pub campaign: CampaignId,
    /// Whether it is sold as data, or its person is called.
    pub channel: Channel,
    /// The lead.
    pub lead: Lead,
    /// What the person agreed to.
    pub consent: Option<Consent>,
    /// The number was asked for too often: it is not rung.
    pub asked_too_often: bool,
}

/// What became of a lead so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose it is.
    pub publisher: Option<PublisherId>,
    /// Where it stands, by the journey's name for it.
    pub phase: &'static str,
    /// How it ended, once it has.
    pub ended: Option<Ended>,
    /// When its person is rung, where that is waited for.
    pub due_at: Option<Timestamp>,
    /// What a visitor is told of it in place of that its number may not be rung.
    pub seems: Option<Seems>,
    /// Its sale.
    pub sale: Option<SaleId>,
    /// What it was sold at.
    pub price: Option<Money>,
}

/// Why a form was not taken in. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// Something else was sent under the same key.
    #[error("another form was sent under the same key")]
    OtherBody,
    /// The campaign is not there any more.
    #[error("there is no such campaign")]
    NoCampaign,
    /// The disk is nearly full, and what is left is kept for what is under way.
    #[error("there is no room for another lead")]
    NoRoom,
    /// The person was erased since; nobody is told that there was one.
    #[error("the person was erased")]
    Erased,
    /// It could not be made durable.
    #[error("it could not be kept")]
    Drive(#[from] DriveError),
}

/// Takes in a form. When this returns its id, it is durable; the same form under the same key gives the same id and
/// changes nothing.
///
/// # Errors
/// Says why nothing was taken in.
pub async fn take(world: &Arc<World>, submission: Submission) -> Result<JourneyId, TakeError> {
    let Submission {
        publisher,
        idempotency_key,
        body_hash,
        campaign,
        channel,
        lead,
        consent,
        asked_too_often,
    } = submission;
    let found = world.book.latest().settings.campaign(&campaign);
    if found.is_none_or(|campaign| channel != Channel::Form && campaign.callback.is_none()) {
        return Err(TakeError::NoCampaign);
    }
    let journey = JourneyId::of_form(&publisher, &idempotency_key);
    if room::is_full_for(world, journey).await {
        return Err(TakeError::NoRoom);
    }
    let form = Submitted::new(campaign, Some(publisher), lead, consent);
    let form = Box::new(Submitted { asked_too_often, ..form });
    let event = match channel {
        Channel::Form => Event::FormReceived { form },
        // A person who asked to be rung, whoever took the wish down.
        Channel::Callback | Channel::Call => Event::CallbackAsked { form },
    };
    let key = format!("form:{body_hash}");
    let driving = Driving { journey, key: key.clone(), event };
    let driven = drive(world, driving, |folded| folded.keys.contains(&key)).await;
    match driven {
        Ok((Driven::New, _)) => {
            metrics::counter!("pingpost_leads_taken_total", "channel" => channel.code()).increment(1);
            Ok(journey)
        }
        Ok((Driven::Repeat, Some(true))) => Ok(journey),
        Ok((Driven::Repeat, _)) => Err(TakeError::OtherBody),
        Ok((Driven::Unknown, _)) => Err(TakeError::NoCampaign),
        Err(error) if error.is_of_the_erased() => Err(TakeError::Erased),
        Err(error) => Err(error.into()),
    }
}

/// Cancels a callback that waits for its next try. `false`: it rings, was answered, is over, or there is none.
///
/// # Errors
/// When it is not known to be cancelled.
pub async fn cancel(world: &Arc<World>, journey: JourneyId) -> Result<bool, DriveError> {
    let (key, event) = ("cancelled".to_owned(), Event::CallbackCancelled);
    let cancelled = |folded: &Folded| folded.journey.ended() == Some(&Ended::Cancelled);
    match drive(world, Driving { journey, key, event }, cancelled).await {
        Ok((_, cancelled)) => Ok(cancelled.unwrap_or_default()),
        Err(error) if error.is_of_the_erased() => Ok(false),
        Err(error) => Err(error),
    }
}

/// What became of a lead. `None`: there is none, or its person was erased.
///
/// # Errors
/// When it cannot be read.
pub async fn standing(world: &World, journey: JourneyId) -> Result<Option<Standing>, FoldError> {
    let now = world.clock.now();
    match look_again(world, journey, |folded| read(folded, now)).await {
        Err(FoldError::Erased) => Ok(None),
        read => read,
    }
}

/// As [`standing`], once it has ended, or after this wait.
///
/// # Errors
/// When it cannot be read.
pub async fn result(
    world: &World,
    journey: JourneyId,
    wait: Duration,
) -> Result<Option<Standing>, FoldError> {
    // Listened to since before it is read.
    let mut news = world.store.news();
    let ended = async {
        loop {
            let standing = standing(world, journey).await?;
            if standing.as_ref().is_none_or(|standing| standing.ended.is_some()) {
                return Ok(standing);
            }
            change_of(journey, &mut news).await;
        }
    };
    match tokio::time::timeout(wait.min(RESULT_WAIT_MAX), ended).await {
        Ok(standing) => standing,
        Err(_) => standing(world, journey).await,
    }
}

fn read(folded: &Folded, now: Timestamp) -> Standing {
    let journey = &folded.journey;
    Standing {
        publisher: journey.publisher().map(|(publisher, _)| publisher.clone()),
        phase: journey.phase_name(),
        ended: journey.ended().cloned(),
        due_at: journey.wished().and_then(|wished| wished.due_at),
        seems: disguise::of(journey, now),
        sale: journey.sold().map(|sold| sold.sale()),
        price: journey.sold().map(|sold| sold.ranked().price),
    }
}

/// Until something is told of the journey, or may have been.
pub(crate) async fn change_of(journey: JourneyId, news: &mut Receiver<News>) {
    loop {
        match news.recv().await {
            Ok(News::Stage { journey: of, .. }) if of == journey => return,
            Ok(News::Gap) | Err(RecvError::Lagged(_)) => return,
            Ok(News::Settings { .. } | News::Stage { .. }) => {}
            // The store is closed with the process.
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// What a form's event says of the journey that it begins.
pub(crate) fn submitted(event: &Event<Pii<String>>) -> Option<(&CampaignId, Option<&PublisherId>, Channel)> {
    match event {
        Event::FormReceived { form } => Some((&form.campaign, form.publisher.as_ref(), Channel::Form)),
        Event::CallbackAsked { form } => Some((&form.campaign, form.publisher.as_ref(), Channel::Callback)),
        _ => None,
    }
}
