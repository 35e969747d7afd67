//! What changed is published once it is committed, and only then.

use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use super::*;
use crate::model::{ConversationId, RowKind};
use crate::store::{Store, StoreEvent, table};

/// What a store published, each with the cursor that another connection read at that moment.
type Published = Arc<Mutex<Vec<(Vec<StoreEvent>, Option<Cursor>)>>>;

fn phone(folder: &TempDir) -> (Store, Published) {
    let (store, _) = Store::open(folder.path()).unwrap();
    let (published, file) = (Published::default(), folder.path().join("cache.db"));
    let receives = published.clone();
    store.subscribe(move |events| {
        let held = table::feed::get(&open::reader(&file).unwrap()).unwrap().cursor;
        receives.lock().unwrap().push((events.to_vec(), held));
    });
    (store, published)
}

fn take(published: &Published) -> Vec<(Vec<StoreEvent>, Option<Cursor>)> {
    std::mem::take(&mut published.lock().unwrap())
}

#[tokio::test]
async fn what_changed_is_published_after_the_commit() {
    let folder = TempDir::new().unwrap();
    let (store, published) = phone(&folder);
    store.apply_snapshot_page(snapshot(100, vec![row(1, conversation(1))]), now()).await.unwrap();
    let both = vec![StoreEvent::InboxChanged, StoreEvent::ConversationChanged(ConversationId(1))];
    assert_eq!(take(&published), [(both.clone(), Some(cursor(100)))]);

    let items = [put(101, message(1, 1)), put(102, contact(1, "Zoé", None))];
    store.write(move |cache| cache.apply_page(&cursor(100), &cursor(102), &items, now())).await.unwrap();
    let all = [both, vec![StoreEvent::DirectoryChanged(RowKind::Contact)]].concat();
    assert_eq!(take(&published), [(all, Some(cursor(102)))]);
}

#[tokio::test]
async fn a_transaction_that_changes_nothing_or_fails_publishes_nothing() {
    let folder = TempDir::new().unwrap();
    let (store, published) = phone(&folder);
    store.apply_snapshot_page(snapshot(100, vec![row(5, conversation(1))]), now()).await.unwrap();
    take(&published);

    store.write(|cache| cache.apply_rows(&[row(4, conversation(1))], now())).await.unwrap();
    let failed = store.write(|cache| {
        cache.apply_rows(&[row(101, conversation(2))], now())?;
        Err::<(), _>(StoreError::Full)
    });
    assert_eq!(failed.await, Err(StoreError::Full));
    assert_eq!(take(&published), []);
}

#[tokio::test]
async fn a_caller_that_stops_waiting_does_not_stop_the_news() {
    let folder = TempDir::new().unwrap();
    let (store, published) = phone(&folder);
    store.apply_snapshot_page(snapshot(100, Vec::new()), now()).await.unwrap();
    take(&published);

    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
    let mut write = Box::pin(store.write(move |cache| {
        begun.send(()).unwrap();
        goes_on.recv().unwrap();
        cache.apply_rows(&[row(101, conversation(2))], now())
    }));
    while has_begun.try_recv().is_err() {
        assert!(futures_util::poll!(write.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    drop(write);
    go_on.send(()).unwrap();
    // The writer's lock is free when the transaction has ended.
    store.write(|_| Ok(())).await.unwrap();
    let both = vec![StoreEvent::InboxChanged, StoreEvent::ConversationChanged(ConversationId(2))];
    assert_eq!(take(&published), [(both, Some(cursor(100)))]);
}

#[tokio::test]
async fn a_cache_that_takes_the_place_of_another_changes_everything_on_screen() {
    let folder = TempDir::new().unwrap();
    let (store, published) = phone(&folder);
    store.apply_snapshot_page(snapshot(100, vec![row(1, conversation(1))]), now()).await.unwrap();
    take(&published);

    let (first, last) = super::epochs::second_history();
    store.apply_snapshot_page(first, now()).await.unwrap();
    assert_eq!(take(&published), []);
    // It lists a conversation that came with the first page.
    let at = last.at.clone();
    store.apply_snapshot_page(last, now()).await.unwrap();
    assert_eq!(take(&published), [(vec![StoreEvent::EverythingChanged], Some(at))]);
}
