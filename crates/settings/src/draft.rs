//! `Draft`: all entries of the file as they were read, each with its lines.

use auction::{Buyer, Offer};
use journey::Campaign;

use super::{
    buyer, campaign,
    entity::{Written, entries},
    general::{self, General},
    handed::{self, Handed},
    keys::Section,
    number, offer,
    publisher::{self, Publisher},
    table::Table,
};

/// All entries as they were read.
pub(super) struct Draft<'d> {
    pub(super) general: General,
    pub(super) buyers: Vec<Written<'d, Buyer>>,
    pub(super) offers: Vec<Written<'d, Offer>>,
    pub(super) publishers: Vec<Written<'d, Publisher>>,
    pub(super) numbers: Vec<Written<'d, number::Draft>>,
    pub(super) campaigns: Vec<Written<'d, Campaign>>,
    /// What each of them takes beside calls, in the same order.
    pub(super) handed: Vec<Handed>,
}

/// Reads them all.
pub(super) fn read<'d>(root: Table<'d>) -> Draft<'d> {
    let general = general::read(&root);
    let buyers =
        entries(&root, "buyer", "id", Section::Buyer, |table, n| buyer::read(table, n, &general.zone));
    let offers = entries(&root, "offer", "id", Section::Offer, |table, n| {
        offer::read(table, n, &buyers, &general.zone)
    });
    let publishers = entries(&root, "publisher", "id", Section::Publisher, publisher::read);
    let numbers = entries(&root, "number", "number", Section::Number, |table, _| number::read(table));
    let campaigns =
        entries(&root, "campaign", "id", Section::Campaign, |table, n| campaign::read(table, n, &general));
    let handed = campaigns.iter().map(handed::read).collect();
    Draft { general, buyers, offers, publishers, numbers, campaigns, handed }
}
