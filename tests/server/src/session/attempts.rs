use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Attempts to sign in, by the names they are counted under, within a span of time.
///
/// An attempt is counted before the password is looked at and taken back when it was right:
/// guesses that come at the same time are as many as those that come one after the other.
///
/// In memory only: a restart forgives, and nothing about who tried is kept on disk.
pub(crate) struct Attempts {
    span: Duration,
    counted: Mutex<HashMap<String, Vec<Duration>>>,
}

/// Above this many names, those that are forgiven are swept out.
const SWEEP_ABOVE: usize = 10_000;
/// Above this many, those with the oldest attempts are dropped too: a flood of names costs no more memory.
const NAMES_MOST: usize = 100_000;

impl Attempts {
    pub(crate) fn new(span: Duration) -> Self {
        Self { span, counted: Mutex::default() }
    }

    /// Counts an attempt under each name; or says how long to wait before there may be one. A
    /// name comes with the most attempts it has.
    pub(crate) fn begin(&self, names: &[(&str, usize)], now: Duration) -> Result<(), Duration> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() > SWEEP_ABOVE {
            counted.retain(|_, times| times.last().is_some_and(|at| *at + self.span > now));
        }
        if counted.len() > NAMES_MOST {
            let mut newest: Vec<Duration> = counted.values().filter_map(|times| times.last().copied()).collect();
            newest.sort_unstable();
            let keep_above = newest.get(newest.len() / 2).copied().unwrap_or_default();
            counted.retain(|_, times| times.last().is_some_and(|at| *at > keep_above));
        }
        let waits = names.iter().filter_map(|(name, most)| {
            let times = counted.get_mut(*name)?;
            times.retain(|at| *at + self.span > now);
            let oldest = times.len().checked_sub(*most).and_then(|index| times.get(index))?;
            Some(*oldest + self.span - now)
        });
        if let Some(wait) = waits.max() {
            return Err(wait);
        }
        for (name, _) in names {
            counted.entry((*name).to_owned()).or_default().push(now);
        }
        Ok(())
    }

    /// An attempt that began at this time was none.
    pub(crate) fn take_back(&self, name: &str, began: Duration) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(times) = counted.get_mut(name)
            && let Some(index) = times.iter().position(|at| *at == began)
        {
            times.remove(index);
        }
    }

    /// The right password was given: what went before is forgiven.
    pub(crate) fn forgive(&self, name: &str) {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn after_the_most_attempts_one_waits_until_the_oldest_is_forgotten() {
        let attempts = Attempts::new(s(60));
        for at in [0, 10, 20] {
            assert_eq!(attempts.begin(&[("marc", 3)], s(at)), Ok(()));
        }
        assert_eq!(attempts.begin(&[("marc", 3)], s(25)), Err(s(35)));
        assert_eq!(attempts.begin(&[("lea", 3)], s(25)), Ok(()));
        assert_eq!(attempts.begin(&[("marc", 3)], s(60)), Ok(()));
        attempts.forgive("marc");
        assert_eq!(attempts.begin(&[("marc", 1)], s(60)), Ok(()));
    }

    #[test]
    fn what_has_to_wait_counts_nowhere_and_what_is_taken_back_neither() {
        let attempts = Attempts::new(s(60));
        assert_eq!(attempts.begin(&[("marc", 1), ("address", 2)], s(0)), Ok(()));
        assert_eq!(attempts.begin(&[("marc", 1), ("address", 2)], s(1)), Err(s(59)));
        assert_eq!(attempts.begin(&[("lea", 1), ("address", 2)], s(2)), Ok(()));
        assert_eq!(attempts.begin(&[("ines", 1), ("address", 2)], s(3)), Err(s(57)));
        attempts.take_back("address", s(2));
        assert_eq!(attempts.begin(&[("ines", 1), ("address", 2)], s(3)), Ok(()));
    }
}
