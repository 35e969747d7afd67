//! On which runtime does everything run?

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};

use super::Error;
use crate::log::{Cause, Fact, Log};
use crate::task;

/// The runtime on which everything runs. Apps call from threads and runtimes of their own: each
/// call is a task here, and the caller only waits for it: a caller that stops waiting cancels nothing.
#[derive(Clone)]
pub(super) struct Engine {
    runtime: Arc<Running>,
}

struct Running {
    handle: Handle,
    /// Where calls that failed are noted, once there is a log.
    log: OnceLock<Log>,
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
/// runtime it is not. If it is dropped elsewhere, it does not wait for them.
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
/// is left. For a process that is about to end and whose language cannot be called after that;
/// what was queued is on the disk. Calls that are under way, and later ones, end with
/// [`Error::Paused`].
#[cfg_attr(feature = "uniffi", uniffi::export)]
pub fn shut_down() {
    let running: Vec<Arc<Running>> = all().drain(..).filter_map(|one| one.upgrade()).collect();
    let endings: Vec<Ending> = running.iter().filter_map(|one| one.take()).collect();
    let (all_ended, ended) = mpsc::channel::<()>();
    let end = move || {
        endings.into_iter().for_each(|ending| ending.wait_for(LAST_WAIT));
        // A runtime that was dropped before may still be ending.
        task::join_apart();
        drop(all_ended);
    };
    if let Ok(thread) = std::thread::Builder::new().name("riposte-end".to_owned()).spawn(end) {
        match ended.recv_timeout(2 * LAST_WAIT) {
            // It is not detached (see [`task::apart`]): the process ends with it.
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
        let running =
            Running { handle: runtime.handle().clone(), log: OnceLock::new(), runtime: Mutex::new(Some(runtime)) };
        let runtime = Arc::new(running);
        let mut all = all();
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(&runtime));
        Ok(Self { runtime })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.runtime.handle
    }

    /// From now on, calls that end with a fault of the disk or of this library are noted there.
    pub(super) fn note_in(&self, log: Log) {
        // A second log of the same runtime does not exist: it is set where the runtime is started.
        let _ = self.runtime.log.set(log);
    }

    fn note(&self, error: &Error) {
        let cause = match error {
            Error::Full => Cause::DiskFull,
            Error::Storage { .. } => Cause::DiskFault,
            Error::Bug { .. } => Cause::Bug,
            Error::Offline
            | Error::SignedOut
            | Error::Locked
            | Error::Paused
            | Error::NotFound
            | Error::Refused { .. } => return,
        };
        if let Some(log) = self.runtime.log.get() {
            log.error("call_ended", &[("cause", Fact::Cause(cause))]);
        }
    }

    /// Begins work that goes on by itself until it ends or the runtime does.
    pub(super) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        drop(task::spawn_on(self.handle(), work));
    }

    /// Runs work as a task of its own and waits for it.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        // Boxed, so that a task is compiled once a result and not once a call: a tenth of the library.
        let work: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>> = Box::pin(work);
        let result = match task::spawn_on(self.handle(), work).await {
            Ok(result) => result,
            Err(ended) if ended.is_panic() => Err(Error::Bug { detail: "a task ended in a panic".to_owned() }),
            Err(_) => Err(Error::Paused),
        };
        result.inspect_err(|error| self.note(error))
    }
}

/// Work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    // Boxed, as the engine's tasks are.
    let work: Box<dyn FnOnce() -> Result<T, Error> + Send> = Box::new(work);
    match task::hop(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Bug { detail: "work on the disk ended in a panic".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::StoreError;

    #[tokio::test]
    async fn a_full_disk_is_noted_with_its_cause() {
        let engine = Engine::start().unwrap();
        let log = Log::without_sink(Arc::new(SystemClock));
        engine.note_in(log.clone());
        let full =
            async { Err::<(), Error>(StoreError::from(std::io::Error::from(std::io::ErrorKind::StorageFull)).into()) };
        assert_eq!(engine.run(full).await, Err(Error::Full));
        let noted = log.last_failures();
        assert_eq!(noted[0].0.line, "call_ended cause=disk_full");
        assert_eq!(noted[0].1.unwrap().words(), "This device's storage is full: make room.");
    }
}
