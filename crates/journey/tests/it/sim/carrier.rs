//! The carrier as it really is: legs that ring, are picked up, talk and end, whatever is heard of it.

use auction::Screening;
use journey::{DialResult, Event, LegId};
use lead::Timestamp;

use super::chance::Chance;
use crate::world::{Told, secs};

/// One dial that the carrier made.
#[derive(Debug)]
pub struct Dial {
    pub n: u32,
    pub leg: LegId,
    pub picked_up_at: Option<Timestamp>,
    pub bridged_at: Option<Timestamp>,
    pub ended: Option<(Timestamp, DialResult)>,
    pub screening: Screening,
}

/// The carrier's own truth.
#[derive(Debug, Default)]
pub struct Carrier {
    pub dials: Vec<Dial>,
    pub caller_left_at: Option<Timestamp>,
    /// Whether it says if legs were bridged; look-alikes do not.
    pub says_bridged: bool,
}

/// What a buyer's phone will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Busy,
    Unreachable,
    Silent,
    PicksUp,
}

impl Carrier {
    pub fn fate(chance: &mut Chance) -> Fate {
        match chance.below(8) {
            0 => Fate::Busy,
            1 => Fate::Unreachable,
            2 => Fate::Silent,
            _ => Fate::PicksUp,
        }
    }

    /// The dial whose leg is still there.
    pub fn live(&self) -> Option<usize> {
        self.dials.iter().position(|dial| dial.ended.is_none())
    }

    /// A leg ends. What will be told of it: the leg's own end, and the dial's.
    pub fn end(&mut self, now: Timestamp, at: usize, unanswered: DialResult) -> Option<(Told, Told)> {
        let dial = self.dials.get_mut(at).filter(|dial| dial.ended.is_none())?;
        let result = if dial.picked_up_at.is_some() { DialResult::Completed } else { unanswered };
        dial.ended = Some((now, result));
        Some(self.told(at))
    }

    /// The ends of a dial, as they are told.
    pub fn told(&self, at: usize) -> (Told, Told) {
        let dial = &self.dials[at];
        let (ended_at, result) = dial.ended.expect("a dial that has ended");
        // Carriers count whole seconds from the pick-up.
        let lasted = dial.picked_up_at.map(|at| secs(ended_at.since(at).as_secs()));
        let bridged = self.says_bridged.then_some(dial.bridged_at.is_some());
        let (n, leg) = (dial.n, dial.leg.clone());
        (Event::LegEnded { n, leg, result, lasted }, Event::DialEnded { n, result, bridged, lasted })
    }

    /// What a look-up says of a dial, as the shell drives it.
    pub fn look_up(&self, n: u32, talking: bool) -> Option<Told> {
        let Some(at) = self.dials.iter().rposition(|dial| dial.n == n) else {
            return Some(Event::DialNotFound { n });
        };
        let dial = &self.dials[at];
        match (dial.ended, dial.picked_up_at) {
            (Some(_), _) => match self.told(at).1 {
                Event::DialEnded { n, result, lasted, .. } => {
                    Some(Event::DialEnded { n, result, bridged: None, lasted })
                }
                _ => None,
            },
            (None, Some(at)) if !talking => Some(Event::BuyerPickedUp { n, leg: dial.leg.clone(), at }),
            _ => None,
        }
    }
}
