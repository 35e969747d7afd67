//! A value that is never half changed, even if a thread panics while it holds the lock.

use std::sync::PoisonError;

use crate::task::sync::Mutex;

/// For values of which every change is one assignment.
pub(super) struct Unpoisoned<T>(Mutex<T>);

impl<T> Unpoisoned<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(super) fn with<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
