//! Dialling a lead: what is found out of the number, whether the rules permit it now, and the request. It ends in exactly one
//! event, whatever fails.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use auction::Destination;
use bridge::permit::{self, Asked, DIALS_WITHIN, Findings, Law, Permit, Refused};
use carrier::twilio::{Create, Created, Detection, Hook};
use journey::{Callback, Event};
use lead::{
    Consent, E164, JourneyId, Pii, Timestamp,
    geo::{State, Zip},
};
use store::LeadDial;

use crate::{act::ended_in, chain_of, drive::look, lists, world::World};

/// How long a call to a lead lasts at most, with all that is asked, the hold and the talk.
pub const LEAD_CALL_MAX: Duration = Duration::from_secs(2 * 3600);
/// How often a dial is permitted anew because the same number was dialled meanwhile.
pub const PERMIT_TRIES_MAX: u32 = 3;

/// The law, as this release has it.
pub(crate) static LAW: LazyLock<Law> = LazyLock::new(Law::written);

/// Who is to be dialled, as the journey has it.
struct Wanted {
    phone: Pii<E164>,
    zip: Option<Zip>,
    state: Option<State>,
    consent: Option<Consent>,
    callback: Callback,
}

/// Why nobody is dialled.
enum Stopped {
    /// A rule forbids it.
    Forbidden(Refused),
    /// It could not be found out whether one does.
    Unknown(String),
}

/// Dials a lead, if the rules permit it now.
pub async fn dial(world: Arc<World>, journey: JourneyId, n: u32) {
    store::point!("act::before_dial_lead");
    let event = match wanted(&world, journey, n).await {
        Ok(Some(wanted)) => dialled(&world, journey, n, wanted).await,
        Ok(None) => Event::LeadDialFailed { n, sure: true },
        Err(why) => not_dialled(journey, n, &why),
    };
    metrics::counter!("pingpost_lead_dials_total", "outcome" => event.name()).increment(1);
    store::point!("act::after_dial_lead");
    ended_in(&world, journey, format!("dial_lead:{n}"), event).await;
    store::point!("act::after_lead_dialled");
}

async fn wanted(world: &World, journey: JourneyId, n: u32) -> Result<Option<Wanted>, String> {
    let read = look(world, journey, |folded| {
        let wished = folded.journey.wished().filter(|wished| wished.n == n)?;
        Some(Wanted {
            phone: folded.journey.caller()?.clone(),
            zip: wished.profile.zip(),
            state: wished.profile.state(),
            consent: wished.consent.cloned(),
            callback: folded.journey.campaign().callback.clone()?,
        })
    });
    Ok(read.await.map_err(|error| chain_of(&error))?.flatten())
}

async fn dialled(world: &World, journey: JourneyId, n: u32, wanted: Wanted) -> Event<Pii<String>> {
    match permitted(world, journey, n, &wanted).await {
        Ok(permit) => request(world, journey, n, &wanted.callback, &permit).await,
        Err(Stopped::Forbidden(Refused { rule, until })) => {
            tracing::info!(journey.id = %journey, rule = rule.code(), "a lead is not dialled");
            Event::LeadForbidden { n, rule, until }
        }
        Err(Stopped::Unknown(why)) => not_dialled(journey, n, &why),
    }
}

fn not_dialled(journey: JourneyId, n: u32, error: &str) -> Event<Pii<String>> {
    tracing::error!(journey.id = %journey, error, "a lead could not be dialled");
    Event::LeadDialFailed { n, sure: true }
}

/// The permit, once the dial is counted: two journeys that dial the same number at once do not both find a dial left.
async fn permitted(world: &World, journey: JourneyId, n: u32, wanted: &Wanted) -> Result<Permit, Stopped> {
    let unknown = |error: &dyn std::error::Error| Stopped::Unknown(chain_of(error));
    for _ in 0..PERMIT_TRIES_MAX {
        let findings = found(world, wanted).await.map_err(Stopped::Unknown)?;
        let now = world.clock.now();
        let since = now - DIALS_WITHIN;
        let dials = world.store.dials_since(&wanted.phone, since).await.map_err(|error| unknown(&error))?;
        let seen = dials.len();
        let asked = Asked {
            phone: wanted.phone.clone(),
            zip: wanted.zip,
            state: wanted.state,
            consent: wanted.consent.clone(),
            requirements: wanted.callback.requirements.clone(),
            findings,
            dials,
        };
        let permit = permit::check(&asked, &LAW, now).map_err(Stopped::Forbidden)?;
        let dial = LeadDial { number: wanted.phone.clone(), journey, n, at: now };
        if world.store.begin_dial(dial, since, seen).await.map_err(|error| unknown(&error))? {
            return Ok(permit);
        }
    }
    Err(Stopped::Unknown("others dial the same number".to_owned()))
}

/// What our own lists and settings say of a number, and those that are asked outside.
async fn found(world: &World, wanted: &Wanted) -> Result<Findings, String> {
    let phone = &wanted.phone;
    let suppressed = world.store.suppressed(phone).await.map_err(|error| chain_of(&error))?.is_some();
    let (own_number, buyer_number) = ours_or_a_buyers(world, wanted);
    let requirements = &wanted.callback.requirements;
    // Nobody outside is told of a number that is not dialled anyway.
    let is_over = suppressed || own_number || buyer_number;
    let [national_list, litigators] = lists::ask(world, phone, requirements, is_over).await;
    Ok(Findings { suppressed, own_number, buyer_number, national_list, litigators })
}

/// Whether it is a number of ours, or one that a buyer is rung at.
fn ours_or_a_buyers(world: &World, wanted: &Wanted) -> (bool, bool) {
    let edition = world.book.latest();
    let is_it = |number: &E164| wanted.phone == Pii::new(number.clone());
    let settings = &edition.settings;
    let own = settings.numbers().any(|number| is_it(&number.number)) || is_it(&wanted.callback.from);
    let own = own
        || settings.campaigns().filter_map(|it| it.callback.as_ref()).any(|callback| is_it(&callback.from));
    let buyers = settings.offers().any(|offer| {
        let rung = match &offer.destination {
            Some(Destination::Phone(number)) => is_it(number),
            Some(Destination::Sip(_)) | None => false,
        };
        rung || offer.allowed.numbers.iter().any(is_it)
    });
    (own, buyers)
}

/// Asks the carrier to dial. It waits no longer for its turn than its permit is good.
async fn request(
    world: &World,
    journey: JourneyId,
    n: u32,
    callback: &Callback,
    permit: &Permit,
) -> Event<Pii<String>> {
    let Some(twilio) = &world.twilio else {
        tracing::error!(journey.id = %journey, "nobody can be called back: that takes a carrier of webhooks, and none is configured");
        return Event::LeadDialFailed { n, sure: true };
    };
    let create = Create {
        to: permit.phone().clone(),
        from: callback.from.clone(),
        url: Hook::Lead { journey, n }.url(&world.public_base),
        status_callback: Hook::LeadLeg { journey, n }.url(&world.public_base),
        ring: callback.ring,
        talk_max: LEAD_CALL_MAX,
        detection: Detection::First,
        wait_max: left_of(permit, world.clock.now(), twilio.request_timeout()),
    };
    store::point!("act::before_create");
    let created = twilio.create(&create).await;
    store::point!("act::after_create");
    match created {
        Created::Done(leg) => Event::LeadDialled { n, leg },
        Created::Refused { code } => {
            tracing::warn!(journey.id = %journey, code = ?code, "the carrier refused to dial a lead");
            Event::LeadDialFailed { n, sure: true }
        }
        Created::NotSent => Event::LeadDialFailed { n, sure: true },
        // It may ring: its first document, or the state of its leg, tells if it does.
        Created::Unknown => Event::LeadDialFailed { n, sure: false },
    }
}

/// What a permit leaves for waiting, with the request's own time taken off.
fn left_of(permit: &Permit, now: Timestamp, request_timeout: Duration) -> Duration {
    permit.good_until().since(now).saturating_sub(request_timeout)
}
