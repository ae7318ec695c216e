//! Locks of values that a panic leaves whole: each change to them is one step.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock, also where a thread panicked while it had it.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
