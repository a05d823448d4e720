//! Finishes what a closed round leaves behind.
//!
//! To drop a request that is under way closes its connection, and the next call pays for a new handshake. So the
//! leftovers of every round go to one task, which waits for them a little longer, hands each late result to its
//! round's channel, and keeps the connections.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{FuturesUnordered, Stream},
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

/// How many requests may be drained at once, over all rounds.
pub const DRAINING_MAX: usize = 4_096;
/// How long the leftovers of one round are waited for.
pub const DRAIN_FOR: Duration = Duration::from_secs(5);

/// What became of a round's leftovers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// They are being finished.
    Kept,
    /// Too many are being finished already: these were dropped, and their connections closed.
    Dropped,
}

/// The task's door.
pub(super) struct Drain {
    rounds: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
    room: Arc<Semaphore>,
    wait: Duration,
}

impl Drain {
    /// Starts the task; it ends when the door is dropped and the last leftover is done.
    pub(super) fn start(draining_max: usize, wait: Duration) -> Self {
        let (rounds, arriving) = mpsc::unbounded_channel();
        tokio::spawn(run(arriving));
        Self { rounds, room: Arc::new(Semaphore::new(draining_max.min(Semaphore::MAX_PERMITS))), wait }
    }

    /// The semaphore bounds the channel.
    pub(super) fn take<F>(&self, leftover: FuturesUnordered<F>, late: mpsc::Sender<F::Output>) -> Drained
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let Ok(count) = u32::try_from(leftover.len()) else { return Drained::Dropped };
        let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(count) else { return Drained::Dropped };
        let wait = self.wait;
        let round = async move {
            let _ = timeout(wait, hand_on(leftover, late)).await;
            drop(room);
        };
        match self.rounds.send(Box::pin(round)) {
            Ok(()) => Drained::Kept,
            Err(_) => Drained::Dropped,
        }
    }
}

/// A result that its round's channel has no room for, or no reader, is let go.
async fn hand_on<T>(mut leftover: impl Stream<Item = T> + Unpin, late: mpsc::Sender<T>) {
    while let Some(result) = leftover.next().await {
        let _ = late.try_send(result);
    }
}

async fn run(mut arriving: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>) {
    let mut rounds = FuturesUnordered::new();
    loop {
        tokio::select! {
            Some(round) = arriving.recv() => rounds.push(AssertUnwindSafe(round).catch_unwind()),
            Some(done) = rounds.next() => if done.is_err() {
                tracing::error!("a round's leftovers panicked and were let go");
            },
            else => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn late_results_come_through_the_rounds_channel() {
        let drain = Drain::start(10, DRAIN_FOR);
        let (late, mut results) = mpsc::channel(10);
        let (go, gone) = oneshot::channel();
        let leftover = FuturesUnordered::new();
        leftover.push(gone.boxed());
        assert_eq!(drain.take(leftover, late), Drained::Kept);
        go.send(7).unwrap();
        assert_eq!(results.recv().await, Some(Ok(7)));
        assert_eq!(results.recv().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn leftovers_are_given_up_after_their_time_and_make_room() {
        let drain = Drain::start(1, DRAIN_FOR);
        let start = tokio::time::Instant::now();
        let (late, mut results) = mpsc::channel::<()>(1);
        assert_eq!(drain.take(FuturesUnordered::from_iter([pending()]), late.clone()), Drained::Kept);
        assert_eq!(drain.take(FuturesUnordered::from_iter([pending()]), late), Drained::Dropped);
        assert_eq!(results.recv().await, None);
        assert_eq!(start.elapsed().as_secs(), DRAIN_FOR.as_secs());
        let (late, _results) = mpsc::channel::<()>(1);
        assert_eq!(drain.take(FuturesUnordered::from_iter([pending()]), late), Drained::Kept);
    }

    #[tokio::test]
    async fn a_panic_takes_only_its_own_round() {
        let drain = Drain::start(10, DRAIN_FOR);
        let (late, mut results) = mpsc::channel::<u8>(1);
        drain.take(FuturesUnordered::from_iter([async { panic!("as a test") }]), late);
        assert_eq!(results.recv().await, None);
        let (late, mut results) = mpsc::channel(1);
        drain.take(FuturesUnordered::from_iter([async { 1 }]), late);
        assert_eq!(results.recv().await, Some(1));
    }
}
