//! `Settle` and `Return`: what became of a sale, by appended entries, and what its buyer is told.

use std::time::Duration;

use journey::Verdict;
use lead::{AttemptId, Money, OfferId, SaleId, Timestamp};

use super::{
    book, give_back,
    transaction::{Promises, Stop, reason},
};
use crate::{
    PostKind,
    durable::{Conn, binds},
    events::Fact,
};

/// An entry to be appended.
pub(super) struct New<'a> {
    kind: &'static str,
    reason: Option<&'a str>,
    amount: Money,
    talk: Option<Duration>,
}

impl<'a> New<'a> {
    /// The buyer accepted: this is owed if it is earned.
    pub(super) const fn pending(amount: Money) -> Self {
        Self { kind: "pending", reason: None, amount, talk: None }
    }

    /// Somebody corrects the sale.
    pub(super) const fn by_hand(kind: &'static str, reason: &'a str, amount: Money) -> Self {
        Self { kind, reason: Some(reason), amount, talk: None }
    }
}

/// Opens a dispute of a sale whose lead its buyer will not have; nothing of its money changes. A sale has one at most, and
/// what is void is owed by nobody. Says whether it was opened.
pub(crate) async fn dispute(
    conn: &mut Conn,
    now: Timestamp,
    sale: SaleId,
    why: &str,
) -> Result<bool, sqlx::Error> {
    const OPEN: &str = "INSERT INTO sale_entries (sale, n, kind, reason, amount, at) \
        SELECT s.id, (SELECT COALESCE(MAX(n), -1) + 1 FROM sale_entries WHERE sale = s.id), 'dispute', $2, s.price, $3 \
        FROM sales s JOIN live_sales l ON l.sale = s.id WHERE s.id = $1 \
        AND NOT EXISTS (SELECT 1 FROM sale_entries WHERE sale = s.id AND kind = 'dispute')";
    Ok(conn.execute(OPEN, binds![sale, why, now]).await? > 0)
}

/// What the sale's row and entries say so far.
struct SoFar {
    attempt: AttemptId,
    price: Money,
    earned: bool,
    void: bool,
    paid: Money,
}

/// Appends what became of a sale. What is settled already stays.
pub(super) async fn settle(
    promises: &mut Promises<'_>,
    sale: SaleId,
    verdict: Verdict,
    talk: Option<Duration>,
    payout: Money,
) -> Result<(), Stop> {
    let Some(so_far) = so_far(promises.conn, sale).await? else {
        tracing::error!(sale.id = %sale, "a sale was settled that is not there");
        return Ok(());
    };
    if so_far.void {
        return Ok(());
    }
    promises.row_changed = true;
    match verdict {
        Verdict::Earned if so_far.earned => {}
        Verdict::Earned => {
            const PAYABLE: &str = "UPDATE contacts SET payable_at = $2 WHERE sale = $1";
            let entry = New { kind: "earned", reason: None, amount: so_far.price, talk };
            append(promises.conn, sale, entry, promises.now).await?;
            if payout > Money::ZERO {
                pay(promises, sale, payout, talk).await?;
            }
            promises.conn.execute(PAYABLE, binds![sale, promises.now]).await?;
        }
        // The talk is noted even where nothing more is owed: the list of calls shows it.
        Verdict::Paid => pay(promises, sale, payout, talk).await?,
        Verdict::TooShort | Verdict::Abandoned | Verdict::Dropped => {
            void(promises, sale, &so_far, verdict, talk).await?;
        }
    }
    Ok(())
}

async fn pay(
    promises: &mut Promises<'_>,
    sale: SaleId,
    amount: Money,
    talk: Option<Duration>,
) -> Result<(), sqlx::Error> {
    let entry = New { kind: "payout", reason: None, amount, talk };
    append(promises.conn, sale, entry, promises.now).await
}

async fn void(
    promises: &mut Promises<'_>,
    sale: SaleId,
    so_far: &SoFar,
    verdict: Verdict,
    talk: Option<Duration>,
) -> Result<(), Stop> {
    const DEAD: &str = "DELETE FROM live_sales WHERE sale = $1";
    const FORGET: &str = "DELETE FROM contacts WHERE sale = $1";
    const UNPAID: &str = "UPDATE contacts SET payable_at = NULL WHERE sale = $1";
    let why = Some(reason(verdict));
    let entry = New { kind: "void", reason: why, amount: so_far.price, talk };
    append(promises.conn, sale, entry, promises.now).await?;
    if so_far.paid > Money::ZERO {
        let entry = New { kind: "reversal", reason: why, amount: so_far.paid, talk: None };
        append(promises.conn, sale, entry, promises.now).await?;
    }
    promises.conn.execute(DEAD, binds![sale]).await?;
    // Nobody was bridged: this buyer never had the caller.
    let contacts = if verdict == Verdict::Abandoned { FORGET } else { UNPAID };
    promises.conn.execute(contacts, binds![sale]).await?;
    give_back::unpaid(promises.conn, so_far.attempt).await?;
    cancel_unclaimed(promises.conn, sale, promises.now).await?;
    Ok(promises.note(Fact::Voided(sale, reason(verdict))).await?)
}

/// A post that was never claimed was never sent: a void cancels it.
pub(super) async fn cancel_unclaimed(
    conn: &mut Conn,
    sale: SaleId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const CANCEL: &str = "UPDATE posts SET state = 'cancelled', settled_at = $2 \
        WHERE sale = $1 AND kind = 'lead.sold' AND state = 'due' AND first_claimed_at IS NULL";
    conn.execute(CANCEL, binds![sale, now]).await.map(drop)
}

/// Tells the buyer that its lead came to nothing, once the post has settled; not where nothing was ever sent.
pub(super) async fn tell(promises: &mut Promises<'_>, sale: SaleId, offer: &OfferId) -> Result<(), Stop> {
    const SOLD: &str = "SELECT state, first_claimed_at FROM posts WHERE sale = $1 AND kind = 'lead.sold'";
    if book::is_live(promises.conn, sale).await? {
        tracing::error!(sale.id = %sale, offer.id = %offer, "a sale is not returned before it is void");
        return Ok(());
    }
    let Some(row) = promises.conn.row(SOLD, binds![sale]).await? else { return Ok(()) };
    match row.text("state")?.as_str() {
        // Never sent: there is nothing to take back. A person may have been erased between two tries.
        "cancelled" if row.at_opt("first_claimed_at")?.is_none() => Ok(()),
        "delivered" | "dead" | "cancelled" => {
            book::queue_post(promises, sale, PostKind::Returned, "due").await
        }
        _ => book::queue_post(promises, sale, PostKind::Returned, "waiting").await,
    }
}

/// Appends an entry behind those that are there.
pub(super) async fn append(
    conn: &mut Conn,
    sale: SaleId,
    new: New<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO sale_entries (sale, n, kind, reason, amount, talk_ms, at) \
        SELECT $1, COALESCE(MAX(n), -1) + 1, $2, $3, $4, $5, $6 FROM sale_entries WHERE sale = $1";
    let talk_ms = new.talk.map(|talk| i64::try_from(talk.as_millis()).unwrap_or(i64::MAX));
    conn.execute(INSERT, binds![sale, new.kind, new.reason, new.amount, talk_ms, now]).await.map(drop)
}

async fn so_far(conn: &mut Conn, sale: SaleId) -> Result<Option<SoFar>, sqlx::Error> {
    const SALE: &str = "SELECT attempt, price FROM sales WHERE id = $1";
    const ENTRIES: &str = "SELECT kind, amount FROM sale_entries WHERE sale = $1";
    let Some(row) = conn.row(SALE, binds![sale]).await? else { return Ok(None) };
    let mut so_far = SoFar {
        attempt: AttemptId::from_uuid(row.id("attempt")?),
        price: row.money("price")?,
        earned: false,
        void: false,
        paid: Money::ZERO,
    };
    for entry in conn.rows(ENTRIES, binds![sale]).await? {
        match entry.text("kind")?.as_str() {
            "earned" => so_far.earned = true,
            "void" => so_far.void = true,
            "payout" => so_far.paid = so_far.paid + entry.money("amount")?,
            "reversal" => so_far.paid = so_far.paid - entry.money("amount")?,
            _ => {}
        }
    }
    Ok(Some(so_far))
}
