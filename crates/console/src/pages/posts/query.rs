//! What the address of the list of posts says.

use lead::{OfferId, Timestamp};
use store::{PostFilter, PostId, PostState};
use uuid::Uuid;

use crate::{
    business::Business,
    pages::reading::{self, Reading, begins, ends},
    problem::Problem,
    query::Query,
};

/// The parameters, in the order in which an address has them.
pub(crate) const NAMES: [&str; 4] = ["state", "offer", "from", "until"];

/// What the address of a list says.
#[derive(Debug, Default)]
pub(crate) struct PostQuery {
    given: Vec<(&'static str, String)>,
    pub(crate) state: Option<PostState>,
    pub(crate) offer: Option<OfferId>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    before: Option<(Timestamp, PostId)>,
}

impl PostQuery {
    /// Reads an address, which may say `more` that somebody else reads.
    pub(crate) fn of(query: &Query, business: &Business, more: &[&str]) -> Result<Self, Problem> {
        let mut reading = Reading::of(query, &[&NAMES[..], &["before"], more].concat());
        let read = Self {
            state: reading.read("state", "a state, ex: dead", PostState::parse),
            offer: reading.read("offer", "an offer's id", |text| OfferId::parse(text).ok()),
            from: reading.read("from", "a day, ex: 2026-11-01, or a time", |text| begins(text, business)),
            until: reading.read("until", "a day, ex: 2026-11-30, or a time", |text| ends(text, business)),
            before: reading.read("before", "the place of an earlier page", place),
            given: NAMES.into_iter().map(|name| (name, query.text(name).to_owned())).collect(),
        };
        reading.finish()?;
        Ok(read)
    }

    /// Of one offer.
    pub(crate) fn of_offer(offer: OfferId) -> Self {
        Self { given: vec![("offer", offer.to_string())], offer: Some(offer), ..Self::default() }
    }

    /// The filter, for at most so many.
    pub(crate) fn filter(&self, limit: u32) -> PostFilter {
        PostFilter {
            state: self.state,
            offer: self.offer.clone(),
            journey: None,
            from: self.from,
            until: self.until,
            before: self.before,
            limit: Some(limit),
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

    /// Whether anything is filtered.
    pub(crate) fn is_filtered(&self) -> bool {
        self.given.iter().any(|(_, text)| !text.is_empty())
    }

    /// What stands behind the `?` with one parameter set, or taken away if it is empty.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        reading::with(self.given.iter().map(|(known, text)| (*known, text.as_str())), name, value)
    }
}

/// Where a page begins: behind a post, as it stands in an address.
pub(crate) fn written(at: Timestamp, id: PostId) -> String {
    format!("{}.{}", at.micros(), id.uuid().simple())
}

/// The place of an address or a cursor.
pub(crate) fn place(text: &str) -> Option<(Timestamp, PostId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), PostId::from_uuid(Uuid::try_parse(id).ok()?)))
}
