//! `Impatient`: a connection whose client must take what it is sent, and what is known of its requests.

use std::{
    io::{self, ErrorKind, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, Bytes, HttpBody};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::Notify,
    time::Sleep,
};

/// A connection that fails when its client takes nothing of an answer for so long. The kernel wakes a writer only when a
/// good part of its buffer is free, so that who takes a byte a second takes nothing.
pub(crate) struct Impatient {
    stream: TcpStream,
    write_timeout: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Impatient {
    pub(crate) const fn new(stream: TcpStream, write_timeout: Duration) -> Self {
        Self { stream, write_timeout, waiting: None }
    }

    fn in_time(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let limit = self.write_timeout;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        if waiting.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        metrics::counter!("pingpost_connections_stalled_total").increment(1);
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client takes nothing of its answer")))
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.in_time(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.in_time(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The requests of one connection that have begun and whose answers are not written yet.
#[derive(Default)]
pub(crate) struct Requests {
    open: AtomicUsize,
    changed: Notify,
}

impl Requests {
    /// One more has begun, until what is given is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Begun {
        self.open.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        Begun(Arc::clone(self))
    }

    pub(crate) fn are_open(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }

    /// Waits until one begins or ends.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }
}

/// A request under way.
pub(crate) struct Begun(Arc<Requests>);

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_one();
    }
}

/// An answer's body, whose request is under way until it is written.
pub(crate) struct Answering {
    body: Body,
    _begun: Begun,
}

impl Answering {
    pub(crate) const fn new(body: Body, begun: Begun) -> Self {
        Self { body, _begun: begun }
    }
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
