//! Twilio: programmable voice by webhooks, TwiML and REST.
//!
//! A webhook's way: [`verify`] (is it Twilio's?), [`Hook::parse`] (which of ours is it?), [`decode`] (what happened?);
//! the shell drives the event and answers with [`encode`]. Sources are named as pages of twilio.com/docs, where the
//! facts were read; `docs/guides/carrier-integrator.md` has the whole way on one page.

mod client;
mod decode;
mod encode;
mod form;
mod hook;
mod number;
mod signature;
mod status;

pub use client::{
    CREATE_WAIT_MAX, CREATES_WAITING_MAX, ClientError, Create, Created, Credentials, Detection, FetchError,
    Leg, Mistake, OwnNumber, RecordingSound, TwilioClient, TwilioConfig, Updated, resource,
};
pub use decode::{DecodeError, Decoded, decode};
pub use encode::{Links, RING_LOOPS, RING_WAV, TWIML_BYTES_MAX, encode, fallback, nothing};
pub use form::Form;
pub use hook::{Hook, Short};
pub use signature::{Account, Request, SignatureError, Verified, signed_base, verify};
pub use status::Status;
