//! Writers, readers, closing, opening again, the next cache and damage, in every order that chance
//! finds. The files are real, and another thread may run in the middle of each write and read.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt;
use tempfile::TempDir;

use super::epochs::second_history;
use super::{at, contact, conversation, cursor, message, now, put, row, snapshot};
use crate::model::ConversationId;
use crate::store::{Draft, InboxFilter, Store, StoreError};
use crate::task::model::{explore, point, threads};

/// So many orders by default. What is opened and closed costs milliseconds.
const USUAL: usize = 250;

/// Files at cursor 100, where the only contact is called `e7.100`.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let folder = in_memory();
        let (store, _) = Store::open(folder.path()).unwrap();
        let rows = vec![row(1, conversation(1)), row(2, message(1, 1)), row(3, contact(1, "e7.100", None))];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            store.apply_snapshot_page(snapshot(100, rows), now()).await.unwrap();
            store.close().await;
        });
        Self(folder)
    }

    /// A phone of its own for one order.
    fn opened(&self) -> (TempDir, Store) {
        let folder = in_memory();
        for file in ["cache.db", "outbox.db"] {
            fs::copy(self.0.path().join(file), folder.path().join(file)).unwrap();
        }
        let (store, _) = Store::open(folder.path()).unwrap();
        (folder, store)
    }
}

fn in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

fn open_below(folder: &Path) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten().filter_map(|fd| fs::read_link(fd.path()).ok());
    links.filter(|file| file.starts_with(folder)).count()
}

/// Closes, finds no file open, and opens again.
async fn closes_and_reopens(store: Store, folder: std::path::PathBuf) {
    store.close().await;
    assert_eq!(open_below(&folder), 0);
    // Another thread may have asked meanwhile and has its answer.
    point();
    assert_eq!(open_below(&folder), 0);
    store.reopen().await.unwrap();
}

/// The cursor and the name that was written with it.
async fn cursor_and_name(store: &Store) -> Result<(String, String), StoreError> {
    store
        .read(|cache| {
            let before = cache.cursor()?.map(|cursor| cursor.0).unwrap_or_default();
            point();
            let stored = cache.conversation(ConversationId(1))?;
            Ok((before, stored.and_then(|stored| stored.contact).map(|contact| contact.name).unwrap_or_default()))
        })
        .await
}

/// One page: the cursor moves and the contact is called by it.
async fn next_page(store: &Store, to: i64) -> Result<(), StoreError> {
    let (from, to_cursor) = (cursor(to - 1), cursor(to));
    let item = put(to, contact(1, &to_cursor.0, None));
    let page = store.write(move |cache| {
        point();
        let applied = cache.apply_page(&from, &to_cursor, &[item], now());
        point();
        applied
    });
    page.await
}

#[test]
fn model_writer_readers_close_and_reopen() {
    let files = Files::new();
    explore("store: writer, readers, outbox, close and reopen", USUAL, move || {
        let (folder, store) = files.opened();
        let (written, kept) = (Arc::new(AtomicI64::new(100)), Arc::new(AtomicI64::new(0)));
        let writer = {
            let (store, written) = (store.clone(), written.clone());
            async move {
                for to in 101..=102 {
                    match next_page(&store, to).await {
                        Ok(()) => written.store(to, Ordering::SeqCst),
                        Err(error) => return assert_eq!(error, StoreError::Closed),
                    }
                }
            }
        };
        let reader = || {
            let (store, written) = (store.clone(), written.clone());
            async move {
                let mut last = String::new();
                for _ in 0..2 {
                    let at_least = cursor(written.load(Ordering::SeqCst)).0;
                    match cursor_and_name(&store).await {
                        Ok((cursor, name)) => {
                            assert_eq!(cursor, name, "of two moments");
                            assert!(cursor >= at_least && cursor >= last, "of the past");
                            last = cursor;
                        }
                        Err(error) => assert_eq!(error, StoreError::Closed),
                    }
                }
            }
        };
        let typist = {
            let (store, kept) = (store.clone(), kept.clone());
            async move {
                for minute in 1..=2 {
                    let draft = Draft { text: "Ou".to_owned(), reply_to: None, changed_at: at(minute) };
                    match store.outbox(move |outbox| outbox.save_draft(ConversationId(1), &draft)).await {
                        Ok(()) => kept.store(minute, Ordering::SeqCst),
                        Err(error) => assert_eq!(error, StoreError::Closed),
                    }
                }
            }
        };
        let closer = closes_and_reopens(store.clone(), folder.path().to_owned());
        threads([writer.boxed(), reader().boxed(), reader().boxed(), typist.boxed(), closer.boxed()]);
        shuttle::future::block_on(async {
            let expected = cursor(written.load(Ordering::SeqCst)).0;
            assert_eq!(cursor_and_name(&store).await, Ok((expected.clone(), expected)), "acknowledged, and not kept");
            let draft = store.outbox(|outbox| outbox.draft(ConversationId(1))).await.unwrap();
            let kept = kept.load(Ordering::SeqCst);
            assert_eq!(draft.map(|draft| draft.changed_at), (kept > 0).then(|| at(kept)));
            store.close().await;
        });
    });
}

#[test]
fn model_the_next_cache_takes_its_place() {
    let files = Files::new();
    explore("store: the next cache beside readers, close and reopen", USUAL, move || {
        let (folder, store) = files.opened();
        let syncer = {
            let store = store.clone();
            async move {
                let (first, last) = second_history();
                if store.apply_snapshot_page(first, now()).await.is_ok()
                    && store.apply_snapshot_page(last, now()).await.is_ok()
                {
                    assert_ne!(history(&store).await, Ok(("e7".to_owned(), vec![1])), "it was acknowledged");
                }
            }
        };
        let reader = || {
            let store = store.clone();
            async move {
                let mut new = false;
                for _ in 0..3 {
                    match history(&store).await {
                        Ok((epoch, shown)) if epoch == "e7" => assert!(!new && shown == [1]),
                        Ok((_, shown)) => {
                            assert_eq!(shown, [2], "half of the old, half of the new");
                            new = true;
                        }
                        Err(error) => assert_eq!(error, StoreError::Closed),
                    }
                }
            }
        };
        let closer = closes_and_reopens(store.clone(), folder.path().to_owned());
        threads([syncer.boxed(), reader().boxed(), reader().boxed(), closer.boxed()]);
        shuttle::future::block_on(async {
            let (epoch, shown) = history(&store).await.unwrap();
            assert_eq!(shown, if epoch == "e7" { [1] } else { [2] });
            store.close().await;
        });
        assert_eq!(open_below(folder.path()), 0);
    });
}

/// Which history is shown, and what of it.
async fn history(store: &Store) -> Result<(String, Vec<i64>), StoreError> {
    store
        .read(|cache| {
            let epoch = cache.epoch()?.unwrap_or_default();
            point();
            let rows = cache.inbox(&InboxFilter::all(), None, 10)?;
            Ok((epoch, rows.into_iter().map(|stored| stored.conversation.id.0).collect()))
        })
        .await
}

#[test]
fn model_damage_that_several_meet_at_once() {
    let files = Files::new();
    explore("store: damage met by several, beside close and reopen", USUAL, move || {
        let (folder, store) = files.opened();
        let meets_damage = || {
            let store = store.clone();
            async move {
                let read = store.read(|cache| {
                    let there = cache.cursor()?.is_some();
                    point();
                    // What is read is garbage, as long as it is the cache that was there first.
                    if there { Err(StoreError::Corrupt) } else { Ok(()) }
                });
                match read.await {
                    Ok(()) | Err(StoreError::Corrupt | StoreError::Closed) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        let writer = {
            let store = store.clone();
            async move {
                match store.write(|cache| cache.apply_rows(&[row(4, contact(2, "Zoé", None))], now())).await {
                    Ok(_) | Err(StoreError::Closed) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        };
        let closer = closes_and_reopens(store.clone(), folder.path().to_owned());
        threads([meets_damage().boxed(), meets_damage().boxed(), writer.boxed(), closer.boxed()]);
        shuttle::future::block_on(async {
            // Set aside once at most: what was written into the empty one since is not lost with it.
            let there = store.read(|cache| Ok(cache.cursor()?.is_some())).await.unwrap();
            assert_eq!(folder.path().join("cache.damaged.db").exists(), !there);
            store.close().await;
        });
        assert_eq!(open_below(folder.path()), 0);
    });
}

#[test]
fn model_integrity_checks_beside_a_writer_close_and_reopen() {
    let files = Files::new();
    explore("store: two integrity checks beside a writer, close and reopen", USUAL, move || {
        let (folder, store) = files.opened();
        let checks = || {
            let store = store.clone();
            async move {
                for _ in 0..2 {
                    match store.check_integrity().await {
                        Ok(()) | Err(StoreError::Closed) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
        };
        let writer = {
            let store = store.clone();
            async move {
                for to in 101..=103 {
                    match next_page(&store, to).await {
                        Ok(()) => {}
                        Err(error) => return assert_eq!(error, StoreError::Closed),
                    }
                }
            }
        };
        let closer = closes_and_reopens(store.clone(), folder.path().to_owned());
        threads([checks().boxed(), checks().boxed(), writer.boxed(), closer.boxed()]);
        shuttle::future::block_on(async {
            assert_eq!((store.check_integrity().await, *store.set_asides().borrow()), (Ok(()), 0));
            store.close().await;
        });
        assert_eq!(open_below(folder.path()), 0);
    });
}
