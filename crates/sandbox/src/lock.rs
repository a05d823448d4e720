//! Taking a lock whose last holder may have panicked: what it guards is still good for a test's report.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn lock<T>(guarded: &Mutex<T>) -> MutexGuard<'_, T> {
    guarded.lock().unwrap_or_else(PoisonError::into_inner)
}
