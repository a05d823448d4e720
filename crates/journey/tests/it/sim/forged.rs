//! Events that no carrier would send, or not now: of any attempt, any leg, any time.

use journey::{DialResult, Event, LegId, Taken};
use lead::Timestamp;

use super::{casting, chance::Chance};
use crate::world::{Told, auction_id, closed, heard, leg, offer, opened, secs};

pub fn forged(chance: &mut Chance, now: Timestamp) -> Told {
    let n = u32::try_from(chance.below(4)).unwrap_or_default();
    let leg = chance.one_of(&[leg(n), leg(n + 1), LegId("stranger".to_owned())]);
    let at = chance.one_of(&[now, now - secs(3), now + secs(3), now - secs(40)]);
    let results = [DialResult::Completed, DialResult::Busy, DialResult::NoAnswer, DialResult::Failed];
    let result = chance.one_of(&results);
    let lasted = chance.one_of(&[None, Some(secs(0)), Some(secs(2)), Some(secs(200))]);
    let bridged = chance.one_of(&[None, Some(true), Some(false)]);
    match chance.below(25) {
        0 => heard(u16::try_from(chance.below(9)).unwrap_or_default(), "33109"),
        1 => opened(n),
        2 => closed(n, casting::a_ranking(chance, now)),
        3 => Event::BidJoined { auction: auction_id(n), ranked: Box::new(casting::a_joiner(chance, now)) },
        4 => Event::Confirmed { n, to: None, expires_at: Some(at) },
        5 => Event::Unconfirmed { n, why: "forged".to_owned() },
        6 => Event::Pushed { n },
        7 => Event::PushFailed { n },
        8 => Event::DialTaken { n, by: chance.one_of(&[Taken::Poll, Taken::Push, Taken::Next]) },
        9 => Event::BuyerRang { n, leg },
        10 | 11 => Event::BuyerPickedUp { n, leg, at },
        12 | 13 => Event::BuyerAccepted { n, leg, at },
        14 => Event::BuyerDeclined { n, leg },
        15 => Event::LegEnded { n, leg, result, lasted },
        16 | 17 => Event::DialEnded { n, result, bridged, lasted },
        18 if chance.one_in(4) => Event::CallerHungUp { at },
        19 => Event::DeadlinePassed { at },
        22 => Event::CallerAsked {
            n,
            offer: offer(&format!("o{n}")),
            by: chance.one_of(&[Taken::Poll, Taken::Push]),
        },
        23 => Event::AskPushed { n },
        24 => Event::RecordingBegan { reference: "forged".to_owned() },
        20 => Event::TransferFailed,
        _ => Event::Dropped { n },
    }
}
