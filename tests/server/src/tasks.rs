//! Work that goes on when no caller waits for it any more: commands whose caller went away, files
//! being fetched.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Counts what is under way, so that stopping and waiting for quiet are possible.
pub(crate) struct Tasks {
    running: Arc<watch::Sender<usize>>,
}

struct Running(Arc<watch::Sender<usize>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Tasks {
    pub(crate) fn new() -> Self {
        Self { running: Arc::new(watch::Sender::new(0)) }
    }

    /// Runs to its end, whether or not a caller waits for the handle.
    pub(crate) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.running.send_modify(|count| *count += 1);
        let running = Running(self.running.clone());
        tokio::spawn(async move {
            let given = work.await;
            drop(running);
            given
        })
    }

    /// Ends when nothing is under way.
    pub(crate) async fn idle(&self) {
        let mut running = self.running.subscribe();
        // The sender lives as long as `self`: waiting cannot fail.
        let _ = running.wait_for(|count| *count == 0).await;
    }
}
