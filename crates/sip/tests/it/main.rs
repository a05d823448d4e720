//! The crate's tests from outside: descriptions and datagrams as others send them, and real peers on real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod any_bytes;
mod calls;
mod lines;
mod readers;
mod screening;
mod sessions;
