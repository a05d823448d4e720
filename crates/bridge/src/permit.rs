//! `Permit`: that a lead may be dialled now. Only [`check`] gives one, and every rule it keeps has a name.
//!
//! The rules of hours and of how often are data with sources ([`Law`]); `docs/compliance.md` shows them.

mod asked;
mod holidays;
mod law;
mod opening;
mod place;
mod rule;
mod table;

use std::time::Duration;

use lead::{
    E164, Pii, Timestamp,
    geo::{self, NumberClass},
};

pub use asked::{Asked, Check, Findings, Listed, Needs, Requirements};
pub use holidays::federal_holidays;
pub use law::{Holidays, Law, Seen, StateLaw, Week, Window};
pub use opening::{FIRST_LEGAL_MAX, Opening};
pub use place::Place;
pub use rule::{Refused, Rule};

/// How long a permit is good: for the way to the carrier, and no longer.
pub const PERMIT_LIFE_MAX: Duration = Duration::from_secs(60);

/// In how long a time the dials of one number are counted.
pub const DIALS_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// That one lead may be dialled now. Its fields are private, it cannot be copied, and only [`check`] makes one.
#[derive(Debug)]
pub struct Permit {
    phone: Pii<E164>,
    good_until: Timestamp,
}

/// Whether the lead may be dialled at this instant.
///
/// # Errors
/// Names the first rule that forbids it, those that no waiting mends before those that pass with time, and for the latter
/// the first minute in which nothing would forbid it any more, as far as is known now.
pub fn check(asked: &Asked, law: &Law, now: Timestamp) -> Result<Permit, Refused> {
    dialable(asked)?;
    asked.findings.allow(&asked.requirements)?;
    asked.requirements.consented(asked.consent.as_ref(), now)?;
    let place =
        Place::of(&asked.phone, asked.zip, asked.state).ok_or(Refused::for_good(Rule::UnknownZone))?;
    let until = moment(asked, law, &place, now)?;
    Ok(Permit { phone: asked.phone.clone(), good_until: until.min(now + PERMIT_LIFE_MAX) })
}

/// Whether this kind of number is ever dialled.
fn dialable(asked: &Asked) -> Result<(), Refused> {
    let class = geo::class_of(&asked.phone);
    let rule = match class {
        Some(NumberClass::Premium) => Some(Rule::Premium),
        _ if geo::is_service(&asked.phone) => Some(Rule::Emergency),
        Some(NumberClass::Geographic) => None,
        Some(NumberClass::Canada | NumberClass::Caribbean) | None => Some(Rule::Abroad),
        Some(NumberClass::TollFree | NumberClass::NonGeographic | NumberClass::Unknown) => {
            Some(Rule::NotDialable)
        }
    };
    rule.map_or(Ok(()), |rule| Err(Refused::for_good(rule)))
}

/// Until when the hours and the dials so far allow another one, beginning now.
fn moment(asked: &Asked, law: &Law, place: &Place, now: Timestamp) -> Result<Timestamp, Refused> {
    let dials_max = law.dials_in_24h_max(place);
    let opening = law.opening(place, now);
    if has_dials_left(&asked.dials, dials_max, now) {
        return match opening {
            Opening::Open { until } => Ok(until),
            Opening::Closed { rule, .. } => {
                Err(Refused { rule, until: first_legal(asked, law, place, dials_max, now) })
            }
        };
    }
    Err(Refused { rule: Rule::TooManyDials, until: first_legal(asked, law, place, dials_max, now) })
}

/// The first whole minute from now on at which both the hours and the dials so far allow one.
fn first_legal(asked: &Asked, law: &Law, place: &Place, dials_max: u32, now: Timestamp) -> Option<Timestamp> {
    // A wait for the one may lead into the other's; each step goes on to a later minute.
    let mut at = now;
    while at.since(now) <= FIRST_LEGAL_MAX {
        if !has_dials_left(&asked.dials, dials_max, at) {
            at = whole_minute(next_free(&asked.dials, dials_max, at)?);
            continue;
        }
        match law.opening(place, at) {
            Opening::Open { .. } => return Some(at),
            Opening::Closed { until, .. } => at = until?,
        }
    }
    None
}

fn has_dials_left(dials: &[Timestamp], dials_max: u32, at: Timestamp) -> bool {
    let counted = dials.iter().filter(|dial| is_counted(**dial, at)).count();
    counted < usize::try_from(dials_max).unwrap_or(usize::MAX)
}

/// A dial that is dated later than now counts as well: clocks of nodes differ, and a dial is a dial.
fn is_counted(dial: Timestamp, at: Timestamp) -> bool {
    at.since(dial) < DIALS_WITHIN
}

/// When the number has a dial left. `None`: never, since none is allowed.
fn next_free(dials: &[Timestamp], dials_max: u32, at: Timestamp) -> Option<Timestamp> {
    let mut counted: Vec<_> = dials.iter().filter(|dial| is_counted(**dial, at)).copied().collect();
    counted.sort_unstable();
    let over = counted.len().checked_sub(usize::try_from(dials_max).unwrap_or(usize::MAX))?;
    counted.get(over).map(|dial| *dial + DIALS_WITHIN)
}

/// The instant itself where it is a whole minute, else the next one.
fn whole_minute(at: Timestamp) -> Timestamp {
    const MINUTE: i64 = 60_000_000;
    let into = at.micros().rem_euclid(MINUTE);
    if into == 0 { at } else { Timestamp::from_micros(at.micros() - into + MINUTE) }
}

impl Permit {
    /// The number that may be dialled.
    pub const fn phone(&self) -> &Pii<E164> {
        &self.phone
    }

    /// The first instant at which it is not good any more.
    pub const fn good_until(&self) -> Timestamp {
        self.good_until
    }

    /// Whether it is still good.
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.good_until
    }
}
