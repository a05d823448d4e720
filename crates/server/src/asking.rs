//! `Asking`: the rounds that run in this process, as people see them while they run. Nothing is decided by it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use console::{Answer, OfferNow, RoundNow};
use lead::{BuyerId, JourneyId, Money, OfferId, Timestamp};

/// The rounds that run in this process.
#[derive(Default)]
pub struct Asking {
    rounds: Mutex<BTreeMap<JourneyId, RoundNow>>,
}

impl Asking {
    /// A round begins. It is shown until what this gives is dropped, however the round ends.
    pub fn begin(
        &self,
        journey: JourneyId,
        (opened_at, until): (Timestamp, Timestamp),
        offers: impl Iterator<Item = (OfferId, BuyerId)>,
    ) -> Shown<'_> {
        let asked = |(offer, buyer)| OfferNow { offer, buyer, answer: Answer::Awaited };
        let round = RoundNow { opened_at, until, offers: offers.map(asked).collect() };
        self.lock().insert(journey, round);
        Shown { asking: self, journey }
    }

    /// The round of a journey, if one runs here.
    pub fn of(&self, journey: JourneyId) -> Option<RoundNow> {
        self.lock().get(&journey).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JourneyId, RoundNow>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A round that is shown.
pub struct Shown<'a> {
    asking: &'a Asking,
    journey: JourneyId,
}

impl Shown<'_> {
    /// An offer has answered: with a bid of so much, or with none.
    pub fn answered(&self, offer: &OfferId, bid: Option<Money>) {
        let mut rounds = self.asking.lock();
        let Some(round) = rounds.get_mut(&self.journey) else { return };
        if let Some(asked) = round.offers.iter_mut().find(|asked| asked.offer == *offer) {
            asked.answer = bid.map_or(Answer::NoBid, Answer::Bid);
        }
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.asking.lock().remove(&self.journey);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_shown_with_its_answers_until_it_ends() {
        let (asking, journey) = (Asking::default(), JourneyId::of_call("AC", "1"));
        let id = |name: &str| (OfferId::parse(name).expect("a slug"), BuyerId::parse(name).expect("a slug"));
        let at = (Timestamp::from_secs(1), Timestamp::from_secs(3));
        let shown = asking.begin(journey, at, [id("a"), id("b")].into_iter());
        shown.answered(&id("b").0, Some(Money::from_units(85)));
        let round = asking.of(journey).expect("it runs");
        let answers: Vec<_> = round.offers.iter().map(|asked| asked.answer).collect();
        assert_eq!(answers, [Answer::Awaited, Answer::Bid(Money::from_units(85))]);
        drop(shown);
        assert_eq!(asking.of(journey), None);
    }
}
