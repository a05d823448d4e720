//! `Place`: where a person may be, by the number and by what the person said; the stricter of them counts.

use std::collections::BTreeSet;

use lead::{
    E164, Pii,
    geo::{AreaCode, State, Zip, area_code_of},
};

/// Every zone and every state that a person may be in. All of them must allow a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// IANA zones.
    pub zones: BTreeSet<&'static str>,
    /// States and territories.
    pub states: BTreeSet<State>,
}

impl Place {
    /// Where the number may be, and where the person says to be. A region of two zones is in both. A state without a zip
    /// is all its zones.
    ///
    /// `None`: there is nothing to go by, or a part of it has no zone, ex: a zip of the armed forces.
    pub fn of(phone: &Pii<E164>, zip: Option<Zip>, state: Option<State>) -> Option<Self> {
        let code = area_code_of(phone)?;
        let mut zones: BTreeSet<_> = code.zones().iter().copied().collect();
        if zones.is_empty() {
            return None;
        }
        if let Some(zip) = zip {
            zones.insert(zip.zone()?);
        }
        if let Some(state) = state.filter(|state| zip.is_none_or(|zip| !zip.agrees_with(*state))) {
            let of_state = AreaCode::zones_of(state);
            if of_state.is_empty() {
                return None;
            }
            zones.extend(of_state);
        }
        let states = [code.state(), zip.and_then(Zip::state), state].into_iter().flatten().collect();
        Some(Self { zones, states })
    }
}
