//! The handle: one writer, two readers, and one hop to a blocking thread per operation. `lifetime` has
//! opening and closing, `owner` whose the files are, `snapshot` filling the cache anew, `look` whether it
//! is still what was written, `damage` what becomes of one that is not.

mod damage;
mod lifetime;
mod look;
mod owner;
mod snapshot;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Mutex, Semaphore, watch};

use self::look::Look;
use crate::store::event::{StoreEvent, Subscribers};
use crate::store::files::{self, OpenReport};
use crate::store::memory::Memory;
use crate::store::{CacheReader, CacheWriter, OutboxWriter, StoreError};
use crate::task::{
    self,
    sync::{AtomicBool, AtomicU64, Mutex as PlainMutex},
};

/// What the phone remembers of one signed-in agent. Cheap to clone; clones share the files.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// Locks are always taken in the order of the fields.
struct Inner {
    folder: PathBuf,
    /// The files are none: they are kept here.
    memory: Option<Memory>,
    cache: Arc<Mutex<Option<Writers>>>,
    /// Waiting for a reader happens here, not on a blocking thread.
    reader_permits: Arc<Semaphore>,
    readers: Arc<Readers>,
    outbox: Arc<Mutex<Option<Connection>>>,
    /// Rises whenever the cache is opened, so that two operations that meet the same damage set
    /// it aside once.
    opened: AtomicU64,
    /// How often a damaged cache had to be set aside while it was in use.
    set_asides: watch::Sender<u64>,
    /// How often another store of this process has taken the files.
    taken: watch::Sender<u64>,
    /// The cache had to be let go of and could not be opened again: nobody closed it, and the
    /// next operation tries. Only changed with the cache's lock held.
    lost: AtomicBool,
    /// The same of the outbox. Only changed with the outbox's lock held.
    outbox_lost: AtomicBool,
    subscribers: Subscribers,
    /// Something was written to the outbox since its log was written back.
    outbox_written: AtomicBool,
    /// The look through the cache, from when it is wanted: whoever closes takes it away.
    looking: Guarded<Option<Look>>,
}

struct Writers {
    cache: Connection,
    next: Option<Connection>,
}

/// Idle readers, last in first out: the one used last has its pages at hand.
type Readers = Guarded<Vec<Connection>>;

/// A value that is never half changed, whatever panicked beside it.
struct Guarded<T>(PlainMutex<T>);

impl<T> Guarded<T> {
    fn new(value: T) -> Self {
        Self(PlainMutex::new(value))
    }

    fn with<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A reader that goes back to the others whatever happens to the operation.
struct Lent {
    reader: Option<Connection>,
    readers: Arc<Readers>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.readers.with(|idle| idle.push(reader));
        }
    }
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
        self.found_again().await?;
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
        self.mended(opened, result).await
    }

    /// Reads the cache: everything `work` reads is of one moment.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&CacheReader<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.found_again().await?;
        let permits = self.inner.reader_permits.clone();
        let permit = permits.acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let opened = self.inner.opened.load(Ordering::SeqCst);
        let inner = self.inner.clone();
        let result = blocking(move || {
            let _permit = permit;
            let mut lent = Lent { reader: inner.readers.with(Vec::pop), readers: inner.readers.clone() };
            let reader = lent.reader.as_mut().ok_or_else(|| inner.not_open())?;
            let moment = reader.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&CacheReader::new(&moment))
        })
        .await;
        self.mended(opened, result).await
    }

    /// Reads or changes the outbox: one transaction, on disk when this returns. When it turns out to be
    /// damaged this fails once ([`StoreError::Corrupt`]); the next operation finds what could be saved.
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

    /// Nothing moves in the outbox: writes its log back into the file, so that a log that is damaged
    /// later takes nothing with it. Cheap when nothing was written since.
    pub async fn outbox_rests(&self) -> Result<(), StoreError> {
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
    /// Closes the cache to open it again. Whoever calls holds its lock and every permit.
    fn let_go(&self, cache: &mut Option<Writers>) {
        self.lost.store(true, Ordering::SeqCst);
        *cache = None;
        self.readers.with(Vec::clear);
    }

    /// Why the cache is not open.
    fn not_open(&self) -> StoreError {
        if self.lost.load(Ordering::SeqCst) { StoreError::Io } else { StoreError::Closed }
    }

    /// Opens the outbox. Whoever calls holds its lock.
    fn open_outbox(&self) -> Result<Connection, StoreError> {
        let outbox = match &self.memory {
            None => files::open_outbox(&self.folder)?,
            Some(memory) => memory.outbox()?,
        };
        self.outbox_lost.store(false, Ordering::SeqCst);
        self.outbox_written.store(true, Ordering::SeqCst);
        Ok(outbox)
    }

    /// Opens the cache and its readers. Whoever calls holds every permit, or the store is closed.
    fn open_cache(&self) -> Result<(Writers, OpenReport), StoreError> {
        let (cache, report) = match &self.memory {
            None => files::open_cache(&self.folder)?,
            Some(memory) => (memory.cache()?, OpenReport::default()),
        };
        self.readers.with(|idle| *idle = cache.readers);
        self.opened.fetch_add(1, Ordering::SeqCst);
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
    // Boxed, so that a hop is compiled once a result and not once a statement.
    let work: Box<dyn FnOnce() -> Result<T, StoreError> + Send> = Box::new(work);
    match task::hop(work).await {
        Ok(result) => result,
        Err(ended) if ended.is_panic() => Err(StoreError::Bug(0)),
        // The runtime is going away.
        Err(_) => Err(StoreError::Closed),
    }
}
