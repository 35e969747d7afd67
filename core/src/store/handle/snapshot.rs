//! The cache is filled again from a snapshot, page by page: in place, or beside the one that is shown.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior};

use super::{Inner, Store, Writers, blocking};
use crate::store::apply::{apply_snapshot, progress};
use crate::store::event::StoreEvent;
use crate::store::files::{self, READERS};
use crate::store::table::feed;
use crate::store::{PageFault, SnapshotPart, SnapshotProgress, StoreError};

impl Store {
    /// The snapshot that is being read, to continue it after an interruption.
    pub async fn snapshot_progress(&self) -> Result<Option<SnapshotProgress>, StoreError> {
        self.reopen_if_lost().await?;
        let cache = self.inner.cache.clone().lock_owned().await;
        let inner = self.inner.clone();
        blocking(move || {
            let writers = cache.as_ref().ok_or_else(|| inner.not_open())?;
            progress(writers.next.as_ref().unwrap_or(&writers.cache))
        })
        .await
    }

    /// Applies one page of a snapshot; see [`SnapshotPart`]. If its epoch is not the cache's, it goes into a
    /// new cache beside it, which takes its place with the last page; until then screens show the old one.
    /// [`PageFault::NotNext`]: begin the snapshot again.
    pub async fn apply_snapshot_page(&self, part: SnapshotPart, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.reopen_if_lost().await?;
        let mut cache = self.inner.cache.clone().lock_owned().await;
        // Only the last page of another epoch needs the readers: they must close the old file.
        let permits = if part.complete {
            let all = u32::try_from(READERS).unwrap_or(u32::MAX);
            Some(self.inner.reader_permits.clone().acquire_many_owned(all).await.map_err(|_| StoreError::Closed)?)
        } else {
            None
        };
        let opened = self.inner.opened.load(Ordering::SeqCst);
        let inner = self.inner.clone();
        let result = blocking(move || {
            let _permits = permits;
            let writers = cache.as_mut().ok_or_else(|| inner.not_open())?;
            let epoch = feed::get(&writers.cache)?.epoch;
            if epoch.is_none_or(|epoch| epoch == part.epoch) {
                // A next cache of a third epoch, if there is one, is of no use any more.
                if writers.next.take().is_some() {
                    files::remove_next(&inner.folder)?;
                }
                let events = apply_in_transaction(&mut writers.cache, &part, now)?;
                inner.subscribers.publish(events);
                return Ok(());
            }
            inner.fill_next(writers, &part, now)?;
            if part.complete {
                inner.close_cache(&mut cache);
                files::promote_next(&inner.folder)?;
                *cache = Some(inner.open_cache()?.0);
                // Until now nothing that is shown has changed; the pages before this one count too.
                inner.subscribers.publish([StoreEvent::EverythingChanged].into());
            }
            Ok(())
        })
        .await;
        self.repaired(opened, result).await
    }
}

impl Inner {
    /// Applies a page to the cache of another epoch. Damage there costs the snapshot and no more.
    fn fill_next(&self, writers: &mut Writers, part: &SnapshotPart, now: DateTime<Utc>) -> Result<(), StoreError> {
        if part.asked.is_none() {
            writers.next = None;
            writers.next = Some(files::begin_next(&self.folder)?);
        }
        let next = writers.next.as_mut().ok_or(StoreError::Page(PageFault::NotNext))?;
        match apply_in_transaction(next, part, now) {
            Err(StoreError::Corrupt) => {
                writers.next = None;
                files::remove_next(&self.folder)?;
                Err(StoreError::Page(PageFault::NotNext))
            }
            // What changed there is not shown yet.
            applied => applied.map(drop),
        }
    }
}

fn apply_in_transaction(
    cache: &mut Connection,
    part: &SnapshotPart,
    now: DateTime<Utc>,
) -> Result<BTreeSet<StoreEvent>, StoreError> {
    let transaction = cache.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let events = apply_snapshot(&transaction, part, now)?;
    transaction.commit()?;
    Ok(events)
}
