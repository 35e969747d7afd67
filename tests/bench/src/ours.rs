//! Our store, driven without anything around it: a page's bytes in, rows on disk.

use std::path::{Path, PathBuf};

use riposte::backend::http::bench;
use riposte::store::{SnapshotPart, Store};
use tokio::runtime::{Builder, Runtime};

use crate::feed::{Feed, Page};
use crate::{Outcome, directory};

/// The cache's file in an account's folder.
pub(crate) const CACHE: &str = "cache.db";

/// A store and what drives it.
pub(crate) struct Ours {
    runtime: Runtime,
    store: Store,
    folder: PathBuf,
}

impl Ours {
    /// Opens the store below a folder. A new one gets the directories, as a snapshot brings them.
    pub(crate) fn open(folder: &Path, feed: &Feed) -> Outcome<Self> {
        let runtime = Builder::new_current_thread().build()?;
        let (store, _) = Store::open(folder)?;
        let ours = Self { runtime, store, folder: folder.to_owned() };
        let begun = ours.runtime.block_on(ours.store.read(|cache| cache.cursor()))?.is_some();
        if !begun {
            ours.snapshot(feed, true)?;
        }
        Ok(ours)
    }

    /// A snapshot that repeats the feed, with all messages in hand: a phone that opens this cache has nothing to
    /// fetch.
    pub(crate) fn settle(&self, feed: &Feed) -> Outcome<()> {
        self.snapshot(feed, false)
    }

    fn snapshot(&self, feed: &Feed, first: bool) -> Outcome<()> {
        let (visible, newest) = if first { Default::default() } else { feed.visible() };
        let part = SnapshotPart {
            asked: None,
            epoch: "e1".to_owned(),
            at: feed.cursor(),
            next: None,
            rows: directory::rows(),
            newest,
            visible,
            complete: true,
        };
        self.runtime.block_on(self.store.apply_snapshot_page(part, feed.now()))?;
        Ok(())
    }

    /// Applies a page: from its bytes to rows and cursor.
    pub(crate) fn apply(&self, json: &[u8], feed: &Feed) -> Outcome<()> {
        let page = bench::page(json)?;
        let now = feed.now();
        self.runtime
            .block_on(self.store.write(move |cache| cache.apply_page(&page.from, &page.to, &page.items, now)))?;
        Ok(())
    }

    /// The same for a list of pages.
    pub(crate) fn apply_all(&self, pages: &[Page], feed: &Feed) -> Outcome<()> {
        pages.iter().try_for_each(|page| self.apply(&page.json, feed))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Closes every file. Returns how large the cache is.
    pub(crate) fn close(self) -> Outcome<u64> {
        self.runtime.block_on(self.store.close());
        Ok(std::fs::metadata(self.folder.join(CACHE))?.len())
    }
}
