//! What an ended journey still hears: the truth about a leg whose end was never told, once (architecture.md, drive 8).

use bridge::Queue;
use ivr::Speech;
use lead::{AttemptId, Pii, Timestamp};

use crate::{
    Command, DialResult, Ended, Event, OPEN_LOOK_MIN, OPEN_MAX,
    journey::{Around, Turn},
    line::{DialEnd, Line},
    phase::{Asker, Call, Late, Open, Phase, Told, Truth},
    talking::Acceptance,
};

/// How a journey had ended when a late truth is heard.
pub(crate) struct Before {
    pub(crate) ended: Ended,
    pub(crate) say: Vec<Speech>,
}

impl Before {
    fn with(self, queue: Box<Queue>, open: Option<Open>) -> Phase {
        Phase::Over { ended: self.ended, say: self.say, late: Late::Unsold { queue, open } }
    }
}

impl Around<'_> {
    /// An event of an ended journey.
    pub(crate) fn over(
        &self,
        call: &mut Call,
        before: Before,
        late: Late,
        event: Event<Pii<String>>,
    ) -> Turn {
        let (queue, open) = match late {
            Late::Unsold { queue, open: Some(open) } => (queue, open),
            late => return Turn::Same(Phase::Over { ended: before.ended, say: before.say, late }),
        };
        match event {
            Event::BuyerPickedUp { n, leg, at } if n == open.n => {
                let Some(line) = open.line.on_picked_up(leg, at) else {
                    return Turn::Same(before.with(queue, Some(open)));
                };
                let open = Open { line, ..open };
                if open.accepts_by_pick_up(&queue) && self.was_in_time(call, at) {
                    return self.booked_late(call, before, queue, open, at, None);
                }
                Turn::To(before.with(queue, Some(open)), vec![])
            }
            Event::BuyerAccepted { n, leg, at }
                if n == open.n && open.truth == Truth::Out && open.line.may_accept(&leg) =>
            {
                let open = Open { line: open.line.rang(leg).unwrap_or(open.line), ..open };
                if self.was_in_time(call, at) {
                    return self.booked_late(call, before, queue, open, at, None);
                }
                Turn::To(before.with(queue, Some(Open { truth: Truth::TooLate, ..open })), vec![])
            }
            Event::LegEnded { n, leg, result, lasted } if n == open.n => {
                match open.line.on_ended(self.now, leg, result, lasted) {
                    Some(line) => {
                        let free = Command::FreeSeat { attempt: AttemptId::of(self.id, n) };
                        Turn::To(before.with(queue, Some(Open { line, ..open })), vec![free])
                    }
                    None => Turn::Same(before.with(queue, Some(open))),
                }
            }
            Event::DialEnded { n, result, bridged, lasted } if n == open.n => {
                self.told_late(call, before, queue, open, DialEnd { result, bridged, lasted })
            }
            Event::DialNotFound { n } if n == open.n && open.line.unheard_since().is_some() => {
                let commands = self.free_unless_ended(&open);
                Turn::To(before.with(queue, None), commands)
            }
            _ => Turn::Same(before.with(queue, Some(open))),
        }
    }

    /// An attempt that is given up before the carrier said how its dial ended.
    pub(crate) fn given_up(&self, call: &Call, n: u32, line: Line) -> Open {
        let (since, ask_at) = (self.now, self.now + OPEN_LOOK_MIN);
        let dialled_on = (!call.caller_now.is_gone()).then_some(self.now);
        Open { n, line, truth: Truth::Out, since, ask_at, dialled_on }
    }

    /// The carrier was asked and did not say how the dial ended, or could not be asked. It is asked again, less and less
    /// often; in the end its seat is given back unheard.
    pub(crate) fn still_unheard(&self, before: Before, queue: Box<Queue>, open: Open) -> Turn {
        let waited = self.now.since(open.since);
        if waited >= OPEN_MAX {
            let commands = self.free_unless_ended(&open);
            return Turn::To(before.with(queue, None), commands);
        }
        let ask_at = self.now + waited.max(OPEN_LOOK_MIN);
        Turn::To(before.with(queue, Some(Open { ask_at, ..open })), vec![])
    }

    /// Whether something was accepted before the caller was gone, by the carrier's times (domain.md 9).
    fn was_in_time(&self, call: &Call, at: Timestamp) -> bool {
        call.caller_now.gone_at().is_none_or(|gone| at < gone)
    }

    /// The dial's own ending: the carrier has said how it ended, and what it says is final.
    fn told_late(
        &self,
        call: &mut Call,
        before: Before,
        queue: Box<Queue>,
        open: Open,
        end: DialEnd,
    ) -> Turn {
        let answered = end.result == DialResult::Completed && open.accepts_by_pick_up(&queue);
        let talked = answered && end.lasted.is_some_and(|lasted| lasted > self.campaign.bridge_min);
        let in_time = open.line.picked_up().is_none_or(|at| self.was_in_time(call, at));
        if end.bridged.unwrap_or(talked) && in_time && open.truth == Truth::Out {
            let at = self.unheard_acceptance(call, &open.line, end);
            return self.booked_late(call, before, queue, open, at, Some(end));
        }
        let commands = self.free_unless_ended(&open);
        Turn::To(before.with(queue, None), commands)
    }

    /// A leg whose own end was heard has given its seat back already.
    fn free_unless_ended(&self, open: &Open) -> Vec<Command> {
        match open.line.ended_at() {
            Some(_) => vec![],
            None => vec![Command::FreeSeat { attempt: AttemptId::of(self.id, open.n) }],
        }
    }

    fn booked_late(
        &self,
        call: &mut Call,
        before: Before,
        queue: Box<Queue>,
        open: Open,
        at: Timestamp,
        end: Option<DialEnd>,
    ) -> Turn {
        let attempt = match queue.recall(open.n) {
            Ok(attempt) => attempt,
            Err(queue) => return Turn::Same(before.with(queue, Some(open))),
        };
        let acceptance = Acceptance { at, line: open.line, told: Told::Late };
        match end {
            Some(end) => self.accepted_and_ended(call, attempt, acceptance, end, Asker::Asking),
            None => self.accepted(call, attempt, acceptance),
        }
    }
}

impl Open {
    fn accepts_by_pick_up(&self, queue: &Queue) -> bool {
        queue.tried().iter().any(|tried| tried.n == self.n && tried.ranked.terms.pick_up_accepts())
    }
}
