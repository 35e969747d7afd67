//! The handle: one writer, two readers, and one hop to a blocking thread per operation. `lifetime` has
//! opening and closing, `owner` whose the files are.

mod lifetime;
mod owner;

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, InterruptHandle, TransactionBehavior};
use tokio::sync::{Mutex, Semaphore, watch};

use crate::store::apply::{apply_snapshot, progress};
use crate::store::files::{self, OpenReport, READERS};
use crate::store::memory::Memory;
use crate::store::open;
use crate::store::sum;
use crate::store::table::feed;
use crate::store::{
    CacheReader, CacheWriter, OutboxWriter, PageFault, SnapshotPart, SnapshotProgress, StoreError, StoreEvent,
};
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
    /// Something was written to the outbox since its log was written back.
    outbox_written: AtomicBool,
    /// The look through the cache, from when it is wanted: whoever closes takes it away.
    looking: Guarded<Option<Look>>,
}

enum Look {
    /// It waits for a reader.
    Waits,
    /// It reads, and can be ended with this.
    Reads(InterruptHandle),
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
    /// Changes the cache: one transaction, committed when `work` ends well.
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
            let value = work(&mut CacheWriter::new(&transaction))?;
            transaction.commit()?;
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

    /// Looks whether the cache is whole: every page, every index and every row. Reads all of it, beside
    /// whatever else is read. One that is damaged is set aside, as after any operation that meets damage
    /// ([`StoreError::Corrupt`]). Closing ends it early ([`StoreError::Closed`]).
    pub async fn look_through(&self) -> Result<(), StoreError> {
        self.inner.looking.with(|looking| *looking = Some(Look::Waits));
        let inner = self.inner.clone();
        // In a reader's turn: nobody closes the file under it.
        let looks = move |_: &CacheReader<'_>| {
            let db = inner.new_reader()?;
            let handle = db.get_interrupt_handle();
            inner.looking.with(|looking| *looking = looking.take().map(|_| Look::Reads(handle)));
            let looked = inner.look_through(&db);
            inner.looking.with(|looking| *looking = None);
            looked
        };
        self.read(looks).await
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

    /// Whether somebody looks through it just now.
    #[cfg(test)]
    pub(in crate::store) fn is_looked_through(&self) -> bool {
        self.inner.looking.with(|looking| matches!(looking, Some(Look::Reads(_))))
    }

    /// The snapshot that is being read, to go on with it after an interruption.
    pub async fn snapshot_progress(&self) -> Result<Option<SnapshotProgress>, StoreError> {
        self.found_again().await?;
        let cache = self.inner.cache.clone().lock_owned().await;
        let inner = self.inner.clone();
        blocking(move || {
            let writers = cache.as_ref().ok_or_else(|| inner.not_open())?;
            progress(writers.next.as_ref().unwrap_or(&writers.cache))
        })
        .await
    }

    /// Applies one page of a snapshot; see [`SnapshotPart`]. Of another epoch than the cache's
    /// it goes into a new cache beside it, which takes its place with the last page; until then
    /// screens show the old one. [`PageFault::NotNext`]: begin the snapshot again.
    pub async fn apply_snapshot_page(
        &self,
        part: SnapshotPart,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoreEvent>, StoreError> {
        self.found_again().await?;
        let mut cache = self.inner.cache.clone().lock_owned().await;
        // Only the last page of another epoch needs the readers: they must let go of the old file.
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
                // A next cache of a third epoch, if there is one, has lost its purpose.
                if writers.next.take().is_some() {
                    files::remove_next(&inner.folder)?;
                }
                return apply_in_transaction(&mut writers.cache, &part, now);
            }
            let events = inner.fill_next(writers, &part, now)?;
            if part.complete {
                inner.let_go(&mut cache);
                files::promote_next(&inner.folder)?;
                *cache = Some(inner.open_cache()?.0);
            }
            Ok(events)
        })
        .await;
        self.mended(opened, result).await
    }

    /// Sets a damaged cache aside and makes an empty one, so that the next operation, and with
    /// it the next snapshot, finds a whole file.
    async fn mended<T>(&self, opened: u64, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let suspected = match result {
            Err(StoreError::Corrupt) => false,
            // SQLite did not understand: a fault of ours, or a table that is not what it was.
            Err(StoreError::Bug(code)) if code != 0 => true,
            result => return result,
        };
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let permits = self.inner.reader_permits.clone().acquire_many_owned(all).await;
        let inner = self.inner.clone();
        blocking(move || {
            let _permits = permits;
            let whole = |writers: &Writers| open::is_whole(&writers.cache, &open::CACHE).unwrap_or(false);
            if suspected && cache.as_ref().is_none_or(whole) {
                return Ok(());
            }
            if cache.is_some() && inner.opened.load(Ordering::SeqCst) == opened {
                inner.let_go(&mut cache);
                files::set_aside(&inner.folder)?;
                *cache = Some(inner.open_cache()?.0);
                inner.set_asides.send_modify(|times| *times += 1);
            }
            Ok(())
        })
        .await?;
        result
    }

    /// How often a damaged cache had to be set aside while it was in use, and whenever it is again:
    /// then there is nothing in it, and it has to be filled anew.
    pub fn set_asides(&self) -> watch::Receiver<u64> {
        self.inner.set_asides.subscribe()
    }

    /// Opens what is there when the cache was let go of and could not be opened then.
    async fn found_again(&self) -> Result<(), StoreError> {
        if !self.inner.lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let permits = self.inner.reader_permits.clone().acquire_many_owned(all).await;
        let inner = self.inner.clone();
        blocking(move || {
            let _permits = permits;
            // Somebody else found or closed it meanwhile.
            if cache.is_none() && inner.lost.load(Ordering::SeqCst) {
                *cache = Some(inner.open_cache()?.0);
            }
            Ok(())
        })
        .await
    }
}

impl Inner {
    fn look_through(&self, db: &Connection) -> Result<(), StoreError> {
        let holds = |whole: bool| if whole { Ok(()) } else { Err(StoreError::Corrupt) };
        let goes_on = || if self.looking.with(|looking| looking.is_some()) { Ok(()) } else { Err(StoreError::Closed) };
        goes_on()?;
        holds(open::its_pages_are_whole(db)?)?;
        for table in sum::tables(db)? {
            goes_on()?;
            holds(sum::every_row_holds(db, &table)?)?;
        }
        Ok(())
    }

    /// Ends it soon, if it is under way: between two statements or in the middle of one.
    fn end_look_through(&self) {
        self.looking.with(|looking| {
            if let Some(Look::Reads(handle)) = looking.take() {
                handle.interrupt();
            }
        });
    }

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

    /// A reader that was never used. One that was remembers how the index of words was built the last
    /// time, SQLite's own check believes it, and what was written since would look like damage.
    fn new_reader(&self) -> Result<Connection, StoreError> {
        match &self.memory {
            None => files::reader(&self.folder),
            Some(memory) => memory.reader(),
        }
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

    /// Applies a page to the cache of another epoch. Damage there costs the snapshot, not more.
    fn fill_next(
        &self,
        writers: &mut Writers,
        part: &SnapshotPart,
        now: DateTime<Utc>,
    ) -> Result<Vec<StoreEvent>, StoreError> {
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
            // Nothing that is shown changes before the last page.
            Ok(_) if !part.complete => Ok(Vec::new()),
            applied => applied,
        }
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

fn apply_in_transaction(
    cache: &mut Connection,
    part: &SnapshotPart,
    now: DateTime<Utc>,
) -> Result<Vec<StoreEvent>, StoreError> {
    let transaction = cache.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let events = apply_snapshot(&transaction, part, now)?;
    transaction.commit()?;
    Ok(events)
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
