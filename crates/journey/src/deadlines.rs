//! When something must be heard, and what follows when it was not (architecture.md, drive 7).

use bridge::{Attempt, Lost};
use lead::{Channel, Timestamp};

use crate::{
    CALLER_IDLE_MAX, Campaign, Command, DIAL_END_GRACE, DROP_GRACE, DROPS_MAX, Ended, FORM_ROUNDS_MAX,
    HOLD_MARGIN, SeatNow, Unsold,
    journey::{Around, Turn},
    late::Before,
    line::{DialEnd, Line},
    phase::{Asker, AuctionNow, Call, Late, Phase},
};

impl Phase {
    /// When something must be heard, or a deadline passes. `heard_at` is when the last event came.
    pub(crate) fn deadline(&self, heard_at: Timestamp, campaign: &Campaign) -> Option<Timestamp> {
        let idle = heard_at + CALLER_IDLE_MAX;
        match self {
            Self::Interviewing { .. } => Some(idle),
            Self::Selling { interview, auction, since, .. } => {
                let idle = (interview.step() == ivr::Step::Asking).then_some(idle);
                auction.hold_ends(*since, campaign).into_iter().chain(idle).min()
            }
            Self::AskingAgain { until, .. }
            | Self::Confirming { until, .. }
            | Self::HandedOver { until, .. }
            | Self::Dropping { until, .. } => Some(*until),
            Self::Naming { now, .. } => Some(now.deadline(heard_at)),
            Self::Reserving { attempt, .. } | Self::Ready { attempt, .. } => Some(attempt.dial_by()),
            Self::Dialling { attempt, line } => {
                Some(line.ended_at().map_or(attempt.deadline(), |at| at + DIAL_END_GRACE))
            }
            Self::Talking { talk, .. } => Some(talk.until),
            Self::Over { late: Late::Unsold { open: Some(open), .. }, .. } => Some(open.ask_at),
            Self::Over { .. } | Self::Moving => None,
        }
    }
}

impl AuctionNow {
    /// When its result must be there.
    fn hold_ends(&self, since: Timestamp, campaign: &Campaign) -> Option<Timestamp> {
        match self {
            Self::Opening | Self::Open(_) => Some(since + campaign.rules.budget + HOLD_MARGIN),
            Self::Closed(_) | Self::RanOut => None,
        }
    }
}

impl Around<'_> {
    /// A deadline passed, and the carrier's look-up said nothing better. One that was moved since is a stray.
    pub(crate) fn deadline_passed(&self, phase: Phase, call: &mut Call, at: Timestamp) -> Turn {
        match phase.deadline(self.heard_at, self.campaign) {
            Some(deadline) if deadline <= self.now && deadline <= at => {}
            _ => return Turn::Same(phase),
        }
        match phase {
            Phase::Interviewing { .. } => self.fell_silent(call),
            Phase::Selling { interview, step, auction, since } => {
                let held_out = auction.hold_ends(since, self.campaign).is_some_and(|end| end <= self.now);
                match interview.step() {
                    ivr::Step::Asking if held_out => Turn::To(
                        Phase::Selling { interview, step, auction: AuctionNow::RanOut, since },
                        vec![],
                    ),
                    ivr::Step::Asking => self.fell_silent(call),
                    // Nobody waits on a line: who ran the auction is gone, and it is held anew.
                    _ if call.channel() == Channel::Form && call.rounds < FORM_ROUNDS_MAX => {
                        let open = Command::OpenAuction { n: call.rounds, again: None };
                        call.rounds += 1;
                        let (auction, since) = (AuctionNow::Opening, self.now);
                        Turn::To(Phase::Selling { interview, step, auction, since }, vec![open])
                    }
                    _ => self.over_with(Ended::Unsold(Unsold::HoldRanOut), vec![], Late::Nothing),
                }
            }
            Phase::AskingAgain { queue, .. } => self.advance(call, *queue, Asker::OnHold, vec![]),
            Phase::Naming { question, now } => self.unanswered_of_buyer(call, *question, now),
            Phase::Reserving { attempt, .. } | Phase::Ready { attempt, .. } => {
                self.lost(call, *attempt, Lost::Expired, Asker::OnHold)
            }
            Phase::Confirming { attempt, .. } => self.lost(call, *attempt, Lost::Unconfirmed, Asker::OnHold),
            Phase::HandedOver { handover, .. } => self.unsettled(handover),
            Phase::Dialling { attempt, line } => self.ring_ran_out(call, attempt, line, 0),
            Phase::Dropping { attempt, line, drops, .. } => self.ring_ran_out(call, attempt, line, drops),
            Phase::Talking { sold, talk } => self.talk_ran_out(call, sold, talk),
            Phase::Over { ended, say, late: Late::Unsold { queue, open: Some(open) } } => {
                self.still_unheard(Before { ended, say }, queue, open)
            }
            phase @ (Phase::Over { .. } | Phase::Moving) => Turn::Same(phase),
        }
    }

    /// A leg should have ended by now. It is dropped and its end is waited for; nobody else is dialled meanwhile.
    fn ring_ran_out(&self, call: &mut Call, attempt: Box<Attempt>, line: Line, drops: u32) -> Turn {
        if let Line::Ended { result, lasted, .. } = line {
            // The dial's own ending got lost: the leg's end has to do.
            let end = DialEnd { result, bridged: None, lasted };
            return self.dial_ended(call, *attempt, line, end, Asker::OnHold);
        }
        if drops >= DROPS_MAX {
            let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Held };
            let open = Some(self.given_up(call, attempt.n(), line));
            let late = Late::Unsold { queue: Box::new(attempt.on_lost(Lost::Unheard)), open };
            return self.over_with_more(Ended::Unsold(Unsold::NobodyAnswered), vec![], late, vec![void]);
        }
        let drop = Command::Drop { n: attempt.n(), leg: line.leg().cloned() };
        let until = self.now + DROP_GRACE;
        Turn::To(Phase::Dropping { attempt, line, drops: drops + 1, until }, vec![drop])
    }
}
