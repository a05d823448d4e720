//! From the ranking to the acceptance: reserve, confirm, dial, and the next one.

use auction::{Destination, Outcome, Ranking, Seed};
use bridge::{Attempt, Lost, Next, Queue};
use ivr::Speech;
use lead::{AuctionId, Pii, Timestamp};

use crate::{
    Again, CONFIRM_MARGIN, Command, Confirming, DIAL_END_GRACE, DROP_GRACE, DROPS_MAX, DialResult, Ended,
    Event, HOLD_MARGIN, PUSH_GRACE, Push, ReserveCommand, SeatNow, Stage, TALK_MARGIN, Taken, Unsold,
    journey::{Around, Turn},
    phase::{Asker, AuctionNow, Call, CallerNow, Late, Line, Phase, PushNow},
};

impl Around<'_> {
    /// The next attempt, the next second ping, or the end.
    pub(crate) fn advance(
        &self,
        call: &mut Call,
        next: Next,
        asker: Asker,
        mut commands: Vec<Command>,
    ) -> Turn {
        if let CallerNow::Gone(_) = call.caller_now {
            let late = match next {
                Next::Nobody(queue) | Next::AskAgain(queue, _) => Late::Unsold { queue, open: None },
                Next::Try(_) => Late::Nothing,
            };
            return self.over_with_more(Ended::Abandoned(Stage::Ring), vec![], late, commands);
        }
        match next {
            Next::Try(attempt) => {
                commands.push(self.reserve(&attempt));
                Turn::To(Phase::Reserving { attempt, asker }, commands)
            }
            Next::AskAgain(queue, ranked) => {
                let again = Again { offer: ranked.offer.clone(), repeat_of: ranked.ping };
                commands.push(Command::OpenAuction { n: call.rounds, again: Some(again.clone()) });
                call.rounds += 1;
                let until = self.now + self.campaign.rules.budget + HOLD_MARGIN;
                Turn::To(Phase::AskingAgain { queue, again, auction: AuctionNow::Opening, until }, commands)
            }
            Next::Nobody(queue) => {
                let late = Late::Unsold { queue, open: None };
                self.over_with_more(Ended::Unsold(Unsold::NobodyAnswered), vec![], late, commands)
            }
        }
    }

    fn reserve(&self, attempt: &Attempt) -> Command {
        let ranked = attempt.ranked();
        let (terms, campaign) = (&ranked.terms, &self.campaign.id);
        let hold =
            terms.caps.hold(self.now, &ranked.offer, &ranked.buyer, campaign, ranked.price, terms.duplicate);
        Command::Reserve(Box::new(ReserveCommand {
            attempt: attempt.id(),
            n: attempt.n(),
            offer: ranked.offer.clone(),
            price: ranked.price,
            hold,
            seat_until: attempt.deadline() + terms.talk_max + TALK_MARGIN,
            uncounted: attempt.facts().test || ranked.kind == auction::Kind::Repeat,
        }))
    }

    pub(crate) fn reserved(&self, attempt: Box<Attempt>, asker: Asker) -> Turn {
        match attempt.ranked().terms.confirm {
            Some(confirm) => {
                let until = self.now + confirm.timeout + CONFIRM_MARGIN;
                let command = Command::Confirm(Confirming { n: attempt.n(), timeout: confirm.timeout });
                Turn::To(Phase::Confirming { attempt, until }, vec![command])
            }
            None => Self::ready(attempt, asker, vec![]),
        }
    }

    fn ready(attempt: Box<Attempt>, asker: Asker, mut commands: Vec<Command>) -> Turn {
        let push = match asker {
            Asker::Asking => PushNow::Waiting,
            Asker::OnHold => {
                commands.push(Command::Push(Push { n: attempt.n(), dial_by: attempt.dial_by() }));
                PushNow::Pushing
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
        let queue = attempt.on_lost(Lost::Unreserved(why));
        self.advance(call, queue.next(self.now), asker, vec![])
    }

    pub(crate) fn confirmed(
        &self,
        call: &mut Call,
        mut attempt: Box<Attempt>,
        to: Option<Destination>,
        expires_at: Option<Timestamp>,
    ) -> Turn {
        if attempt.on_confirmed(self.now, to, expires_at) {
            return Self::ready(attempt, Asker::OnHold, vec![]);
        }
        self.lost(call, *attempt, Lost::Unconfirmed, Asker::OnHold)
    }

    pub(crate) fn unconfirmed(&self, call: &mut Call, attempt: Attempt) -> Turn {
        self.lost(call, attempt, Lost::Unconfirmed, Asker::OnHold)
    }

    /// The attempt came to nothing and no leg of it is left: its award is given back and the next one is tried.
    fn lost(&self, call: &mut Call, attempt: Attempt, why: Lost, asker: Asker) -> Turn {
        let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Free };
        let queue = attempt.on_lost(why);
        self.advance(call, queue.next(self.now), asker, vec![void])
    }

    pub(crate) fn pushed(&self, attempt: Box<Attempt>, push: PushNow) -> Turn {
        match push {
            PushNow::Pushing => {
                Turn::To(Phase::Ready { attempt, push: PushNow::Pushed { at: self.now } }, vec![])
            }
            push => Turn::Same(Phase::Ready { attempt, push }),
        }
    }

    pub(crate) fn push_failed(attempt: Box<Attempt>, push: PushNow) -> Turn {
        match push {
            PushNow::Pushing => Turn::To(Phase::Ready { attempt, push: PushNow::Waiting }, vec![]),
            push => Turn::Same(Phase::Ready { attempt, push }),
        }
    }

    /// A request takes the dial, if the latch lets it and there is still time (architecture.md, drive 2 and 6).
    pub(crate) fn dial_taken(&self, attempt: Box<Attempt>, push: PushNow, by: Taken) -> Turn {
        let open = match (push, by) {
            (_, Taken::Push) | (PushNow::Waiting, _) => true,
            (PushNow::Pushed { at }, Taken::Poll) => self.now >= at + PUSH_GRACE,
            (PushNow::Pushed { .. } | PushNow::Pushing, _) => false,
        };
        if open && self.now < attempt.dial_by() {
            return Turn::To(Phase::Dialling { attempt, line: Line::Dialled }, vec![]);
        }
        Turn::Same(Phase::Ready { attempt, push })
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
                for ranked in ranking.ranked.iter().filter(|r| r.offer == again.offer) {
                    queue.join_again(ranked.clone());
                }
                self.advance(call, queue.next(self.now), Asker::OnHold, vec![])
            }
            auction => Turn::Same(Phase::AskingAgain { queue, again, auction, until }),
        }
    }

    /// What is heard of a dial that was taken.
    pub(crate) fn on_the_line(&self, phase: Phase, call: &mut Call, event: Event<Pii<String>>) -> Turn {
        let (attempt, line, drops) = match phase {
            Phase::Dialling { attempt, line } => (attempt, line, None),
            Phase::Dropping { attempt, line, drops, until } => (attempt, line, Some((drops, until))),
            phase => return Turn::Same(phase),
        };
        let back = |attempt, line| match drops {
            None => Phase::Dialling { attempt, line },
            Some((drops, until)) => Phase::Dropping { attempt, line, drops, until },
        };
        let n = attempt.n();
        match (event, line) {
            (Event::BuyerRang { n: of, leg }, Line::Dialled) if of == n => {
                Turn::To(back(attempt, Line::Rang { leg }), vec![])
            }
            (Event::BuyerPickedUp { n: of, leg, at }, line) if of == n && self.picks_up(&line, &leg) => {
                if attempt.pick_up_accepts() {
                    return self.accepted(call, *attempt, at.min(self.now), at);
                }
                Turn::To(back(attempt, Line::PickedUp { leg, at }), vec![])
            }
            (Event::BuyerAccepted { n: of, leg, at }, line) if of == n && is_of(&line, &leg) => {
                let picked_up = line.picked_up().unwrap_or(at);
                self.accepted(call, *attempt, picked_up, at)
            }
            (Event::BuyerDeclined { n: of, leg }, Line::PickedUp { leg: ours, at })
                if of == n && leg == ours =>
            {
                Turn::To(back(attempt, Line::Declined { leg, at }), vec![])
            }
            (Event::LegEnded { n: of, leg, result, lasted }, line) if of == n && is_of(&line, &leg) => {
                let ended = Line::Ended { picked_up: line.picked_up(), result, lasted, at: self.now };
                Turn::To(back(attempt, ended), vec![])
            }
            (Event::DialEnded { n: of, result, bridged, lasted }, line) if of == n => {
                self.dial_ended(call, *attempt, &line, result, bridged, lasted)
            }
            (_, line) => Turn::Same(back(attempt, line)),
        }
    }

    /// Whether a pick-up is news: of a leg that is ours or not known yet.
    fn picks_up(&self, line: &Line, leg: &crate::LegId) -> bool {
        match line {
            Line::Dialled => true,
            Line::Rang { leg: ours } => ours == leg,
            // A pick-up that is told after the leg's end still makes a sale where the pick-up is the acceptance.
            Line::Ended { picked_up, result, .. } => picked_up.is_none() && *result == DialResult::Completed,
            Line::PickedUp { .. } | Line::Declined { .. } => false,
        }
    }

    /// The dial ended without an acceptance that we heard of. `bridged` is the truth; a carrier that does not say it
    /// is believed where the pick-up is the acceptance.
    fn dial_ended(
        &self,
        call: &mut Call,
        attempt: Attempt,
        line: &Line,
        result: DialResult,
        bridged: Option<bool>,
        lasted: Option<std::time::Duration>,
    ) -> Turn {
        let answered = result == DialResult::Completed;
        let talked = bridged.unwrap_or(answered && attempt.pick_up_accepts());
        if talked {
            return self.accepted_late(call, attempt, line, lasted);
        }
        let why = match (result, line) {
            (_, Line::Declined { .. } | Line::PickedUp { .. }) => Lost::Declined,
            (_, Line::Ended { picked_up: Some(_), .. }) => Lost::Declined,
            (DialResult::Busy, _) => Lost::Busy,
            (DialResult::NoAnswer | DialResult::Canceled, _) => Lost::NoAnswer,
            (DialResult::Failed, _) => Lost::Failed,
            (DialResult::Completed, _) => Lost::Declined,
        };
        self.lost(call, attempt, why, Asker::Asking)
    }

    /// The caller hung up.
    pub(crate) fn caller_hung_up(&self, phase: Phase, call: &mut Call, at: Timestamp) -> Turn {
        if call.caller_now != CallerNow::OnTheLine || matches!(phase, Phase::Over { .. }) {
            return Turn::Same(phase);
        }
        call.caller_now = CallerNow::Gone(at);
        match phase {
            Phase::Interviewing { .. } => self.abandoned(Stage::Interview, Late::Nothing, vec![]),
            Phase::Selling { interview, .. } => {
                let stage = if interview.step() == ivr::Step::Done { Stage::Hold } else { Stage::Interview };
                self.abandoned(stage, Late::Nothing, vec![])
            }
            Phase::AskingAgain { queue, .. } => {
                self.abandoned(Stage::Hold, Late::Unsold { queue, open: None }, vec![])
            }
            Phase::Reserving { attempt, .. }
            | Phase::Confirming { attempt, .. }
            | Phase::Ready { attempt, .. } => {
                let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Free };
                let queue = Box::new(attempt.on_lost(Lost::Abandoned));
                self.abandoned(Stage::Hold, Late::Unsold { queue, open: None }, vec![void])
            }
            Phase::Dialling { attempt, line } | Phase::Dropping { attempt, line, .. } => {
                self.left_ringing(*attempt, &line)
            }
            Phase::Talking { sold, talk } => Turn::To(Phase::Talking { sold, talk }, vec![]),
            phase @ (Phase::Over { .. } | Phase::Moving) => Turn::Same(phase),
        }
    }

    /// The caller is gone while a buyer's phone rings: nobody is billed, the leg is dropped (domain.md 9). Its seat is
    /// held until the leg's end is heard, and so is a truth that comes late.
    fn left_ringing(&self, attempt: Attempt, line: &Line) -> Turn {
        let (id, n, leg) = (attempt.id(), attempt.n(), line.leg().cloned());
        let queue = |attempt: Attempt| Box::new(attempt.on_lost(Lost::Abandoned));
        if matches!(line, Line::Ended { .. }) {
            let void = Command::Void { attempt: id, seat: SeatNow::Free };
            let late = Late::Unsold { queue: queue(attempt), open: None };
            return self.abandoned(Stage::Ring, late, vec![void]);
        }
        let commands = vec![Command::Void { attempt: id, seat: SeatNow::Held }, Command::Drop { n, leg }];
        self.abandoned(Stage::Ring, Late::Unsold { queue: queue(attempt), open: Some(n) }, commands)
    }

    fn abandoned(&self, stage: Stage, late: Late, commands: Vec<Command>) -> Turn {
        self.over_with_more(Ended::Abandoned(stage), vec![], late, commands)
    }

    /// A deadline passed, and the carrier's look-up said nothing better (architecture.md, drive 7).
    pub(crate) fn deadline_passed(&self, phase: Phase, call: &mut Call, at: Timestamp) -> Turn {
        let way_deadline = phase.deadline(self.campaign);
        if way_deadline.is_some_and(|deadline| self.now < deadline || at < deadline) {
            return Turn::Same(phase);
        }
        match phase {
            Phase::Interviewing { .. } => {
                call.caller_now = CallerNow::Gone(self.now);
                self.abandoned(Stage::Interview, Late::Nothing, vec![])
            }
            Phase::Selling { interview, step, auction, since } => match interview.step() {
                ivr::Step::Done => self.over_with(Ended::Unsold(Unsold::HoldRanOut), vec![], Late::Nothing),
                _ if matches!(auction, AuctionNow::Opening | AuctionNow::Open(_)) => {
                    Turn::To(Phase::Selling { interview, step, auction: AuctionNow::RanOut, since }, vec![])
                }
                _ => self.abandoned(Stage::Interview, Late::Nothing, vec![]),
            },
            Phase::AskingAgain { queue, .. } => {
                self.advance(call, queue.next(self.now), Asker::OnHold, vec![])
            }
            Phase::Reserving { attempt, .. } | Phase::Ready { attempt, .. } => {
                self.lost(call, *attempt, Lost::Expired, Asker::OnHold)
            }
            Phase::Confirming { attempt, .. } => self.unconfirmed(call, *attempt),
            Phase::Dialling { attempt, line } => self.ring_ran_out(call, attempt, line, 0),
            Phase::Dropping { attempt, line, drops, .. } => self.ring_ran_out(call, attempt, line, drops),
            Phase::Talking { sold, talk } => self.talk_ran_out(call, sold, talk),
            phase @ (Phase::Over { .. } | Phase::Moving) => Turn::Same(phase),
        }
    }

    /// A leg should have ended by now. It is dropped and its end is waited for; nobody else is dialled meanwhile.
    fn ring_ran_out(&self, call: &mut Call, attempt: Box<Attempt>, line: Line, drops: u32) -> Turn {
        if let Line::Ended { result, lasted, .. } = line {
            // The dial's own ending got lost: the leg's end has to do.
            return self.dial_ended(call, *attempt, &line, result, None, lasted);
        }
        if drops >= DROPS_MAX {
            let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Held };
            let n = attempt.n();
            let late = Late::Unsold { queue: Box::new(attempt.on_lost(Lost::Unheard)), open: Some(n) };
            return self.over_with_more(Ended::Unsold(Unsold::NobodyAnswered), vec![], late, vec![void]);
        }
        let drop = Command::Drop { n: attempt.n(), leg: line.leg().cloned() };
        let until = self.now + DROP_GRACE;
        Turn::To(Phase::Dropping { attempt, line, drops: drops + 1, until }, vec![drop])
    }

    pub(crate) fn over_with(&self, ended: Ended, say: Vec<Speech>, late: Late) -> Turn {
        self.over_with_more(ended, say, late, vec![])
    }

    pub(crate) fn over_with_more(
        &self,
        ended: Ended,
        say: Vec<Speech>,
        late: Late,
        mut commands: Vec<Command>,
    ) -> Turn {
        commands.push(Command::End(ended.clone()));
        Turn::To(Phase::Over { ended, say, late }, commands)
    }
}

/// Whether a report is about this leg: the bound one, or the first that is heard of.
fn is_of(line: &Line, leg: &crate::LegId) -> bool {
    match line {
        Line::Dialled => true,
        Line::Ended { .. } => false,
        line => line.leg() == Some(leg),
    }
}

impl Phase {
    /// When something must be heard, or a deadline passes. The interview's own idle time is the journey's to add.
    pub(crate) fn deadline(&self, campaign: &crate::Campaign) -> Option<Timestamp> {
        match self {
            Self::Interviewing { .. } | Self::Over { .. } | Self::Moving => None,
            Self::Selling { auction, since, .. } => match auction {
                AuctionNow::Opening | AuctionNow::Open(_) => {
                    Some(*since + campaign.rules.budget + HOLD_MARGIN)
                }
                AuctionNow::Closed(_) | AuctionNow::RanOut => None,
            },
            Self::AskingAgain { until, .. }
            | Self::Confirming { until, .. }
            | Self::Dropping { until, .. } => Some(*until),
            Self::Reserving { attempt, .. } | Self::Ready { attempt, .. } => Some(attempt.dial_by()),
            Self::Dialling { attempt, line } => match line {
                Line::Ended { at, .. } => Some(attempt.deadline().min(*at + DIAL_END_GRACE)),
                _ => Some(attempt.deadline()),
            },
            Self::Talking { talk, .. } => Some(talk.until),
        }
    }
}
