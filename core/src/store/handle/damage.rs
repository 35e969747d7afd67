//! A cache that is damaged, or could not be opened again, is replaced or opened after the operation that met
//! it.

use std::sync::atomic::Ordering;

use tokio::sync::watch;

use super::{Store, Writers, blocking};
use crate::store::files::READERS;
use crate::store::{StoreError, files, open};

impl Store {
    /// Sets a damaged cache aside and makes an empty one: the next operation, and with it the next
    /// snapshot, finds a whole file.
    pub(super) async fn repaired<T>(&self, opened: u64, result: Result<T, StoreError>) -> Result<T, StoreError> {
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
                inner.close_cache(&mut cache);
                files::set_aside(&inner.folder)?;
                *cache = Some(inner.open_cache()?.0);
                inner.set_asides.send_modify(|times| *times += 1);
            }
            Ok(())
        })
        .await?;
        result
    }

    /// How often a damaged cache was set aside while it was in use. Each time the new one is empty and has
    /// to be filled again.
    pub fn set_asides(&self) -> watch::Receiver<u64> {
        self.inner.set_asides.subscribe()
    }

    /// Opens the cache if it was closed and could not be opened then.
    pub(super) async fn reopen_if_lost(&self) -> Result<(), StoreError> {
        if !self.inner.lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut cache = self.inner.cache.clone().lock_owned().await;
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let permits = self.inner.reader_permits.clone().acquire_many_owned(all).await;
        let inner = self.inner.clone();
        blocking(move || {
            let _permits = permits;
            // Another operation may have opened or closed it meanwhile.
            if cache.is_none() && inner.lost.load(Ordering::SeqCst) {
                *cache = Some(inner.open_cache()?.0);
            }
            Ok(())
        })
        .await
    }
}
