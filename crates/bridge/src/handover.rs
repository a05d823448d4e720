//! `Handover`: the award of a lead that is sold as data.

use auction::Ranked;
use lead::{Channel, Lead, Timestamp};

use crate::{Facts, Post};

/// A form lead that is sold as data to one ranked bid: there is no call to wait for.
#[derive(Debug)]
pub struct Handover {
    facts: Facts,
    ranked: Ranked,
    n: u32,
    lead: Lead,
}

impl Handover {
    /// Begins with the `n`th ranked bid. No call can reach it: a lead of another channel is given back.
    ///
    /// # Errors
    /// The lead, when it did not come by a form.
    pub fn begin(facts: Facts, n: u32, ranked: Ranked, lead: Lead) -> Result<Self, Lead> {
        if facts.channel == Channel::Form { Ok(Self { facts, ranked, n, lead }) } else { Err(lead) }
    }

    /// The reservation is committed: the post goes to the winner at once. The sale is booked on its receipt.
    pub fn on_awarded(self, now: Timestamp) -> Post {
        Post::of_form(now, self.facts, self.n, self.ranked, self.lead)
    }
}
