//! What a commit must have to itself: its journey, its caller, and what its promises count.

use auction::Hold;
use journey::Command;
use lead::Timestamp;

use super::Commit;
use crate::{
    Keys, PostId, PostKind,
    durable::{Locked, Locks},
};

/// The locks of a commit. Where a bid is to be reserved, those of the bids behind it are taken as well: if it is refused, the
/// next one is reserved in the same transaction, and a lock that is taken by then is taken out of the order of their keys.
pub(super) fn of(keys: &Keys, commit: &Commit, now: Timestamp) -> Locks {
    let mut locks = Locks::default().and(Locked::Journey, commit.id.uuid().as_bytes());
    // The same caller may be sold by another journey at this moment, or be erased.
    for key in commit.journey.caller().map(|number| keys.caller(number)).unwrap_or_default() {
        locks = locks.and(Locked::Caller, key.bytes());
    }
    for command in &commit.commands {
        locks = match command {
            Command::Reserve(wanted) if !wanted.uncounted => commit
                .journey
                .holds_behind(now)
                .fold(counted(locks, &wanted.hold), |locks, hold| counted(locks, &hold)),
            Command::Void { .. } | Command::FreeSeat { .. } => locks.and_taken_by(commit.id),
            Command::Book(post) => sale(locks, post.sale()).and_taken_by(commit.id),
            Command::Settle { sale: id, .. } => sale(locks, *id).and_taken_by(commit.id),
            Command::Return { sale: id, .. } => sale(locks, *id),
            Command::Reserve(_)
            | Command::OpenAuction { .. }
            | Command::RunAuction { .. }
            | Command::Confirm(_)
            | Command::HandOver(_)
            | Command::Accept
            | Command::Keep(_)
            | Command::End(_)
            | Command::DialLead { .. }
            | Command::Suppress { .. }
            | Command::PushAsk(_)
            | Command::Record
            | Command::SendCode { .. }
            | Command::Push(_)
            | Command::Drop { .. }
            | Command::Transfer { .. } => locks,
        };
    }
    locks
}

fn counted(locks: Locks, hold: &Hold) -> Locks {
    let counters = hold.counters.iter().map(|counter| (Locked::Counter, &counter.key));
    let seats = hold.seats.iter().map(|seat| (Locked::Seat, &seat.key));
    counters.chain(seats).fold(locks, |locks, (what, key)| locks.and(what, key.as_bytes()))
}

fn sale(locks: Locks, id: lead::SaleId) -> Locks {
    locks.and(Locked::Sale, PostId::of(id, PostKind::Sold).uuid().as_bytes())
}
