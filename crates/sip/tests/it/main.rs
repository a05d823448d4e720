//! The crate's tests from outside: descriptions and datagrams as others send them, and real peers on real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod agents;
mod any_bytes;
mod baresip;
mod calls;
mod lines;
mod peers;
mod readers;
mod screening;
mod sessions;
mod sipp;
mod softphones;
