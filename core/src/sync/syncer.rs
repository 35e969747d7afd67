//! The handle: who asks, who waits, who is told.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::fill::Walk;
use super::plan::State;
use super::status::{Connection, SyncStatus};
use super::{feed, live};
use crate::backend::{Backend, BackendError, Presence};
use crate::clock::SharedClock;
use crate::random::Dice;
use crate::session::ServerClock;
use crate::store::{Store, StoreError};
use crate::task;

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
}

/// Why the server should be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The live stream rang, or has just been opened.
    Doorbell,
    /// A push came.
    Push,
    /// The network is back.
    NetworkBack,
    /// The app came in front, or the device was unlocked.
    Resume,
    /// Somebody pulled the list, or a command needs to know.
    ByHand,
}

impl Reason {
    /// Whether it takes away the reason for waiting after a failure.
    fn hurries(self) -> bool {
        match self {
            Self::NetworkBack | Self::Resume | Self::ByHand => true,
            Self::Doorbell | Self::Push => false,
        }
    }
}

/// Why a part of the inbox could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// The server gave nothing.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The store took nothing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// [`Syncer::pause`] has been called.
    #[error("paused")]
    Paused,
}

/// Keeps the store up to date until it is dropped.
pub struct Syncer {
    shared: Arc<Shared>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    running: Option<Running>,
    /// What the feed's task knew when it was paused.
    state: Option<State>,
}

struct Running {
    /// Dropping it stops both.
    stop: watch::Sender<()>,
    feed: JoinHandle<State>,
    live: JoinHandle<()>,
}

/// What the tasks and the handle share.
pub(super) struct Shared {
    pub(super) parts: SyncParts,
    pub(super) asked: watch::Sender<Asked>,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) status: watch::Sender<SyncStatus>,
    pub(super) presence: watch::Sender<Vec<Presence>>,
    pub(super) dice: Dice,
    pub(super) running: watch::Sender<bool>,
    /// Where the walk down the list of conversations has come to.
    walk: std::sync::Mutex<Walk>,
    /// When old messages were let go of last, in boot time; none: not in this run.
    pub(super) kept_house: watch::Sender<Option<Duration>>,
}

/// How often somebody asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) number: u64,
    /// How often for a reason that hurries.
    pub(super) hurried: u64,
}

/// What became of the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Everything that was there at this request is here.
    pub(super) answered: u64,
    /// At this request the last attempt had failed, or nothing was running.
    pub(super) failed: u64,
}

impl Syncer {
    /// Starts catching up and listening. Needs a tokio runtime.
    pub async fn start(parts: SyncParts) -> Self {
        let status = SyncStatus { connection: Connection::Paused, live: false, caught_up_at: None, cursor: None };
        let shared = Arc::new(Shared {
            parts,
            asked: watch::Sender::default(),
            progress: watch::Sender::default(),
            status: watch::Sender::new(status),
            presence: watch::Sender::default(),
            dice: Dice::default(),
            running: watch::Sender::default(),
            walk: std::sync::Mutex::default(),
            kept_house: watch::Sender::default(),
        });
        let syncer = Self { shared, tasks: Mutex::default() };
        syncer.resume().await;
        syncer
    }

    /// How this phone and the server stand, and every change of it.
    pub fn status(&self) -> watch::Receiver<SyncStatus> {
        self.shared.status.subscribe()
    }

    /// Who looks at or answers which conversation; empty while the live stream is down.
    pub fn presence(&self) -> watch::Receiver<Vec<Presence>> {
        self.shared.presence.subscribe()
    }

    /// Asks the server soon. Cheap, and many at once are one.
    pub fn ask(&self, reason: Reason) {
        self.shared.ask(reason);
    }

    /// The network is there again: whatever waits after a failure goes now.
    pub fn network_available(&self) {
        self.shared.ask(Reason::NetworkBack);
    }

    /// Asks now and says whether everything that was there is here. False as soon as an attempt
    /// failed, or while paused; it never waits for the network to come back.
    pub async fn catch_up(&self) -> bool {
        let number = self.shared.ask(Reason::ByHand);
        self.reached(number, true).await
    }

    /// Ends when everything the last doorbell spoke of is here, however long that takes.
    pub async fn settled(&self) {
        let number = self.shared.asked.borrow().number;
        self.reached(number, false).await;
    }

    async fn reached(&self, number: u64, or_failed: bool) -> bool {
        if or_failed && self.tasks.lock().await.running.is_none() {
            return false;
        }
        let mut progress = self.shared.progress.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let ended = progress.wait_for(|now| now.answered >= number || (or_failed && now.failed >= number)).await;
        ended.is_ok_and(|now| now.answered >= number)
    }

    /// Stops both tasks; when this returns neither touches network or store. Whatever is being
    /// filled ends with [`SyncError::Paused`].
    pub async fn pause(&self) {
        let mut tasks = self.tasks.lock().await;
        let Some(Running { stop, feed, live }) = tasks.running.take() else { return };
        self.shared.running.send_replace(false);
        drop(stop);
        tasks.state = feed.await.ok();
        live.await.ok();
        let asked = self.shared.asked.borrow().number;
        self.shared.progress.send_modify(|progress| progress.failed = asked);
        self.shared.say(|status| {
            status.connection = Connection::Paused;
            status.live = false;
        });
    }

    /// Starts both tasks again: changes are asked for at once, beside the live stream.
    pub async fn resume(&self) {
        let mut tasks = self.tasks.lock().await;
        if tasks.running.is_some() {
            return;
        }
        self.shared.running.send_replace(true);
        self.shared.say(|status| status.connection = Connection::Connecting);
        self.shared.ask(Reason::Resume);
        let (stop, stopped) = watch::channel(());
        let state = tasks.state.take().unwrap_or_default();
        let feed = task::spawn(feed::run(self.shared.clone(), state, stopped.clone()));
        let live = task::spawn(live::run(self.shared.clone(), stopped));
        tasks.running = Some(Running { stop, feed, live });
    }

    /// Does `work` unless paused, and only until then.
    pub(super) async fn while_running<T>(
        &self,
        work: impl Future<Output = Result<T, SyncError>>,
    ) -> Result<T, SyncError> {
        let mut running = self.shared.running.subscribe();
        tokio::select! {
            biased;
            _ = running.wait_for(|running| !running) => Err(SyncError::Paused),
            ended = work => ended,
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Shared {
    /// Counts a request and gives its number.
    pub(super) fn ask(&self, reason: Reason) -> u64 {
        let mut number = 0;
        self.asked.send_modify(|asked| {
            asked.number += 1;
            asked.hurried += u64::from(reason.hurries());
            number = asked.number;
        });
        number
    }

    /// Changes the status and wakes who watches it, if it is another one then.
    pub(super) fn say(&self, change: impl FnOnce(&mut SyncStatus)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// How far somebody walked down the list.
    pub(super) fn walk(&self) -> MutexGuard<'_, Walk> {
        // Plain values: a panic elsewhere cannot have left them half written.
        self.walk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server's time, in which this phone notes when it learnt something.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.parts.server_clock.now().at
    }

    /// Learns the time from the answers that came in.
    pub(super) async fn learn_time(&self) {
        self.parts.server_clock.observe(&self.parts.backend.take_clock_samples()).await;
    }
}
