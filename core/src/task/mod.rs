//! Work that runs beside its caller: a task, or a hop to a thread that may wait for the disk.
//!
//! Every task and every hop of the core begins here, and every lock and flag that threads meet at is
//! of here (`sync`), so that tests can see each point at which one waits (`watch`), and try the
//! orders in which threads come (`model`). So does a thread that no caller waits for (`apart`).

use std::future::Future;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinError, JoinHandle, JoinSet};

mod apart;
#[cfg(test)]
pub(crate) mod model;
pub(crate) mod sync;
#[cfg(test)]
pub(crate) mod watch;

pub(crate) use self::apart::{apart, join_apart};

/// Begins a task on the caller's runtime.
pub(crate) fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    tokio::spawn(watched(work))
}

/// Begins a task on a runtime.
pub(crate) fn spawn_on<F>(runtime: &Handle, work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    runtime.spawn(watched(work))
}

/// Begins a task that ends with the others of its set.
pub(crate) fn spawn_in<F>(set: &mut JoinSet<F::Output>, work: F) -> AbortHandle
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    set.spawn(watched(work))
}

/// Does work as a task of its own and waits for it. A caller that stops waiting cuts nothing. Fails if the
/// work panicked, or if the runtime shuts down.
pub(crate) async fn beside<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, JoinError> {
    #[cfg(test)]
    if model::runs() {
        return Ok(model::beside(work).await);
    }
    spawn(work).await
}

/// Work that may wait for the disk or for the system, on a thread of its own. Once begun it goes on
/// to its end, even if the caller stops waiting. Fails if it panicked, or if the runtime shuts down before it
/// has begun.
pub(crate) async fn hop<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    #[cfg(test)]
    if model::runs() {
        return Ok(model::beside(async { work() }).await);
    }
    let hop = tokio::task::spawn_blocking(hopped(work));
    // However fast the disk is, this is a point at which a task waits.
    #[cfg(test)]
    tokio::task::yield_now().await;
    hop.await
}

#[cfg(not(test))]
fn watched<F: Future>(work: F) -> F {
    work
}

#[cfg(not(test))]
fn hopped<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    work
}

#[cfg(test)]
use watch::{hopped, watched};
