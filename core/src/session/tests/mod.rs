//! Sessions and clocks, on a clock that stands still.

mod access;
mod server_clock;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{OffsetKeeper, SavedOffset};
use crate::clock::ManualClock;

/// A keeper that forgets with the test.
#[derive(Default)]
struct Shelf {
    saved: Mutex<Option<SavedOffset>>,
    writes: Mutex<u32>,
}

#[async_trait]
impl OffsetKeeper for Shelf {
    async fn load(&self) -> Option<SavedOffset> {
        self.saved.lock().unwrap().clone()
    }

    async fn save(&self, offset: &SavedOffset) {
        *self.saved.lock().unwrap() = Some(offset.clone());
        *self.writes.lock().unwrap() += 1;
    }
}

fn nine() -> DateTime<Utc> {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn clock() -> (ManualClock, Arc<Shelf>) {
    (ManualClock::new(nine()), Arc::new(Shelf::default()))
}
