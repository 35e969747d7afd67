//! What time is it at the server?
//!
//! Windows, covers and tokens are judged in the server's time, and the clock on the wall of a
//! phone can be set to anything. So the server's time is kept as an offset against the boot
//! clock, which counts sleep and cannot be set. Each answer of the server is a sample, good
//! to half its round trip; of the last ten the surest counts. After a restart without network
//! the offset means nothing: the wall clock is shown instead, and said to be unconfirmed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::{ClockSample, SharedClock};

/// How many samples are kept.
const SAMPLES: usize = 10;

/// How far a phone's quartz may run off, in parts per million (good ones keep 20). It makes an
/// old sample slowly less sure than a new one with a longer round trip.
const DRIFT_PPM: i64 = 50;

/// How wrong an unconfirmed time may be. This is a guess: phones that set their clock by the
/// network are far closer, and a caller that must be sure checks `confirmed`.
const UNCONFIRMED_ERROR_MS: i64 = 300_000;

/// An offset that differs by less from the one on disk is not worth a write.
const WORTH_SAVING_MS: i64 = 250;

/// A machine that does not name its boots is taken for restarted when wall and boot clock
/// have moved apart by more than this since the offset was saved.
const SAME_BOOT_MS: i64 = 120_000;

/// The server's time at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTime {
    /// The time.
    pub at: DateTime<Utc>,
    /// How far it may be off either way, in milliseconds. A guess while not `confirmed`.
    pub error_ms: i64,
    /// Whether the server has sent its time since this device started.
    pub confirmed: bool,
}

/// The offset as it is kept between two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedOffset {
    /// The server's time ...
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub server_at: DateTime<Utc>,
    /// ... at this boot time, in milliseconds,
    pub boot_ms: i64,
    /// of this start of the machine,
    pub boot_id: Option<String>,
    /// when the clock on the wall showed this,
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub wall_at: DateTime<Utc>,
    /// give or take so much.
    pub error_ms: i64,
}

/// Remembers the offset. A failure only means that times are unconfirmed until the server's
/// next answer, so there is nothing to report.
#[async_trait]
pub trait OffsetKeeper: Send + Sync {
    /// What was saved last.
    async fn load(&self) -> Option<SavedOffset>;

    /// Replaces what was saved.
    async fn save(&self, offset: &SavedOffset);
}

/// The server's clock, as well as this device knows it.
pub struct ServerClock {
    clock: SharedClock,
    boot_id: Option<String>,
    keeper: Arc<dyn OffsetKeeper>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    samples: VecDeque<Sample>,
    saved: Option<SavedOffset>,
    /// The latest server time that was received, in any boot: it is not earlier than that now.
    latest_seen: Option<DateTime<Utc>>,
}

/// The server's time less the boot time, in milliseconds, as of a boot time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sample {
    offset_ms: i64,
    boot_ms: i64,
    error_ms: i64,
}

impl Sample {
    fn error_at(&self, boot_ms: i64) -> i64 {
        let age_ms = boot_ms.saturating_sub(self.boot_ms).max(0);
        self.error_ms.saturating_add(age_ms.saturating_mul(DRIFT_PPM) / 1_000_000)
    }

    /// Whether both can be true of one clock that was not set in between.
    fn agrees_with(&self, other: &Self, boot_ms: i64) -> bool {
        // One more millisecond: both were cut to whole ones.
        let room = self.error_at(boot_ms) + other.error_at(boot_ms) + 1;
        (self.offset_ms - other.offset_ms).abs() <= room
    }
}

impl ServerClock {
    /// The clock, going on from what was saved if the machine has not been restarted.
    pub async fn open(clock: SharedClock, keeper: Arc<dyn OffsetKeeper>) -> Self {
        let boot_id = clock.boot_id();
        let saved = keeper.load().await;
        let mut state = State { latest_seen: saved.as_ref().map(|saved| saved.server_at), ..State::default() };
        if let Some(saved) = saved.filter(|saved| same_boot(saved, boot_id.as_deref(), &clock)) {
            let offset_ms = saved.server_at.timestamp_millis().saturating_sub(saved.boot_ms);
            state.samples.push_back(Sample { offset_ms, boot_ms: saved.boot_ms, error_ms: saved.error_ms });
            state.saved = Some(saved);
        }
        Self { clock, boot_id, keeper, state: Mutex::new(state) }
    }

    /// The server's time now.
    pub fn now(&self) -> ServerTime {
        let boot_ms = millis(self.clock.boot());
        let state = self.state();
        if let Some(best) = best(&state.samples, boot_ms)
            && let Some(at) = DateTime::from_timestamp_millis(boot_ms.saturating_add(best.offset_ms))
        {
            return ServerTime { at, error_ms: best.error_at(boot_ms), confirmed: true };
        }
        let wall = self.clock.wall();
        let at = state.latest_seen.map_or(wall, |seen| seen.max(wall));
        ServerTime { at, error_ms: UNCONFIRMED_ERROR_MS, confirmed: false }
    }

    /// Learns from answers of the server.
    pub async fn observe(&self, samples: &[ClockSample]) {
        if samples.is_empty() {
            return;
        }
        if let Some(offset) = self.learn(samples) {
            self.keeper.save(&offset).await;
        }
    }

    /// Takes the samples in and returns what is worth saving.
    fn learn(&self, samples: &[ClockSample]) -> Option<SavedOffset> {
        let boot_ms = millis(self.clock.boot());
        let wall_at = self.clock.wall();
        let mut state = self.state();
        for told in samples {
            let told_boot_ms = millis(told.boot);
            let sample = Sample {
                offset_ms: told.server.timestamp_millis().saturating_sub(told_boot_ms),
                boot_ms: told_boot_ms,
                error_ms: millis(told.round_trip / 2),
            };
            // A sample that the newest one contradicts was taken before the server's clock was set.
            state.samples.retain(|old| old.boot_ms <= boot_ms && old.agrees_with(&sample, boot_ms));
            state.samples.push_back(sample);
            if state.samples.len() > SAMPLES {
                state.samples.pop_front();
            }
            state.latest_seen = Some(state.latest_seen.map_or(told.server, |seen| seen.max(told.server)));
        }
        let best = best(&state.samples, boot_ms)?;
        let offset = SavedOffset {
            server_at: DateTime::from_timestamp_millis(boot_ms.saturating_add(best.offset_ms))?,
            boot_ms,
            boot_id: self.boot_id.clone(),
            wall_at,
            error_ms: best.error_at(boot_ms),
        };
        if state.saved.as_ref().is_some_and(|saved| !worth_saving(saved, &offset)) {
            return None;
        }
        state.saved = Some(offset.clone());
        Some(offset)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Numbers only: a panic elsewhere cannot have left them half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sample that is surest at this boot time. One from the future is of another boot.
fn best(samples: &VecDeque<Sample>, boot_ms: i64) -> Option<Sample> {
    // The newest of equals: `min_by_key` keeps the first it meets.
    samples
        .iter()
        .rev()
        .filter(|sample| sample.boot_ms <= boot_ms)
        .min_by_key(|sample| sample.error_at(boot_ms))
        .copied()
}

fn worth_saving(saved: &SavedOffset, offset: &SavedOffset) -> bool {
    let of = |saved: &SavedOffset| saved.server_at.timestamp_millis().saturating_sub(saved.boot_ms);
    // What the saved one has lost to drift counts too, or an offset would be written only once.
    let age_ms = offset.boot_ms.saturating_sub(saved.boot_ms);
    let saved_error_ms = saved.error_ms.saturating_add(age_ms.saturating_mul(DRIFT_PPM) / 1_000_000);
    (of(saved) - of(offset)).abs() >= WORTH_SAVING_MS || saved_error_ms - offset.error_ms >= WORTH_SAVING_MS
}

fn same_boot(saved: &SavedOffset, boot_id: Option<&str>, clock: &SharedClock) -> bool {
    let boot_ms = millis(clock.boot());
    if boot_ms < saved.boot_ms {
        return false;
    }
    match (saved.boot_id.as_deref(), boot_id) {
        (Some(then), Some(now)) => then == now,
        (None, None) => {
            let passed = TimeDelta::milliseconds(boot_ms - saved.boot_ms);
            let shown = clock.wall() - saved.wall_at;
            (shown - passed).num_milliseconds().abs() <= SAME_BOOT_MS
        }
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
