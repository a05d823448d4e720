//! `LoginThrottle`: after a few wrong passwords for one account from one address, the next try from there has to wait.
//! Nobody is locked out: from another address the account opens as before, and from this one after the wait.

use std::{collections::BTreeMap, sync::Mutex, sync::PoisonError, time::Duration};

use lead::Timestamp;
use sha2::{Digest, Sha256};

/// Wrong passwords for an account from an address that cost no wait.
pub const LOGIN_FREE_MAX: u32 = 5;
/// Wrong passwords from an address, whatever the account, that cost no wait.
pub const LOGIN_ADDRESS_FREE_MAX: u32 = 50;
/// The longest wait before the next try.
pub const LOGIN_WAIT_MAX: Duration = Duration::from_secs(60);
/// How long a wrong password is remembered.
pub const LOGIN_FORGET_AFTER: Duration = Duration::from_secs(15 * 60);
/// The most pairs of account and address that are remembered; the oldest go.
pub const LOGIN_REMEMBERED_MAX: usize = 10_000;

/// Who tried: a hash, so that no address and no account lies about in memory.
type Trier = [u8; 16];

/// Counts wrong passwords.
#[derive(Default)]
pub(crate) struct LoginThrottle {
    tries: Mutex<BTreeMap<Trier, Tries>>,
}

#[derive(Clone, Copy)]
struct Tries {
    wrong: u32,
    last: Timestamp,
}

impl LoginThrottle {
    /// How long one still has to wait, if at all.
    pub(crate) fn wait(&self, now: Timestamp, account: &str, address: &str) -> Option<Duration> {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = tries.get(&trier(account, address)).map(|it| left(now, *it, LOGIN_FREE_MAX));
        let alone = tries.get(&trier("", address)).map(|it| left(now, *it, LOGIN_ADDRESS_FREE_MAX));
        pair.into_iter().chain(alone).max().filter(|wait| !wait.is_zero())
    }

    /// Notes a wrong password.
    pub(crate) fn wrong(&self, now: Timestamp, account: &str, address: &str) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        for trier in [trier(account, address), trier("", address)] {
            let wrong = tries.get(&trier).filter(|it| now.since(it.last) < LOGIN_FORGET_AFTER);
            let wrong = wrong.map_or(0, |it| it.wrong).saturating_add(1);
            tries.insert(trier, Tries { wrong, last: now });
        }
        if tries.len() > LOGIN_REMEMBERED_MAX {
            tries.retain(|_, it| now.since(it.last) < LOGIN_FORGET_AFTER);
        }
        while tries.len() > LOGIN_REMEMBERED_MAX {
            let Some(oldest) = tries.iter().min_by_key(|(_, it)| it.last).map(|(trier, _)| *trier) else {
                return;
            };
            tries.remove(&oldest);
        }
    }

    /// Notes a right one.
    pub(crate) fn right(&self, account: &str, address: &str) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(&trier(account, address));
    }
}

fn left(now: Timestamp, tries: Tries, free: u32) -> Duration {
    if tries.wrong < free || now.since(tries.last) >= LOGIN_FORGET_AFTER {
        return Duration::ZERO;
    }
    let doubled = (tries.wrong - free).min(6);
    let wait = Duration::from_secs(1 << doubled).min(LOGIN_WAIT_MAX);
    wait.saturating_sub(now.since(tries.last))
}

fn trier(account: &str, address: &str) -> Trier {
    let hash = Sha256::new().chain_update(account).chain_update([0]).chain_update(address).finalize();
    let mut first = [0; 16];
    first.copy_from_slice(&hash[..16]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_for_the_pair_and_nobody_else_waits() {
        let throttle = LoginThrottle::default();
        let start = Timestamp::from_secs(1_790_000_000);
        for _ in 0..LOGIN_FREE_MAX {
            assert_eq!(throttle.wait(start, "ada", "192.0.2.1"), None);
            throttle.wrong(start, "ada", "192.0.2.1");
        }
        assert_eq!(throttle.wait(start, "ada", "192.0.2.1"), Some(Duration::from_secs(1)));
        assert_eq!(throttle.wait(start, "ada", "192.0.2.2"), None);
        assert_eq!(throttle.wait(start, "bob", "192.0.2.1"), None);
        for _ in 0..20 {
            throttle.wrong(start, "ada", "192.0.2.1");
        }
        assert_eq!(throttle.wait(start, "ada", "192.0.2.1"), Some(LOGIN_WAIT_MAX));
        assert_eq!(throttle.wait(start + LOGIN_WAIT_MAX, "ada", "192.0.2.1"), None);
        throttle.right("ada", "192.0.2.1");
        assert_eq!(throttle.wait(start, "ada", "192.0.2.1"), None);
    }

    #[test]
    fn one_address_may_not_try_every_account() {
        let throttle = LoginThrottle::default();
        let start = Timestamp::from_secs(1_790_000_000);
        for n in 0..LOGIN_ADDRESS_FREE_MAX {
            throttle.wrong(start, &format!("user-{n}"), "192.0.2.1");
        }
        assert!(throttle.wait(start, "ada", "192.0.2.1").is_some());
        assert_eq!(throttle.wait(start, "ada", "192.0.2.2"), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = LoginThrottle::default();
        for n in 0..LOGIN_REMEMBERED_MAX / 2 + 20 {
            throttle.wrong(Timestamp::from_secs(1_790_000_000), "ada", &format!("host-{n}"));
        }
        assert_eq!(throttle.tries.lock().unwrap().len(), LOGIN_REMEMBERED_MAX);
    }
}
