//! A carrier's words: its webhooks become events, our documents become its markup, our commands its requests.
//!
//! Start at [`twilio`]. Only this crate knows what `CallSid`, `<Dial>` and `DialCallStatus` mean; nothing of a journey
//! is decided here, and nothing is kept. All of it is pure but [`twilio::TwilioClient`], which opens sockets.
//! It must not know the store, the buyers, or who a caller is beyond what one webhook says.

pub mod twilio;
