//! One call of a load that is made by telephones of somebody else's: who rings, and what is noted of the buyer's telephone.

use super::{
    desk::{Call, Desk},
    habits,
};
use crate::lock::lock;
use std::{pin::Pin, sync::Arc};

/// Makes a call, and ends when it is over.
pub(super) type Rings = Arc<dyn Fn(Caller) -> Ringing + Send + Sync>;
type Ringing = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Who rings.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The number.
    pub from: String,
    /// What is pressed at the questions, one after another.
    pub keys: [String; 3],
}

/// Makes a call. Where somebody bids, it is sold in the end.
pub(super) async fn ring(rings: &Rings, call: &Call) -> Result<(), String> {
    let keys = ["33109".to_owned(), call.code.to_string(), "1".to_owned()];
    rings(Caller { from: call.from.clone(), keys }).await?;
    match (lock(&call.seen).accepted.is_some(), !call.bids.is_empty()) {
        (true, true) | (false, false) => Ok(()),
        (false, true) => Err("it was not sold".to_owned()),
        (true, false) => Err("it was sold without a bid".to_owned()),
    }
}

/// A buyer's telephone rings.
pub(super) fn rang(desk: &Desk, from: &str, number: &str) {
    let Some(call) = desk.by_from(from) else { return };
    let best = call.bids.first().map(|(_, seat)| *seat);
    if best != habits::seat(number) {
        desk.count(|played| played.wrong.wrong_winner += 1);
    }
    let now = desk.micros();
    let replied_at = {
        let mut seen = lock(&call.seen);
        seen.dialled_at.get_or_insert(now);
        seen.replied_at
    };
    if let Some(since) = replied_at.filter(|_| call.measured).and_then(|at| u64::try_from(now - at).ok()) {
        desk.count(|played| played.to_dial.push(since));
    }
}

/// It is picked up.
pub(super) fn picked_up(desk: &Desk, from: &str, number: &str) {
    let Some(call) = desk.by_from(from) else { return };
    let mut seen = lock(&call.seen);
    seen.answered_at = Some(desk.micros());
    seen.accepted = habits::seat(number);
}
