//! What comes in before the library reads it: from whom, how large, and whether it can be answered at all.
//!
//! The library drops in silence what it cannot read, an unknown method included. RFC 3261 wants 405 or 501, and 400 where
//! a request is malformed; [`screen`] answers those itself, and only to sources that are known. What comes from anywhere
//! else is dropped and counted, and hears nothing.

mod head;
mod reply;
mod sources;

pub use self::sources::{Net, NetError, Sources};

use self::head::Head;
use crate::limits::DATAGRAM_BYTES_MAX;

/// What is done with a datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The library reads it.
    Pass,
    /// It is answered here, and nobody else sees it.
    Answer {
        /// The answer.
        reply: Vec<u8>,
        /// Why.
        why: Refusal,
    },
    /// It is dropped and counted.
    Drop(Dropped),
}

/// Why a request is answered before anybody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// 400: it cannot be read.
    Malformed,
    /// 405: a method that is known and not taken here.
    NotAllowed,
    /// 501: a method that nobody knows.
    Unknown,
    /// 505: another version of the protocol.
    Version,
    /// 513: it is too large.
    TooLarge,
    /// 483: it has made its last hop.
    TooManyHops,
    /// 482: it is a call of our own that comes back.
    Loop,
}

impl Refusal {
    /// The status and its words.
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Self::Malformed => (400, "Bad Request"),
            Self::NotAllowed => (405, "Method Not Allowed"),
            Self::Unknown => (501, "Not Implemented"),
            Self::Version => (505, "Version Not Supported"),
            Self::TooLarge => (513, "Message Too Large"),
            Self::TooManyHops => (483, "Too Many Hops"),
            Self::Loop => (482, "Loop Detected"),
        }
    }

    /// Its name in a metric.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NotAllowed => "not_allowed",
            Self::Unknown => "unknown_method",
            Self::Version => "version",
            Self::TooLarge => "too_large",
            Self::TooManyHops => "too_many_hops",
            Self::Loop => "loop",
        }
    }
}

/// Why a datagram is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// From no source that is known.
    Stranger,
    /// It is no message of SIP, or one that must not be answered.
    Unreadable,
    /// Nothing but line ends: what keeps a way open.
    KeepAlive,
}

impl Dropped {
    /// Its name in a metric.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Unreadable => "unreadable",
            Self::KeepAlive => "keep_alive",
        }
    }
}

/// The methods that are taken, as an `Allow` header has them.
pub const ALLOWED: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK";
/// Methods that are known and not taken.
const KNOWN: [&str; 6] = ["REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER"];

/// What is done with a datagram. `mark` is the end of the Call-IDs that we make: a call with it that is not of a dialog
/// is one of ours that came back. `reads` is whether the library can read it.
pub fn screen(
    datagram: &[u8],
    from: std::net::SocketAddr,
    sources: &Sources,
    mark: &str,
    reads: impl Fn(&[u8]) -> bool,
) -> Verdict {
    if !sources.knows(from.ip()) {
        return Verdict::Drop(Dropped::Stranger);
    }
    if datagram.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Verdict::Drop(Dropped::KeepAlive);
    }
    let Some(head) = Head::read(datagram) else { return Verdict::Drop(Dropped::Unreadable) };
    let Some(method) = head.method else {
        // A response: nobody answers those.
        let sound = head.is_sound(datagram) && reads(datagram);
        return if sound { Verdict::Pass } else { Verdict::Drop(Dropped::Unreadable) };
    };
    let Some(why) = refusal(datagram, &head, method, mark, reads) else { return Verdict::Pass };
    // An ACK is never answered, and what has no Via cannot be.
    match (method != "ACK").then(|| reply::write(&head, why)).flatten() {
        Some(reply) => Verdict::Answer { reply, why },
        None => Verdict::Drop(Dropped::Unreadable),
    }
}

/// The answer for what would begin something new while there is no room: 503, and when to come again. `None`: it belongs
/// to something that goes on, or cannot be answered.
pub fn turn_away(datagram: &[u8], retry_after_secs: u64) -> Option<Vec<u8>> {
    let head = Head::read(datagram)?;
    let method = head.method?;
    let begins = !head.is_of_dialog() && method != "ACK" && method != "CANCEL";
    begins.then(|| reply::busy(&head, retry_after_secs)).flatten()
}

fn refusal(
    datagram: &[u8],
    head: &Head<'_>,
    method: &str,
    mark: &str,
    reads: impl Fn(&[u8]) -> bool,
) -> Option<Refusal> {
    if !head.version_is_ours {
        return Some(Refusal::Version);
    }
    if datagram.len() > DATAGRAM_BYTES_MAX {
        return Some(Refusal::TooLarge);
    }
    if !head.is_sound(datagram) {
        return Some(Refusal::Malformed);
    }
    let allowed = ALLOWED.split(", ").any(|it| it == method);
    if !allowed {
        return Some(if KNOWN.contains(&method) { Refusal::NotAllowed } else { Refusal::Unknown });
    }
    if !reads(datagram) {
        return Some(Refusal::Malformed);
    }
    if method == "INVITE" && !head.is_of_dialog() {
        if head.max_forwards == Some(0) {
            return Some(Refusal::TooManyHops);
        }
        if !mark.is_empty() && head.call_id.is_some_and(|it| it.ends_with(mark)) {
            return Some(Refusal::Loop);
        }
    }
    None
}
