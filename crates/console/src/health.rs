//! How an offer's buyer answers, for pages and for programs: in time, how fast, what went wrong, and what follows from it.

use std::{sync::Arc, time::Duration};

use lead::OfferId;
use serde::Serialize;
use store::Answering;
use utoipa::ToSchema;

use crate::{
    Console,
    business::Business,
    pages::figures::{count, counted, percent},
    problem::Problem,
};

/// How far back the figures go.
const LOOK_BACK: Duration = Duration::from_secs(24 * 3600);

/// Says whether an offer is asked in fewer auctions than all. The server hands in what it remembers of the answers.
pub type Throttling = Arc<dyn Fn(&OfferId) -> Option<Throttled> + Send + Sync>;

/// That an offer is asked in fewer auctions than all, since its buyer has not answered lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttled {
    /// In one of how many.
    pub one_in: u32,
    /// Why, and until when, ex: `7 of its last 10 pings timed out; 1 in 5 is sent, until 3 are answered in a row`.
    pub why: String,
}

/// How an offer's buyer answers, as a program reads it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// Since when it is counted: a day ago.
    from: String,
    /// Until when.
    until: String,
    /// Pings that it was sent and that were waited for.
    asked: u64,
    /// Of them, those that it answered in time, whatever it said.
    in_time: u64,
    /// Of those, the bids; a static sale that stood in the place of a refusal is one as well.
    bids: u64,
    /// Answers in time that were no bid, by their code.
    no_bids: Vec<CodeTimes>,
    /// Pings that went wrong, by their code.
    errors: Vec<CodeTimes>,
    /// Pings that nobody waited for, since they could not have won.
    not_awaited: u64,
    /// Auctions in which it was considered and not asked, by the code of the reason.
    left_out: Vec<CodeTimes>,
    /// The time that half of its answers took at most, late ones among them.
    median_ms: Option<u64>,
    /// The time that 95 of 100 of them took at most.
    p95_ms: Option<u64>,
    /// In one of how many auctions this process asks it now; 1: in all.
    asked_in_one_of: u32,
    /// Why, where it is not in all.
    throttled: Option<String>,
    /// The last ping that went wrong.
    last_error: Option<LastErrorBody>,
}

/// How often something came.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeTimes {
    /// A code of the reference.
    #[schema(example = "timeout")]
    code: String,
    times: u64,
}

/// A ping that went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LastErrorBody {
    at: String,
    /// The call that it was for.
    call: uuid::Uuid,
    #[schema(example = "timeout")]
    code: String,
    /// What went wrong, in a sentence.
    text: String,
}

/// The same, as a page shows it.
pub(crate) struct HealthView {
    /// What it comes to, in a sentence.
    pub(crate) headline: String,
    /// What it comes to, for colours.
    pub(crate) class: &'static str,
    /// Figures with what they are of.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// How many of what it was asked for came to what, each with its bar in thousandths.
    pub(crate) came: Vec<Came>,
    /// The last ping that went wrong: when, what, and its call.
    pub(crate) last_error: Option<(String, String, uuid::Uuid)>,
}

/// What so many pings came to.
pub(crate) struct Came {
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) times: String,
    pub(crate) width: u64,
    pub(crate) bar: &'static str,
}

/// How an offer's buyer answered in the last day, and what follows from it.
pub(crate) struct OfferHealth {
    answering: Answering,
    throttled: Option<Throttled>,
    from: lead::Timestamp,
    until: lead::Timestamp,
}

impl OfferHealth {
    /// Reads it.
    pub(crate) async fn of(console: &Console, offer: &OfferId) -> Result<Self, Problem> {
        let until = console.now();
        let from = until - LOOK_BACK;
        let answering = console.store().answering(offer, (from, until)).await;
        let answering = answering.map_err(|error| Problem::unavailable(&error))?;
        Ok(Self { answering, throttled: console.throttled(offer), from, until })
    }

    /// For programs.
    pub(crate) fn body(self) -> HealthBody {
        let ms = |wait: Option<Duration>| wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
        let times = |counts: Vec<(String, u64)>| {
            counts.into_iter().map(|(code, times)| CodeTimes { code, times }).collect()
        };
        let Self { answering, throttled, from, until } = self;
        HealthBody {
            from: from.to_string(),
            until: until.to_string(),
            asked: answering.asked,
            in_time: answering.in_time,
            bids: answering.bids,
            no_bids: times(answering.no_bids),
            errors: times(answering.errors),
            not_awaited: answering.not_awaited,
            left_out: times(answering.left_out),
            median_ms: ms(answering.p50),
            p95_ms: ms(answering.p95),
            asked_in_one_of: throttled.as_ref().map_or(1, |throttled| throttled.one_in),
            throttled: throttled.map(|throttled| throttled.why),
            last_error: answering.last_error.map(|it| LastErrorBody {
                at: it.at.to_string(),
                call: it.journey.uuid(),
                code: it.code,
                text: it.text,
            }),
        }
    }

    /// For a page.
    pub(crate) fn view(&self, business: &Business) -> HealthView {
        let Answering { asked, in_time, bids, p50, p95, not_awaited, .. } = self.answering;
        let ms = |wait: Option<Duration>| {
            let ms = wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
            ms.map_or_else(|| "—".to_owned(), |ms| format!("{} ms", count(ms)))
        };
        let (headline, class) = match &self.throttled {
            Some(throttled) => {
                (format!("It is asked in 1 of {} auctions: {}", throttled.one_in, throttled.why), "near")
            }
            None if asked == 0 => ("It was not asked in the last day".to_owned(), ""),
            None if in_time == asked => {
                (format!("It answered all of {} in time", counted(asked, "ping")), "good")
            }
            None => {
                (format!("It answered {} of {} in time", percent(in_time, asked), counted(asked, "ping")), "")
            }
        };
        HealthView {
            headline,
            class,
            facts: vec![
                ("Answered in time", percent(in_time, asked)),
                ("Bids", percent(bids, asked)),
                ("Median", ms(p50)),
                ("95 of 100 within", ms(p95)),
                ("Not waited for", count(not_awaited)),
            ],
            came: self.came(),
            last_error: self
                .answering
                .last_error
                .as_ref()
                .map(|it| (business.time(it.at, "%-d %b %H:%M:%S %Z"), it.text.clone(), it.journey.uuid())),
        }
    }

    fn came(&self) -> Vec<Came> {
        let it = &self.answering;
        let bids = Some(("bid".to_owned(), it.bids)).filter(|(_, times)| *times > 0);
        let of = |counts: &[(String, u64)], bar| {
            counts.iter().cloned().map(move |(code, times)| (code, times, bar)).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = bids.into_iter().map(|(code, times)| (code, times, "win")).collect();
        all.extend(of(&it.no_bids, "bid"));
        all.extend(of(&it.errors, "none"));
        all.extend(of(&it.left_out, "left"));
        let most = all.iter().map(|(_, times, _)| *times).max().unwrap_or_default();
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let came = |(code, times, bar): (String, u64, &'static str)| Came {
            text: called(&code, bar == "left"),
            times: count(times),
            width: crate::pages::figures::bar(signed(times), signed(most)),
            bar: if bar == "left" { "none" } else { bar },
            code,
        };
        all.into_iter().map(came).collect()
    }
}

/// A code as people say it.
fn called(code: &str, is_left_out: bool) -> String {
    let word = match code {
        "bid" => "Bid",
        "no_bid" => "Answered without a bid",
        "rejected" => "Refused",
        "timeout" => "Timed out",
        "late" => "Answered too late",
        "unreachable" => "Could not be reached",
        "bad_status" => "Answered with an HTTP status that is no answer",
        "malformed" => "Answered what cannot be read",
        "too_large" => "Answered too much",
        other => return spaced(other, is_left_out),
    };
    word.to_owned()
}

fn spaced(code: &str, is_left_out: bool) -> String {
    let text = code.replace('_', " ");
    if is_left_out { format!("Not asked: {text}") } else { text }
}
