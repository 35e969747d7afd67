//! Where an app takes records.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::LogRecord;
use crate::task;

/// Takes the core's records: into the system's log, a file, a crash report.
///
/// Called from a thread that may block, one record after the other. A sink that is slower than the
/// core misses records; it never delays anything.
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait LogSink: Send + Sync {
    /// One record.
    fn record(&self, record: LogRecord);
}

/// Hands records to a sink until the last [`Log`](super::Log) is dropped.
pub(crate) async fn deliver(mut records: mpsc::Receiver<LogRecord>, sink: Arc<dyn LogSink>) {
    let mut batch = Vec::new();
    while records.recv_many(&mut batch, 100).await > 0 {
        let (sink, records) = (sink.clone(), std::mem::take(&mut batch));
        // A sink that panics loses its batch and gets the next one.
        let _ = task::hop(move || records.into_iter().for_each(|record| sink.record(record))).await;
    }
}
