//! `Reserve`: an award is counted by conditional statements, all or nothing.

use auction::{Counter, Full, Outcome, Release, Seat, Trigger};
use journey::ReserveCommand;
use lead::{AttemptId, JourneyId, Timestamp};

use super::transaction::Refusal;
use crate::{
    durable::{Bind, Conn, binds},
    events::{Fact, Wanted, note},
    limits::MASTER_KEYS_MAX,
    outbox::is_disabled,
    seal::CallerKey,
};

/// Counts an award, or says why it cannot be. A refusal leaves nothing behind.
pub(super) async fn reserve(
    conn: &mut Conn,
    (now, events): (Timestamp, &Wanted),
    journey: JourneyId,
    caller: &[CallerKey],
    wanted: &ReserveCommand,
) -> Result<Refusal, sqlx::Error> {
    let mut reached = vec![];
    // Nothing is sold to an offer that wants no posts: its lead could not be handed over.
    if is_disabled(conn, &wanted.offer).await? {
        return Ok(Some((Outcome::Paused, None)));
    }
    if !wanted.uncounted {
        if is_duplicate(conn, journey, caller, wanted).await? {
            return Ok(Some((Outcome::DuplicateLead, None)));
        }
        if !(wanted.hold.counters.is_empty() && wanted.hold.seats.is_empty()) {
            conn.counts().await?;
        }
    }
    conn.execute("SAVEPOINT reserve", vec![]).await?;
    let refusal = match wanted.uncounted {
        true => None,
        false => count(conn, now, wanted, &mut reached).await?,
    };
    match refusal {
        None => insert(conn, now, journey, caller, wanted).await?,
        Some(_) => conn.execute("ROLLBACK TO SAVEPOINT reserve", vec![]).await.map(drop)?,
    }
    conn.execute("RELEASE SAVEPOINT reserve", vec![]).await?;
    if refusal.is_none() {
        for (counter, used) in reached {
            note(conn, now, events, Fact::CapReached(counter, used)).await?;
        }
    }
    Ok(refusal)
}

/// Counts it, and notes which counters are so full that another award like it would not fit.
async fn count<'w>(
    conn: &mut Conn,
    now: Timestamp,
    wanted: &'w ReserveCommand,
    reached: &mut Vec<(&'w Counter, i64)>,
) -> Result<Refusal, sqlx::Error> {
    for counter in &wanted.hold.counters {
        match take_counter(conn, wanted.attempt, counter).await? {
            None => {
                let used = used(conn, COUNTER, &counter.key).await?;
                return Ok(Some((Outcome::Capped, used.and_then(|used| Full::counter(counter, used)))));
            }
            Some(used) if used + counter.add > counter.max => reached.push((counter, used)),
            Some(_) => {}
        }
    }
    for seat in &wanted.hold.seats {
        if !take_seat(conn, now, wanted, seat).await? {
            let used = used(conn, SEAT, &seat.key).await?;
            return Ok(Some((Outcome::AtConcurrency, used.and_then(|used| Full::seat(seat, used)))));
        }
    }
    Ok(None)
}

/// How much of a limit is used of which nothing more could be taken.
async fn used(conn: &mut Conn, sql: &'static str, name: &str) -> Result<Option<i64>, sqlx::Error> {
    conn.row(sql, binds![name]).await?.map(|row| row.int("used")).transpose()
}

const COUNTER: &str = "SELECT used FROM counters WHERE name = $1";
const SEAT: &str = "SELECT used FROM seats WHERE name = $1";

/// Whether the caller was sold inside the window before, or is about to be: by another journey.
async fn is_duplicate(
    conn: &mut Conn,
    journey: JourneyId,
    caller: &[CallerKey],
    wanted: &ReserveCommand,
) -> Result<bool, sqlx::Error> {
    let Some(window) = wanted.hold.duplicate.as_ref().filter(|_| !caller.is_empty()) else {
        return Ok(false);
    };
    const ANSWERED: &str = "SELECT 1 AS one FROM contacts WHERE caller IN ($1, $2, $3) AND name = $4 \
        AND journey <> $5 AND answered_at >= $6 LIMIT 1";
    const PAYABLE: &str = "SELECT 1 AS one FROM contacts WHERE caller IN ($1, $2, $3) AND name = $4 \
        AND journey <> $5 AND payable_at >= $6 LIMIT 1";
    const HELD: &str = "SELECT 1 AS one FROM reservations WHERE caller IN ($1, $2, $3) AND window_name = $4 \
        AND journey <> $5 AND state = 'held' LIMIT 1";
    let sold = match window.trigger {
        Trigger::Answered => ANSWERED,
        Trigger::Payable => PAYABLE,
    };
    let mut values = caller_binds(caller);
    values.extend(binds![window.key.as_str(), journey]);
    if conn.row(HELD, values.clone()).await?.is_some() {
        return Ok(true);
    }
    values.push(Bind::from(window.since));
    Ok(conn.row(sold, values).await?.is_some())
}

/// Takes of a cap; gives how much of it is used now, if it fits.
async fn take_counter(
    conn: &mut Conn,
    attempt: AttemptId,
    counter: &Counter,
) -> Result<Option<i64>, sqlx::Error> {
    const MAKE: &str = "INSERT INTO counters (name, used) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
    const TAKE: &str =
        "UPDATE counters SET used = used + $2 WHERE name = $1 AND used + $2 <= $3 RETURNING used";
    const NOTE: &str = "INSERT INTO reservation_counters (attempt, name, amount, most, gives_back, taken) \
        VALUES ($1, $2, $3, $4, $5, TRUE)";
    let name = counter.key.as_str();
    let take = binds![name, counter.add, counter.max];
    let mut taken = conn.row(TAKE, take.clone()).await?;
    if taken.is_none() {
        // It is full, or nobody has counted it before.
        conn.execute(MAKE, binds![name]).await?;
        taken = conn.row(TAKE, take).await?;
    }
    let Some(used) = taken.map(|row| row.int("used")).transpose()? else { return Ok(None) };
    conn.execute(NOTE, binds![attempt, name, counter.add, counter.max, gives_back(counter.release)]).await?;
    Ok(Some(used))
}

async fn take_seat(
    conn: &mut Conn,
    now: Timestamp,
    wanted: &ReserveCommand,
    seat: &Seat,
) -> Result<bool, sqlx::Error> {
    const MAKE: &str = "INSERT INTO seats (name, used) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING";
    const LEFT: &str =
        "UPDATE reservation_seats SET taken = FALSE WHERE name = $1 AND taken AND seat_until <= $2";
    const FREE: &str = "UPDATE seats SET used = used - $2 WHERE name = $1";
    const TAKE: &str = "UPDATE seats SET used = used + 1 WHERE name = $1 AND used + 1 <= $2";
    const NOTE: &str =
        "INSERT INTO reservation_seats (attempt, name, seat_until, taken) VALUES ($1, $2, $3, TRUE)";
    let name = seat.key.as_str();
    // A seat whose time is over is free, whatever was heard of its leg.
    let left = conn.execute(LEFT, binds![name, now]).await?;
    if left > 0 {
        conn.execute(FREE, binds![name, i64::try_from(left).unwrap_or(0)]).await?;
    }
    if conn.execute(TAKE, binds![name, seat.max]).await? == 0 {
        // All of them are taken, or nobody has counted them before.
        conn.execute(MAKE, binds![name]).await?;
        if conn.execute(TAKE, binds![name, seat.max]).await? == 0 {
            return Ok(false);
        }
    }
    conn.execute(NOTE, binds![wanted.attempt, name, wanted.seat_until]).await?;
    Ok(true)
}

async fn insert(
    conn: &mut Conn,
    now: Timestamp,
    journey: JourneyId,
    caller: &[CallerKey],
    wanted: &ReserveCommand,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO reservations \
        (attempt, journey, n, offer, price, state, seat, seat_until, uncounted, window_name, caller, at) \
        VALUES ($1, $2, $3, $4, $5, 'held', 'held', $6, $7, $8, $9, $10)";
    let counted = !wanted.uncounted;
    let window = wanted.hold.duplicate.as_ref().filter(|_| counted).map(|window| window.key.as_str());
    let caller = caller.first().filter(|_| counted).map(|key| key.bytes().to_vec());
    let offer = wanted.offer.as_str();
    let reserved = binds![wanted.attempt, journey, wanted.n, offer, wanted.price, wanted.seat_until];
    let values = [reserved, binds![wanted.uncounted, window, caller, now]].concat();
    conn.execute(INSERT, values).await.map(drop)
}

/// A caller's look-up keys as the first three values of a statement: as many as there may be master keys.
pub(crate) fn caller_binds(caller: &[CallerKey]) -> Vec<Bind> {
    let last = caller.last();
    let keys = (0..MASTER_KEYS_MAX).map(|n| caller.get(n).or(last).map(|key| key.bytes().to_vec()));
    keys.map(Bind::from).collect()
}

const fn gives_back(release: Release) -> &'static str {
    match release {
        Release::Never => "never",
        Release::Unanswered => "unanswered",
        Release::Unpaid => "unpaid",
    }
}
