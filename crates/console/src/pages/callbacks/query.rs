//! What the address of the list of callbacks says.

use lead::{CampaignId, JourneyId, PublisherId, Timestamp};
use store::{CallbackFilter, CallbackState};
use uuid::Uuid;

use crate::{
    pages::reading::{self, Reading},
    problem::Problem,
    query::Query,
};

/// The parameters, in the order in which an address has them.
pub(crate) const NAMES: [&str; 3] = ["state", "campaign", "publisher"];

/// What the address of a list says.
#[derive(Debug, Default)]
pub(crate) struct CallbackQuery {
    given: Vec<(&'static str, String)>,
    filter: CallbackFilter,
}

impl CallbackQuery {
    /// Reads an address, which may say `more` that somebody else reads.
    pub(crate) fn of(query: &Query, more: &[&str]) -> Result<Self, Problem> {
        let mut reading = Reading::of(query, &[&NAMES[..], &["after"], more].concat());
        let filter = CallbackFilter {
            state: reading.read("state", "waiting, calling or connected", CallbackState::parse),
            campaign: reading.read("campaign", "a campaign's id", |text| CampaignId::parse(text).ok()),
            publisher: reading.read("publisher", "a publisher's id", |text| PublisherId::parse(text).ok()),
            after: reading.read("after", "the place of an earlier page", place),
            limit: None,
        };
        reading.finish()?;
        let given = NAMES.into_iter().map(|name| (name, query.text(name).to_owned())).collect();
        Ok(Self { given, filter })
    }

    /// The filter, for at most so many.
    pub(crate) fn filter(&self, limit: u32) -> CallbackFilter {
        CallbackFilter { limit: Some(limit), ..self.filter.clone() }
    }

    /// Whether a parameter says so.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.given.iter().any(|(known, text)| *known == name && text == value)
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

/// The list again, with its filters, which says what was done.
pub(super) fn back(query: &str) -> String {
    let given: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let kept = given.iter().map(|(name, value)| (&**name, &**value));
    reading::with(kept.filter(|(name, _)| NAMES.contains(name)), "cancelled", "yes")
}

/// Where a page begins: behind a callback, as it stands in an address.
pub(crate) fn written(at: Timestamp, id: JourneyId) -> String {
    format!("{}.{}", at.micros(), id.uuid().simple())
}

/// The place of an address or a cursor.
pub(crate) fn place(text: &str) -> Option<(Timestamp, JourneyId)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), JourneyId::from_uuid(Uuid::try_parse(id).ok()?)))
}
