//! `Journey`: one lead's way. The page to read first.

use std::sync::Arc;

use bridge::{Facts, Lost, Payout};
use lead::{Channel, JourneyId, Pii, Profile, PublisherId, Timestamp};

use crate::{
    Campaign, Command, Document, EVENTS_FOR_THE_END, EVENTS_MAX, Event, Standby, Whom,
    calling_back::{Granted, Wish},
    late::Before,
    phase::{Asker, AuctionNow, Call, Late, Phase},
};

/// One lead's way from its arrival to its ending: a state machine without I/O, and the fold of its events.
#[derive(Debug)]
pub struct Journey {
    pub(crate) id: JourneyId,
    pub(crate) campaign: Arc<Campaign>,
    pub(crate) publisher: Option<(PublisherId, Payout)>,
    now: Timestamp,
    folded: u16,
    state: State,
}

#[derive(Debug)]
enum State {
    Expected,
    Arrived(Box<Way>),
    /// Somebody who asked to be rung has not pressed 1 yet.
    Wished(Box<Wish>),
}

#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) call: Call,
    pub(crate) phase: Phase,
}

/// What a step sees of the journey around it.
#[derive(Debug)]
pub(crate) struct Around<'a> {
    pub(crate) now: Timestamp,
    /// When the last event came that changed the journey.
    pub(crate) heard_at: Timestamp,
    /// The number that this event has in the journey, from 1; questions asked by it carry it as their step.
    pub(crate) step: u16,
    pub(crate) id: JourneyId,
    pub(crate) campaign: &'a Arc<Campaign>,
    pub(crate) publisher: &'a Option<(PublisherId, Payout)>,
}

/// What a step came to.
pub(crate) enum Turn {
    /// A repeat, a late or a stray event: nothing changed, and nothing is stored.
    Same(Phase),
    /// The next phase, and what follows.
    To(Phase, Vec<Command>),
}

impl Journey {
    /// A journey that nothing is known of but what was dialled. Its first event is `Arrived`.
    pub fn begin(id: JourneyId, campaign: Arc<Campaign>, publisher: Option<(PublisherId, Payout)>) -> Self {
        Self { id, campaign, publisher, now: Timestamp::default(), folded: 0, state: State::Expected }
    }

    /// Folds an event and says what follows. Total: what is not listed for the phase changes nothing, not even `now`,
    /// since it is not stored.
    pub fn on_event(&mut self, now: Timestamp, event: Event<Pii<String>>) -> Vec<Command> {
        let folded = usize::from(self.folded);
        if folded >= EVENTS_MAX || (folded + EVENTS_FOR_THE_END >= EVENTS_MAX && event.may_be_missed()) {
            return vec![];
        }
        if let (State::Expected, Event::Arrived { standby: Standby::Test(_), .. }) = (&self.state, &event) {
            self.campaign = Arc::new(self.campaign.as_a_test());
        }
        let around = Around {
            now: self.now.max(now),
            heard_at: self.now,
            step: self.folded + 1,
            id: self.id,
            campaign: &self.campaign,
            publisher: &self.publisher,
        };
        let now = around.now;
        let commands = match &mut self.state {
            State::Expected => match event {
                Event::CallbackAsked { form } => around.callback_asked(*form).map(|(wish, commands)| {
                    self.state = State::Wished(Box::new(wish));
                    commands
                }),
                event => around.arrive(event).map(|(way, commands)| {
                    self.state = State::Arrived(Box::new(way));
                    commands
                }),
            },
            State::Wished(wish) => match around.wished(wish, event) {
                Granted::Same(now) => {
                    wish.now = now;
                    None
                }
                Granted::Still(now, commands) => {
                    wish.now = now;
                    Some(commands)
                }
                Granted::Call(way, commands) => {
                    self.state = State::Arrived(way);
                    Some(commands)
                }
            },
            State::Arrived(way) => way.on_event(&around, event),
        };
        if commands.is_some() {
            (self.now, self.folded) = (now, self.folded + 1);
        }
        commands.unwrap_or_default()
    }

    /// When something must be heard, or a `DeadlinePassed` follows. Read from the state, so no timer is ever cancelled.
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            State::Expected => None,
            State::Arrived(way) => way.phase.deadline(self.now, &self.campaign),
            State::Wished(wish) => wish.deadline(self.now),
        }
    }

    /// What a leg should do next, from the current state.
    pub fn document(&self, whom: Whom) -> Document {
        match &self.state {
            State::Expected => Document::HangUp,
            State::Arrived(way) => way.document(&self.campaign, whom),
            State::Wished(wish) => match whom {
                Whom::Caller => wish.document(&self.campaign),
                _ => Document::HangUp,
            },
        }
    }

    /// How many events changed it. An event that leaves this as it was is not stored.
    pub const fn folded(&self) -> u16 {
        self.folded
    }

    /// Its id.
    pub const fn id(&self) -> JourneyId {
        self.id
    }

    /// Its campaign, of the settings version that it began with; one that is a test where an offer is tried by it.
    pub const fn campaign(&self) -> &Arc<Campaign> {
        &self.campaign
    }

    /// Who sent it.
    pub const fn publisher(&self) -> Option<&(PublisherId, Payout)> {
        self.publisher.as_ref()
    }

    /// When its latest event happened.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.state {
            State::Expected | State::Wished(_) => None,
            State::Arrived(way) => Some(&way.call),
        }
    }

    pub(crate) fn phase(&self) -> Option<&Phase> {
        match &self.state {
            State::Expected | State::Wished(_) => None,
            State::Arrived(way) => Some(&way.phase),
        }
    }

    pub(crate) fn wish(&self) -> Option<&Wish> {
        match &self.state {
            State::Wished(wish) => Some(wish),
            State::Expected | State::Arrived(_) => None,
        }
    }
}

impl Way {
    fn on_event(&mut self, around: &Around<'_>, event: Event<Pii<String>>) -> Option<Vec<Command>> {
        // A step is total and cannot panic half-way, so `Moving` is never seen.
        let phase = std::mem::replace(&mut self.phase, Phase::Moving);
        match phase.on_event(around, &mut self.call, event) {
            Turn::Same(phase) => {
                self.phase = phase;
                None
            }
            Turn::To(phase, commands) => {
                self.phase = phase;
                Some(commands)
            }
        }
    }
}

impl Phase {
    /// The whole machine: one `match` on (phase, event), what holds in every phase first. What is not listed is a repeat, late or
    /// stray.
    fn on_event(self, around: &Around<'_>, call: &mut Call, event: Event<Pii<String>>) -> Turn {
        match (self, event) {
            (phase, Event::RecordingReady { reference, .. }) => around.recorded(phase, call, reference),
            (phase, Event::CallerHungUp { at }) if call.leg().is_some() => {
                around.caller_hung_up(phase, call, at)
            }
            (phase, Event::LeadLegEnded { leg, at, .. })
                if call.leg().is_some_and(|(_, ours)| *ours == leg) =>
            {
                around.caller_hung_up(phase, call, at)
            }
            (
                phase @ (Self::Interviewing { .. } | Self::Selling { .. } | Self::Naming { .. }),
                Event::Heard { step, input },
            ) if call.channel() == Channel::Callback && ivr::says_stop(&input) => {
                around.said_stop(phase, step, &input)
            }
            (phase, Event::RecordingBegan { reference }) => around.recording_began(phase, call, reference),
            (phase, Event::DeadlinePassed { at }) => around.deadline_passed(phase, call, at),

            (phase, event) => phase.goes_on(around, call, event),
        }
    }

    /// What an event is to the phase that it meets.
    fn goes_on(self, around: &Around<'_>, call: &mut Call, event: Event<Pii<String>>) -> Turn {
        match (self, event) {
            (Self::Interviewing { interview, step }, Event::Heard { step: at, input }) if at == step => {
                around.heard(call, interview, None, &input)
            }
            (Self::Selling { interview, step, auction, since }, Event::Heard { step: at, input })
                if at == step =>
            {
                around.heard(call, interview, Some((auction, since)), &input)
            }
            (
                Self::Selling { interview, step, auction: AuctionNow::Opening, since },
                Event::AuctionOpened { auction, seed },
            ) => {
                call.auction_opened(auction);
                around.auction_opened(interview, step, since, auction, seed)
            }
            (Self::Selling { interview, step, auction, since }, Event::AuctionClosed { ranking }) => {
                around.auction_closed(call, interview, step, auction, since, ranking)
            }
            (phase, Event::AuctionReopened { was, auction, seed }) => {
                around.auction_reopened(phase, call, was, auction, seed)
            }
            (phase, Event::BidJoined { auction, ranked }) => {
                Around::bid_joined(phase, call, auction, *ranked)
            }

            (
                Self::AskingAgain { queue, again, auction: AuctionNow::Opening, until },
                Event::AuctionOpened { auction, seed },
            ) if !call.auctions.contains(&auction) => {
                call.auction_opened(auction);
                around.asked_again_opened(queue, again, until, auction, seed)
            }
            (Self::AskingAgain { queue, again, auction, until }, Event::AuctionClosed { ranking }) => {
                around.asked_again_closed(call, queue, again, auction, until, &ranking)
            }

            (Self::Naming { question, now }, event) => around.naming(call, question, now, event),
            (Self::HandedOver { handover, until }, event) => around.handed(call, handover, until, event),

            (Self::Reserving { attempt, asker }, Event::Reserved { n }) if n == attempt.n() => {
                around.reserved(call, attempt, asker)
            }
            (Self::Reserving { attempt, asker }, Event::ReserveRefused { n, why, .. })
                if n == attempt.n() =>
            {
                around.reserve_refused(call, *attempt, asker, why)
            }
            (Self::Confirming { attempt, .. }, Event::Confirmed { n, to, expires_at })
                if n == attempt.n() =>
            {
                around.confirmed(call, attempt, to, expires_at)
            }
            (Self::Confirming { attempt, .. }, Event::Unconfirmed { n, .. }) if n == attempt.n() => {
                around.lost(call, *attempt, Lost::Unconfirmed, Asker::OnHold)
            }
            (Self::Ready { attempt, push }, event) => around.dial_waits(call, attempt, push, event),
            (phase @ (Self::Dialling { .. } | Self::Dropping { .. }), event) => {
                around.on_the_line(phase, call, event)
            }
            (Self::Talking { sold, talk }, event) => around.talking(call, sold, talk, event),
            (Self::Over { ended, late: Late::Handed(handover), .. }, event) => {
                around.handed_late(ended, handover, event)
            }
            (Self::Over { ended, say, late }, event) => around.over(call, Before { ended, say }, late, event),
            (phase, _) => Turn::Same(phase),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Interviewing { .. } => "interview",
            Self::Selling { .. } => "auction",
            Self::AskingAgain { .. } => "asking_again",
            Self::Naming { .. } => "naming",
            Self::Reserving { .. } => "reserving",
            Self::Confirming { .. } => "confirming",
            Self::Ready { .. } => "ready",
            Self::Dialling { .. } => "dialling",
            Self::Dropping { .. } => "dropping",
            Self::HandedOver { .. } => "handed_over",
            Self::Talking { .. } => "talking",
            Self::Over { .. } => "over",
            Self::Moving => "moving",
        }
    }
}

impl Around<'_> {
    /// What a post and a sale say of this journey.
    pub(crate) fn facts(
        &self,
        channel: Channel,
        shown: Profile,
        best_static: Option<lead::Money>,
        consent: Option<lead::Consent>,
    ) -> Facts {
        Facts {
            journey: self.id,
            channel,
            campaign: self.campaign.id.clone(),
            publisher: self.publisher.clone(),
            shown,
            best_static,
            consent,
            consent_rule: self.campaign.buyer_consent.rule(),
            test: self.campaign.rules.test,
        }
    }

    fn recorded(&self, phase: Phase, call: &mut Call, reference: String) -> Turn {
        if call.recording.as_ref() == Some(&reference) {
            return Turn::Same(phase);
        }
        call.recording = Some(reference);
        Turn::To(phase, vec![])
    }
}
