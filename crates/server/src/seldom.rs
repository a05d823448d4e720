//! `Seldom`: lines of the log that a stranger can cause are written so often and no oftener; the rest is a figure.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lead::Timestamp;

/// How many lines of one kind are written in one `LINES_EVERY`.
pub const LINES_MAX: u32 = 10;
/// After how long as many may be written again.
const LINES_EVERY: Duration = Duration::from_secs(60);

/// One kind of line.
#[derive(Debug)]
pub struct Seldom {
    line: &'static str,
    written: Mutex<(Timestamp, u32)>,
}

impl Seldom {
    /// A kind of line, by the label of its figure.
    pub fn new(line: &'static str) -> Self {
        Self { line, written: Mutex::default() }
    }

    /// Whether another line may be written now; one that may not is counted.
    pub fn may(&self, now: Timestamp) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = *written;
        // A clock that was slewed back is waited for no longer than one that goes on.
        *written = if now < began || now.since(began) >= LINES_EVERY { (now, 1) } else { (began, count + 1) };
        let may = written.1 <= LINES_MAX;
        written.1 = written.1.min(LINES_MAX + 1);
        if !may {
            metrics::counter!("pingpost_log_lines_left_out_total", "line" => self.line).increment(1);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_a_minute_and_then_as_many_again() {
        let seldom = Seldom::new("a");
        let at = |secs: i64| Timestamp::from_secs(1_790_000_000 + secs);
        let written = |from: i64| (0..1_000).filter(|n| seldom.may(at(from + n / 100))).count();
        assert_eq!(written(0), 10);
        assert_eq!(written(30), 0);
        assert_eq!(written(60), 10);
        assert_eq!(written(-3_600), 10);
    }
}
