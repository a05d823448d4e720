//! From the arrival to the auction's result.

use auction::{Kind, Outcome, Ranked, Ranking, Seed};
use bridge::Queue;
use ivr::{Input, Interview, Refusal, Step, Why};
use lead::{AuctionId, Channel, E164, Identity, Lead, Money, Pii, Profile, Timestamp};

use crate::{
    Command, Ended, Event, HOLD_MARGIN, Standby, Unsold,
    journey::{Around, Turn, Way},
    phase::{Asker, AuctionNow, Call, Late, Origin, Phase},
};

impl Around<'_> {
    /// The first event. Anything but an arrival is a stray.
    pub(crate) fn arrive(&self, event: Event<Pii<String>>) -> Option<(Way, Vec<Command>)> {
        let (ours, caller, leg, standby) = match event {
            Event::Arrived { dnis, caller, leg, standby, .. } => (dnis, caller, leg, standby),
            Event::FormReceived { form } => return self.form_received(*form),
            _ => return None,
        };
        let caller = caller.and_then(|text| text.and_then(|text| E164::parse(text).ok()));
        let origin = Origin::Leg { channel: Channel::Call, ours, leg };
        let mut call = Call::begin(origin, caller, self.now);
        let turn = match standby {
            Standby::Ending => self.over_with(Ended::RepeatRefused, vec![], Late::Nothing),
            Standby::SameBuyer(ranked) => self.connect_again(&mut call, *ranked),
            Standby::Without(buyers) => {
                call.without = buyers;
                self.interview(&mut call)
            }
            Standby::Test(offer) => {
                call.only = Some(offer);
                self.interview(&mut call)
            }
            Standby::New => self.interview(&mut call),
        };
        match turn {
            Turn::To(phase, commands) => Some((Way { call, phase }, commands)),
            Turn::Same(_) => None,
        }
    }

    fn interview(&self, call: &mut Call) -> Turn {
        let interview = Interview::begin(self.campaign.script.clone());
        self.interviewed(call, interview, None, vec![])
    }

    /// The same buyer again, without charge: no interview, no auction, price zero (domain.md 18).
    fn connect_again(&self, call: &mut Call, ranked: Ranked) -> Turn {
        let ranked = Ranked { kind: Kind::Repeat, price: Money::ZERO, expires_at: None, bid: None, ..ranked };
        let identity =
            Identity { phone: call.caller.clone(), caller: call.caller.clone(), ..Identity::default() };
        let mut profile = Profile::new();
        profile.derive_geography(call.caller.as_ref().and_then(lead::geo::area_code_of));
        let facts = self.facts(Channel::Call, profile.clone(), None, None);
        let queue = Queue::new(facts, self.campaign.policy, Lead { profile, identity }, vec![ranked]);
        self.advance(call, queue, Asker::Asking, vec![])
    }

    /// The caller answered, or was silent. The interview says where it stands then.
    pub(crate) fn heard(
        &self,
        call: &mut Call,
        mut interview: Interview,
        auction: Option<(AuctionNow, Timestamp)>,
        input: &Input<Pii<String>>,
    ) -> Turn {
        // The notice is said before the first question, and is not cut short by an answer.
        call.has_heard_notice = true;
        let before = interview.consent().cloned();
        interview.on_input(self.now, input);
        let consent = interview.consent().filter(|given| before.as_ref() != Some(given));
        let commands = consent.cloned().map(Command::Keep).into_iter().collect();
        self.interviewed(call, interview, auction, commands)
    }

    /// Goes on by where the interview stands: the next question, the auction, the bridge, or the end.
    pub(crate) fn interviewed(
        &self,
        call: &mut Call,
        interview: Interview,
        auction: Option<(AuctionNow, Timestamp)>,
        mut commands: Vec<Command>,
    ) -> Turn {
        let done = match interview.step() {
            Step::Refused(refusal) => return self.refused(refusal, commands),
            Step::Done => true,
            Step::Asking => false,
        };
        let step = self.step;
        match auction {
            None if done || self.may_open(&interview) => {
                commands.push(Command::OpenAuction { n: call.rounds, again: None });
                call.rounds += 1;
                Turn::To(
                    Phase::Selling { interview, step, auction: AuctionNow::Opening, since: self.now },
                    commands,
                )
            }
            None => Turn::To(Phase::Interviewing { interview, step }, commands),
            Some((AuctionNow::Closed(ranking), _)) if done => {
                self.bridge(call, interview, *ranking, Asker::Asking, commands)
            }
            Some((AuctionNow::RanOut, _)) if done => {
                self.over_with_more(Ended::Unsold(Unsold::HoldRanOut), vec![], Late::Nothing, commands)
            }
            Some((auction, since)) => Turn::To(Phase::Selling { interview, step, auction, since }, commands),
        }
    }

    /// The round opens as soon as the last answer is known that an offer requires.
    fn may_open(&self, interview: &Interview) -> bool {
        !interview.still_to_ask().any(|field| self.campaign.needed.contains(field))
    }

    fn refused(&self, refusal: Refusal, commands: Vec<Command>) -> Turn {
        let ended = match refusal.why {
            Why::Disqualified => Ended::Disqualified(refusal.field),
            Why::NoAnswer => Ended::NoInput(refusal.field),
            Why::ConsentRefused => Ended::ConsentRefused,
        };
        self.over_with_more(ended, refusal.say, Late::Nothing, commands)
    }

    pub(crate) fn auction_opened(
        &self,
        interview: Interview,
        step: u16,
        since: Timestamp,
        auction: AuctionId,
        seed: Seed,
    ) -> Turn {
        let until = since + self.campaign.rules.budget + HOLD_MARGIN;
        let run = Command::RunAuction { auction, seed, again: None, until };
        Turn::To(Phase::Selling { interview, step, auction: AuctionNow::Open(auction), since }, vec![run])
    }

    pub(crate) fn auction_closed(
        &self,
        call: &mut Call,
        interview: Interview,
        step: u16,
        auction: AuctionNow,
        since: Timestamp,
        ranking: Box<Ranking>,
    ) -> Turn {
        match auction {
            AuctionNow::Open(id) if id == ranking.auction => match interview.step() {
                Step::Done => self.bridge(call, interview, *ranking, Asker::OnHold, vec![]),
                _ => Turn::To(
                    Phase::Selling { interview, step, auction: AuctionNow::Closed(ranking), since },
                    vec![],
                ),
            },
            auction => Turn::Same(Phase::Selling { interview, step, auction, since }),
        }
    }

    /// The interview is over and the auction is closed: the ranking is worked through.
    fn bridge(
        &self,
        call: &mut Call,
        interview: Interview,
        ranking: Ranking,
        asker: Asker,
        commands: Vec<Command>,
    ) -> Turn {
        if ranking.ranked.is_empty() {
            let asked = ranking.others.iter().any(|(_, _, outcome)| was_asked(outcome));
            let unsold = if asked { Unsold::NoBids } else { Unsold::NobodyEligible };
            return self.over_with_more(Ended::Unsold(unsold), vec![], Late::Nothing, commands);
        }
        let facts =
            self.facts(call.channel(), ranking.shown, ranking.best_static, interview.consent().cloned());
        let lead = match call.channel() {
            // A form came from no number that a buyer's phone could show.
            Channel::Form => interview.into_form_lead(),
            Channel::Call | Channel::Callback => interview.into_lead(call.caller.clone()),
        };
        let queue = Queue::new(facts, self.campaign.policy, lead, ranking.ranked);
        self.advance(call, queue, asker, commands)
    }

    /// A bid that came when nobody waited any more takes its place for later attempts.
    pub(crate) fn bid_joined(phase: Phase, call: &Call, auction: AuctionId, ranked: Ranked) -> Turn {
        let mut phase = phase;
        let joined = call.auctions.contains(&auction)
            && match &mut phase {
                Phase::Selling { auction: AuctionNow::Closed(ranking), .. } => join(ranking, ranked),
                Phase::Confirming { attempt, .. }
                | Phase::Ready { attempt, .. }
                | Phase::Dialling { attempt, .. }
                | Phase::Dropping { attempt, .. } => attempt.join(ranked),
                Phase::HandedOver { handover, .. } => handover.join(ranked),
                Phase::Naming { question, .. } => question.join(ranked),
                Phase::AskingAgain { queue, .. } => queue.join(ranked),
                _ => false,
            };
        if joined { Turn::To(phase, vec![]) } else { Turn::Same(phase) }
    }
}

pub(crate) fn join(ranking: &mut Ranking, ranked: Ranked) -> bool {
    if ranking.ranked.iter().any(|other| other.kind == ranked.kind && other.ping == ranked.ping) {
        return false;
    }
    let place = ranking.ranked.iter().position(|other| ranked.order(other).is_lt());
    ranking.others.retain(|(offer, _, _)| *offer != ranked.offer);
    ranking.ranked.insert(place.unwrap_or(ranking.ranked.len()), ranked);
    true
}

/// Whether an outcome says that its offer was pinged.
fn was_asked(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Won
        | Outcome::Outbid { .. }
        | Outcome::LostTie
        | Outcome::NoBid(_)
        | Outcome::BadTerms
        | Outcome::BelowFloor
        | Outcome::BelowReserve
        | Outcome::AboveMax
        | Outcome::Expired
        | Outcome::DuplicateBid
        | Outcome::BadDestination
        | Outcome::NotAwaited => true,
        Outcome::Capped
        | Outcome::AtConcurrency
        | Outcome::OutOfHours
        | Outcome::Filtered(_)
        | Outcome::MissingField(_)
        | Outcome::NotNamed
        | Outcome::DuplicateLead
        | Outcome::Paused
        | Outcome::Throttled => false,
    }
}
