//! When are the files open, and whose are they?

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use tokio::sync::{OwnedMutexGuard, Semaphore, watch};

use super::check::IntegrityCheck;
use super::owner::{Owner, Owners};
use super::readers::Readers;
use super::{Inner, Store, Writers, blocking};
use crate::store::StoreError;
use crate::store::durable::make_folder;
use crate::store::event::Subscribers;
use crate::store::files::{OpenReport, READERS};
use crate::store::memory::Memory;
use crate::task;
use crate::task::sync::{AtomicBool, AtomicU64};

static OWNERS: Owners<Inner> = Owners::new();

type CacheLock = OwnedMutexGuard<Option<Writers>>;
type OutboxLock = OwnedMutexGuard<Option<Connection>>;

impl Store {
    /// Opens the two files below `folder` and makes what is missing. Another store of this process that has
    /// them open is closed first, and stays closed until it is opened again. Blocks: call it from a
    /// blocking thread, or before anything else runs.
    pub fn open(folder: &Path) -> Result<(Self, OpenReport), StoreError> {
        make_folder(folder)?;
        let folder = folder.canonicalize()?;
        let store = Self::of(folder.clone(), None);
        let free = OWNERS.gate(&folder).try_lock_owned().ok().filter(|owner| !owner.is_there());
        let _gate = match free {
            Some(mut owner) => {
                owner.becomes(&store.inner);
                owner
            }
            None => wait_elsewhere(store.inner.clone().gate())?,
        };
        let (mut cache, mut outbox) = store.inner.locked_now()?;
        let report = store.inner.open_files(&mut cache, &mut outbox)?;
        drop((cache, outbox));
        Ok((store, report))
    }

    /// An empty store in memory. It leaves nothing on any disk and ends with its last clone.
    pub fn in_memory() -> Result<Self, StoreError> {
        let memory = Memory::new()?;
        let store = Self::of(memory.folder.clone(), Some(memory));
        let (mut cache, mut outbox) = store.inner.locked_now()?;
        store.inner.open_files(&mut cache, &mut outbox)?;
        drop((cache, outbox));
        Ok(store)
    }

    /// With all files closed.
    fn of(folder: PathBuf, memory: Option<Memory>) -> Self {
        let inner = Inner {
            folder,
            memory,
            cache: Arc::default(),
            reader_permits: Arc::new(Semaphore::new(READERS)),
            readers: Arc::new(Readers::closed()),
            outbox: Arc::default(),
            opened: AtomicU64::new(0),
            lost: AtomicBool::new(false),
            set_asides: watch::Sender::default(),
            taken: watch::Sender::default(),
            outbox_lost: AtomicBool::new(false),
            subscribers: Subscribers::none(),
            outbox_written: AtomicBool::new(true),
            check: IntegrityCheck::none(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Closes every file. Waits for running operations; later ones end with [`StoreError::Closed`].
    pub async fn close(&self) {
        self.inner.check.cancel();
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let permits = self.inner.reader_permits.clone().acquire_many_owned(all).await;
        let mut outbox = self.inner.outbox.clone().lock_owned().await;
        let inner = self.inner.clone();
        // Closing the last connection writes the log back into the file: not on this thread.
        let closed = blocking(move || {
            let _permits = permits;
            inner.close_cache(&mut cache);
            inner.lost.store(false, Ordering::SeqCst);
            inner.outbox_lost.store(false, Ordering::SeqCst);
            *outbox = None;
            Ok(())
        });
        // Dropping connections cannot fail.
        let _ = closed.await;
    }

    /// Closes every file on a thread of its own. Closing the last connection writes the log back into the
    /// file, and the thread that drops an account may be the one that draws.
    pub fn close_elsewhere(&self) {
        let inner = self.inner.clone();
        inner.check.cancel();
        let close = move || {
            let mut cache = inner.cache.blocking_lock();
            let mut outbox = inner.outbox.blocking_lock();
            // A reader in use is closed when its operation ends.
            inner.close_cache(&mut cache);
            inner.lost.store(false, Ordering::SeqCst);
            inner.outbox_lost.store(false, Ordering::SeqCst);
            *outbox = None;
        };
        // If no thread can be started, the files are closed with the last of their owners.
        task::apart("riposte-close", close).ok();
    }

    /// Opens the files again after [`Store::close`]. Does nothing if they are open. Another store of
    /// this process that has them open is closed first.
    pub async fn reopen(&self) -> Result<OpenReport, StoreError> {
        let inner = self.inner.clone();
        let gate = inner.clone().gate().await;
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let mut outbox = self.inner.outbox.clone().lock_owned().await;
        blocking(move || {
            let _gate = gate;
            if cache.is_some() && outbox.is_some() {
                return Ok(OpenReport::default());
            }
            inner.open_files(&mut cache, &mut outbox)
        })
        .await
    }

    /// Rises when another store of this process takes the files: then everything here is closed.
    pub fn taken(&self) -> watch::Receiver<u64> {
        self.inner.taken.subscribe()
    }
}

impl Inner {
    /// Returns once no other store has the files open. Comes before any other lock.
    async fn gate(self: Arc<Self>) -> OwnedMutexGuard<Owner<Self>> {
        let mut owner = OWNERS.gate(&self.folder).lock_owned().await;
        if let Some(before) = owner.becomes(&self) {
            let before = Store { inner: before };
            before.close().await;
            before.inner.taken.send_modify(|times| *times += 1);
        }
        owner
    }

    /// The locks of a store that no other task has yet.
    fn locked_now(&self) -> Result<(CacheLock, OutboxLock), StoreError> {
        let cache = self.cache.clone().try_lock_owned().map_err(|_| StoreError::Closed)?;
        let outbox = self.outbox.clone().try_lock_owned().map_err(|_| StoreError::Closed)?;
        Ok((cache, outbox))
    }

    /// Opens both files or none: after a failure neither may be open.
    fn open_files(
        &self,
        cache: &mut Option<Writers>,
        outbox: &mut Option<Connection>,
    ) -> Result<OpenReport, StoreError> {
        let commands = self.open_outbox()?;
        let (writers, report) = self.open_cache()?;
        *cache = Some(writers);
        *outbox = Some(commands);
        Ok(report)
    }
}

/// Waits for work, wherever this is called. It takes a thread and a runtime, because a thread that runs
/// tasks may not wait.
fn wait_elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, StoreError> {
    let wait = move || Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(work));
    let waiting = std::thread::Builder::new().name("riposte-close".to_owned()).spawn(wait)?;
    waiting.join().map_err(|_| StoreError::Bug(0))?
}
