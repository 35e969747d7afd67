//! How long to wait before trying again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The widest first wait.
const FIRST: Duration = Duration::from_millis(500);

/// The widest wait at all.
const MOST: Duration = Duration::from_secs(60);

/// The wait after the nth failure in a row (from 1): anything up to 0.5 s, doubling to 60 s.
/// Full jitter, so that a server that comes back is not met by every phone at once.
pub(super) fn wait(failures: u32, roll: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let widest = FIRST.saturating_mul(1 << doublings).min(MOST);
    let widest_ms = u64::try_from(widest.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(roll % (widest_ms + 1))
}

/// Numbers nobody foresees, so that phones do not keep step.
pub(super) struct Dice(AtomicU64);

impl Dice {
    pub(super) fn new() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(AtomicU64::new(RandomState::new().hash_one(0)))
    }

    /// The next number (SplitMix64).
    pub(super) fn roll(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_half_a_second_to_a_minute() {
        let widest: Vec<u128> =
            (1..=9).map(|failures| (0..200_000).map(|roll| wait(failures, roll)).max().unwrap().as_millis()).collect();
        assert_eq!(widest, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(wait(u32::MAX, 60_000), MOST);
    }

    #[test]
    fn any_wait_up_to_the_widest_can_come() {
        assert_eq!(wait(1, 0), Duration::ZERO);
        assert_eq!(wait(3, 1_234), Duration::from_millis(1_234));
        assert_eq!(wait(3, 2_001), Duration::ZERO);
    }

    #[test]
    fn two_phones_do_not_keep_step() {
        let (one, other) = (Dice::new(), Dice::new());
        assert_ne!([one.roll(), one.roll()], [other.roll(), other.roll()]);
    }
}
