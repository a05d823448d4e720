//! What a leg should do next, as TwiML (twilio.com/docs/voice/twiml).

mod ask;
mod dial;
mod speech;
mod twiml;

use auction::Destination;
use ivr::Speech;
use journey::Document;
use lead::{E164, JourneyId};

use self::twiml::Twiml;
use super::{Hook, Short};

/// Twilio takes no longer document (twilio.com/docs/api/errors/11750).
pub const TWIML_BYTES_MAX: usize = 64 * 1024;
/// The ringback that a caller on hold hears where a campaign has no audio of its own: one ring and its pause, 4 s.
/// The server has it under `/audio/` of the public base URL.
pub const RING_WAV: &str = "ring.wav";
/// How often it is played before the caller's leg asks again: 12 s.
pub const RING_LOOPS: u32 = 3;

/// What a document's URLs are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links<'a> {
    /// The public base URL.
    pub public_base: &'a str,
    /// The journey.
    pub journey: JourneyId,
    /// The history that the document belongs to.
    pub hash: Short,
    /// The number that the caller dialled: what a phone shows that is rung without a sale.
    pub dnis: E164,
    /// The piece of hold that the answered request leads to; 0 for a request that was none. The next is one more.
    pub k: u32,
}

impl Links<'_> {
    fn url(&self, hook: &Hook) -> String {
        hook.url(self.public_base)
    }
}

/// Writes a document, at most [`TWIML_BYTES_MAX`] long. What is spoken in excess of that is left out.
pub fn encode(document: &Document, links: &Links<'_>) -> String {
    let mut twiml = Twiml::begin();
    match document {
        Document::Ask { step, first, ask } => {
            speech::write(&mut twiml, links, first);
            ask::question(&mut twiml, links, *step, ask);
        }
        Document::Hold { first, audio } => hold(&mut twiml, links, first, audio),
        Document::Dial { n, to, caller_id, ring, talk_max, whisper, record } => {
            let asked = dial::Asked {
                n: *n,
                to,
                shown: caller_id,
                ring: *ring,
                talk_max: *talk_max,
                whisper: *whisper,
                record: *record,
            };
            dial::buyer(&mut twiml, links, &asked);
        }
        Document::Whisper { n, say, screening } => ask::whisper(&mut twiml, links, *n, say, *screening),
        Document::Bridge => {}
        Document::HangUp => twiml.empty("Hangup", &[]),
        Document::Ending { say, dial } => {
            speech::write(&mut twiml, links, say);
            if let Some(number) = dial {
                dial::unsold(&mut twiml, links, &Destination::Phone(number.clone()));
            }
            twiml.empty("Hangup", &[]);
        }
        Document::Transfer { to } => {
            dial::unsold(&mut twiml, links, to);
            twiml.empty("Hangup", &[]);
        }
    }
    twiml.end()
}

/// The document that does nothing: for a caller who is gone.
pub const fn nothing() -> &'static str {
    r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#
}

/// The document for a caller whom nothing else can be said to: a signed request that cannot be read, a number of no
/// campaign. It needs no state; the number's fallback URL on another host may serve the same.
pub const fn fallback() -> &'static str {
    concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#,
        "<Say>We are sorry, we cannot take your call at the moment. Please call again later. Goodbye.</Say>",
        "<Hangup/></Response>"
    )
}

/// A piece of hold of about 12 s, then the next poll; a push interrupts it (carriers' hold pattern "start early, play
/// in pieces, push when done, poll as a safety net").
fn hold(twiml: &mut Twiml, links: &Links<'_>, first: &[Speech], audio: &[Speech]) {
    speech::write(twiml, links, first);
    if audio.is_empty() {
        let ring = speech::asset(links, RING_WAV);
        twiml.text("Play", &[("loop", &RING_LOOPS.to_string())], &ring);
    } else {
        speech::write(twiml, links, audio);
    }
    let next = Hook::Hold { journey: links.journey, k: links.k.saturating_add(1), hash: links.hash.clone() };
    twiml.text("Redirect", &[("method", "POST")], &links.url(&next));
}
