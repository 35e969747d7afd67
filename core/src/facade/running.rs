//! The state of an account's life cycle: which request to run or to pause came last, and the tasks that run.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::task::sync::{AtomicBool, Mutex, MutexGuard};

/// The moment of a call, among all calls of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call(u64);

// Not of `task::sync`: no thread can be stopped between two of its values.
static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

impl Call {
    /// Before every other.
    const FIRST: Self = Self(0);

    pub(super) fn now() -> Self {
        Self(CALLS.fetch_add(1, Ordering::AcqRel))
    }
}

/// The latest request: to run, or to be paused.
struct Request {
    call: Call,
    run: bool,
}

/// Whether an account runs, and what was asked of it last.
pub(super) struct LifeCycle {
    /// Held by a sign-out: a pause waits until it has ended.
    pub(super) leaving: tokio::sync::Mutex<()>,
    pub(super) tasks: tokio::sync::Mutex<Tasks>,
    /// False from the moment of a pause, for calls that would wait for the network or until the outbox is idle.
    pub(super) active: watch::Sender<bool>,
    latest: Mutex<Request>,
    retired: AtomicBool,
    /// No command is accepted any more. Held for reading while a command is accepted, so that the caller
    /// that closes it sees every accepted command in the outbox.
    pub(super) closed: tokio::sync::RwLock<bool>,
}

impl LifeCycle {
    /// Active, with no task yet.
    pub(super) fn new(active: watch::Sender<bool>) -> Self {
        Self {
            leaving: tokio::sync::Mutex::default(),
            tasks: tokio::sync::Mutex::default(),
            active,
            // A pause that was called while the account was being opened came later.
            latest: Mutex::new(Request { call: Call::FIRST, run: true }),
            retired: AtomicBool::new(false),
            closed: tokio::sync::RwLock::default(),
        }
    }

    /// Notes a request to run or to be paused. The latest call counts, whichever is carried out first.
    pub(super) fn request(&self, call: Call, run: bool) {
        let mut latest = self.latest();
        if call >= latest.call {
            *latest = Request { call, run };
        }
    }

    /// What the latest request asks for.
    pub(super) fn is_to_run(&self) -> bool {
        self.latest().run
    }

    /// It never runs again.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    fn latest(&self) -> MutexGuard<'_, Request> {
        // A plain value: a panic elsewhere cannot have left it half written.
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tasks of an account; none while it is paused.
#[derive(Default)]
pub(super) struct Tasks(pub(super) Option<RunningTasks>);

pub(super) struct RunningTasks {
    /// Dropping it stops the outbox.
    pub(super) stop: watch::Sender<()>,
    pub(super) outbox: JoinHandle<()>,
    pub(super) attendant: JoinHandle<()>,
}

impl Tasks {
    /// When it returns, none of them runs any more.
    pub(super) async fn end(&mut self) {
        let Some(RunningTasks { stop, outbox, attendant }) = self.0.take() else { return };
        drop(stop);
        attendant.abort();
        // However they ended.
        outbox.await.ok();
        attendant.await.ok();
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        if let Some(running) = &self.0 {
            running.attendant.abort();
        }
    }
}
