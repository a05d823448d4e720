//! What the address of the money says.

use lead::{BuyerId, PublisherId, SaleId, Timestamp};
use store::{Each, MoneyBy, SaleFilter, SaleIs};
use uuid::Uuid;

use crate::{
    business::Business,
    pages::reading::{self, Range, Reading, Usual},
    problem::Problem,
    query::Query,
};

/// The parameters, in the order in which an address has them.
pub(crate) const NAMES: [&str; 6] = ["from", "until", "by", "each", "who", "state"];

/// What the address of the money says.
#[derive(Debug)]
pub(crate) struct MoneyQuery {
    given: Vec<(&'static str, String)>,
    pub(crate) range: Range,
    pub(crate) by: MoneyBy,
    pub(crate) each: Each,
    pub(crate) is: Option<SaleIs>,
    before: Option<(Timestamp, SaleId)>,
}

impl MoneyQuery {
    /// Reads an address, which may say `more` that somebody else reads.
    pub(crate) fn of(
        query: &Query,
        business: &Business,
        now: Timestamp,
        more: &[&str],
    ) -> Result<Self, Problem> {
        let mut reading = Reading::of(query, &[&NAMES[..], &["before"], more].concat());
        let range = Range::of(&mut reading, business, now, Usual::Month)?;
        let by = reading.read("by", "buyer, publisher or period", by).unwrap_or(MoneyBy::Buyer);
        let each = reading.read("each", "day or month", each).unwrap_or(Each::Month);
        let is = reading.read("state", "pending, earned, void, returned or disputed", SaleIs::parse);
        let before = reading.read("before", "the place of an earlier page", place);
        let who = query.text("who");
        reading.read("who", "an id of a buyer or publisher", |text| match by {
            MoneyBy::Buyer => BuyerId::parse(text).ok().map(drop),
            MoneyBy::Publisher => PublisherId::parse(text).ok().map(drop),
            MoneyBy::Period => None,
        });
        reading.finish()?;
        let text = |name: &'static str| match name {
            "who" => who.to_owned(),
            name => query.text(name).to_owned(),
        };
        let given = NAMES.into_iter().map(|name| (name, text(name))).collect();
        Ok(Self { given, range, by, each, is, before })
    }

    /// The sales that it is about, at most so many.
    pub(crate) fn sales(&self, limit: u32) -> SaleFilter {
        let who = self.text("who");
        SaleFilter {
            buyer: (self.by == MoneyBy::Buyer).then(|| BuyerId::parse(who).ok()).flatten(),
            publisher: (self.by == MoneyBy::Publisher).then(|| PublisherId::parse(who).ok()).flatten(),
            is: self.is,
            from: Some(self.range.from),
            until: Some(self.range.until),
            before: self.before,
            limit: Some(limit),
            ..SaleFilter::default()
        }
    }

    /// What a parameter says; empty where it is not given.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.given.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// Whether a parameter says so.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.text(name) == value
    }

    /// What stands behind the `?` with one parameter set, or taken away if it is empty.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        reading::with(self.given.iter().map(|(known, text)| (*known, text.as_str())), name, value)
    }
}

/// Where a page begins: behind a sale, as it stands in an address.
pub(crate) fn written(at: Timestamp, id: SaleId) -> String {
    format!("{}.{}", at.micros(), id.uuid().simple())
}

/// The place of an address or a cursor.
pub(crate) fn place(text: &str) -> Option<(Timestamp, SaleId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), SaleId::from_uuid(Uuid::try_parse(id).ok()?)))
}

fn by(text: &str) -> Option<MoneyBy> {
    match text {
        "buyer" => Some(MoneyBy::Buyer),
        "publisher" => Some(MoneyBy::Publisher),
        "period" => Some(MoneyBy::Period),
        _ => None,
    }
}

fn each(text: &str) -> Option<Each> {
    match text {
        "day" => Some(Each::Day),
        "month" => Some(Each::Month),
        _ => None,
    }
}
