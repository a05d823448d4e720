//! Ports that stay free while whoever listens there is down.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::bail;

/// Ports below those that the kernel gives to connections: while a server is down, nobody else may come by its port. A
/// Redis of a Cluster takes the port ten thousand above as well, and both are below.
const PORTS: std::ops::Range<u16> = 11_000..21_000;
/// Where the last search ended.
static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port that nobody listens at, and whose place ten thousand above is free as well.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    let wide = PORTS.end - PORTS.start;
    // The remainder is below the width.
    let first = u16::try_from(std::process::id() % u32::from(wide)).unwrap_or_default();
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    for _ in 0..wide {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = PORTS.start + first.wrapping_mul(7).wrapping_add(n) % wide;
        if is_free(port) && is_free(port + 10_000) {
            return Ok(port);
        }
    }
    bail!("no port from {PORTS:?} is free")
}
