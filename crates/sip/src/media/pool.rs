//! Ports for RTP: an even one and the odd one above it for RTCP.

use std::{
    net::IpAddr,
    ops::RangeInclusive,
    sync::atomic::{AtomicU16, Ordering},
};

use tokio::net::UdpSocket;

/// A range of ports that lines are given.
#[derive(Debug)]
pub struct Ports {
    ip: IpAddr,
    first: u16,
    pairs: u16,
    next: AtomicU16,
}

/// Every port of the range is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no RTP port is free; widen the range, or take fewer calls")]
pub struct NoPort;

impl Ports {
    /// The pairs in a range, ex: `20000..=29999` has 5,000.
    pub fn new(ip: IpAddr, range: &RangeInclusive<u16>) -> Self {
        let first = range.start().saturating_add(range.start() % 2);
        let pairs = range.end().saturating_add(1).saturating_sub(first) / 2;
        Self { ip, first, pairs, next: AtomicU16::new(0) }
    }

    /// How many lines there can be.
    pub fn pairs(&self) -> usize {
        usize::from(self.pairs)
    }

    /// The next pair that is free. A port that was just given back is the last to be given again, so that what still
    /// comes for an ended call does not reach another.
    ///
    /// # Errors
    /// None is free, each having been tried once.
    pub async fn open(&self) -> Result<(UdpSocket, UdpSocket), NoPort> {
        for _ in 0..self.pairs {
            let at = self.next.fetch_add(1, Ordering::Relaxed) % self.pairs;
            let port = self.first + at * 2;
            if let Ok(rtp) = UdpSocket::bind((self.ip, port)).await
                && let Ok(rtcp) = UdpSocket::bind((self.ip, port + 1)).await
            {
                return Ok((rtp, rtcp));
            }
        }
        Err(NoPort)
    }
}
