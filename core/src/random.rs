//! Random numbers. [`Random`]: for tests that try many histories, the same on every machine.
//! [`Dice`]: for waits that must not keep phones in step, other numbers on each. Neither is secret.

#[cfg(feature = "client")]
use std::hash::{BuildHasher, RandomState};
#[cfg(feature = "client")]
use std::sync::atomic::{AtomicU64, Ordering};

/// SplitMix64 (Steele, Lea, Flood 2014): the step of its counter.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64: the number at a count.
fn at_count(count: u64) -> u64 {
    let mut z = count;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Numbers that differ from phone to phone and from start to start.
#[cfg(feature = "client")]
#[derive(Debug)]
pub(crate) struct Dice(AtomicU64);

#[cfg(feature = "client")]
impl Default for Dice {
    fn default() -> Self {
        Self(AtomicU64::new(RandomState::new().hash_one(0)))
    }
}

#[cfg(feature = "client")]
impl Dice {
    /// The next number.
    pub(crate) fn roll(&self) -> u64 {
        at_count(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }
}

/// Numbers that follow from a seed.
#[cfg(test)]
pub(crate) struct Random(pub(crate) u64);

#[cfg(test)]
impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        at_count(self.0)
    }

    /// From 0 on, below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub(crate) fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.below(all.len())]) }
    }

    /// From `least` to `most`, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least).unwrap() + 1;
        least + i64::try_from(self.next() % width).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "client")]
    #[test]
    fn two_phones_do_not_keep_step() {
        let (one, other) = (Dice::default(), Dice::default());
        assert_ne!([one.roll(), one.roll()], [other.roll(), other.roll()]);
    }

    #[test]
    fn a_seed_gives_the_same_numbers_on_every_machine() {
        let mut random = Random(0);
        assert_eq!([random.next(), random.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }
}
