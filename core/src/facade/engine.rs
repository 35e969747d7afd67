//! On which runtime does everything run?

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use super::Error;
use crate::task;

/// The runtime on which everything runs. Apps call from threads and runtimes of their own: each
/// call is a task here, and the caller only waits for it. Whoever stops waiting cuts nothing.
#[derive(Clone)]
pub(super) struct Engine {
    runtime: Arc<Running>,
}

struct Running(Option<Runtime>);

impl Drop for Running {
    fn drop(&mut self) {
        // The last object may go inside another runtime, where waiting for tasks is not allowed.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
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
        Ok(Self { runtime: Arc::new(Running(Some(runtime))) })
    }

    pub(super) fn handle(&self) -> Result<&Handle, Error> {
        self.runtime.0.as_ref().map(Runtime::handle).ok_or(Error::Paused)
    }

    /// Runs work as a task of its own and waits for it.
    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        // Boxed, so that a task is compiled once a result and not once a call: a tenth of the library.
        let work: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>> = Box::pin(work);
        match task::spawn_on(self.handle()?, work).await {
            Ok(result) => result,
            Err(ended) if ended.is_panic() => Err(Error::Bug { detail: "a task ended in a panic".to_owned() }),
            Err(_) => Err(Error::Paused),
        }
    }
}
