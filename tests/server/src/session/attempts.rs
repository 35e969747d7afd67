use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Failed attempts to sign in, per account and per network address, within a span of time.
///
/// In memory only: a restart forgives, and nothing about who tried is kept on disk.
pub(crate) struct Attempts {
    span: Duration,
    failed: Mutex<HashMap<String, Vec<Duration>>>,
}

/// Above this many names, those that are forgiven are swept out.
const SWEEP_ABOVE: usize = 10_000;

impl Attempts {
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, failed: Mutex::default() }
    }

    /// How long to wait before `name` may try again; none when it may now.
    pub(crate) fn wait(&self, name: &str, most: usize, now: Duration) -> Option<Duration> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let times = failed.get_mut(name)?;
        times.retain(|at| *at + self.span > now);
        let oldest = times.len().checked_sub(most).and_then(|index| times.get(index))?;
        Some(*oldest + self.span - now)
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, name: &str, now: Duration) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() > SWEEP_ABOVE {
            failed.retain(|_, times| times.last().is_some_and(|at| *at + self.span > now));
        }
        failed.entry(name.to_owned()).or_default().push(now);
    }

    /// The right password was given: what went before is forgiven.
    pub(crate) fn forgive(&self, name: &str) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_the_most_failures_one_waits_until_the_oldest_is_forgotten() {
        let attempts = Attempts::new(s(60));
        for at in [0, 10, 20] {
            assert_eq!(attempts.wait("marc", 3, s(at)), None);
            attempts.failed("marc", s(at));
        }
        assert_eq!(attempts.wait("marc", 3, s(25)), Some(s(35)));
        assert_eq!(attempts.wait("lea", 3, s(25)), None);
        assert_eq!(attempts.wait("marc", 3, s(60)), None);
        attempts.forgive("marc");
        assert_eq!(attempts.wait("marc", 1, s(60)), None);
    }
}
