//! What the answers say about the server's clock.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::backend::ClockSample;

/// Clock samples that are kept until they are taken.
const MOST_SAMPLES: usize = 10;

/// The newest clock samples.
#[derive(Default)]
pub(super) struct Samples(Mutex<VecDeque<ClockSample>>);

impl Samples {
    pub(super) fn put(&self, sample: ClockSample) {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if samples.len() == MOST_SAMPLES {
            samples.pop_front();
        }
        samples.push_back(sample);
    }

    pub(super) fn take(&self) -> Vec<ClockSample> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}
