//! From the acceptance to the money.

use std::time::Duration;

use auction::Kind;
use bridge::{Attempt, Sold};
use lead::{Money, Pii, Timestamp};

use crate::{
    Command, DIAL_END_GRACE, DialResult, Ended, Event, SETTLE_MAX, SeatNow, TALK_LOOK_MIN, TALK_MARGIN,
    Verdict,
    journey::{Around, Turn},
    line::{DialEnd, Line},
    phase::{Asker, Call, Late, Phase, Talk, TalkNow, Told},
};

/// An acceptance, with what was heard of its leg until then.
pub(crate) struct Acceptance {
    pub(crate) at: Timestamp,
    pub(crate) line: Line,
    pub(crate) told: Told,
}

impl Around<'_> {
    /// The buyer accepted: the sale, the reservation and the post are promised together.
    pub(crate) fn accepted(&self, call: &mut Call, attempt: Attempt, acceptance: Acceptance) -> Turn {
        let (sold, talk, commands) = self.book(call, attempt, acceptance);
        Turn::To(Phase::Talking { sold, talk }, commands)
    }

    /// The acceptance was not heard, but the carrier says that they were bridged: booked, and settled at once.
    pub(crate) fn accepted_and_ended(
        &self,
        call: &mut Call,
        attempt: Attempt,
        acceptance: Acceptance,
        end: DialEnd,
        asker: Asker,
    ) -> Turn {
        let (sold, talk, commands) = self.book(call, attempt, acceptance);
        call.buyer_left_at.get_or_insert(self.now);
        let end = DialEnd { bridged: Some(true), ..end };
        self.settle(call, sold, &talk, end, asker, commands)
    }

    fn book(
        &self,
        call: &mut Call,
        attempt: Attempt,
        acceptance: Acceptance,
    ) -> (Box<Sold>, Talk, Vec<Command>) {
        let Acceptance { at, line, told } = acceptance;
        let accepted_at = at.min(self.now);
        let longest = self.now + attempt.ranked().terms.talk_max + TALK_MARGIN;
        let (post, sold) = attempt.on_accepted(accepted_at);
        let earned = sold.is_earned(Duration::ZERO);
        let mut commands = vec![Command::Book(Box::new(post))];
        if earned {
            commands.push(self.verdict(&sold, Verdict::Earned, Duration::ZERO));
        }
        // The seat of an attempt that was given up is free once its leg has ended.
        let seat = match (told, line.ended_at()) {
            (Told::Late, Some(_)) => SeatNow::Free,
            _ => SeatNow::Held,
        };
        let (now, until) = match line {
            Line::Ended { lasted, at, .. } => (TalkNow::Ended { lasted, at }, self.now + DIAL_END_GRACE),
            _ if call.caller_now.is_gone() => (TalkNow::On, self.now + DIAL_END_GRACE),
            _ => (TalkNow::On, longest),
        };
        call.buyer_left_at = line.ended_at();
        let (leg, picked_up_at) = (line.leg().cloned(), line.picked_up().unwrap_or(at).min(accepted_at));
        (Box::new(sold), Talk { leg, picked_up_at, now, earned, told, seat, until, longest }, commands)
    }

    /// What is heard while they talk.
    pub(crate) fn talking(
        &self,
        call: &mut Call,
        sold: Box<Sold>,
        mut talk: Talk,
        event: Event<Pii<String>>,
    ) -> Turn {
        let n = sold.n();
        match event {
            Event::DialEnded { n: of, result, bridged, lasted } if of == n => {
                call.buyer_left_at.get_or_insert(self.now);
                self.settle(call, sold, &talk, DialEnd { result, bridged, lasted }, Asker::Asking, vec![])
            }
            Event::LegEnded { n: of, leg, lasted, .. } if of == n && talk.is_on(&leg) => {
                (talk.now, talk.until) = (TalkNow::Ended { lasted, at: self.now }, self.now + DIAL_END_GRACE);
                call.buyer_left_at = Some(self.now);
                Turn::To(Phase::Talking { sold, talk }, vec![])
            }
            Event::TransferAsked { to }
                if call.transfer.is_none() && talk.now == TalkNow::On && !call.caller_now.is_gone() =>
            {
                call.transfer = Some(to.clone());
                Turn::To(Phase::Talking { sold, talk }, vec![Command::Transfer { to }])
            }
            Event::TransferFailed if call.transfer.is_some() => {
                call.transfer = None;
                Turn::To(Phase::Talking { sold, talk }, vec![])
            }
            _ => Turn::Same(Phase::Talking { sold, talk }),
        }
    }

    /// The call is over, and the carrier's word decides once (domain.md 9, 13, 19).
    fn settle(
        &self,
        call: &mut Call,
        sold: Box<Sold>,
        talk: &Talk,
        end: DialEnd,
        asker: Asker,
        mut commands: Vec<Command>,
    ) -> Turn {
        let lasted = talk.by_leg().or(end.lasted);
        let talked = self.talked(call, &sold, talk, lasted);
        let gone_at = call.caller_now.gone_at();
        let tell = Command::Return { sale: sold.sale(), offer: sold.ranked().offer.clone() };
        let settle = |commands: &mut Vec<Command>, verdict, talked| {
            commands.push(self.verdict(&sold, verdict, talked));
            if talk.seat == SeatNow::Held {
                commands.push(Command::FreeSeat { attempt: sold.attempt() });
            }
        };
        let gone_at_once = gone_at.is_some_and(|at| at.since(sold.accepted_at()) < self.campaign.bridge_min);
        if gone_at_once || !was_bridged(&sold, talk, end, lasted) {
            settle(&mut commands, Verdict::Abandoned, Duration::ZERO);
            commands.push(tell);
            return self.over_with_more(Ended::WonAbandoned, vec![], Late::Sold(sold), commands);
        }
        let short = self.campaign.short_drop.is_some_and(|limit| talked < limit) && !sold.is_earned(talked);
        if short && talk.told == Told::Live && gone_at.is_none() && call.transfer.is_none() {
            settle(&mut commands, Verdict::Dropped, talked);
            commands.push(tell);
            call.buyer_left_at = None;
            call.past_legs.extend(talk.leg.clone());
            return self.advance(call, sold.on_returned(), asker, commands);
        }
        let repeat = sold.ranked().kind == Kind::Repeat;
        let (verdict, ended) = match (talk.earned, repeat || sold.is_earned(talked)) {
            (true, _) => (Verdict::Paid, Ended::Sold),
            (false, true) => (Verdict::Earned, Ended::Sold),
            (false, false) => (Verdict::TooShort, Ended::TooShort),
        };
        settle(&mut commands, verdict, talked);
        let ended = if repeat { Ended::Repeat } else { ended };
        self.over_with_more(ended, vec![], Late::Sold(sold), commands)
    }

    /// How long they talked from the acceptance, by the carrier's count from the pick-up where it says one.
    fn talked(&self, call: &Call, sold: &Sold, talk: &Talk, lasted: Option<Duration>) -> Duration {
        let (from, picked_up_at) = (sold.accepted_at(), talk.picked_up_at);
        let ends = [call.caller_now.gone_at(), talk.ended_at()];
        let ended_at = ends.into_iter().flatten().fold(self.now, Ord::min);
        match lasted {
            Some(lasted) => lasted.saturating_sub(from.since(picked_up_at)),
            // The carrier ends a talk at its limit, whatever is heard of it.
            None => ended_at.since(from).min(sold.ranked().terms.talk_max),
        }
    }

    /// What became of a sale. Nobody is owed anything for what nobody paid: a test, or a caller that came again.
    fn verdict(&self, sold: &Sold, verdict: Verdict, talk: Duration) -> Command {
        let price = sold.ranked().price;
        let owed = |talk| match self.publisher {
            Some((_, payout)) if price > Money::ZERO => payout.owed(price, talk),
            _ => Money::ZERO,
        };
        let payout = match verdict {
            Verdict::Earned => owed(talk),
            // What was owed at the acceptance has its entry already.
            Verdict::Paid => owed(talk) - owed(Duration::ZERO),
            Verdict::TooShort | Verdict::Abandoned | Verdict::Dropped => Money::ZERO,
        };
        let (sale, attempt) = (sold.sale(), sold.attempt());
        Command::Settle { sale, attempt, verdict, talk: Some(talk), payout }
    }

    /// The talk should have ended by now, and the carrier could not be asked, or said that it goes on. The seat is
    /// given back once the longest talk is over; the sale waits for the end as long as it can.
    pub(crate) fn talk_ran_out(&self, call: &mut Call, sold: Box<Sold>, mut talk: Talk) -> Turn {
        let settle_by = sold.accepted_at() + SETTLE_MAX;
        let is_over = self.now >= talk.longest;
        let lasted = talk.by_leg();
        if talk.ended_at().is_some() || self.now >= settle_by || (is_over && call.caller_now.is_gone()) {
            let end = DialEnd { result: DialResult::Completed, bridged: None, lasted };
            return self.settle(call, sold, &talk, end, Asker::OnHold, vec![]);
        }
        let mut commands = vec![];
        if is_over && talk.seat == SeatNow::Held {
            talk.seat = SeatNow::Free;
            commands.push(Command::FreeSeat { attempt: sold.attempt() });
        }
        // Looked up again after as long as it has lasted, so that a lost end costs a few events, not hundreds.
        let again = self.now + self.now.since(sold.accepted_at()).max(TALK_LOOK_MIN);
        talk.until = if is_over { again.min(settle_by) } else { talk.longest.min(settle_by) };
        Turn::To(Phase::Talking { sold, talk }, commands)
    }
}

/// Whether the two legs were ever bridged. Where the carrier does not say: by the buyer's leg, which must have outlived
/// the acceptance (carriers.md §6, rule 4).
fn was_bridged(sold: &Sold, talk: &Talk, end: DialEnd, lasted: Option<Duration>) -> bool {
    let before = sold.accepted_at().since(talk.picked_up_at);
    let outlived = || lasted.map_or(end.result == DialResult::Completed, |lasted| lasted >= before);
    end.bridged.unwrap_or_else(outlived)
}

impl Talk {
    /// Whether the talk goes on by this leg.
    fn is_on(&self, leg: &crate::LegId) -> bool {
        self.now == TalkNow::On && self.leg.as_ref().is_none_or(|ours| ours == leg)
    }

    /// How long the leg lasted, by the carrier's word of the leg's own end.
    fn by_leg(&self) -> Option<Duration> {
        match self.now {
            TalkNow::Ended { lasted, .. } => lasted,
            TalkNow::On => None,
        }
    }

    /// When the leg ended, if it did.
    fn ended_at(&self) -> Option<Timestamp> {
        match self.now {
            TalkNow::Ended { at, .. } => Some(at),
            TalkNow::On => None,
        }
    }
}
