//! The integrity check of a cache: pending or running. Closing cancels it.

use rusqlite::InterruptHandle;

use super::unpoisoned::Unpoisoned;

/// The check that is pending or running, if there is one.
pub(super) struct IntegrityCheck(Unpoisoned<Option<State>>);

enum State {
    /// It waits for a reader.
    Pending,
    /// It reads, and this interrupts it.
    Running(InterruptHandle),
}

impl IntegrityCheck {
    pub(super) fn none() -> Self {
        Self(Unpoisoned::new(None))
    }

    pub(super) fn request(&self) {
        self.0.with(|state| *state = Some(State::Pending));
    }

    /// It runs from now on, unless it was cancelled. Whether it was not.
    pub(super) fn begin(&self, interrupt: InterruptHandle) -> bool {
        self.0.with(|state| {
            *state = state.take().map(|_| State::Running(interrupt));
            state.is_some()
        })
    }

    pub(super) fn end(&self) {
        self.0.with(|state| *state = None);
    }

    /// Ends it soon: before it begins, or in the middle of SQLite's statement.
    pub(super) fn cancel(&self) {
        self.0.with(|state| {
            if let Some(State::Running(interrupt)) = state.take() {
                interrupt.interrupt();
            }
        });
    }

    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.0.with(|state| matches!(state, Some(State::Running(_))))
    }
}
