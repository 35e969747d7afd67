use std::path::Path;

use chrono::{DateTime, Utc};

use super::{CacheReader, CacheWriter, OutboxWriter, SnapshotPart, SnapshotProgress, StoreError, StoreEvent};

/// What was found when the files were opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// The cache did not exist yet.
    pub cache_new: bool,
    /// The cache was damaged: it was set aside and an empty one made. Outbox and drafts are untouched.
    pub cache_set_aside: bool,
}

/// What the phone remembers of one signed-in agent. Cheap to clone; clones share the files.
#[derive(Clone)]
pub struct Store {}

impl Store {
    /// Opens (and makes, where missing) the two files below `folder`. Blocks: call it from a
    /// blocking thread or before anything else runs.
    pub fn open(folder: &Path) -> Result<(Self, OpenReport), StoreError> {
        let _ = folder;
        todo!()
    }

    /// Changes the cache: one transaction, committed when `work` ends well.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut CacheWriter<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let _ = work;
        todo!()
    }

    /// Reads the cache: everything `work` reads is of one moment.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&CacheReader<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let _ = work;
        todo!()
    }

    /// Reads or changes the outbox: one transaction, on disk when this returns.
    pub async fn outbox<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut OutboxWriter<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let _ = work;
        todo!()
    }

    /// The snapshot that is being read, to go on with it after an interruption.
    pub async fn snapshot_progress(&self) -> Result<Option<SnapshotProgress>, StoreError> {
        todo!()
    }

    /// Applies one page of a snapshot; see [`SnapshotPart`]. Of another epoch than the cache's
    /// it goes into a new cache beside it, which takes its place with the last page.
    pub async fn apply_snapshot_page(
        &self,
        part: SnapshotPart,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = (part, now);
        todo!()
    }

    /// Closes every file. Waits for what is running; later operations end with [`StoreError::Closed`].
    pub async fn close(&self) {
        todo!()
    }

    /// Opens the files again after [`Store::close`]. Does nothing when they are open.
    pub async fn reopen(&self) -> Result<OpenReport, StoreError> {
        todo!()
    }
}
