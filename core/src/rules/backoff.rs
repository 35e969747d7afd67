//! How long to wait before the next try?
//!
//! After the first failure anything up to half a second, after each further one up to twice as long,
//! up to a minute. *Full jitter*: every wait between nothing and the longest is equally likely, so
//! that a server that comes back does not meet all phones at once. If the server names a wait
//! (`Retry-After`), no try comes earlier.

use chrono::{DateTime, Utc};

use super::time::plus_ms;

/// The longest wait after the first failure.
const FIRST_MS: u64 = 500;

/// The longest wait after any number of failures.
const LONGEST_MS: u64 = 60_000;

/// Failures in a row, and the random number that chooses the wait after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// Failures in a row, the last one included.
    pub count: u32,
    /// Any number is as likely as any other.
    pub random: u64,
}

impl Failures {
    /// The wait after these failures: from nothing (`random` is 0) to the longest (`u64::MAX`).
    pub fn wait_ms(self) -> u64 {
        let doublings = self.count.saturating_sub(1).min(16);
        let longest_ms = (FIRST_MS << doublings).min(LONGEST_MS);
        let share = u128::from(longest_ms + 1) * u128::from(self.random);
        u64::try_from(share >> 64).unwrap_or(longest_ms)
    }

    /// When to try again: after the wait, and not before the server allows it.
    pub fn next_try(self, now: DateTime<Utc>, retry_after_ms: Option<i64>) -> DateTime<Utc> {
        let waited = plus_ms(now, i64::try_from(self.wait_ms()).unwrap_or(i64::MAX));
        retry_after_ms.map_or(waited, |floor_ms| waited.max(plus_ms(now, floor_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: u64 = 0;
    const LONGEST: u64 = u64::MAX;

    fn wait_ms(count: u32, random: u64) -> u64 {
        Failures { count, random }.wait_ms()
    }

    #[test]
    fn waits_double_from_half_a_second_to_a_minute() {
        let longest: Vec<u64> = (1..=9).map(|count| wait_ms(count, LONGEST)).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!([wait_ms(20, LONGEST), wait_ms(u32::MAX, LONGEST)], [60_000, 60_000]);
        assert_eq!(wait_ms(0, LONGEST), 500);
    }

    #[test]
    fn every_wait_from_nothing_to_the_longest_is_possible() {
        assert_eq!([wait_ms(1, NOTHING), wait_ms(9, NOTHING)], [0, 0]);
        assert_eq!([wait_ms(1, LONGEST / 2), wait_ms(2, LONGEST / 2)], [250, 500]);
        let every_fifth = (0..=2_500).map(|share| wait_ms(1, LONGEST / 2_500 * share));
        let waits: std::collections::BTreeSet<u64> = every_fifth.collect();
        assert_eq!(waits.len(), 501);
    }

    #[test]
    fn the_server_names_the_earliest_moment() {
        let now = DateTime::UNIX_EPOCH;
        let after = |retry_after_ms| Failures { count: 1, random: LONGEST }.next_try(now, retry_after_ms);
        assert_eq!(after(Some(30_000)), plus_ms(now, 30_000));
        assert_eq!(after(Some(0)), plus_ms(now, 500));
        assert_eq!(after(None), plus_ms(now, 500));
    }

    #[test]
    fn at_the_end_of_time_nothing_is_tried_earlier_and_nothing_breaks() {
        let end = DateTime::<Utc>::MAX_UTC;
        let failures = Failures { count: 9, random: LONGEST };
        assert_eq!([failures.next_try(end, None), failures.next_try(end, Some(i64::MAX))], [end, end]);
    }
}
