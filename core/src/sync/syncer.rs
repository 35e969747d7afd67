//! The handle: starting, pausing and resuming the tasks, asking them to look, waiting for them.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::plan::State;
use super::shared::{Shared, SyncError, SyncParts, Trigger};
use super::status::{SyncState, SyncStatus};
use super::{feed, fill, live};
use crate::backend::Presence;
use crate::model::ConversationId;
use crate::store::HistoryPart;
use crate::task;

/// Keeps the store up to date until it is dropped.
pub struct Syncer {
    shared: Arc<Shared>,
    tasks: Mutex<Tasks>,
}

#[derive(Default)]
struct Tasks {
    running: Option<RunningTasks>,
    /// What the feed's task knew when it was paused.
    state: Option<State>,
}

struct RunningTasks {
    /// Dropping it stops both.
    stop: watch::Sender<()>,
    feed: JoinHandle<State>,
    live: JoinHandle<()>,
}

impl Syncer {
    /// Starts catching up and listening. Needs a tokio runtime.
    pub async fn start(parts: SyncParts) -> Self {
        let shared = Arc::new(Shared::new(parts));
        let syncer = Self { shared, tasks: Mutex::default() };
        syncer.resume().await;
        syncer
    }

    /// How this phone and the server stand, and every change of it.
    pub fn status(&self) -> watch::Receiver<SyncStatus> {
        self.shared.status.subscribe()
    }

    /// Which colleague looks at or answers which conversation; empty while the live stream is down.
    pub fn presence(&self) -> watch::Receiver<Vec<Presence>> {
        self.shared.presence.subscribe()
    }

    /// Asks the server soon. Cheap: many requests at once are one.
    pub fn ask(&self, reason: Trigger) {
        self.shared.ask(reason);
    }

    /// The network is back: every wait after a failure ends.
    pub fn network_available(&self) {
        self.shared.ask(Trigger::NetworkBack);
    }

    /// Asks now and returns whether everything that existed is here. False as soon as an attempt failed,
    /// or while paused; it never waits for the network to come back.
    pub async fn catch_up(&self) -> bool {
        let number = self.shared.ask(Trigger::ByHand);
        self.reached(number, true).await
    }

    /// Ends when everything that the last request was about is here, however long that takes.
    pub async fn settled(&self) {
        let number = self.shared.requests.borrow().number;
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

    /// Stops both tasks; when this returns, neither touches network or store. A fetch under way ends with
    /// [`SyncError::Paused`].
    pub async fn pause(&self) {
        let mut tasks = self.tasks.lock().await;
        let Some(RunningTasks { stop, feed, live }) = tasks.running.take() else { return };
        self.shared.running.send_replace(false);
        drop(stop);
        tasks.state = feed.await.ok();
        live.await.ok();
        let asked = self.shared.requests.borrow().number;
        self.shared.progress.send_modify(|progress| progress.failed = asked);
        self.shared.say(|status| {
            status.state = SyncState::Paused;
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
        self.shared.say(|status| status.state = SyncState::Connecting);
        self.shared.ask(Trigger::Resume);
        let (stop, stopped) = watch::channel(());
        let state = tasks.state.take().unwrap_or_default();
        let feed = task::spawn(feed::run(self.shared.clone(), state, stopped.clone()));
        let live = task::spawn(live::run(self.shared.clone(), stopped));
        tasks.running = Some(RunningTasks { stop, feed, live });
    }

    /// Does `work` unless paused, and only until the next pause.
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

    /// Fetches messages of a conversation that are not in hand. True: there is more that way.
    pub async fn fill(&self, id: ConversationId, asked: HistoryPart) -> Result<bool, SyncError> {
        self.while_running(fill::messages(&self.shared, id, asked)).await
    }

    /// Fetches a conversation again, with its customer.
    pub async fn refetch(&self, id: ConversationId) -> Result<(), SyncError> {
        self.while_running(fill::conversation(&self.shared, id)).await
    }

    /// Fetches the next conversations further down the list. True: there are more.
    pub async fn fill_list(&self) -> Result<bool, SyncError> {
        self.while_running(fill::list(&self.shared)).await
    }

    /// Fetches the charges of a calendar month (from 1).
    pub async fn fill_ledger(&self, year: i32, month: u32) -> Result<(), SyncError> {
        self.while_running(fill::ledger(&self.shared, year, month)).await
    }
}
