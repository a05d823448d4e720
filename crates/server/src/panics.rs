//! A panic is a defect, and ends only the piece of work that it is in: it is counted here, and logged by the panic hook.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

/// How long a loop that panicked rests before it begins again.
const REST: Duration = Duration::from_secs(1);

/// Counts a panic, by the piece of work that it ended.
pub fn count(task: &'static str) {
    metrics::counter!("pingpost_panics_total", "task" => task).increment(1);
}

/// What a piece of code gives, ex: a buyer's dialect. `None`: it panicked.
pub fn caught<T>(task: &'static str, work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).inspect_err(|_| count(task)).ok()
}

/// A task that nobody waits for. What it leaves undone, its journey's deadline or its post's lease goes on with.
pub async fn watched(task: &'static str, work: impl Future<Output = ()>) {
    if AssertUnwindSafe(work).catch_unwind().await.is_err() {
        count(task);
    }
}

/// A loop that the process cannot be without: it begins again, until it is to stop.
pub async fn begun_again<F: Future<Output = ()>>(
    task: &'static str,
    stop: CancellationToken,
    mut work: impl FnMut() -> F,
) {
    while AssertUnwindSafe(work()).catch_unwind().await.is_err() {
        count(task);
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_panics_gives_nothing() {
        assert_eq!(caught("a", || 7), Some(7));
        assert_eq!(caught("a", || -> u8 { panic!("a defect") }), None);
    }

    #[tokio::test]
    async fn a_task_that_panics_ends_alone_and_a_loop_begins_again() {
        watched("a", async { panic!("a defect") }).await;
        let mut times = 0;
        let work = || {
            times += 1;
            let panics = times < 2;
            async move { assert!(!panics, "a defect") }
        };
        begun_again("a", CancellationToken::new(), work).await;
        assert_eq!(times, 2);
    }

    #[tokio::test]
    async fn a_loop_that_panics_always_ends_when_it_is_to_stop() {
        let stop = CancellationToken::new();
        stop.cancel();
        begun_again("a", stop, || async { panic!("a defect") }).await;
    }
}
