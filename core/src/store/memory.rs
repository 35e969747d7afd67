//! The two databases without a disk. They end with this.
//!
//! SQLite's `memdb` keeps a database that several connections share under a name, and forgets it
//! with the last of them. One connection to each is held here, so that closing the store and opening
//! it again finds what was there.

use std::ffi::CStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::Connection;
use uuid::Uuid;

use super::files::Cache;
use super::{StoreError, open};

const MEMDB: &CStr = c"memdb";

/// Databases in memory.
pub(super) struct Memory {
    /// Their names stand below it. No disk has such a folder.
    pub(super) folder: PathBuf,
    cache: PathBuf,
    outbox: PathBuf,
    /// What keeps them.
    _held: Mutex<[Connection; 2]>,
}

impl Memory {
    /// Two new and empty ones.
    pub(super) fn new() -> Result<Self, StoreError> {
        // The leading stroke makes it one that connections share.
        let folder = PathBuf::from(format!("/riposte-{}", Uuid::now_v7()));
        let (cache, outbox) = (folder.join("cache"), folder.join("outbox"));
        let held = Mutex::new([writer(&cache, &open::CACHE)?, writer(&outbox, &open::OUTBOX)?]);
        Ok(Self { folder, cache, outbox, _held: held })
    }

    pub(super) fn cache(&self) -> Result<Cache, StoreError> {
        let writer = writer(&self.cache, &open::CACHE)?;
        Ok(Cache { writer, next: None })
    }

    /// One reader more of the cache.
    pub(super) fn reader(&self) -> Result<Connection, StoreError> {
        open::for_reading(open::connect(&self.cache, Some(MEMDB))?)
    }

    pub(super) fn outbox(&self) -> Result<Connection, StoreError> {
        writer(&self.outbox, &open::OUTBOX)
    }
}

fn writer(name: &Path, kind: &open::Kind) -> Result<Connection, StoreError> {
    let db = open::for_writing(open::connect(name, Some(MEMDB))?, kind)?;
    // There is no write-ahead log in memory, and an undo log of its own would be a file.
    db.execute_batch("PRAGMA journal_mode = MEMORY;")?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::super::{Draft, Store};
    use crate::model::ConversationId;

    #[tokio::test]
    async fn what_is_kept_in_memory_outlives_a_pause_ends_with_its_owner_and_is_not_shared() {
        let draft = Draft { text: "Bon".into(), reply_to: None, changed_at: chrono::DateTime::UNIX_EPOCH };
        let kept = |store: Store| async move { store.outbox(|outbox| outbox.draft(ConversationId(1))).await.unwrap() };
        let (store, other) = (Store::in_memory().unwrap(), Store::in_memory().unwrap());
        let saved = draft.clone();
        store.outbox(move |outbox| outbox.save_draft(ConversationId(1), &saved)).await.unwrap();
        store.close().await;
        store.reopen().await.unwrap();
        assert_eq!(kept(store.clone()).await, Some(draft));
        assert_eq!(kept(other).await, None);
        assert!(store.read(|cache| cache.epoch()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_read_during_a_write_waits_for_its_turn() {
        let store = Store::in_memory().unwrap();
        let at_work: Vec<_> = (0..40_i64)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    if number % 2 == 0 {
                        store.write(|cache| cache.apply_rows(&[], chrono::DateTime::UNIX_EPOCH)).await.map(drop)
                    } else {
                        store.read(|cache| cache.agents()).await.map(drop)
                    }
                })
            })
            .collect();
        for work in at_work {
            work.await.unwrap().unwrap();
        }
    }
}
