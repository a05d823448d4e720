//! What a commit must have to itself: its journey, its caller, and what its promises count.

use journey::Command;

use super::Commit;
use crate::{
    Keys, PostId, PostKind,
    durable::{Locked, Locks},
};

/// The locks of a commit. A bid that is reserved because an earlier one was refused is not known yet; its counters are
/// taken by the statements that count it.
pub(super) fn of(keys: &Keys, commit: &Commit) -> Locks {
    let mut locks = Locks::default().and(Locked::Journey, commit.id.uuid().as_bytes());
    // The same caller may be sold by another journey at this moment, or be erased.
    for key in commit.journey.caller().map(|number| keys.caller(number)).unwrap_or_default() {
        locks = locks.and(Locked::Caller, key.bytes());
    }
    for command in &commit.commands {
        locks = match command {
            Command::Reserve(wanted) if !wanted.uncounted => {
                let (counters, seats) = (&wanted.hold.counters, &wanted.hold.seats);
                let counted = counters
                    .iter()
                    .fold(locks, |locks, counter| locks.and(Locked::Counter, counter.key.as_bytes()));
                seats.iter().fold(counted, |locks, seat| locks.and(Locked::Seat, seat.key.as_bytes()))
            }
            Command::Void { .. } | Command::FreeSeat { .. } => locks.and_taken_by(commit.id),
            Command::Book(post) => sale(locks, post.sale()).and_taken_by(commit.id),
            Command::Settle { sale: id, .. } => sale(locks, *id).and_taken_by(commit.id),
            Command::Return { sale: id, .. } => sale(locks, *id),
            Command::Reserve(_)
            | Command::OpenAuction { .. }
            | Command::RunAuction { .. }
            | Command::Confirm(_)
            | Command::Keep(_)
            | Command::End(_)
            | Command::Push(_)
            | Command::Drop { .. }
            | Command::Transfer { .. } => locks,
        };
    }
    locks
}

fn sale(locks: Locks, id: lead::SaleId) -> Locks {
    locks.and(Locked::Sale, PostId::of(id, PostKind::Sold).uuid().as_bytes())
}
