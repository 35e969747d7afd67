//! How often may a name do something? A bucket per name: it holds `most` and fills up within `span`.
//!
//! In memory only: a restart forgives, and nothing about who called is kept on disk. A name is kept as
//! its hash, so that a long one costs no more than a short one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So much within a span: `most` at once, and then one each `span / most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How much.
    pub most: u32,
    /// In what time.
    pub span: Duration,
}

impl Rate {
    /// So much a minute.
    pub const fn a_minute(most: u32) -> Self {
        Self { most, span: Duration::from_secs(60) }
    }

    /// So much a day.
    pub const fn a_day(most: u32) -> Self {
        Self { most, span: Duration::from_secs(24 * 60 * 60) }
    }
}

/// A use of a rate by a name.
pub(crate) struct Use<'a> {
    pub(crate) name: &'a str,
    pub(crate) rate: Rate,
    /// How much of it: one call, or bytes.
    pub(crate) amount: u32,
}

/// Above this many names, those whose bucket is full are forgotten.
const SWEEP_ABOVE: usize = 10_000;
/// More names are not kept: a new one waits.
const NAMES_MOST: usize = 200_000;
/// How long a name waits for which there is no room.
const NO_ROOM: Duration = Duration::from_secs(60);

/// The buckets: by name, when each is full again.
#[derive(Default)]
pub(crate) struct Rates {
    full_at: Mutex<HashMap<u128, Duration>>,
    first: RandomState,
    second: RandomState,
}

impl Rates {
    fn key(&self, name: &str) -> u128 {
        (u128::from(self.first.hash_one(name)) << 64) | u128::from(self.second.hash_one(name))
    }

    /// Counts all uses; or none, and says how long to wait.
    pub(crate) fn take(&self, uses: &[Use<'_>], now: Duration) -> Result<(), Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() > SWEEP_ABOVE {
            full_at.retain(|_, at| *at > now);
        }
        if full_at.len() > NAMES_MOST {
            return Err(NO_ROOM);
        }
        let mut after = Vec::with_capacity(uses.len());
        let mut wait = Duration::ZERO;
        for Use { name, rate, amount } in uses {
            let key = self.key(name);
            let each = rate.span / rate.most.max(1);
            let held = full_at.get(&key).copied().unwrap_or_default().max(now);
            let full = held.saturating_add(each.saturating_mul(*amount));
            wait = wait.max(full.saturating_sub(now).saturating_sub(rate.span));
            after.push((key, full));
        }
        if wait > Duration::ZERO {
            return Err(wait);
        }
        full_at.extend(after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE_A_MINUTE: Rate = Rate::a_minute(3);

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn once(name: &str) -> Use<'_> {
        Use { name, rate: THREE_A_MINUTE, amount: 1 }
    }

    #[test]
    fn a_full_bucket_gives_all_at_once_and_then_one_by_one() {
        let rates = Rates::default();
        for _ in 0..3 {
            assert_eq!(rates.take(&[once("a")], s(100)), Ok(()));
        }
        assert_eq!(rates.take(&[once("a")], s(100)), Err(s(20)));
        assert_eq!(rates.take(&[once("b")], s(100)), Ok(()), "another name has its own");
        assert_eq!(rates.take(&[once("a")], s(120)), Ok(()));
        assert_eq!(rates.take(&[once("a")], s(120)), Err(s(20)));
    }

    #[test]
    fn what_one_rate_refuses_counts_for_no_other() {
        let rates = Rates::default();
        let address = |amount| Use { name: "address", rate: THREE_A_MINUTE, amount };
        assert_eq!(rates.take(&[once("a"), address(3)], s(0)), Ok(()));
        assert_eq!(rates.take(&[once("b"), address(1)], s(0)), Err(s(20)));
        for _ in 0..3 {
            assert_eq!(rates.take(&[once("b")], s(0)), Ok(()));
        }
    }

    #[test]
    fn names_whose_bucket_is_full_again_are_forgotten() {
        let rates = Rates::default();
        for number in 0..=SWEEP_ABOVE {
            assert_eq!(rates.take(&[once(&number.to_string())], s(0)), Ok(()));
        }
        assert_eq!(rates.take(&[once("one more")], s(3600)), Ok(()));
        assert_eq!(rates.full_at.lock().unwrap().len(), 1);
    }
}
