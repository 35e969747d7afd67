//! On which runtime does everything run?

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::Error;
use crate::task;

/// The runtime on which everything runs. Apps call from threads and runtimes of their own: each
/// call is a task here, and the caller only waits for it. Whoever stops waiting cuts nothing.
#[derive(Clone)]
pub(super) struct Engine {
    runtime: Arc<Running>,
}

struct Running {
    handle: Handle,
    /// None once it was shut down.
    runtime: Mutex<Option<Runtime>>,
}

impl Running {
    fn take(&self) -> Option<Ending> {
        // Taken or not: a panic elsewhere cannot have left it in between.
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take().map(|runtime| Ending(Some(runtime)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(ending) = self.take() {
            // Where there is no thread to be had, it goes with what was to be done there.
            task::apart("riposte-end", move || ending.wait()).ok();
        }
    }
}

/// A runtime that is to end, on a thread where waiting for its own threads is allowed: inside another
/// runtime it is not. Dropped elsewhere it lets go of them.
struct Ending(Option<Runtime>);

impl Ending {
    /// Joins every thread.
    fn wait(mut self) {
        drop(self.0.take());
    }

    /// Joins every thread that ends in time.
    fn wait_for(mut self, longest: Duration) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(longest);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Every runtime of the process that may be running.
static ALL: Mutex<Vec<Weak<Running>>> = Mutex::new(Vec::new());

fn all() -> MutexGuard<'static, Vec<Weak<Running>>> {
    // A list of whole entries: a panic elsewhere cannot have left it half written.
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long the end of the process waits for threads that are inside the system.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Ends whatever the core still does in this process, as a kill would, and waits until no thread of it
/// is left. For a process that is about to end and whose language can then not be called any more;
/// what was said to be queued is on the disk. Calls that are under way, and later ones, end with
/// [`Error::Paused`].
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn shut_down() {
    let running: Vec<Arc<Running>> = all().drain(..).filter_map(|one| one.upgrade()).collect();
    let endings: Vec<Ending> = running.iter().filter_map(|one| one.take()).collect();
    let (all_ended, ended) = mpsc::channel::<()>();
    let end = move || {
        endings.into_iter().for_each(|ending| ending.wait_for(LAST_WAIT));
        // What was let go of before may still be ending.
        task::join_apart();
        drop(all_ended);
    };
    if let Ok(thread) = std::thread::Builder::new().name("riposte-end".to_owned()).spawn(end) {
        match ended.recv_timeout(2 * LAST_WAIT) {
            // Nor is it let go of (see [`task::apart`]): the process ends with it.
            Err(RecvTimeoutError::Timeout) => mem::forget(thread),
            _ => drop(thread.join()),
        }
    }
}

impl Engine {
    pub(super) fn start() -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("riposte")
            .enable_all()
            .build()
            .map_err(|_| Error::Bug { detail: "no runtime".to_owned() })?;
        let running = Running { handle: runtime.handle().clone(), runtime: Mutex::new(Some(runtime)) };
        let runtime = Arc::new(running);
        let mut all = all();
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(&runtime));
        Ok(Self { runtime })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.runtime.handle
    }

    /// Runs work as a task of its own and waits for it.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        // Boxed, so that a task is compiled once a result and not once a call: a tenth of the library.
        let work: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>> = Box::pin(work);
        match task::spawn_on(self.handle(), work).await {
            Ok(result) => result,
            Err(ended) if ended.is_panic() => Err(Error::Bug { detail: "a task ended in a panic".to_owned() }),
            Err(_) => Err(Error::Paused),
        }
    }
}
