//! The ladder of a leg: what was said about it by SIP, message by message. A rung holds a method, a status and a time, and so
//! nothing of anybody.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::limits::RUNGS_MAX;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// When, since the leg began.
    pub at: Duration,
    /// Whether we sent it.
    pub sent: bool,
    /// The method of the request, or of the one that is answered; `re-INVITE` where an INVITE is of a session that is there.
    pub method: &'static str,
    /// What it is answered with. `None`: it is a request.
    pub status: Option<u16>,
    /// Whether it describes a session.
    pub describes: bool,
    /// How often it was said: more than once where it was repeated.
    pub times: u32,
}

/// A message, before anybody knows whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) sent: bool,
    pub(crate) method: &'static str,
    /// The number of the request.
    pub(crate) number: u32,
    pub(crate) status: Option<u16>,
    pub(crate) describes: bool,
}

/// The ladders of the legs that go on, by their Call-IDs.
#[derive(Debug, Default)]
pub(crate) struct Ladders(Mutex<HashMap<String, Weak<Climbed>>>);

/// The ladder of one leg, which may be read on when the leg is over.
#[derive(Debug, Clone)]
pub struct Ladder(Arc<Climbed>);

#[derive(Debug)]
struct Climbed {
    began: Instant,
    rungs: Mutex<Rungs>,
    call: String,
    all: Weak<Ladders>,
    /// The last word was said.
    done: CancellationToken,
}

#[derive(Debug, Default)]
struct Rungs {
    kept: Vec<(u32, Rung)>,
    more: u32,
}

impl Ladders {
    /// Begins the ladder of a call.
    pub(crate) fn begin(self: &Arc<Self>, call: String) -> Ladder {
        let all = Arc::downgrade(self);
        let climbed = Arc::new(Climbed {
            began: Instant::now(),
            rungs: Mutex::default(),
            call,
            all,
            done: CancellationToken::new(),
        });
        self.lock().insert(climbed.call.clone(), Arc::downgrade(&climbed));
        Ladder(climbed)
    }

    /// Notes a message, if its call is one that goes on.
    pub(crate) fn note(&self, call: &str, message: Message) {
        // The last hold on a ladder takes it off this list, so it is let go of behind the lock.
        let found = self.lock().get(call).and_then(Weak::upgrade);
        if let Some(climbed) = found {
            climbed.note(message);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<Climbed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ladder {
    /// Notes a message that came before the ladder was there.
    pub(crate) fn note(&self, message: Message) {
        self.0.note(message);
    }

    /// Its rungs so far, and how many messages had no room.
    pub fn rungs(&self) -> (Vec<Rung>, u32) {
        let rungs = self.0.rungs();
        (rungs.kept.iter().map(|(_, rung)| rung.clone()).collect(), rungs.more)
    }

    /// Waits until the last word was said: a goodbye is sent when its leg is over already, and answered behind that.
    pub async fn done(&self) {
        self.0.done.cancelled().await;
    }

    /// How long it is since it began.
    pub(crate) fn since(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// Nothing more will be said.
    pub(crate) fn end(&self) {
        self.0.done.cancel();
    }
}

impl Climbed {
    fn note(&self, message: Message) {
        let Message { sent, method, number, status, describes } = message;
        let at = self.began.elapsed();
        let mut rungs = self.rungs();
        let repeats = |(of, rung): &&mut (u32, Rung)| {
            *of == number && (rung.sent, rung.method, rung.status) == (sent, method, status)
        };
        if let Some((_, rung)) = rungs.kept.iter_mut().rev().find(repeats) {
            rung.times = rung.times.saturating_add(1);
        } else if rungs.kept.len() < RUNGS_MAX {
            rungs.kept.push((number, Rung { at, sent, method, status, describes, times: 1 }));
        } else {
            rungs.more = rungs.more.saturating_add(1);
        }
    }

    fn rungs(&self) -> MutexGuard<'_, Rungs> {
        self.rungs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Climbed {
    fn drop(&mut self) {
        let Some(all) = self.all.upgrade() else { return };
        let mut all = all.lock();
        // Another ladder of the same call may have begun since.
        if all.get(&self.call).is_some_and(|it| it.strong_count() == 0) {
            all.remove(&self.call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: Message =
        Message { sent: true, method: "INVITE", number: 1, status: None, describes: true };

    fn answer(status: u16) -> Message {
        Message { sent: false, status: Some(status), describes: false, ..INVITE }
    }

    #[tokio::test]
    async fn rungs_stand_in_their_order_and_what_is_repeated_is_counted() {
        let ladders = Arc::new(Ladders::default());
        let ladder = ladders.begin("a@b".to_owned());
        for message in [INVITE, answer(100), INVITE, answer(180), Message { number: 2, ..INVITE }] {
            ladders.note("a@b", message);
        }
        ladders.note("c@d", answer(486));
        let (rungs, more) = ladder.rungs();
        let told: Vec<_> = rungs.iter().map(|it| (it.sent, it.status, it.times)).collect();
        assert_eq!(told, [(true, None, 2), (false, Some(100), 1), (false, Some(180), 1), (true, None, 1)]);
        assert_eq!(more, 0);
    }

    #[tokio::test]
    async fn a_ladder_has_an_end_and_goes_with_its_leg() {
        let ladders = Arc::new(Ladders::default());
        let ladder = ladders.begin("a@b".to_owned());
        for number in 0..70 {
            ladders.note("a@b", Message { number, ..INVITE });
        }
        let (rungs, more) = ladder.rungs();
        assert_eq!((rungs.len(), more), (RUNGS_MAX, 6));
        drop(ladder);
        assert!(ladders.lock().is_empty());
        ladders.note("a@b", INVITE);
    }

    #[tokio::test]
    async fn a_ladder_that_was_begun_anew_stays_when_the_old_one_goes() {
        let ladders = Arc::new(Ladders::default());
        let old = ladders.begin("a@b".to_owned());
        let new = ladders.begin("a@b".to_owned());
        drop(old);
        ladders.note("a@b", INVITE);
        assert_eq!(new.rungs().0.len(), 1);
    }
}
