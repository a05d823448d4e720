//! The legs of a call that a node of ours held itself: how each was heard, and one ladder of what was said about them by SIP.

use std::time::Duration;

use lead::Timestamp;
use store::{LegHeard, LegRecord, LegRung, Names, Story};

use crate::pages::calls::length;

/// Lost packets, in thousandths of those that were due, from which a talk is heard to suffer.
const LOST_HEARD: u64 = 10;

/// The legs of a call.
pub(super) struct LinesView {
    pub(super) legs: Vec<LegView>,
    pub(super) rungs: Vec<RungView>,
    /// What is left out of the ladder. Empty: nothing.
    pub(super) left_out: String,
}

/// One leg.
pub(super) struct LegView {
    pub(super) whose: String,
    pub(super) by: String,
    pub(super) codec: String,
    pub(super) lasted: String,
    pub(super) ended: String,
    pub(super) heard: String,
    pub(super) sent: String,
    pub(super) class: &'static str,
}

/// One message, in the column of its leg.
pub(super) struct RungView {
    pub(super) since: String,
    pub(super) cells: Vec<Option<CellView>>,
}

/// What a message says.
pub(super) struct CellView {
    pub(super) sent: bool,
    /// The way that it went, where the caller stands left of us and buyers right.
    pub(super) arrow: &'static str,
    pub(super) text: String,
    /// What is said beside it, ex: that it describes a session.
    pub(super) beside: String,
}

impl LinesView {
    /// `None`: no leg was held here, or none is over yet.
    pub(super) fn of(told: &Story, names: &Names) -> Option<Self> {
        if told.legs.is_empty() {
            return None;
        }
        let more: u32 = told.legs.iter().map(|leg| leg.more).sum();
        Some(Self {
            legs: told.legs.iter().map(|leg| leg_view(leg, told, names)).collect(),
            rungs: rungs(&told.legs),
            left_out: match more {
                0 => String::new(),
                1 => "One more message is not kept.".to_owned(),
                more => format!("{more} more messages are not kept."),
            },
        })
    }
}

fn leg_view(leg: &LegRecord, told: &Story, names: &Names) -> LegView {
    let offer =
        |n| told.attempts.iter().find(|attempt| attempt.n == n).map(|attempt| names.offer(&attempt.offer));
    let due = leg.heard.packets + leg.heard.lost;
    let suffers = due > 0 && leg.heard.lost * 1_000 / due >= LOST_HEARD;
    LegView {
        whose: match leg.attempt {
            None => "The caller".to_owned(),
            Some(n) => offer(n).map_or_else(|| format!("Try {n}"), |offer| format!("{offer}, try {n}")),
        },
        by: leg
            .trunk
            .as_ref()
            .map_or_else(|| "straight to its address".to_owned(), |trunk| format!("by {trunk}")),
        codec: leg.codec.clone().unwrap_or_else(|| "never agreed".to_owned()),
        lasted: length(leg.ended_at.since(leg.began_at)),
        ended: ended(leg),
        heard: heard(&leg.heard, due),
        sent: sent(leg),
        class: if suffers { "near" } else { "" },
    }
}

/// How it ended, in words.
fn ended(leg: &LegRecord) -> String {
    let who = if leg.ours { "we" } else { "the other side" };
    match leg.cause.as_str() {
        "hung_up" => format!("{who} hung up"),
        "cancelled" => format!("{who} gave up before an answer"),
        "busy" => "busy".to_owned(),
        "no_answer" => "nobody answered".to_owned(),
        "failed" => "it could not be reached".to_owned(),
        "no_codec" => "no codec in common".to_owned(),
        "not_acked" => "our answer was never acknowledged".to_owned(),
        "silent" => "nothing was heard of it for too long".to_owned(),
        "too_long" => "it reached its longest duration".to_owned(),
        "not_refreshed" => "its session was not refreshed".to_owned(),
        other => match other.strip_prefix("refused:") {
            Some(status) => format!("{who} refused with {status}"),
            None => other.replace('_', " "),
        },
    }
}

fn heard(heard: &LegHeard, due: u64) -> String {
    match due {
        0 => "nothing".to_owned(),
        due => {
            let lost = heard.lost * 1_000 / due;
            let (whole, tenth) = (lost / 10, lost % 10);
            let jitter = jitter(heard.jitter);
            format!("{} packets, {} lost ({whole}.{tenth} %), jitter {jitter}", heard.packets, heard.lost)
        }
    }
}

fn sent(leg: &LegRecord) -> String {
    let there = leg.reported.map_or_else(
        || "it reported nothing of them".to_owned(),
        |it| format!("{} lost there, jitter {}", it.lost, jitter(it.jitter)),
    );
    match leg.sent {
        0 => "nothing".to_owned(),
        sent => format!("{sent} packets; {there}"),
    }
}

fn jitter(of: Duration) -> String {
    format!("{}.{} ms", of.as_millis(), of.subsec_micros() % 1_000 / 100)
}

/// The messages of all legs by their times, each in its leg's column.
fn rungs(legs: &[LegRecord]) -> Vec<RungView> {
    let Some(begun) = legs.iter().map(|leg| leg.began_at).min() else { return vec![] };
    let each = legs.iter().enumerate().flat_map(|(column, leg)| {
        leg.rungs.iter().map(move |rung| (leg.began_at + Duration::from_millis(rung.at_ms), column, rung))
    });
    let mut ordered: Vec<(Timestamp, usize, &LegRung)> = each.collect();
    ordered.sort_by_key(|(at, ..)| *at);
    let view = |(at, column, rung): (Timestamp, usize, &LegRung)| {
        let since = at.since(begun);
        let of_buyer = legs.get(column).is_some_and(|leg| leg.attempt.is_some());
        let cells = (0..legs.len()).map(|at| (at == column).then(|| cell(rung, of_buyer))).collect();
        RungView { since: format!("{}.{:03} s", since.as_secs(), since.subsec_millis()), cells }
    };
    ordered.into_iter().map(view).collect()
}

fn cell(rung: &LegRung, of_buyer: bool) -> CellView {
    let text = match rung.status {
        None => rung.method.clone(),
        Some(status) => match phrase(status) {
            "" => format!("{status} to {}", rung.method),
            phrase => format!("{status} {phrase}"),
        },
    };
    let of = rung.status.filter(|status| *status >= 200).map(|_| format!("to {}", rung.method));
    let times = (rung.times > 1).then(|| format!("{} times", rung.times));
    let describes = rung.describes.then(|| "SDP".to_owned());
    let beside: Vec<_> = [of, describes, times].into_iter().flatten().collect();
    let arrow = if rung.sent == of_buyer { "→" } else { "←" };
    CellView { sent: rung.sent, arrow, text, beside: beside.join(", ") }
}

/// What a status is called (RFC 3261, 21), in our own words and not in those that came with it.
const fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        415 => "Unsupported Media Type",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "No Such Call",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Error",
        503 => "Service Unavailable",
        504 => "Server Timeout",
        600 => "Busy Everywhere",
        603 => "Declined",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use lead::JourneyId;

    use super::*;

    fn rung(at_ms: u64, sent: bool, method: &str, status: Option<u16>) -> LegRung {
        LegRung { at_ms, sent, method: method.to_owned(), status, describes: false, times: 1 }
    }

    fn leg(began: u64, attempt: Option<u32>, rungs: Vec<LegRung>) -> LegRecord {
        let began_at = Timestamp::default() + Duration::from_millis(began);
        LegRecord {
            journey: JourneyId::of_call("t", "1"),
            leg: journey::LegId(format!("line-{began}")),
            attempt,
            trunk: None,
            began_at,
            ended_at: began_at + Duration::from_secs(9),
            cause: "hung_up".to_owned(),
            ours: false,
            codec: Some("PCMU".to_owned()),
            heard: LegHeard { packets: 99, lost: 1, jitter: Duration::from_micros(2_375) },
            sent: 7,
            reported: None,
            rungs,
            more: 0,
        }
    }

    #[test]
    fn the_messages_of_all_legs_stand_by_their_times_each_in_its_column() {
        let caller = leg(0, None, vec![rung(0, false, "UPDATE", None), rung(5_000, false, "BYE", None)]);
        let buyer =
            leg(3_000, Some(1), vec![rung(0, true, "UPDATE", None), rung(250, false, "UPDATE", Some(180))]);
        let rungs = rungs(&[caller, buyer]);
        let told: Vec<_> = rungs
            .iter()
            .map(|rung| {
                let text =
                    |cell: &Option<CellView>| cell.as_ref().map(|cell| cell.text.clone()).unwrap_or_default();
                (rung.since.as_str(), rung.cells.iter().map(text).collect::<Vec<_>>())
            })
            .collect();
        assert_eq!(
            told,
            [
                ("0.000 s", vec!["UPDATE".to_owned(), String::new()]),
                ("3.000 s", vec![String::new(), "UPDATE".to_owned()]),
                ("3.250 s", vec![String::new(), "180 Ringing".to_owned()]),
                ("5.000 s", vec!["BYE".to_owned(), String::new()]),
            ]
        );
    }

    #[test]
    fn how_a_leg_was_heard_is_said_in_figures() {
        let leg = leg(0, None, vec![]);
        assert_eq!(heard(&leg.heard, 100), "99 packets, 1 lost (1.0 %), jitter 2.3 ms");
        assert_eq!(sent(&leg), "7 packets; it reported nothing of them");
        assert_eq!(ended(&leg), "the other side hung up");
        let refused = LegRecord { cause: "refused:486".to_owned(), ..leg };
        assert_eq!(ended(&refused), "the other side refused with 486");
    }

    #[test]
    fn a_message_says_what_it_answers_and_how_often() {
        let invite = LegRung { describes: true, times: 2, ..rung(0, true, "UPDATE", None) };
        let told = cell(&invite, true);
        assert_eq!((told.text.as_str(), told.beside.as_str(), told.arrow), ("UPDATE", "SDP, 2 times", "→"));
        let told = cell(&rung(0, false, "BYE", Some(200)), true);
        assert_eq!((told.text.as_str(), told.beside.as_str(), told.arrow), ("200 OK", "to BYE", "←"));
        assert_eq!(cell(&rung(0, false, "UPDATE", Some(499)), false).text, "499 to UPDATE");
    }
}
