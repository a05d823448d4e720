//! `Law`: when and how often people may be called, as data with a source for each row.

use std::collections::BTreeMap;

use lead::geo::State;

use super::{Place, table};

/// The hours and the dials that are allowed: the federal week, and what states and territories say beyond it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Law {
    /// What holds everywhere.
    pub federal: Week,
    /// Dials of one number in 24 hours that are allowed where no state says fewer.
    pub dials_in_24h_max: u32,
    /// What states say beyond it. It never widens what is federal.
    pub states: BTreeMap<State, StateLaw>,
}

/// What one state says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateLaw {
    /// Its postal code, ex: `FL`.
    pub state: &'static str,
    /// Its hours.
    pub week: Week,
    /// Dials of one number in 24 hours, where it says so.
    pub dials_in_24h_max: Option<u32>,
    /// The law.
    pub source: &'static str,
    /// What of the law was seen when the row was written.
    pub seen: Seen,
}

/// What of a law was seen when its row was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Its text.
    Text,
    /// What others write about it.
    Report,
}

/// A week of hours in which people may be called. `None`: not at all on that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Monday to Friday.
    pub weekdays: Option<Window>,
    /// Saturday.
    pub saturday: Option<Window>,
    /// Sunday.
    pub sunday: Option<Window>,
    /// Holidays, whatever day they are.
    pub holidays: Holidays,
}

/// A half-open interval of a local day in minutes from midnight: `from` is open, `to` is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// 0–1439.
    pub from: i16,
    /// After `from`, to 1439: no window reaches midnight.
    pub to: i16,
}

/// Whether people may be called on holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holidays {
    /// As on the day of the week.
    AsTheDay,
    /// Not at all.
    Closed,
}

impl Law {
    /// The rules that are shown in `docs/compliance.md`.
    pub fn written() -> Self {
        let states = table::STATES
            .iter()
            .map(|law| (State::parse(law.state).expect("the table of states holds postal codes"), *law));
        Self { federal: table::FEDERAL, dials_in_24h_max: table::DIALS_IN_24H_MAX, states: states.collect() }
    }

    /// The weeks that hold for a person who may be in any of these states.
    pub(super) fn weeks(&self, place: &Place) -> Vec<Week> {
        let states = place.states.iter().filter_map(|state| self.states.get(state)).map(|law| law.week);
        [self.federal].into_iter().chain(states).collect()
    }

    /// How often a person there may be dialled in 24 hours.
    pub fn dials_in_24h_max(&self, place: &Place) -> u32 {
        let states = place.states.iter().filter_map(|state| self.states.get(state));
        states.filter_map(|law| law.dials_in_24h_max).chain([self.dials_in_24h_max]).min().unwrap_or(0)
    }
}

impl Window {
    /// From one whole hour to another.
    pub(super) const fn hours(from: i16, to: i16) -> Option<Self> {
        Some(Self { from: from * 60, to: to * 60 })
    }
}
