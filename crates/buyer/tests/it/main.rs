//! The exchange against real sockets: buyers slow, huge, lying and hostile.

mod answers;
mod any_bytes;
mod connections;
mod fixtures;
mod hostile;
mod lookups;
mod name_server;
mod peer;
mod pools;
mod privacy;
mod readers;
mod requests;
mod shaped;
mod ssrf;
mod tls;
