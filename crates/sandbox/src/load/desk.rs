//! What is known of the calls of a load: written by the carrier's side and by the buyers, each at the moment it happens.

use super::{
    habits::{self, Think},
    played::Played,
};
use crate::{clock, lock::lock};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::sync::{Notify, mpsc};

/// The codes that callers press, by which a buyer's ping is known to be of their call: four digits.
const CODES: std::ops::Range<u32> = 1_000..10_000;

/// All calls of a load.
#[derive(Debug)]
pub(super) struct Desk {
    began: Instant,
    began_micros: i64,
    calls: Mutex<Calls>,
    code_is_free: Notify,
    settled: Notify,
}

#[derive(Debug)]
struct Calls {
    by_sid: BTreeMap<String, Arc<Call>>,
    by_code: BTreeMap<u32, Arc<Call>>,
    by_n: BTreeMap<u64, Arc<Call>>,
    codes: VecDeque<u32>,
    next: u64,
    counted: Played,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) n: u64,
    pub(super) sid: String,
    /// The caller's number.
    pub(super) from: String,
    /// The caller's name, as the carrier tells it.
    pub(super) name: String,
    /// What the caller presses at the second question.
    pub(super) code: u32,
    pub(super) think: Think,
    /// The bids, the best first.
    pub(super) bids: Vec<(u64, usize)>,
    /// Whether it counts.
    pub(super) measured: bool,
    /// Where the carrier is told to fetch another document.
    pub(super) orders: mpsc::UnboundedSender<String>,
    pub(super) seen: Mutex<Seen>,
    /// A buyer has its lead.
    pub(super) posted: Notify,
}

/// What happened, in microseconds of the wall.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When it was handed in, if it is a form: then whoever gets the post has taken it.
    pub(super) handed_in_at: Option<i64>,
    pub(super) pinged: usize,
    pub(super) replied_at: Option<i64>,
    pub(super) dialled_at: Option<i64>,
    pub(super) answered_at: Option<i64>,
    pub(super) accepted: Option<usize>,
    pub(super) posts: usize,
}

impl Default for Desk {
    fn default() -> Self {
        let calls = Calls {
            by_sid: BTreeMap::new(),
            by_code: BTreeMap::new(),
            by_n: BTreeMap::new(),
            codes: CODES.collect(),
            next: 1,
            counted: Played::default(),
        };
        Self {
            began: clock::now(),
            began_micros: clock::wall().as_microsecond(),
            calls: Mutex::new(calls),
            code_is_free: Notify::new(),
            settled: Notify::new(),
        }
    }
}

impl Desk {
    /// Now, in microseconds of the wall, advanced by the monotonic clock.
    pub(super) fn micros(&self) -> i64 {
        self.began_micros + i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// A new call, which takes orders. It waits while all codes are taken.
    pub(super) async fn open(
        &self,
        think: Think,
        seats: usize,
        measured: bool,
    ) -> (Arc<Call>, mpsc::UnboundedReceiver<String>) {
        loop {
            let freed = self.code_is_free.notified();
            if let Some(opened) = self.try_open(think, seats, measured) {
                return opened;
            }
            freed.await;
        }
    }

    fn try_open(
        &self,
        think: Think,
        seats: usize,
        measured: bool,
    ) -> Option<(Arc<Call>, mpsc::UnboundedReceiver<String>)> {
        let mut calls = lock(&self.calls);
        let code = calls.codes.pop_front()?;
        let n = calls.next;
        calls.next += 1;
        let (orders, received) = mpsc::unbounded_channel();
        let call = Arc::new(Call {
            n,
            sid: format!("CA{:016x}{n:016x}", self.began_micros),
            from: caller(n),
            name: format!("QUILLFEATHER {n:07}"),
            code,
            think,
            bids: habits::bids(think, n, seats),
            measured,
            orders,
            seen: Mutex::default(),
            posted: Notify::new(),
        });
        calls.by_sid.insert(call.sid.clone(), call.clone());
        calls.by_code.insert(code, call.clone());
        calls.by_n.insert(n, call.clone());
        Some((call, received))
    }

    /// The caller's number of a call that no buyer is asked about.
    pub(super) fn number(&self) -> (u64, String) {
        let mut calls = lock(&self.calls);
        calls.next += 1;
        (calls.next, caller(calls.next))
    }

    /// The carrier has nothing more to do with a call. Its code may be taken again.
    pub(super) fn close(&self, call: &Call) {
        let mut calls = lock(&self.calls);
        calls.by_sid.remove(&call.sid);
        calls.by_code.remove(&call.code);
        calls.codes.push_back(call.code);
        self.code_is_free.notify_one();
    }

    pub(super) fn by_sid(&self, sid: &str) -> Option<Arc<Call>> {
        lock(&self.calls).by_sid.get(sid).cloned()
    }

    pub(super) fn by_code(&self, code: u32) -> Option<Arc<Call>> {
        lock(&self.calls).by_code.get(&code).cloned()
    }

    pub(super) fn by_n(&self, n: u64) -> Option<Arc<Call>> {
        lock(&self.calls).by_n.get(&n).cloned()
    }

    /// Whose number this is.
    pub(super) fn by_from(&self, from: &str) -> Option<Arc<Call>> {
        self.by_n(n_of(from)?)
    }

    /// Changes what was counted so far.
    pub(super) fn count(&self, change: impl FnOnce(&mut Played)) {
        change(&mut lock(&self.calls).counted);
    }

    /// A post came: whoever waits for the last one looks again.
    pub(super) fn a_post_came(&self) {
        self.settled.notify_waiters();
    }

    /// Waits until each accepted call of the load has its post.
    pub(super) async fn posts_came(&self) {
        loop {
            let came = self.settled.notified();
            tokio::pin!(came);
            came.as_mut().enable();
            let missing = lock(&self.calls).by_n.values().any(|call| {
                let seen = lock(&call.seen);
                seen.accepted.is_some() && seen.posts == 0
            });
            if !missing {
                return;
            }
            came.await;
        }
    }

    /// What was counted, and the calls, which are then forgotten.
    pub(super) fn take(&self) -> (Played, Vec<Arc<Call>>) {
        let mut calls = lock(&self.calls);
        (std::mem::take(&mut calls.counted), std::mem::take(&mut calls.by_n).into_values().collect())
    }
}

/// Whose number this is.
fn n_of(from: &str) -> Option<u64> {
    let digits = from.strip_prefix("+1786")?;
    let high = digits.get(..3)?.parse::<u64>().ok()?.checked_sub(200)?;
    Some(high * 10_000 + digits.get(3..)?.parse::<u64>().ok()?)
}

/// A number of its own for each caller.
fn caller(n: u64) -> String {
    format!("+1786{}{:04}", 200 + n / 10_000 % 800, n % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_number_tells_whose_it_is() {
        for n in [1, 9_999, 10_000, 7_999_999] {
            assert_eq!(n_of(&caller(n)), Some(n));
        }
        assert_eq!((n_of("+18005550100"), n_of("+1786199")), (None, None));
    }
}
