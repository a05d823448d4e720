//! A connection that knows whether it was used before, whether anything has come back since, and when it is enough.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The most bytes that one answer may take on the wire: its head, its body in the smallest chunks there are, and what
/// HTTP allows before and after them, such as interim answers without end.
const ANSWER_BYTES_MAX: u64 = 512 * 1_024;

/// More than [`ANSWER_BYTES_MAX`].
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the answer takes too many bytes")]
pub(super) struct TooManyBytes;

/// What one connection has received, shared between the connection and the requests on it.
#[derive(Clone, Default)]
pub(super) struct Traffic {
    received: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
}

impl Traffic {
    /// An answer was read to its end.
    pub(super) fn answer_ended(&self) {
        self.answered.store(self.received.load(Ordering::Acquire), Ordering::Release);
    }

    /// The connection has answered before, and not a byte has come since: the peer closed an idle connection at
    /// the moment it was used again, so that it has not read the request.
    pub(super) fn is_stale(&self) -> bool {
        let answered = self.answered.load(Ordering::Acquire);
        answered > 0 && self.received.load(Ordering::Acquire) == answered
    }

    fn take(&self, bytes: usize) -> io::Result<()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let received = self.received.fetch_add(bytes, Ordering::AcqRel).saturating_add(bytes);
        if received.saturating_sub(self.answered.load(Ordering::Acquire)) > ANSWER_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TooManyBytes));
        }
        Ok(())
    }
}

/// Counts what is received, above TLS, so that only bytes of answers count, and breaks off what has no end.
pub(super) struct Wire<T> {
    stream: T,
    traffic: Traffic,
}

impl<T> Wire<T> {
    pub(super) fn new(stream: T) -> Self {
        Self { stream, traffic: Traffic::default() }
    }
}

impl<T: Connection> Connection for Wire<T> {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.traffic.clone())
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Wire<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let read = buf.filled().len().saturating_sub(before);
        match self.traffic.take(read) {
            Ok(()) => polled,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Wire<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
