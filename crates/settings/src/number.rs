//! `[[number]]`: a number that callers dial, its campaign, and who is paid for its calls.

use bridge::Payout;
use lead::{CampaignId, E164, PublisherId};

use super::{publisher, table::Table};

/// A number that callers dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub number: E164,
    /// What its callers reach.
    pub campaign: CampaignId,
    /// Who is paid for its calls, and what.
    pub publisher: Option<(PublisherId, Payout)>,
    /// What people want to remember of it.
    pub note: String,
}

/// A number before its publisher is known to be there.
pub(super) struct Draft {
    pub(super) number: Option<E164>,
    pub(super) campaign: Option<CampaignId>,
    pub(super) publisher: Option<PublisherId>,
    pub(super) payout: Option<Payout>,
    pub(super) note: String,
}

/// Reads one.
pub(super) fn read(table: &Table<'_>) -> Draft {
    let number = table.needed("number", "write the number that callers dial, ex: \"+18005550142\"");
    let campaign = table.needed("campaign", "name the campaign that its callers reach");
    let payout = table.field("payout").and_then(|field| publisher::payout(&field));
    if table.has("payout") && !table.has("publisher") {
        table.problem(
            "payout",
            "nobody is named who would be paid",
            "name the publisher, or remove the payout",
        );
    }
    Draft {
        number: number.and_then(|field| field.parsed("this is no number in E.164 form", E164::parse)),
        campaign: campaign.and_then(|field| field.parsed("this is no id", CampaignId::parse)),
        publisher: table
            .field("publisher")
            .and_then(|field| field.parsed("this is no id", PublisherId::parse)),
        payout,
        note: table.field("note").and_then(|field| field.text()).unwrap_or_default().to_owned(),
    }
}
