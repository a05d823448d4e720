//! What waits, grows or retries, bounded. `docs/limits.md` says what happens at each limit.

use std::time::Duration;

/// A datagram; a longer one is cut by the socket and answered 513.
pub const DATAGRAM_BYTES_MAX: usize = 8_000;
/// Header lines of a message.
pub const HEADERS_MAX: usize = 128;
/// One session description.
pub const SDP_BYTES_MAX: usize = 4_096;
/// Media lines of a session description.
pub const SDP_MEDIA_MAX: usize = 8;
/// One RTP packet.
pub const RTP_BYTES_MAX: usize = 1_500;
/// Keys that wait to be read of one leg.
pub const DIGITS_MAX: usize = 64;
/// The body of an INFO.
pub const INFO_BYTES_MAX: usize = 256;
/// A prompt's file.
pub const PROMPT_BYTES_MAX: usize = 8 * 1_024 * 1_024;
/// A prompt's length once it is decoded.
pub const PROMPT_SAMPLES_MAX: usize = 2_400_000;
/// Events of one leg that nobody has read.
pub const LEG_EVENTS_MAX: usize = 256;
/// Messages that are kept of one leg.
pub const RUNGS_MAX: usize = 64;
/// Arrivals that nobody has taken up.
pub const ARRIVALS_MAX: usize = 256;
/// Transactions in hand at the library, the ended ones included that it keeps to repeat their answer.
pub const TRANSACTIONS_MAX: usize = 20_000;
/// Pieces of sound that wait to be recorded of one line: a second and a half of both sides.
pub const PIECES_MAX: usize = 150;
/// Challenges to callers that are not answered yet.
pub const NONCES_MAX: usize = 1_024;
/// What an overloaded node asks its carrier to wait.
pub const RETRY_AFTER_SECS: u64 = 5;
/// How long an answer to our probe is waited for.
pub const PROBE_MAX: Duration = Duration::from_secs(5);
/// How often a session's refresh may fall due, at the least (RFC 4028).
pub const SESSION_MIN_SECS: u64 = 90;
/// What we ask for, and grant at most.
pub const SESSION_SECS: u64 = 1_800;
/// The longest session that we agree to where who is called wants a longer one than we asked for.
pub const SESSION_SECS_MAX: u64 = 86_400;
/// After this silence a party's new port is believed.
pub const RELATCH_SILENCE: Duration = Duration::from_millis(500);
/// A key that is sent takes so long.
pub const KEY_MS: u64 = 100;
/// Hops that our own requests may take.
pub const MAX_FORWARDS: u64 = 70;
/// Connections by TCP.
pub const STREAM_IDLE_MAX: Duration = Duration::from_secs(300);
