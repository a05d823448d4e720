//! From the ranking to the dial: reserve, confirm, hand over the dial, and the next one.

use auction::{Destination, Hold, Kind, NoBid, Outcome, Ranked, Ranking, Seed};
use bridge::{Attempt, Barred, Handover, Lost, Next, Queue};
use lead::{AuctionId, CampaignId, Channel, Pii, Timestamp};

use crate::{
    Again, CONFIRM_MARGIN, Command, Confirming, EVENTS_FOR_AN_ATTEMPT, EVENTS_MAX, Ended, Event, HOLD_MARGIN,
    PUSH_GRACE, PUSH_SEND_MAX, PUSHING_MAX, Push, Recording, ReserveCommand, SeatNow, Stage, TALK_MARGIN,
    Taken, Unsold,
    journey::{Around, Turn},
    line::Line,
    phase::{Asker, AuctionNow, Call, Late, Phase, PushNow},
};

impl Around<'_> {
    /// The next attempt, the next second ping, or the end.
    pub(crate) fn advance(
        &self,
        call: &mut Call,
        queue: Queue,
        asker: Asker,
        mut commands: Vec<Command>,
    ) -> Turn {
        if call.caller_now.is_gone() {
            let late = Late::Unsold { queue: Box::new(queue), open: None };
            return self.over_with_more(Ended::Abandoned(Stage::Ring), vec![], late, commands);
        }
        let has_room = usize::from(self.step) + EVENTS_FOR_AN_ATTEMPT <= EVENTS_MAX;
        match if has_room { queue.next(self.now) } else { Next::Nobody(Box::new(queue)) } {
            Next::Try(attempt) => {
                commands.push(self.reserve(&attempt));
                Turn::To(Phase::Reserving { attempt, asker }, commands)
            }
            Next::Ask(question) => self.name_buyer(call, question, asker, commands),
            Next::AskAgain(queue, ranked) => {
                let again = Again { offer: ranked.offer.clone(), repeat_of: ranked.ping };
                commands.push(Command::OpenAuction { n: call.rounds, again: Some(again.clone()) });
                call.rounds += 1;
                let until = self.now + self.campaign.rules.budget + HOLD_MARGIN;
                Turn::To(Phase::AskingAgain { queue, again, auction: AuctionNow::Opening, until }, commands)
            }
            Next::Nobody(queue) => {
                let ended = nobody(call.channel(), &queue);
                self.over_with_more(ended, vec![], Late::Unsold { queue, open: None }, commands)
            }
        }
    }

    fn reserve(&self, attempt: &Attempt) -> Command {
        let ranked = attempt.ranked();
        let (terms, mut hold) = (&ranked.terms, hold(self.now, &self.campaign.id, ranked));
        let seat_until = match attempt.facts().channel {
            // Nobody is on the line: what is most at once counts calls.
            Channel::Form => {
                hold.seats.clear();
                self.now
            }
            Channel::Call | Channel::Callback => attempt.deadline() + terms.talk_max + TALK_MARGIN,
        };
        Command::Reserve(Box::new(ReserveCommand {
            attempt: attempt.id(),
            n: attempt.n(),
            offer: ranked.offer.clone(),
            price: ranked.price,
            hold,
            seat_until,
            uncounted: attempt.facts().test || ranked.kind == Kind::Repeat,
        }))
    }

    pub(crate) fn reserved(&self, call: &Call, attempt: Box<Attempt>, asker: Asker) -> Turn {
        match attempt.ranked().terms.confirm {
            Some(confirm) => {
                let until = self.now + confirm.timeout + CONFIRM_MARGIN;
                let command = Command::Confirm(Confirming { n: attempt.n(), timeout: confirm.timeout });
                Turn::To(Phase::Confirming { attempt, until }, vec![command])
            }
            None => self.ready(call, attempt, asker, vec![]),
        }
    }

    fn ready(&self, call: &Call, attempt: Box<Attempt>, asker: Asker, mut commands: Vec<Command>) -> Turn {
        let attempt = match Handover::begin(*attempt) {
            Ok(handover) => return self.hand_over(handover),
            Err(attempt) => attempt,
        };
        let push = match asker {
            Asker::Asking => PushNow::Waiting,
            Asker::OnHold if self.is_in_the_notice(call) => PushNow::Waiting,
            Asker::OnHold => {
                let send_by = attempt.dial_by().min(self.now + PUSH_SEND_MAX);
                commands.push(Command::Push(Push { n: attempt.n(), send_by }));
                PushNow::Pushing { since: self.now }
            }
        };
        Turn::To(Phase::Ready { attempt, push }, commands)
    }

    pub(crate) fn reserve_refused(
        &self,
        call: &mut Call,
        attempt: Attempt,
        asker: Asker,
        why: Outcome,
    ) -> Turn {
        self.advance(call, attempt.on_lost(Lost::Unreserved(why)), asker, vec![])
    }

    pub(crate) fn confirmed(
        &self,
        call: &mut Call,
        mut attempt: Box<Attempt>,
        to: Option<Destination>,
        expires_at: Option<Timestamp>,
    ) -> Turn {
        if attempt.on_confirmed(self.now, to, expires_at) {
            return self.ready(call, attempt, Asker::OnHold, vec![]);
        }
        self.lost(call, *attempt, Lost::Unconfirmed, Asker::OnHold)
    }

    /// The attempt came to nothing and no leg of it is left: its award is given back and the next one is tried.
    pub(crate) fn lost(&self, call: &mut Call, attempt: Attempt, why: Lost, asker: Asker) -> Turn {
        let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Free };
        self.advance(call, attempt.on_lost(why), asker, vec![void])
    }

    /// The dial waits to be taken.
    pub(crate) fn dial_waits(
        &self,
        call: &mut Call,
        attempt: Box<Attempt>,
        push: PushNow,
        event: Event<Pii<String>>,
    ) -> Turn {
        match event {
            Event::Pushed { n } if n == attempt.n() => self.pushed(attempt, push),
            Event::PushFailed { n } if n == attempt.n() => Self::push_failed(attempt, push),
            Event::DialTaken { n, by } if n == attempt.n() => self.dial_taken(call, attempt, push, by),
            _ => Turn::Same(Phase::Ready { attempt, push }),
        }
    }

    fn pushed(&self, attempt: Box<Attempt>, push: PushNow) -> Turn {
        match push {
            PushNow::Pushing { .. } => {
                Turn::To(Phase::Ready { attempt, push: PushNow::Pushed { at: self.now } }, vec![])
            }
            push => Turn::Same(Phase::Ready { attempt, push }),
        }
    }

    fn push_failed(attempt: Box<Attempt>, push: PushNow) -> Turn {
        match push {
            PushNow::Pushing { .. } => Turn::To(Phase::Ready { attempt, push: PushNow::Waiting }, vec![]),
            push => Turn::Same(Phase::Ready { attempt, push }),
        }
    }

    /// A request takes the dial, if the latch lets it and there is still time (architecture.md, drive 2 and 6).
    fn dial_taken(&self, call: &mut Call, attempt: Box<Attempt>, push: PushNow, by: Taken) -> Turn {
        if self.is_open(push, by) && self.now < attempt.dial_by() {
            call.has_heard_notice |= by == Taken::Poll;
            return Turn::To(Phase::Dialling { attempt, line: Line::Dialled { at: self.now } }, vec![]);
        }
        Turn::Same(Phase::Ready { attempt, push })
    }

    /// Whether a push would cut off the notice of a recording: it is said with the first piece of hold, where the script asks
    /// nothing, and whoever asks again has heard it.
    pub(crate) fn is_in_the_notice(&self, call: &Call) -> bool {
        matches!(self.campaign.recording, Recording::On { .. }) && !call.has_heard_notice
    }

    /// The latch: whether a request may take what a push was sent for.
    pub(crate) fn is_open(&self, push: PushNow, by: Taken) -> bool {
        match (push, by) {
            (_, Taken::Push) | (PushNow::Waiting, _) => true,
            (PushNow::Pushed { at }, Taken::Poll) => self.now >= at + PUSH_GRACE,
            // Its request has ended by then; whoever was to say how is gone with its process.
            (PushNow::Pushing { since }, Taken::Poll) => self.now >= since + PUSHING_MAX,
            (PushNow::Pushed { .. } | PushNow::Pushing { .. }, _) => false,
        }
    }

    pub(crate) fn asked_again_opened(
        &self,
        queue: Box<Queue>,
        again: Again,
        until: Timestamp,
        auction: AuctionId,
        seed: Seed,
    ) -> Turn {
        let run = Command::RunAuction { auction, seed, again: Some(again.clone()), until };
        Turn::To(Phase::AskingAgain { queue, again, auction: AuctionNow::Open(auction), until }, vec![run])
    }

    pub(crate) fn asked_again_closed(
        &self,
        call: &mut Call,
        mut queue: Box<Queue>,
        again: Again,
        auction: AuctionNow,
        until: Timestamp,
        ranking: &Ranking,
    ) -> Turn {
        match auction {
            AuctionNow::Open(id) if id == ranking.auction => {
                for ranked in ranking.ranked.iter().filter(|r| r.offer == again.offer && r.kind == Kind::Bid)
                {
                    queue.join_again(ranked.clone());
                }
                for (offer, buyer, outcome) in &ranking.others {
                    if let Outcome::NoBid(NoBid::Rejected { about, .. }) = outcome {
                        queue.refused(offer, buyer, *about);
                    }
                }
                self.advance(call, *queue, Asker::OnHold, vec![])
            }
            auction => Turn::Same(Phase::AskingAgain { queue, again, auction, until }),
        }
    }
}

/// How a lead ends that nobody is left for.
fn nobody(channel: Channel, queue: &Queue) -> Ended {
    let is_untried = queue.tried().is_empty() && !queue.barred().is_empty();
    let was_refused = queue.barred().iter().any(|(_, why)| *why == Barred::NotAgreed);
    match channel {
        Channel::Form if is_untried => Ended::Unsold(Unsold::NobodyEligible),
        Channel::Form => Ended::Unsold(Unsold::NobodyTook),
        _ if is_untried && was_refused => Ended::ConsentRefused,
        Channel::Call | Channel::Callback => Ended::Unsold(Unsold::NobodyAnswered),
    }
}

/// What an award of this bid takes now.
pub(crate) fn hold(now: Timestamp, campaign: &CampaignId, ranked: &Ranked) -> Hold {
    let terms = &ranked.terms;
    terms.caps.hold(now, &ranked.offer, &ranked.buyer, campaign, ranked.price, terms.duplicate)
}
