//! One-time codes: one is drawn and sent to the number that asked to be rung, and what its visitor enters is compared. Nobody
//! learns whether a number is known: a code that is not sent is asked for all the same, in the same words and the same time.

use std::sync::Arc;

use carrier::twilio::Updated;
use hmac::{Hmac, KeyInit, Mac};
use journey::{CODE_LIFE, Event};
use lead::{E164, JourneyId, Pii};
use sha2::Sha256;
use store::{CodeTried, NewCode};

use crate::{
    act::ended_in,
    chain_of, chance,
    drive::{Driving, drive, look},
    world::World,
};

/// What makes this key differ from every other that is derived from the same master key.
const LABEL: &str = "pingpost/one-time-codes";
const DIGITS: usize = 6;

/// Draws and sends the `n`th code of a journey, unless its number must not be written to. It ends in exactly one event.
pub async fn send(world: Arc<World>, journey: JourneyId, n: u32) {
    store::point!("act::before_send_code");
    let sent = match wanted(&world, journey).await {
        Some((number, from, brand)) => sent(&world, journey, n, number, &from, &brand).await,
        None => false,
    };
    store::point!("act::after_send_code");
    let event = if sent { Event::CodeSent { n } } else { Event::CodeNotSent { n } };
    ended_in(&world, journey, format!("code:{n}"), event).await;
}

async fn wanted(world: &World, journey: JourneyId) -> Option<(Pii<E164>, E164, String)> {
    let read = look(world, journey, |folded| {
        let callback = folded.journey.campaign().callback.as_ref()?;
        let number = folded.journey.caller()?.clone();
        Some((number, callback.from.clone(), callback.requirements.brand.clone()))
    });
    read.await.ok().flatten().flatten()
}

async fn sent(
    world: &World,
    journey: JourneyId,
    n: u32,
    number: Pii<E164>,
    from: &E164,
    brand: &str,
) -> bool {
    // Who wants no calls wants no messages either.
    match world.store.suppressed(&number).await {
        Ok(None) => {}
        Ok(Some(_)) => return false,
        Err(error) => {
            tracing::error!(error = %chain_of(&error), journey.id = %journey, "a code was not sent");
            return false;
        }
    }
    let (code, at) = (chance::digits(DIGITS), world.clock.now());
    let mac = mac(world, journey, &code);
    let new = NewCode { journey, n, number: number.clone(), mac, at, ends_at: at + CODE_LIFE };
    match world.store.note_code(new).await {
        Ok(true) => {}
        Ok(false) => return false,
        Err(error) => {
            tracing::error!(error = %chain_of(&error), journey.id = %journey, "a code was not sent");
            return false;
        }
    }
    let minutes = CODE_LIFE.as_secs() / 60;
    let text = format!(
        "{code} is your code for {brand}. It is good for {minutes} minutes. We never ask for it by phone."
    );
    let Some(twilio) = &world.twilio else { return false };
    match twilio.message(&number, from, &text).await {
        Updated::Done => true,
        Updated::Refused { code } => {
            tracing::warn!(journey.id = %journey, code = ?code, "the carrier refused a message");
            false
        }
        Updated::Unknown => false,
    }
}

/// What a visitor's entry came to.
///
/// # Errors
/// When it is not known to be counted.
pub async fn entered(
    world: &Arc<World>,
    journey: JourneyId,
    given: &str,
) -> Result<CodeTried, store::WriteFailed> {
    let digits: String = given.chars().filter(char::is_ascii_digit).take(DIGITS + 1).collect();
    let mac = mac(world, journey, &digits);
    let tried = world.store.try_code(world.clock.now(), journey, mac).await?;
    if tried == CodeTried::Right {
        let driving = Driving { journey, key: "proven".to_owned(), event: Event::NumberProven };
        if let Err(error) = Box::pin(drive(world, driving, |_| ())).await {
            crate::act::failed(journey, "number_proven", &error);
        }
    }
    Ok(tried)
}

/// The visitor wants another code.
pub async fn again(world: &Arc<World>, journey: JourneyId) {
    let next = look(world, journey, |folded| folded.journey.folded());
    let key = format!("code_again:{}", next.await.ok().flatten().unwrap_or_default());
    ended_in(world, journey, key, Event::CodeAskedAgain).await;
}

fn mac(world: &World, journey: JourneyId, code: &str) -> [u8; 32] {
    let key = world.store.key_for(LABEL);
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    mac.update(journey.uuid().as_bytes());
    mac.update(code.as_bytes());
    mac.finalize().into_bytes().into()
}
