//! A form lead that is sold as data: from its form to what its buyer answers to the post (domain.md 20).

use bridge::{Handover, Sold};
use ivr::Interview;
use lead::{Money, Pii, Timestamp};

use crate::{
    Command, Ended, Event, HANDOVER_MAX, SeatNow, Submitted, Unsold, Verdict,
    journey::{Around, Turn, Way},
    phase::{Asker, Call, Late, Origin, Phase},
};

impl Around<'_> {
    /// A form was accepted: there is nobody to wait for, and its auction opens at once.
    pub(crate) fn form_received(&self, form: Submitted<Pii<String>>) -> Option<(Way, Vec<Command>)> {
        let (lead, consent) = form.into_lead();
        let phone = lead.identity.phone.clone();
        let mut call = Call::begin(Origin::Form, phone, self.now);
        let keep = consent.clone().map(Command::Keep);
        let promises = [Command::Accept].into_iter().chain(keep).collect();
        let interview = Interview::knowing(self.campaign.script.clone(), lead, consent, true);
        match self.interviewed(&mut call, interview, None, promises) {
            Turn::To(phase, commands) => Some((Way { call, phase }, commands)),
            Turn::Same(_) => None,
        }
    }

    /// The award of a form lead is reserved, and confirmed where its offer asks for it: the post goes to the winner.
    pub(crate) fn hand_over(&self, handover: Handover) -> Turn {
        let post = Command::HandOver(Box::new(handover.on_awarded(self.now)));
        let until = self.now + HANDOVER_MAX;
        Turn::To(Phase::HandedOver { handover: Box::new(handover), until }, vec![post])
    }

    /// What is heard of a post that is the sale's question.
    pub(crate) fn handed(
        &self,
        call: &mut Call,
        handover: Box<Handover>,
        until: Timestamp,
        event: Event<Pii<String>>,
    ) -> Turn {
        let n = handover.n();
        match event {
            Event::PostTaken { n: of, at } if of == n => self.taken(*handover, at),
            Event::PostRefused { n: of, .. } if of == n => {
                let void = Command::Void { attempt: handover.id(), seat: SeatNow::Free };
                self.advance(call, handover.on_refused(), Asker::OnHold, vec![void])
            }
            Event::PostUnsettled { n: of } if of == n => self.unsettled(handover),
            _ => Turn::Same(Phase::HandedOver { handover, until }),
        }
    }

    /// Nobody knows whether the buyer took it. It goes to nobody else: two buyers would have paid for one person. What
    /// comes late is heard (architecture.md, drive 8).
    pub(crate) fn unsettled(&self, handover: Box<Handover>) -> Turn {
        self.over_with(Ended::Unsold(Unsold::HandoverUnknown), vec![], Late::Handed(handover))
    }

    /// What is heard of a post whose fate was not known when its journey ended: somebody sent it again.
    pub(crate) fn handed_late(
        &self,
        ended: Ended,
        handover: Box<Handover>,
        event: Event<Pii<String>>,
    ) -> Turn {
        let n = handover.n();
        match event {
            Event::PostTaken { n: of, at } if of == n => self.taken(*handover, at),
            Event::PostRefused { n: of, .. } if of == n => {
                let void = Command::Void { attempt: handover.id(), seat: SeatNow::Free };
                let late = Late::Unsold { queue: Box::new(handover.on_refused()), open: None };
                self.over_with_more(Ended::Unsold(Unsold::NobodyTook), vec![], late, vec![void])
            }
            _ => Turn::Same(Phase::Over { ended, say: vec![], late: Late::Handed(handover) }),
        }
    }

    /// The buyer took it: the sale is booked and earned on the receipt.
    fn taken(&self, handover: Handover, at: Timestamp) -> Turn {
        let (post, sold) = handover.on_taken(at.min(self.now));
        let earned = self.earned_as_data(&sold);
        let free = Command::FreeSeat { attempt: sold.attempt() };
        let commands = vec![Command::Book(Box::new(post)), earned, free];
        self.over_with_more(Ended::Sold, vec![], Late::Sold(Box::new(sold)), commands)
    }

    fn earned_as_data(&self, sold: &Sold) -> Command {
        let price = sold.ranked().price;
        let payout = match self.publisher {
            // Its payable seconds are of a talk, and there is none.
            Some((_, payout)) if price > Money::ZERO => payout.owed(price, payout.payable_after),
            _ => Money::ZERO,
        };
        let (sale, attempt) = (sold.sale(), sold.attempt());
        Command::Settle { sale, attempt, verdict: Verdict::Earned, talk: None, payout }
    }
}
