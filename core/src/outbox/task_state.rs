//! What the task remembers between two rounds.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::model::ClientKey;
use crate::random::Dice;
use crate::rules::backoff::Failures;

/// What the task remembers between two rounds. If it is lost, the server gets a question more.
#[derive(Default)]
pub(super) struct TaskState {
    pub(super) busy: HashSet<ClientKey>,
    pub(super) uploaded: HashSet<ClientKey>,
    pub(super) ask_at: HashMap<ClientKey, DateTime<Utc>>,
    /// Failures in a row, per command.
    pub(super) failures: HashMap<ClientKey, u32>,
    pub(super) dice: Dice,
    pub(super) catching_up: bool,
    /// Commands may be in flight or uploading in the store without a step working on them.
    pub(super) recover: bool,
    /// An answer was lost: whatever the feed reports, something may have been missed since.
    pub(super) behind: bool,
    /// Catching up timed out, and messages leave without it until then.
    pub(super) not_held_until: Option<DateTime<Utc>>,
}

impl TaskState {
    /// The failures in a row if the step that begins now fails too.
    pub(super) fn if_this_fails(&self, key: ClientKey) -> Failures {
        let count = self.failures.get(&key).copied().unwrap_or_default().saturating_add(1);
        Failures { count, random: self.dice.roll() }
    }

    pub(super) fn failed(&mut self, key: ClientKey) {
        let failures = self.failures.entry(key).or_default();
        *failures = failures.saturating_add(1);
    }
}
