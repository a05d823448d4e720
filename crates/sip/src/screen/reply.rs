//! The answer to a request that nobody else reads: its own headers, and a status.

use std::fmt::Write as _;

use super::{
    ALLOWED, Refusal,
    head::{Head, has_tag},
};

/// What of a header is repeated at most: an answer is never much longer than what it answers.
const VALUE_MAX: usize = 1_000;

/// Writes the answer. `None`: the request lacks what an answer repeats.
pub(super) fn write(head: &Head<'_>, why: Refusal) -> Option<Vec<u8>> {
    let allow = why == Refusal::NotAllowed || why == Refusal::Unknown;
    answer(head, why.status(), allow.then_some(("Allow", ALLOWED)))
}

/// Writes that there is no room, and when to come again.
pub(super) fn busy(head: &Head<'_>, retry_after_secs: u64) -> Option<Vec<u8>> {
    answer(head, (503, "Service Unavailable"), Some(("Retry-After", &retry_after_secs.to_string())))
}

fn answer(head: &Head<'_>, (code, words): (u16, &str), more: Option<(&str, &str)>) -> Option<Vec<u8>> {
    let fits = |value: &&str| value.len() <= VALUE_MAX && !value.is_empty();
    let vias: Vec<_> = head.vias.iter().filter(|it| fits(it)).collect();
    if vias.is_empty() || vias.len() != head.vias.len() {
        return None;
    }
    let mut reply = format!("SIP/2.0 {code} {words}\r\n");
    let mut line = |name: &str, value: &str| {
        // A value that went over several lines goes on one.
        let value = value.replace(['\r', '\n'], " ");
        let _ = write!(reply, "{name}: {value}\r\n");
    };
    vias.into_iter().for_each(|via| line("Via", via));
    for (name, value) in [("From", head.from), ("Call-ID", head.call_id), ("CSeq", head.cseq)] {
        if let Some(value) = value.filter(fits) {
            line(name, value);
        }
    }
    if let Some(to) = head.to.filter(fits) {
        // Without a dialog there is nothing to tell one answer from another by.
        let tag = if has_tag(to) { "" } else { ";tag=screen" };
        line("To", &format!("{to}{tag}"));
    }
    if let Some((name, value)) = more {
        line(name, value);
    }
    line("Content-Length", "0");
    reply.push_str("\r\n");
    Some(reply.into_bytes())
}
