//! The task that reads: wait for a trigger, ask the plan, do it, record how it ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::clean_up;
use super::fill::{self, Repairs};
use super::plan::{Job, JobResult, State};
use super::shared::{Shared, SyncError};
use super::status::Trouble;
use crate::backend::BackendError;
use crate::log::{Fact, Log};
use crate::store::{PageFault, SnapshotPart, StoreError};

/// Items asked for at once; the server's own limit.
const PAGE: u32 = 500;

/// Runs until `stopped` loses its sender, and returns what it knew.
pub(super) async fn run(shared: Arc<Shared>, mut state: State, mut stopped: watch::Receiver<()>) -> State {
    state.resumed();
    let mut task = Task { shared, state, urgent: 0, repairs: Repairs::default() };
    loop {
        // A job that is dropped here has changed the store and the cursor together or not at all. The
        // plan learns of a job only when it has ended.
        tokio::select! {
            biased;
            _ = stopped.changed() => return task.state,
            () = task.turn() => {}
        }
    }
}

struct Task {
    shared: Arc<Shared>,
    state: State,
    /// The last urgent request that was seen.
    urgent: u64,
    repairs: Repairs,
}

impl Task {
    /// One job, or one wait.
    async fn turn(&mut self) {
        let mut asks = self.shared.requests.subscribe();
        let asked = *asks.borrow_and_update();
        if asked.urgent > self.urgent {
            self.urgent = asked.urgent;
            self.state.hurry();
        }
        let live = self.shared.status.borrow().live;
        let outcome = match self.state.next(asked.number, live, self.now()) {
            Job::Changes => self.changes(asked.number).await,
            Job::Snapshot { restart } => self.snapshot(restart).await,
            Job::Repair => self.repair().await,
            Job::Wait { until, failed } => {
                self.report(asked.number, failed);
                let mut status = self.shared.status.subscribe();
                return tokio::select! {
                    _ = asks.changed() => {}
                    // How long to wait depends on whether the doorbell works.
                    _ = status.wait_for(|status| status.live != live) => {}
                    () = self.alarm(until) => {}
                };
            }
        };
        self.state.after(outcome, self.now(), self.shared.dice.roll());
        if matches!(outcome, JobResult::Page { more: false, .. }) {
            self.repairs.begin_again();
            let now = self.shared.now();
            self.shared.say(|status| status.caught_up_at = Some(now));
        }
        self.report(asked.number, false);
    }

    async fn alarm(&self, at: Option<Duration>) {
        match at {
            Some(at) => self.shared.parts.clock.sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    fn now(&self) -> Duration {
        self.shared.parts.clock.boot()
    }

    fn report(&self, asked: u64, failed: bool) {
        let sync_state = self.state.sync_state(asked);
        self.shared.say(|status| status.state = sync_state);
        self.shared.progress.send_if_modified(|progress| {
            let before = *progress;
            progress.answered = progress.answered.max(self.state.answered);
            if failed {
                progress.failed = progress.failed.max(asked);
            }
            *progress != before
        });
    }

    async fn changes(&self, asked: u64) -> JobResult {
        match self.next_page(asked).await {
            Ok(outcome) => outcome,
            // The same question would bring the same page.
            Err(SyncError::Store(StoreError::Page(PageFault::NotRising))) => JobResult::Unusable,
            Err(SyncError::Backend(BackendError::SnapshotNeeded(_))) => JobResult::SnapshotNeeded,
            // The server does not understand the cursor: it was damaged here, and would never be answered.
            Err(SyncError::Backend(BackendError::Refused { code, .. })) if code == "bad_request" => {
                JobResult::SnapshotNeeded
            }
            Err(error) => failure(&self.shared.parts.log, &error),
        }
    }

    async fn next_page(&self, asked: u64) -> Result<JobResult, SyncError> {
        let parts = &self.shared.parts;
        let place = parts.store.read(|cache| cache.feed()).await?;
        self.shared.say(|status| status.cursor.clone_from(&place.cursor));
        let Some(cursor) = place.cursor.filter(|_| !place.snapshot_needed) else {
            return Ok(JobResult::SnapshotNeeded);
        };
        let page = parts.backend.changes(&cursor, PAGE).await;
        self.shared.learn_time().await;
        let page = page?;
        if page.more && page.to == cursor {
            return Err(BackendError::NotOurs("more is waiting and the cursor stands still").into());
        }
        let (now, more, to) = (self.shared.now(), page.more, page.to.clone());
        parts.store.write(move |cache| cache.apply_page(&page.from, &page.to, &page.items, now)).await?;
        self.shared.say(|status| status.cursor = Some(to));
        Ok(JobResult::Page { asked, more })
    }

    async fn snapshot(&self, restart: bool) -> JobResult {
        match self.next_snapshot_page(restart).await {
            Ok(outcome) => outcome,
            Err(SyncError::Store(StoreError::Page(_))) => JobResult::SnapshotLost,
            // The server no longer knows the token. The first page needs none.
            Err(SyncError::Backend(
                BackendError::NotFound | BackendError::SnapshotNeeded(_) | BackendError::Refused { .. },
            )) if !restart => JobResult::SnapshotLost,
            Err(error) => failure(&self.shared.parts.log, &error),
        }
    }

    async fn next_snapshot_page(&self, restart: bool) -> Result<JobResult, SyncError> {
        let parts = &self.shared.parts;
        let asked = if restart { None } else { parts.store.snapshot_progress().await?.map(|begun| begun.next) };
        let page = parts.backend.snapshot(asked.as_deref()).await;
        self.shared.learn_time().await;
        let page = page?;
        let last = page.complete;
        if !last && (page.next.is_none() || page.next == asked) {
            return Err(BackendError::NotOurs("a snapshot that does not end").into());
        }
        let at = page.at.clone();
        let part = SnapshotPart {
            asked,
            epoch: page.epoch,
            at: page.at,
            next: page.next,
            rows: page.rows,
            newest: page.newest,
            visible: page.visible,
            complete: page.complete,
        };
        parts.store.apply_snapshot_page(part, self.shared.now()).await?;
        if last {
            self.shared.say(|status| status.cursor = Some(at));
            self.shared.walk().begin_again();
        }
        Ok(JobResult::SnapshotPage { last })
    }

    async fn repair(&mut self) -> JobResult {
        match fill::repair(&self.shared, &mut self.repairs).await {
            Ok(more) => {
                if !more {
                    clean_up::when_quiet(&self.shared).await;
                }
                JobResult::Repaired { more }
            }
            Err(error) => failure(&self.shared.parts.log, &error),
        }
    }
}

/// What a failure means for the plan, whatever failed.
fn failure(log: &Log, error: &SyncError) -> JobResult {
    if let SyncError::Store(error) = error {
        log.warning(
            "feed_not_kept",
            &[("cause", Fact::Cause(error.cause())), ("sqlite", Fact::Number(error.sqlite_code()))],
        );
    }
    let failed = |trouble| JobResult::Failed { trouble, retry_after: None };
    match error {
        SyncError::Backend(error) => match error {
            BackendError::NoAnswer => failed(Trouble::NoAnswer),
            BackendError::NotOurs(_) => failed(Trouble::NotOurs),
            BackendError::Busy { retry_after } => {
                JobResult::Failed { trouble: Trouble::Busy, retry_after: *retry_after }
            }
            BackendError::Locked => JobResult::Locked,
            BackendError::SessionRevoked => JobResult::SignedOut,
            BackendError::SnapshotNeeded(_) => JobResult::SnapshotNeeded,
            BackendError::NotFound | BackendError::TokenExpired | BackendError::Refused { .. } => {
                failed(Trouble::Refused)
            }
        },
        SyncError::Store(error) => match error {
            StoreError::Full => failed(Trouble::Full),
            // The damaged file has been set aside, and the next job finds an empty one. A page that does not
            // follow is asked for again from the cursor that is held.
            StoreError::Corrupt
            | StoreError::Newer
            | StoreError::Closed
            | StoreError::Io
            | StoreError::Page(_)
            | StoreError::OutboxFull
            | StoreError::Bug(_) => failed(Trouble::Storage),
        },
        SyncError::Paused => failed(Trouble::Storage),
    }
}
