//! The handle: one writer, two readers, and one hop to a blocking thread per operation. `lifetime` opens
//! and closes, `owner` knows whose the files are, `snapshot` fills the cache again, `integrity` checks it
//! (`check` is the state of that), `damage` replaces a damaged one, `readers` has those that are idle.

mod check;
mod damage;
mod integrity;
mod lifetime;
mod owner;
mod readers;
mod snapshot;
mod unpoisoned;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Mutex, Semaphore, watch};

use self::check::IntegrityCheck;
use self::readers::Readers;
use crate::store::event::{StoreEvent, Subscribers};
use crate::store::files::{self, OpenReport};
use crate::store::memory::Memory;
use crate::store::{CacheReader, CacheWriter, OutboxWriter, StoreError};
use crate::task::{
    self,
    sync::{AtomicBool, AtomicU64},
};

/// What the phone remembers of one signed-in agent. Cheap to clone; clones share the files.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Locks are always taken in the order of the fields.
struct Inner {
    folder: PathBuf,
    /// Instead of files, if there are none.
    memory: Option<Memory>,
    cache: Arc<Mutex<Option<Writers>>>,
    /// Waiting for a reader happens here, not on a blocking thread.
    reader_permits: Arc<Semaphore>,
    readers: Arc<Readers>,
    outbox: Arc<Mutex<Option<Connection>>>,
    /// Rises whenever the cache is opened: two operations that meet the same damage set it aside once.
    opened: AtomicU64,
    /// How often a damaged cache had to be set aside while it was in use.
    set_asides: watch::Sender<u64>,
    /// How often another store of this process has taken the files.
    taken: watch::Sender<u64>,
    /// The cache was closed because it was damaged or replaced, and could not be opened again: the next
    /// operation tries. Only changed with the cache's lock held.
    lost: AtomicBool,
    /// The same of the outbox. Only changed with the outbox's lock held.
    outbox_lost: AtomicBool,
    subscribers: Subscribers,
    /// Something was written to the outbox since its log was written back.
    outbox_written: AtomicBool,
    /// Pending or running; closing cancels it.
    check: IntegrityCheck,
}

struct Writers {
    cache: Connection,
    next: Option<Connection>,
}

impl Store {
    /// Calls `subscriber` with what changed in the cache, after each commit. It must not block.
    pub fn subscribe(&self, subscriber: impl Fn(&[StoreEvent]) + Send + Sync + 'static) {
        self.inner.subscribers.add(Box::new(subscriber));
    }

    /// Changes the cache: one transaction, committed if `work` succeeds. What changed is then published.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut CacheWriter<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.reopen_if_lost().await?;
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let opened = self.inner.opened.load(Ordering::SeqCst);
        let inner = self.inner.clone();
        let result = blocking(move || {
            let writers = cache.as_mut().ok_or_else(|| inner.not_open())?;
            let transaction = writers.cache.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut writer = CacheWriter::new(&transaction);
            let value = work(&mut writer)?;
            let events = writer.into_events();
            transaction.commit()?;
            inner.subscribers.publish(events);
            Ok(value)
        })
        .await;
        self.repaired(opened, result).await
    }

    /// Reads the cache: `work` reads everything as of one moment.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&CacheReader<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.reopen_if_lost().await?;
        let permits = self.inner.reader_permits.clone();
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let opened = self.inner.opened.load(Ordering::SeqCst);
        let inner = self.inner.clone();
        let result = blocking(move || {
            let _permit = permit;
            let mut borrowed = inner.readers.borrow(|| inner.new_reader())?.ok_or_else(|| inner.not_open())?;
            let reader = borrowed.connection().ok_or(StoreError::Closed)?;
            let moment = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&CacheReader::new(&moment))
        })
        .await;
        self.repaired(opened, result).await
    }

    /// Reads or changes the outbox: one transaction, on disk when this returns. If the file is damaged, this
    /// fails once ([`StoreError::Corrupt`]); the next operation finds what could be saved.
    pub async fn outbox<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut OutboxWriter<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let mut outbox = self.inner.outbox.clone().lock_owned().await;
        let inner = self.inner.clone();
        blocking(move || {
            if outbox.is_none() && inner.outbox_lost.load(Ordering::SeqCst) {
                *outbox = Some(inner.open_outbox()?);
            }
            let db = outbox.as_mut().ok_or(StoreError::Closed)?;
            let result = in_outbox(db, &inner.outbox_written, work);
            if matches!(result, Err(StoreError::Corrupt)) {
                inner.outbox_lost.store(true, Ordering::SeqCst);
                *outbox = None;
                *outbox = Some(inner.open_outbox()?);
            }
            result
        })
        .await
    }

    /// The outbox is idle: writes its log back into the file, so that a log that is damaged later takes
    /// nothing with it. Cheap if nothing was written since.
    pub async fn outbox_is_idle(&self) -> Result<(), StoreError> {
        if !self.inner.outbox_written.load(Ordering::SeqCst) {
            return Ok(());
        }
        let outbox = self.inner.outbox.clone().lock_owned().await;
        let inner = self.inner.clone();
        blocking(move || {
            let db = outbox.as_ref().ok_or(StoreError::Closed)?;
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            inner.outbox_written.store(false, Ordering::SeqCst);
            Ok(())
        })
        .await
    }
}

impl Inner {
    /// Closes the cache to open it again. The caller holds its lock and every permit.
    fn close_cache(&self, cache: &mut Option<Writers>) {
        self.lost.store(true, Ordering::SeqCst);
        *cache = None;
        self.readers.close();
    }

    /// Why the cache is not open.
    fn not_open(&self) -> StoreError {
        if self.lost.load(Ordering::SeqCst) { StoreError::Io } else { StoreError::Closed }
    }

    /// Opens the outbox. The caller holds its lock.
    fn open_outbox(&self) -> Result<Connection, StoreError> {
        let outbox = match &self.memory {
            None => files::open_outbox(&self.folder)?,
            Some(memory) => memory.outbox()?,
        };
        self.outbox_lost.store(false, Ordering::SeqCst);
        self.outbox_written.store(true, Ordering::SeqCst);
        Ok(outbox)
    }

    /// One more reader of the cache.
    fn new_reader(&self) -> Result<Connection, StoreError> {
        match &self.memory {
            None => files::reader(&self.folder),
            Some(memory) => memory.reader(),
        }
    }

    /// Opens the cache; its readers follow when they are needed. The caller holds every permit, or the store
    /// is closed.
    fn open_cache(&self) -> Result<(Writers, OpenReport), StoreError> {
        let (cache, report) = match &self.memory {
            None => files::open_cache(&self.folder)?,
            Some(memory) => (memory.cache()?, OpenReport::default()),
        };
        self.readers.open(self.opened.fetch_add(1, Ordering::SeqCst) + 1);
        self.lost.store(false, Ordering::SeqCst);
        Ok((Writers { cache: cache.writer, next: cache.next }, report))
    }
}

fn in_outbox<T>(
    db: &mut Connection,
    written: &AtomicBool,
    work: impl FnOnce(&mut OutboxWriter<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let before = db.total_changes();
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&mut OutboxWriter::new(&transaction))?;
    transaction.commit()?;
    if db.total_changes() != before {
        written.store(true, Ordering::SeqCst);
    }
    Ok(value)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    // Boxed: a hop is compiled once for each type of result and not once for each statement.
    let work: Box<dyn FnOnce() -> Result<T, StoreError> + Send> = Box::new(work);
    match task::hop(work).await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => Err(StoreError::Bug(0)),
        // The runtime is shutting down.
        Err(_) => Err(StoreError::Closed),
    }
}
