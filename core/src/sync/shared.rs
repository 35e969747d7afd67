//! What the handle and the tasks share: what syncing is made of, the requests and their progress, the
//! status, and the place of the walk down the list.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::status::{SyncState, SyncStatus};
use crate::backend::{Backend, BackendError, Presence};
use crate::clock::SharedClock;
use crate::log::Log;
use crate::model::ListPosition;
use crate::random::Dice;
use crate::session::ServerClock;
use crate::store::{Store, StoreError};

/// What syncing is made of.
#[derive(Clone)]
pub struct SyncParts {
    /// Where rows go.
    pub store: Store,
    /// Where they come from.
    pub backend: Arc<dyn Backend>,
    /// Timers of every kind but those of the network.
    pub clock: SharedClock,
    /// Learns the time from every answer.
    pub server_clock: Arc<ServerClock>,
    /// Where failures are noted.
    pub log: Log,
}

/// Why the server should be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The live stream rang, or has just been opened.
    Doorbell,
    /// A push came.
    Push,
    /// The network is back.
    NetworkBack,
    /// The app came to the front, or the device was unlocked.
    Resume,
    /// The agent pulled the list, or a command needs to know.
    ByHand,
}

impl Trigger {
    /// Whether it ends the wait after a failure.
    fn is_urgent(self) -> bool {
        match self {
            Self::NetworkBack | Self::Resume | Self::ByHand => true,
            Self::Doorbell | Self::Push => false,
        }
    }
}

/// Why a part of the inbox could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The server did not answer, or refused.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// [`Syncer::pause`](super::Syncer::pause) has been called.
    #[error("paused")]
    Paused,
}

/// What the tasks and the handle share.
pub(super) struct Shared {
    pub(super) parts: SyncParts,
    pub(super) requests: watch::Sender<Requests>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) status: watch::Sender<SyncStatus>,
    pub(super) presence: watch::Sender<Vec<Presence>>,
    pub(super) dice: Dice,
    pub(super) running: watch::Sender<bool>,
    /// How far the walk down the list of conversations has come.
    walk: std::sync::Mutex<Walk>,
    /// When old messages were evicted last, in boot time. None: not in this run.
    pub(super) last_cleaned: watch::Sender<Option<Duration>>,
}

/// How many requests there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Requests {
    pub(super) number: u64,
    /// How many of them were urgent.
    pub(super) urgent: u64,
}

/// What became of the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Everything that existed at this request is here.
    pub(super) answered: u64,
    /// At this request the last attempt had failed, or nothing was running.
    pub(super) failed: u64,
}

/// The walk down the whole list of conversations, which a snapshot only begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Walk {
    pub(super) before: Option<ListPosition>,
    pub(super) ended: bool,
    /// How many times it began again.
    pub(super) round: u64,
}

impl Walk {
    pub(super) fn begin_again(&mut self) {
        *self = Self { round: self.round + 1, ..Self::default() };
    }
}

impl Shared {
    pub(super) fn new(parts: SyncParts) -> Self {
        let status = SyncStatus { state: SyncState::Paused, live: false, caught_up_at: None, cursor: None };
        Self {
            parts,
            requests: watch::Sender::default(),
            progress: watch::Sender::default(),
            status: watch::Sender::new(status),
            presence: watch::Sender::default(),
            dice: Dice::default(),
            running: watch::Sender::default(),
            walk: std::sync::Mutex::default(),
            last_cleaned: watch::Sender::default(),
        }
    }

    /// Counts a request and gives its number.
    pub(super) fn ask(&self, reason: Trigger) -> u64 {
        let mut number = 0;
        self.requests.send_modify(|asked| {
            asked.number += 1;
            asked.urgent += u64::from(reason.is_urgent());
            number = asked.number;
        });
        number
    }

    /// Changes the status, and wakes its watchers if it differs.
    pub(super) fn say(&self, change: impl FnOnce(&mut SyncStatus)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// How far the agent walked down the list.
    pub(super) fn walk(&self) -> MutexGuard<'_, Walk> {
        // Plain values: a panic elsewhere cannot leave them half written.
        self.walk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time, by which this phone notes when it learned something.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.parts.server_clock.now().at
    }

    /// Learns the time from the answers that came.
    pub(super) async fn learn_time(&self) {
        self.parts.server_clock.observe(&self.parts.backend.take_clock_samples()).await;
    }
}
