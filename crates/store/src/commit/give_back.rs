//! What an award gives back, when it comes to nothing or its leg ends, and takes again, when it did not after all.

use lead::AttemptId;

use crate::durable::{Bind, Conn, binds};

const COUNTER: &str = "UPDATE counters SET used = used + $2 WHERE name = $1 RETURNING used";
const SEAT: &str = "UPDATE seats SET used = used + $2 WHERE name = $1 RETURNING used";

/// The buyer did not accept: its counters are given back, save those that count attempts. What is confirmed, or was
/// given back before, stays as it is.
pub(super) async fn void(conn: &mut Conn, attempt: AttemptId) -> Result<(), sqlx::Error> {
    const VOID: &str = "UPDATE reservations SET state = 'voided' WHERE attempt = $1 AND state = 'held'";
    const GIVE_BACK: &str = "UPDATE reservation_counters SET taken = FALSE \
        WHERE attempt = $1 AND taken AND gives_back IN ('unanswered', 'unpaid') RETURNING name, -amount AS more, most";
    if conn.execute(VOID, binds![attempt]).await? > 0 {
        add(conn, GIVE_BACK, binds![attempt], COUNTER).await?;
    }
    Ok(())
}

/// The sale became void: what counted payable sales is given back.
pub(super) async fn unpaid(conn: &mut Conn, attempt: AttemptId) -> Result<(), sqlx::Error> {
    const GIVE_BACK: &str = "UPDATE reservation_counters SET taken = FALSE \
        WHERE attempt = $1 AND taken AND gives_back = 'unpaid' RETURNING name, -amount AS more, most";
    add(conn, GIVE_BACK, binds![attempt], COUNTER).await.map(drop)
}

/// The leg of an attempt has ended: its seats are free.
pub(super) async fn free_seat(conn: &mut Conn, attempt: AttemptId) -> Result<(), sqlx::Error> {
    const LEAVE: &str = "UPDATE reservation_seats SET taken = FALSE WHERE attempt = $1 AND taken \
        RETURNING name, CAST(-1 AS BIGINT) AS more, CAST(0 AS BIGINT) AS most";
    const FREE: &str = "UPDATE reservations SET seat = 'free' WHERE attempt = $1";
    add(conn, LEAVE, binds![attempt], SEAT).await?;
    conn.execute(FREE, binds![attempt]).await.map(drop)
}

/// The buyer accepted after all: the award is counted again, whatever the caps say. Says whether one is exceeded. Its
/// seat is left as it is: it was kept until the leg's end, which may have been heard by now.
pub(super) async fn take_again(conn: &mut Conn, attempt: AttemptId) -> Result<bool, sqlx::Error> {
    const AGAIN: &str = "UPDATE reservation_counters SET taken = TRUE WHERE attempt = $1 AND NOT taken \
        RETURNING name, amount AS more, most";
    add(conn, AGAIN, binds![attempt], COUNTER).await
}

/// Adds what the first statement returns to the rows that it names, in the order of their names, as every transaction
/// takes them. Says whether one is above its most.
async fn add(
    conn: &mut Conn,
    from: &'static str,
    binds: Vec<Bind>,
    to: &'static str,
) -> Result<bool, sqlx::Error> {
    conn.counts().await?;
    let rows = conn.rows(from, binds).await?;
    let read = rows.iter().map(|row| Ok((row.text("name")?, row.int("more")?, row.int("most")?)));
    let mut changes = read.collect::<Result<Vec<_>, sqlx::Error>>()?;
    changes.sort();
    let mut over = false;
    for (name, more, most) in changes {
        let row = conn.row(to, binds![name, more]).await?.ok_or(sqlx::Error::RowNotFound)?;
        over |= row.int("used")? > most;
    }
    Ok(over)
}
