//! How things are measured: which clock, how often, and how many numbers become one.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::Outcome;

/// CPU time of the whole process, all its threads. What else runs on the machine is not in it.
pub(crate) fn cpu() -> Duration {
    to_duration(clock_gettime(ClockId::ProcessCPUTime))
}

/// CPU time of the calling thread.
pub(crate) fn thread_cpu() -> Duration {
    to_duration(clock_gettime(ClockId::ThreadCPUTime))
}

fn to_duration(time: rustix::time::Timespec) -> Duration {
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Keeps this thread, and all that it starts, to one core; false where a system has no such thing.
///
/// Handing work to a thread that sleeps on another core costs from five to a hundred microseconds,
/// as the machine pleases, and a page is read in fifty: without this the numbers are the machine's.
pub(crate) fn keep_to_one_core() -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else { return false };
        // The first core is where a system likes to run its own errands.
        let Some(last) = (0..CpuSet::MAX_CPU).rev().find(|core| allowed.is_set(*core)) else { return false };
        let mut one = CpuSet::new();
        one.set(last);
        sched_setaffinity(None, &one).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// How much CPU some work took.
pub(crate) fn in_cpu<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let before = cpu();
    let value = work()?;
    Ok((cpu().saturating_sub(before), value))
}

/// How long some work took on the wall.
pub(crate) fn in_wall<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let before = Instant::now();
    let value = work()?;
    Ok((before.elapsed(), value))
}

/// What many measurements of one thing say: the middle one, and between which two the middle
/// half of them lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// `NaN` of nothing: it fails every bound.
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self { median: at(&sorted, 0.5), low: at(&sorted, 0.25), high: at(&sorted, 0.75) }
    }
}

/// The value below which a share of them lies. `sorted` rises.
fn at(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(low), Some(high)) => low + (high - low) * place.fract(),
        _ => f64::NAN,
    }
}

/// The value that 99 of 100 do not exceed.
pub(crate) fn p99(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    at(&sorted, 0.99)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    Spread::of(values).median
}

/// Ours and bare, measured side by side, round by round.
pub(crate) struct Rounds {
    pub(crate) ours: Vec<f64>,
    pub(crate) bare: Vec<f64>,
}

impl Rounds {
    /// Measures both `rounds` times, the other one first every other time: what slows the machine
    /// for a while slows both. Each measurement returns its own number. One round before the
    /// first is not counted.
    pub(crate) fn run(
        rounds: usize,
        mut ours: impl FnMut() -> Outcome<f64>,
        mut bare: impl FnMut() -> Outcome<f64>,
    ) -> Outcome<Self> {
        ours()?;
        bare()?;
        let mut all = Self { ours: Vec::new(), bare: Vec::new() };
        for round in 0..rounds {
            if round % 2 == 0 {
                all.ours.push(ours()?);
                all.bare.push(bare()?);
            } else {
                all.bare.push(bare()?);
                all.ours.push(ours()?);
            }
        }
        Ok(all)
    }

    /// Ours divided by bare, round by round.
    pub(crate) fn ratio(&self) -> Spread {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.bare).map(|(ours, bare)| ours / bare).collect();
        Spread::of(&ratios)
    }
}

/// Numbers that follow from a seed: the same work on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 on, below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    /// From 0 on, below 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True so many times of a hundred.
    pub(crate) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn one_of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> Option<&'a T> {
        of.get(self.below(of.len())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_tail_of_many_numbers() {
        let numbers: Vec<f64> = (1..=101).map(f64::from).rev().collect();
        assert_eq!(Spread::of(&numbers), Spread { median: 51.0, low: 26.0, high: 76.0 });
        assert_eq!(p99(&numbers), 100.0);
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert!(Spread::of(&[]).median.is_nan());
    }

    #[test]
    fn rounds_compare_each_round_with_its_own() {
        let (mut ours, mut bare) = (0.0, 0.0);
        let rounds = Rounds::run(
            3,
            || {
                ours += 2.0;
                Ok(ours)
            },
            || {
                bare += 1.0;
                Ok(bare)
            },
        )
        .unwrap();
        assert_eq!(rounds.ours, [4.0, 6.0, 8.0], "the first round is not counted");
        assert_eq!(rounds.ratio(), Spread { median: 2.0, low: 2.0, high: 2.0 });
    }
}
