//! Legs that a node held itself: the messages about each, and how it was heard. Kept in batches, off the way of a call; nothing
//! in it is of anybody.

use std::time::Duration;

use journey::LegId;
use lead::{JourneyId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    ReadFailed, Store,
    durable::{Conn, Done, Row, binds, odd},
    limits::LEGS_OF_A_CALL_MAX,
};

/// A leg that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegRecord {
    /// Its call.
    pub journey: JourneyId,
    /// Its name.
    pub leg: LegId,
    /// The attempt whose buyer it is. `None`: the caller's.
    pub attempt: Option<u32>,
    /// The trunk that it came or went by. `None`: it went straight to an address.
    pub trunk: Option<String>,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
    /// Why it ended, a code, ex: `hung_up`.
    pub cause: String,
    /// Whether we ended it.
    pub ours: bool,
    /// How speech was coded, ex: `PCMU`. `None`: it was never agreed.
    pub codec: Option<String>,
    /// What came.
    pub heard: LegHeard,
    /// Packets that were sent.
    pub sent: u64,
    /// What the other side reported of those. `None`: it reported nothing.
    pub reported: Option<LegHeard>,
    /// The messages.
    pub rungs: Vec<LegRung>,
    /// How many more there were.
    pub more: u32,
}

/// What became of packets on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LegHeard {
    /// Those that came. Of what the other side reports it is not known.
    pub packets: u64,
    /// Those that never came.
    pub lost: u64,
    /// How uneven they came.
    pub jitter: Duration,
}

/// One message about a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRung {
    /// Milliseconds since the leg began.
    pub at_ms: u64,
    /// Whether we sent it.
    pub sent: bool,
    /// The request's method.
    pub method: String,
    /// What it is answered with. `None`: it is a request.
    pub status: Option<u16>,
    /// Whether it describes a session.
    pub describes: bool,
    /// How often it was said.
    pub times: u32,
}

impl Store {
    /// Keeps a leg, some time soon. It is lost when the process ends first, or when too many wait.
    pub fn keep_leg(&self, leg: LegRecord) {
        self.durable.write_later(move |conn| {
            Box::pin(async move {
                keep(conn, leg).await?;
                Ok(Done::Keep(()))
            })
        });
    }

    /// The legs of a call that are over, the first first.
    ///
    /// # Errors
    /// When the durable store cannot be read.
    pub async fn legs_of(&self, journey: JourneyId) -> Result<Vec<LegRecord>, ReadFailed> {
        const LEGS: &str = "SELECT journey, leg, attempt, trunk, began_at, ended_at, cause, ours, codec, packets, lost, \
            jitter_us, sent, sent_lost, sent_jitter_us, rungs, more FROM legs WHERE journey = $1 \
            ORDER BY began_at, leg LIMIT $2";
        let rows = self.durable.rows(LEGS, binds![journey, LEGS_OF_A_CALL_MAX]).await?;
        Ok(rows.iter().map(record).collect::<Result<_, sqlx::Error>>()?)
    }
}

async fn keep(conn: &mut Conn, leg: LegRecord) -> Result<(), sqlx::Error> {
    const KEEP: &str = "INSERT INTO legs (journey, leg, attempt, trunk, began_at, ended_at, cause, ours, codec, packets, \
        lost, jitter_us, sent, sent_lost, sent_jitter_us, rungs, more) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT DO NOTHING";
    let rungs = serde_json::to_string(&leg.rungs).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let of = binds![
        leg.journey,
        leg.leg.0,
        leg.attempt.map(i64::from),
        leg.trunk,
        leg.began_at,
        leg.ended_at,
        leg.cause,
        leg.ours
    ];
    let heard = binds![
        leg.codec,
        number(leg.heard.packets),
        number(leg.heard.lost),
        micros(leg.heard.jitter),
        number(leg.sent),
        leg.reported.map(|it| number(it.lost)),
        leg.reported.map(|it| micros(it.jitter)),
        rungs,
        leg.more,
    ];
    conn.execute(KEEP, [of, heard].concat()).await.map(drop)
}

fn record(row: &Row) -> Result<LegRecord, sqlx::Error> {
    let count = |name: &str| Ok::<_, sqlx::Error>(u64::try_from(row.int(name)?).unwrap_or_default());
    let micros = |n: i64| Duration::from_micros(u64::try_from(n).unwrap_or_default());
    let reported = match (row.int_opt("sent_lost")?, row.int_opt("sent_jitter_us")?) {
        (Some(lost), Some(jitter)) => Some(LegHeard {
            packets: 0,
            lost: u64::try_from(lost).unwrap_or_default(),
            jitter: micros(jitter),
        }),
        _ => None,
    };
    Ok(LegRecord {
        journey: JourneyId::from_uuid(row.id("journey")?),
        leg: LegId(row.text("leg")?),
        attempt: row.int_opt("attempt")?.and_then(|n| u32::try_from(n).ok()),
        trunk: row.text_opt("trunk")?,
        began_at: row.at("began_at")?,
        ended_at: row.at("ended_at")?,
        cause: row.text("cause")?,
        ours: row.flag("ours")?,
        codec: row.text_opt("codec")?,
        heard: LegHeard {
            packets: count("packets")?,
            lost: count("lost")?,
            jitter: micros(row.int("jitter_us")?),
        },
        sent: count("sent")?,
        reported,
        rungs: serde_json::from_str(&row.text("rungs")?).map_err(|error| odd("rungs", error))?,
        more: row.count("more")?,
    })
}
