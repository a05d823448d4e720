//! An auction in the place of one whose result will not come, since whoever ran it is gone. Its id is another one, and that
//! is the fence: a result of the first is a stray from then on, and so is a bid that would join it.

use auction::Seed;
use lead::{AuctionId, Timestamp};

use crate::{
    HOLD_MARGIN, Journey,
    journey::{Around, Turn},
    phase::{AuctionNow, Call, Phase},
};

/// An auction whose result is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Which one. `None`: it was asked for, and its seed is not committed.
    pub auction: Option<AuctionId>,
    /// How many rounds were asked for so far.
    pub rounds: u32,
    /// Whether it took another one's place already. No third one does.
    pub is_reopened: bool,
    /// When its result must be there.
    pub until: Timestamp,
}

impl Journey {
    /// The auction whose result is waited for, if one is.
    pub fn awaited(&self) -> Option<Awaited> {
        let (auction, until) = match self.phase()? {
            Phase::Selling { auction, since, .. } => {
                (auction, *since + self.campaign.rules.budget + HOLD_MARGIN)
            }
            Phase::AskingAgain { auction, until, .. } => (auction, *until),
            _ => return None,
        };
        let auction = match auction {
            AuctionNow::Opening => None,
            AuctionNow::Open(auction) => Some(*auction),
            AuctionNow::Closed(_) | AuctionNow::RanOut => return None,
        };
        let call = self.call()?;
        Some(Awaited { auction, rounds: call.rounds, is_reopened: call.is_reopened, until })
    }
}

impl Around<'_> {
    /// Another auction takes the place of the one that is open.
    pub(crate) fn auction_reopened(
        &self,
        phase: Phase,
        call: &mut Call,
        was: AuctionId,
        auction: AuctionId,
        seed: Seed,
    ) -> Turn {
        match phase {
            Phase::Selling { interview, step, auction: AuctionNow::Open(open), since }
                if call.may_reopen(open, was, auction) =>
            {
                call.auction_reopened(was, auction);
                self.auction_opened(interview, step, since, auction, seed)
            }
            Phase::AskingAgain { queue, again, auction: AuctionNow::Open(open), until }
                if call.may_reopen(open, was, auction) =>
            {
                call.auction_reopened(was, auction);
                self.asked_again_opened(queue, again, until, auction, seed)
            }
            phase => Turn::Same(phase),
        }
    }
}

impl Call {
    pub(crate) fn auction_opened(&mut self, auction: AuctionId) {
        self.auctions.push(auction);
        self.is_reopened = false;
    }

    /// Once an auction: one that ends whoever runs it would else take node after node with it.
    fn may_reopen(&self, open: AuctionId, was: AuctionId, auction: AuctionId) -> bool {
        open == was && !self.is_reopened && !self.auctions.contains(&auction)
    }

    fn auction_reopened(&mut self, was: AuctionId, auction: AuctionId) {
        self.auctions.retain(|known| *known != was);
        self.auctions.push(auction);
        self.is_reopened = true;
    }
}
