//! Readers see whole transactions, and every operation ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::{conversation, cursor, message, now, put, row, saying, snapshot};
use crate::model::{Content, ConversationId};
use crate::store::{Around, Store, StoreError};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_a_page_whole_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let rows: Vec<_> = (1..=10).map(|id| row(id, message(id, 1))).chain([row(11, conversation(1))]).collect();
    store.apply_snapshot_page(snapshot(100, rows), now()).await.unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(async move {
                // Once at least, however late its turn comes.
                loop {
                    let over = done.load(Ordering::SeqCst);
                    let (place, texts) = store
                        .read(|cache| {
                            let slice = cache.messages(ConversationId(1), Around::Newest, 50)?;
                            let texts: Vec<Content> =
                                slice.messages.into_iter().map(|held| held.message.content).collect();
                            Ok((cache.cursor()?, texts))
                        })
                        .await
                        .unwrap();
                    assert!(texts.iter().all(|text| text.text() == texts[0].text()) || place == Some(cursor(100)));
                    if over {
                        break;
                    }
                }
            })
        })
        .collect();
    for round in 1..=40 {
        let items: Vec<_> =
            (1..=10).map(|id| put(100 + round * 10 + id, saying(message(id, 1), &format!("round {round}")))).collect();
        let (from, to) = if round == 1 { (100, 120) } else { (100 + round * 10, 110 + round * 10) };
        store.write(move |cache| cache.apply_page(&cursor(from), &cursor(to), &items, now())).await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn what_ends_badly_was_never_written() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let written = store
        .write(|cache| {
            cache.apply_rows(&[row(1, conversation(1))], now())?;
            Err::<(), _>(StoreError::Full)
        })
        .await;
    assert_eq!(written, Err(StoreError::Full));
    assert_eq!(store.read(|cache| cache.conversation(ConversationId(1))).await.unwrap(), None);
}

#[tokio::test]
async fn a_panic_in_an_operation_ends_that_operation_only() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    for _ in 0..3 {
        assert_eq!(store.read::<(), _>(|_| panic!("a fault of ours")).await, Err(StoreError::Bug(0)));
        assert_eq!(store.write::<(), _>(|_| panic!("a fault of ours")).await, Err(StoreError::Bug(0)));
    }
    assert_eq!(store.read(|cache| cache.cursor()).await, Ok(None));
    assert_eq!(store.write(|_| Ok(7)).await, Ok(7));
}
