//! Corrections of a sale by people, after its call: appended, any number of times, with the audit in the same transaction.

use std::sync::Arc;

use lead::{AttemptId, JourneyId, Money, SaleId, Timestamp};

use super::{give_back, settle};
use crate::{
    By, Change, PostId, PostKind, ReadFailed, Store, WriteFailed,
    access::{append_audit, audit_locks},
    durable::{Conn, Done, Locked, Row, Sync, binds, odd},
    events::{Fact, Outcome, Status, Wanted, note},
};

/// What is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// The buyer gives it back: neither the buyer nor we owe anything for it.
    Return,
    /// The buyer disputes it. Nothing of its money changes.
    Dispute,
    /// The buyer owes so much more, or less.
    Adjustment(Money),
    /// The buyer reports that the lead became a customer.
    Conversion,
}

/// Why a sale was not corrected so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotCorrected {
    /// There is no such sale.
    #[error("there is no such sale")]
    Unknown,
    /// It is void: nobody owes anything for it.
    #[error("the sale is void: nobody owes anything for it")]
    Void,
    /// Its call goes on: what it comes to is not known.
    #[error("the call goes on: what the sale comes to is not known yet")]
    GoesOn,
    /// It is disputed already.
    #[error("the sale is disputed already")]
    Disputed,
    /// Less than nothing would be owed.
    #[error("less than nothing would be owed: a return takes the whole sale back")]
    BelowZero,
}

/// A correction beside a sale's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleCorrection {
    /// Its place, from 0.
    pub n: u32,
    /// `adjustment` or `conversion`.
    pub kind: Correction,
    /// Why, in the words of whoever corrected it.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Correction {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Dispute => "dispute",
            Self::Adjustment(_) => "adjustment",
            Self::Conversion => "conversion",
        }
    }

    const fn action(self) -> &'static str {
        match self {
            Self::Return => "sale.returned",
            Self::Dispute => "sale.disputed",
            Self::Adjustment(_) => "sale.adjusted",
            Self::Conversion => "sale.converted",
        }
    }

    fn amount(self) -> Money {
        match self {
            Self::Adjustment(amount) => amount,
            Self::Return | Self::Dispute | Self::Conversion => Money::ZERO,
        }
    }
}

impl Store {
    /// Corrects a sale.
    ///
    /// # Errors
    /// When the store is not known to have written it.
    pub async fn correct_sale(
        &self,
        now: Timestamp,
        by: By,
        (sale, what): (SaleId, Correction),
        reason: String,
    ) -> Result<Result<(), NotCorrected>, CorrectError> {
        const OF: &str = "SELECT journey FROM sales WHERE id = $1";
        let Some(row) = self.durable.row(OF, binds![sale]).await? else {
            return Ok(Err(NotCorrected::Unknown));
        };
        let journey = JourneyId::from_uuid(row.id("journey").map_err(ReadFailed::from)?);
        let post = PostId::of(sale, PostKind::Sold).uuid();
        let locks = audit_locks()
            .and(Locked::Journey, journey.uuid().as_bytes())
            .and(Locked::Sale, post.as_bytes())
            .and_taken_by(journey);
        let wanted = Arc::clone(&self.events);
        let written = self.durable.write(Sync::Full, locks, move |conn| {
            Box::pin(async move {
                let done = correct(conn, now, (sale, journey), what, &reason).await?;
                if done.is_err() {
                    return Ok(Done::Undo(done));
                }
                let amount = matches!(what, Correction::Adjustment(_)).then(|| what.amount().to_string());
                let change = Change {
                    action: what.action(),
                    object_kind: "sale",
                    object: sale.to_string(),
                    before: None,
                    after: Some(serde_json::json!({ "amount": amount, "reason": reason })),
                };
                append_audit(conn, now, &by, change).await?;
                // Why is in the words of whoever corrected it, and told to nobody.
                let fact = match what {
                    Correction::Return => Fact::Voided(sale, "returned"),
                    corrected => Fact::Corrected(sale, corrected),
                };
                note(conn, now, &wanted, fact).await?;
                if what == Correction::Return {
                    tell_returned(conn, now, &wanted, sale).await?;
                }
                Ok(Done::Keep(done))
            })
        });
        Ok(written.await?)
    }

    /// The corrections beside a sale's entries, the first first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn sale_corrections(&self, sale: SaleId) -> Result<Vec<SaleCorrection>, ReadFailed> {
        const LIST: &str =
            "SELECT n, kind, amount, reason, at FROM sale_corrections WHERE sale = $1 ORDER BY n";
        let rows = self.durable.rows(LIST, binds![sale]).await?;
        Ok(rows.iter().map(correction).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Why it is not known whether a sale was corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    /// The sale could not be read.
    #[error("the sale could not be read")]
    Read(#[from] ReadFailed),
    /// The correction could not be written.
    #[error("the correction could not be written")]
    Write(#[from] WriteFailed),
}

/// What is known of the sale.
struct SoFar {
    attempt: AttemptId,
    price: Money,
    adjusted: Money,
    paid: Money,
    is_void: bool,
    goes_on: bool,
}

async fn correct(
    conn: &mut Conn,
    now: Timestamp,
    (sale, journey): (SaleId, JourneyId),
    what: Correction,
    reason: &str,
) -> Result<Result<(), NotCorrected>, sqlx::Error> {
    let Some(so_far) = so_far(conn, sale, journey).await? else { return Ok(Err(NotCorrected::Unknown)) };
    match what {
        Correction::Conversion => append(conn, now, sale, what, reason).await.map(Ok),
        _ if so_far.is_void => Ok(Err(NotCorrected::Void)),
        Correction::Dispute if settle::dispute(conn, now, sale, reason).await? => Ok(Ok(())),
        Correction::Dispute => Ok(Err(NotCorrected::Disputed)),
        _ if so_far.goes_on => Ok(Err(NotCorrected::GoesOn)),
        Correction::Return => give_back_all(conn, now, sale, &so_far, reason).await.map(Ok),
        Correction::Adjustment(amount) if so_far.price + so_far.adjusted + amount < Money::ZERO => {
            Ok(Err(NotCorrected::BelowZero))
        }
        Correction::Adjustment(_) => append(conn, now, sale, what, reason).await.map(Ok),
    }
}

/// A return voids the charge and takes the payout back, as a void by the call's own end does.
async fn give_back_all(
    conn: &mut Conn,
    now: Timestamp,
    sale: SaleId,
    so_far: &SoFar,
    reason: &str,
) -> Result<(), sqlx::Error> {
    const DEAD: &str = "DELETE FROM live_sales WHERE sale = $1";
    const UNPAID: &str = "UPDATE contacts SET payable_at = NULL WHERE sale = $1";
    const ROW: &str = "UPDATE journey_rows SET sale_state = 'void', payout = 0 WHERE sale = $1";
    settle::append(conn, sale, settle::New::by_hand("void", reason, so_far.price), now).await?;
    if so_far.paid > Money::ZERO {
        settle::append(conn, sale, settle::New::by_hand("reversal", reason, so_far.paid), now).await?;
    }
    conn.execute(DEAD, binds![sale]).await?;
    conn.execute(UNPAID, binds![sale]).await?;
    give_back::unpaid(conn, so_far.attempt).await?;
    settle::cancel_unclaimed(conn, sale, now).await?;
    conn.execute(ROW, binds![sale]).await.map(drop)
}

/// Tells the lead's publisher that nothing is owed for it any more.
async fn tell_returned(
    conn: &mut Conn,
    now: Timestamp,
    wanted: &Wanted,
    sale: SaleId,
) -> Result<(), sqlx::Error> {
    const ROW: &str = "SELECT journey, publisher, campaign, channel, test FROM journey_rows WHERE sale = $1";
    let Some(row) = conn.row(ROW, binds![sale]).await? else { return Ok(()) };
    let outcome = Outcome {
        lead: JourneyId::from_uuid(row.id("journey")?),
        publisher: row.text_opt("publisher")?,
        campaign: row.text("campaign")?,
        channel: row.text("channel")?,
        test: row.flag("test")?,
        status: Status::Unsold,
        reason: "returned".to_owned(),
        payout: Money::ZERO,
        corrects: true,
    };
    note(conn, now, wanted, Fact::Outcome(&outcome)).await
}

async fn append(
    conn: &mut Conn,
    now: Timestamp,
    sale: SaleId,
    what: Correction,
    reason: &str,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "INSERT INTO sale_corrections (sale, n, kind, amount, reason, at) VALUES ($1, \
        (SELECT COALESCE(MAX(n), -1) + 1 FROM sale_corrections WHERE sale = $1), $2, $3, $4, $5)";
    conn.execute(INSERT, binds![sale, what.as_str(), what.amount(), reason, now]).await.map(drop)
}

async fn so_far(conn: &mut Conn, sale: SaleId, journey: JourneyId) -> Result<Option<SoFar>, sqlx::Error> {
    const SALE: &str = "SELECT s.attempt, s.price, \
        (SELECT COUNT(*) FROM sale_entries e WHERE e.sale = s.id AND e.kind = 'void') AS void, \
        (SELECT CAST(COALESCE(SUM(CASE WHEN e.kind = 'payout' THEN e.amount ELSE -e.amount END), 0) AS BIGINT) \
            FROM sale_entries e WHERE e.sale = s.id AND e.kind IN ('payout', 'reversal')) AS paid, \
        (SELECT CAST(COALESCE(SUM(c.amount), 0) AS BIGINT) FROM sale_corrections c WHERE c.sale = s.id) AS adjusted \
        FROM sales s WHERE s.id = $1";
    const GOES_ON: &str = "SELECT 1 AS one FROM journeys WHERE id = $1 AND ended_at IS NULL";
    let Some(row) = conn.row(SALE, binds![sale]).await? else { return Ok(None) };
    Ok(Some(SoFar {
        attempt: AttemptId::from_uuid(row.id("attempt")?),
        price: row.money("price")?,
        adjusted: row.money("adjusted")?,
        paid: row.money("paid")?,
        is_void: row.int("void")? > 0,
        goes_on: conn.row(GOES_ON, binds![journey]).await?.is_some(),
    }))
}

fn correction(row: &Row) -> Result<SaleCorrection, sqlx::Error> {
    Ok(SaleCorrection {
        n: row.count("n")?,
        kind: match &*row.text("kind")? {
            "adjustment" => Correction::Adjustment(row.money("amount")?),
            "conversion" => Correction::Conversion,
            _ => return Err(odd("kind", "an unknown word")),
        },
        reason: row.text("reason")?,
        at: row.at("at")?,
    })
}
