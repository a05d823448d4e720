//! A test call of one offer: from the simulator, or from a telephone that somebody holds. Only the offer takes part, and
//! nothing is counted; the very script is played, the very buyer is asked, rung and posted to.

use std::{collections::BTreeMap, sync::Arc};

use ivr::{Check, Question};
use lead::{Channel, E164, FieldName, JourneyId, OfferId, Pii, Profile, geo::State};
use settings::{Campaign, Settings};
use store::{NewTestCall, TestCall};

use crate::{
    Carrier, Console, Phones,
    actor::Actor,
    edits,
    problem::Problem,
    sampled,
    simulated::{self, Asked, NotPlaced, Wanted},
};

/// What somebody wants to try.
pub(crate) struct Trial {
    /// The offer.
    pub(crate) offer: OfferId,
    /// Which of our numbers is called.
    pub(crate) number: E164,
    /// The telephone that calls; none: in the simulator one that is never given to anybody.
    pub(crate) from: Option<E164>,
    /// The rest is the simulator's.
    pub(crate) answers: BTreeMap<String, String>,
    /// What the buyer's telephone does.
    pub(crate) phones: Phones,
    /// For how long they talk.
    pub(crate) talk_secs: u32,
}

/// What became of it.
pub(crate) struct Tried {
    /// What was asked for.
    pub(crate) asked: TestCall,
    /// The call, where the simulator placed it.
    pub(crate) journey: Option<JourneyId>,
}

/// Why there is no test call.
pub(crate) enum NotTried {
    /// No campaign of what the offer buys has the number.
    Number,
    /// A telephone must be named.
    From,
    /// The offer buys no calls.
    NoCalls,
    /// Too many wait already.
    TooMany,
    /// The simulator placed none.
    NotPlaced(NotPlaced),
    /// Something else.
    Problem(Problem),
}

impl From<Problem> for NotTried {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Tries an offer: places the call where the simulator carries the calls, else waits for it.
pub(crate) async fn ask(console: &Console, actor: &Actor, trial: Trial) -> Result<Tried, NotTried> {
    let settings = edits::in_force(console).await?;
    let offer = settings.offer(&trial.offer).ok_or_else(Problem::not_found)?;
    if !offer.channels.contains(&Channel::Call) {
        return Err(NotTried::NoCalls);
    }
    let reached = settings.campaign_of(&trial.number).map(|(campaign, _)| campaign);
    reached.filter(|campaign| campaign.vertical == offer.vertical).ok_or(NotTried::Number)?;
    let Trial { offer, number, from, answers, phones, talk_secs } = trial;
    let Carrier::Simulated(simulator) = &console.premises.carrier else {
        let from = from.ok_or(NotTried::From)?;
        let asked = wait_for(console, actor, NewTestCall { offer, dnis: number, caller: Pii::new(from) });
        return Ok(Tried { asked: asked.await?, journey: None });
    };
    let usual = || E164::parse(&simulated::usual_caller(console.now())).ok();
    let from = from.or_else(usual).ok_or(NotTried::From)?;
    let wanted = Wanted { to: number.clone(), from: Some(from.clone()), answers, phones, talk_secs };
    let call = simulated::call(console, &settings, wanted).map_err(NotTried::NotPlaced)?;
    // It must wait before the call comes.
    let asked = wait_for(console, actor, NewTestCall { offer, dnis: number, caller: Pii::new(from) }).await?;
    let journey = (simulator.place)(call).map_err(|why| NotTried::NotPlaced(NotPlaced::Simulator(why)))?;
    Ok(Tried { asked, journey: Some(journey) })
}

async fn wait_for(console: &Console, actor: &Actor, new: NewTestCall) -> Result<TestCall, NotTried> {
    let asked = console.store().ask_for_test_call(console.now(), actor.by(), new).await;
    asked.map_err(|error| Problem::unavailable(&error))?.ok_or(NotTried::TooMany)
}

/// A campaign whose callers an offer may be asked about.
pub(crate) struct Callable {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
    /// The numbers that lead to it.
    pub(crate) numbers: Vec<String>,
    campaign: Arc<Campaign>,
}

impl Callable {
    /// What its script asks, each with an answer that the offer's filters let pass, where one is found.
    pub(crate) fn asked(&self, settings: &Settings, offer: &OfferId) -> Vec<Asked> {
        let mut asked = simulated::asked(&self.campaign);
        for (asked, question) in asked.iter_mut().zip(&self.campaign.script.questions) {
            if let Some(wanted) = wanted(question, settings, offer) {
                asked.usual = wanted;
            }
        }
        asked
    }
}

/// The campaigns of what an offer buys that have a number.
pub(crate) fn campaigns(settings: &Settings, offer: &OfferId) -> Vec<Callable> {
    let Some(offer) = settings.offer(offer) else { return vec![] };
    let of = settings.campaigns().filter(|campaign| campaign.vertical == offer.vertical);
    let callable = of.map(|campaign| {
        let numbers = settings.numbers().filter(|it| it.campaign == campaign.id);
        Callable {
            id: campaign.id.to_string(),
            name: campaign.name.clone(),
            numbers: numbers.map(|it| it.number.as_str().to_owned()).collect(),
            campaign: Arc::clone(campaign),
        }
    });
    callable.filter(|it| !it.numbers.is_empty()).collect()
}

/// An answer that every filter on its field lets pass; for a zip those on the state that it lies in as well.
fn wanted(question: &Question, settings: &Settings, offer: &OfferId) -> Option<String> {
    let offer = settings.offer(offer)?;
    let is_zip = matches!(question.check, Check::Zip);
    let concerns = |field: &FieldName| *field == question.field || (is_zip && field.is_geography());
    let filters: Vec<_> = offer.filters.iter().filter(|it| concerns(&it.field)).collect();
    if filters.is_empty() {
        return None;
    }
    let passes = |text: &String| {
        let Some(value) = sampled::read(&question.check, text) else { return false };
        let mut profile = Profile::new();
        profile.answer(question.field.clone(), value);
        profile.derive_geography(None);
        filters.iter().all(|filter| filter.passes(&profile) || profile.value(&filter.field).is_none())
    };
    let usual = std::iter::once(simulated::fitting(&question.check).1);
    let found = usual.chain(all(&question.check)).find(passes)?;
    Some(match &question.check {
        // It is spoken by its name.
        Check::State => State::parse(&found.to_uppercase())?.name().to_owned(),
        _ => found,
    })
}

/// Whatever a check may be answered, as far as that is countable: of many numbers some of each part of their range.
fn all(check: &Check) -> Box<dyn Iterator<Item = String> + '_> {
    match check {
        Check::Zip => Box::new((0..100_000).map(|zip| format!("{zip:05}"))),
        Check::State => Box::new(State::all().map(|state| state.to_string())),
        Check::Age { min, max } | Check::Number { min, max } => {
            let step = usize::try_from(max.saturating_sub(*min) / NUMBERS_TRIED).unwrap_or_default().max(1);
            Box::new((*min..=*max).step_by(step).map(|number| number.to_string()))
        }
        Check::YesNo { .. } | Check::Consent { .. } => Box::new(["yes", "no"].map(str::to_owned).into_iter()),
        Check::Choice { keys, words } => {
            Box::new(keys.values().chain(words.values()).map(ToString::to_string))
        }
        Check::Name | Check::Text | Check::Phone => Box::new(std::iter::empty()),
    }
}

/// How many numbers of a range are tried.
const NUMBERS_TRIED: i64 = 1_000;
