//! The UDP socket under the library: it hands up what [`crate::screen`] lets pass, and answers the rest itself.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock, Weak, atomic::Ordering::Relaxed},
};

use rsipstack::{
    Result,
    platform::net::UdpSocket as LibrarySocket,
    transaction::endpoint::{EndpointInner, EndpointInnerRef},
};
use tokio::net::UdpSocket;

use super::{Config, Counts, can_read};
use crate::{
    limits::{RETRY_AFTER_SECS, TRANSACTIONS_MAX},
    screen::{Dropped, Sources, Verdict, screen, turn_away},
};

/// A UDP socket whose datagrams are looked at first.
pub(super) struct ScreenedSocket {
    socket: UdpSocket,
    port: u16,
    sources: Sources,
    mark: String,
    counts: Arc<Counts>,
    pressure: Pressure,
}

/// How much the library has in hand, once it is there to be asked.
#[derive(Clone, Default)]
pub(super) struct Pressure(Arc<OnceLock<Weak<EndpointInner>>>);

impl Pressure {
    pub(super) fn watch(&self, endpoint: &EndpointInnerRef) {
        let _ = self.0.set(Arc::downgrade(endpoint));
    }

    fn is_full(&self) -> bool {
        let endpoint = self.0.get().and_then(Weak::upgrade);
        endpoint.is_some_and(|it| {
            let stats = it.get_stats();
            stats.running_transactions + stats.finished_transactions >= TRANSACTIONS_MAX
        })
    }
}

impl ScreenedSocket {
    pub(super) async fn bind(config: &Config, counts: Arc<Counts>) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(config.udp).await?;
        Ok(Self {
            port: socket.local_addr()?.port(),
            socket,
            sources: config.sources.clone(),
            mark: format!("@{}", config.mark),
            counts,
            pressure: Pressure::default(),
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn pressure(&self) -> Pressure {
        self.pressure.clone()
    }

    /// Whether the library shall read it.
    async fn passes(&self, datagram: &[u8], from: SocketAddr) -> bool {
        let verdict = screen(datagram, from, &self.sources, &self.mark, can_read);
        let reply = match verdict {
            Verdict::Pass if self.pressure.is_full() => {
                // What belongs to a call goes on; only what begins something new is turned away.
                let Some(reply) = turn_away(datagram, RETRY_AFTER_SECS) else { return true };
                self.counts.turned_away.fetch_add(1, Relaxed);
                reply
            }
            Verdict::Pass => return true,
            Verdict::Answer { reply, why } => {
                self.counts.refused.fetch_add(1, Relaxed);
                tracing::debug!(sip.why = why.name(), "a request was answered unread");
                reply
            }
            Verdict::Drop(why) => {
                match why {
                    Dropped::Stranger => self.counts.strangers.fetch_add(1, Relaxed),
                    Dropped::Unreadable => self.counts.unreadable.fetch_add(1, Relaxed),
                    Dropped::KeepAlive => 0,
                };
                return false;
            }
        };
        let _ = self.socket.send_to(&reply, from).await;
        false
    }
}

#[async_trait::async_trait]
impl LibrarySocket for ScreenedSocket {
    async fn recv_from(&self, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
        loop {
            // An error is a port of somebody else's that is closed; the next datagram is as good as before.
            let Ok((length, from)) = self.socket.recv_from(buf).await else { continue };
            if self.passes(&buf[..length], from).await {
                return Ok((length, from));
            }
        }
    }

    async fn send_to(&self, buf: &[u8], addr: SocketAddr) -> Result<usize> {
        Ok(self.socket.send_to(buf, addr).await?)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
