//! A buyer's phone rings: what is heard of it, and the caller who hangs up meanwhile.

use bridge::{Attempt, Lost};
use lead::{Pii, Timestamp};

use crate::{
    Command, DIAL_END_GRACE, DialResult, Ended, Event, SeatNow, Stage,
    journey::{Around, Turn},
    line::{DialEnd, Line, Said},
    phase::{Asker, Call, CallerNow, Late, Phase, Told},
    talking::Acceptance,
};

impl Around<'_> {
    /// What is heard of a dial that was taken.
    pub(crate) fn on_the_line(&self, phase: Phase, call: &mut Call, event: Event<Pii<String>>) -> Turn {
        let (attempt, line, drops) = match phase {
            Phase::Dialling { attempt, line } => (attempt, line, None),
            Phase::Dropping { attempt, line, drops, until } => (attempt, line, Some((drops, until))),
            phase => return Turn::Same(phase),
        };
        let n = attempt.n();
        let news = match event {
            Event::BuyerRang { n: of, leg } if of == n => line.rang(leg),
            Event::BuyerPickedUp { n: of, leg, at } if of == n => {
                let news = line.on_picked_up(leg, at);
                if let Some(line) = news.clone().filter(|_| attempt.pick_up_accepts()) {
                    return self.accepted(call, *attempt, Acceptance { at, line, told: Told::Live });
                }
                news
            }
            Event::BuyerAccepted { n: of, leg, at } if of == n && line.may_accept(&leg) => {
                let line = line.rang(leg).unwrap_or(line);
                return self.accepted(call, *attempt, Acceptance { at, line, told: Told::Live });
            }
            Event::BuyerDeclined { n: of, leg } if of == n => line.on_declined(self.now, leg),
            Event::LegEnded { n: of, leg, result, lasted } if of == n => {
                line.on_ended(self.now, leg, result, lasted)
            }
            Event::DialNotFound { n: of } if of == n => {
                // Nobody executes it any more: its document was given while there was time, and that is over.
                if line.unheard_since().is_some() && self.now >= attempt.deadline() {
                    return self.lost(call, *attempt, Lost::Unplaced, Asker::OnHold);
                }
                None
            }
            Event::DialEnded { n: of, result, bridged, lasted } if of == n => {
                return self.dial_ended(
                    call,
                    *attempt,
                    line,
                    DialEnd { result, bridged, lasted },
                    Asker::Asking,
                );
            }
            _ => None,
        };
        let back = |line| match drops {
            None => Phase::Dialling { attempt, line },
            Some((drops, until)) => Phase::Dropping { attempt, line, drops, until },
        };
        match news {
            Some(line) => Turn::To(back(line), vec![]),
            None => Turn::Same(back(line)),
        }
    }

    /// The dial ended without an acceptance that we heard of. `bridged` is the truth; a carrier that does not say it
    /// is believed where the pick-up is the acceptance.
    pub(crate) fn dial_ended(
        &self,
        call: &mut Call,
        attempt: Attempt,
        line: Line,
        end: DialEnd,
        asker: Asker,
    ) -> Turn {
        let answered = end.result == DialResult::Completed;
        if end.bridged.unwrap_or(answered && attempt.pick_up_accepts()) {
            let at = self.unheard_acceptance(call, &line, end);
            return self.accepted_and_ended(
                call,
                attempt,
                Acceptance { at, line, told: Told::Live },
                end,
                asker,
            );
        }
        call.past_legs.extend(line.leg().cloned());
        call.past_unheard += u32::from(line.leg().is_none());
        let why = match (end.result, line) {
            (_, Line::Declined { .. } | Line::PickedUp { .. }) => Lost::Declined,
            (_, Line::Ended { said: Said::PickedUp(_) | Said::Declined(_), .. }) => Lost::Declined,
            (DialResult::Busy, _) => Lost::Busy,
            (DialResult::NoAnswer | DialResult::Canceled, _) => Lost::NoAnswer,
            (DialResult::Failed, _) => Lost::Failed,
            (DialResult::Completed, _) => Lost::Declined,
        };
        self.lost(call, attempt, why, asker)
    }

    /// When an acceptance was that only the end of its dial tells of: at the pick-up, by the carrier's count from the
    /// end if need be. The caller was there.
    pub(crate) fn unheard_acceptance(&self, call: &Call, line: &Line, end: DialEnd) -> Timestamp {
        let by_leg = match line {
            Line::Ended { lasted, .. } => *lasted,
            _ => None,
        };
        let ended_at =
            [line.ended_at(), call.caller_now.gone_at()].into_iter().flatten().fold(self.now, Ord::min);
        line.picked_up().unwrap_or(ended_at - by_leg.or(end.lasted).unwrap_or_default())
    }

    /// The caller hung up.
    pub(crate) fn caller_hung_up(&self, phase: Phase, call: &mut Call, at: Timestamp) -> Turn {
        let waits =
            !matches!(phase, Phase::Over { late: Late::Nothing | Late::Sold(_) | Late::Handed(_), .. })
                && !matches!(phase, Phase::Over { late: Late::Unsold { open: None, .. }, .. });
        if call.caller_now.is_gone() || !waits {
            return Turn::Same(phase);
        }
        call.caller_now = CallerNow::Gone(at.min(self.now));
        match phase {
            Phase::Interviewing { .. } => self.abandoned(Stage::Interview, Late::Nothing, vec![]),
            Phase::Selling { interview, .. } => {
                let stage = if interview.step() == ivr::Step::Done { Stage::Hold } else { Stage::Interview };
                self.abandoned(stage, Late::Nothing, vec![])
            }
            Phase::AskingAgain { queue, .. } => {
                self.abandoned(Stage::Hold, Late::Unsold { queue, open: None }, vec![])
            }
            Phase::Naming { question, .. } => self.left_naming(question.given_up()),
            Phase::Reserving { attempt, .. }
            | Phase::Confirming { attempt, .. }
            | Phase::Ready { attempt, .. } => {
                let void = Command::Void { attempt: attempt.id(), seat: SeatNow::Free };
                let queue = Box::new(attempt.on_lost(Lost::Undialled));
                self.abandoned(Stage::Hold, Late::Unsold { queue, open: None }, vec![void])
            }
            Phase::Dialling { attempt, line } | Phase::Dropping { attempt, line, .. } => {
                self.left_ringing(call, *attempt, line)
            }
            // The dial's own ending says what came of it; should it be lost, the leg is looked up.
            Phase::Talking { sold, mut talk } => {
                talk.until = talk.until.min(self.now + DIAL_END_GRACE);
                Turn::To(Phase::Talking { sold, talk }, vec![])
            }
            phase @ Phase::HandedOver { .. } => Turn::Same(phase),
            phase @ Phase::Over { .. } => Turn::To(phase, vec![]),
            Phase::Moving => Turn::Same(Phase::Moving),
        }
    }

    /// The caller is gone while a buyer's phone rings: nobody is billed, the leg is dropped (domain.md 9). Its seat is
    /// held until the leg's end is heard, and the truth may still come late.
    fn left_ringing(&self, call: &Call, attempt: Attempt, line: Line) -> Turn {
        let (attempt_id, n, leg) = (attempt.id(), attempt.n(), line.leg().cloned());
        let commands = match line.ended_at() {
            Some(_) => vec![Command::Void { attempt: attempt_id, seat: SeatNow::Free }],
            None => {
                vec![Command::Void { attempt: attempt_id, seat: SeatNow::Held }, Command::Drop { n, leg }]
            }
        };
        let queue = Box::new(attempt.on_lost(Lost::Abandoned));
        self.abandoned(
            Stage::Ring,
            Late::Unsold { queue, open: Some(self.given_up(call, n, line)) },
            commands,
        )
    }

    fn abandoned(&self, stage: Stage, late: Late, commands: Vec<Command>) -> Turn {
        self.over_with_more(Ended::Abandoned(stage), vec![], late, commands)
    }

    /// The caller said nothing for too long: whoever is still there is as good as gone.
    pub(crate) fn fell_silent(&self, call: &mut Call) -> Turn {
        call.caller_now = CallerNow::Gone(self.now);
        self.abandoned(Stage::Interview, Late::Nothing, vec![])
    }

    pub(crate) fn over_with(&self, ended: Ended, say: Vec<ivr::Speech>, late: Late) -> Turn {
        self.over_with_more(ended, say, late, vec![])
    }

    pub(crate) fn over_with_more(
        &self,
        ended: Ended,
        say: Vec<ivr::Speech>,
        late: Late,
        mut commands: Vec<Command>,
    ) -> Turn {
        commands.push(Command::End(ended.clone()));
        Turn::To(Phase::Over { ended, say, late }, commands)
    }
}
