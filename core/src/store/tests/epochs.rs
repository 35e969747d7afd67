//! The server was restored: another history, another cache.

use std::fs;

use tempfile::TempDir;

use super::{conversation, cursor, listed, message, now, row, snapshot};
use crate::model::{ConversationId, Cursor};
use crate::store::{
    Around, HistoryAnswer, HistoryPart, InboxFilter, PageFault, SnapshotPart, SnapshotProgress, Store, StoreError,
};

/// Two pages of the second history: the first brings a conversation, the second lists it.
pub(super) fn second_history() -> (SnapshotPart, SnapshotPart) {
    let whole = snapshot(0, vec![row(10_001, conversation(2)), row(10_002, message(1_000, 2))]);
    let first = SnapshotPart {
        epoch: "e8".to_owned(),
        at: Cursor("e8.10002".to_owned()),
        next: Some("p2".to_owned()),
        complete: false,
        visible: Vec::new(),
        ..whole
    };
    let last = SnapshotPart {
        asked: Some("p2".to_owned()),
        next: None,
        complete: true,
        rows: Vec::new(),
        visible: vec![listed(2, 10_001, 10_002)],
        ..first.clone()
    };
    (first, last)
}

async fn phone(folder: &TempDir) -> Store {
    let (store, _) = Store::open(folder.path()).unwrap();
    store
        .apply_snapshot_page(snapshot(100, vec![row(1, conversation(1)), row(2, message(1, 1))]), now())
        .await
        .unwrap();
    store
}

async fn shown(store: &Store) -> Vec<i64> {
    let rows = store.read(|cache| cache.inbox(&InboxFilter::all(), None, 10)).await.unwrap();
    rows.into_iter().map(|stored| stored.conversation.id.0).collect()
}

#[tokio::test]
async fn the_old_cache_is_shown_until_the_new_one_is_whole() {
    let folder = TempDir::new().unwrap();
    let store = phone(&folder).await;
    let (first, last) = second_history();
    assert_eq!(store.apply_snapshot_page(first, now()).await, Ok(()));
    assert_eq!(shown(&store).await, [1]);
    assert_eq!(store.read(|cache| cache.cursor()).await.unwrap(), Some(cursor(100)));
    store.apply_snapshot_page(last, now()).await.unwrap();
    assert_eq!(shown(&store).await, [2]);
    let place = store.read(|cache| cache.feed()).await.unwrap();
    assert_eq!((place.epoch.as_deref(), place.snapshot_needed), (Some("e8"), false));
    assert!(!folder.path().join("cache.new.db").exists());
}

#[tokio::test]
async fn a_snapshot_of_another_epoch_goes_on_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let store = phone(&folder).await;
    let (first, last) = second_history();
    store.apply_snapshot_page(first, now()).await.unwrap();
    store.close().await;
    let (store, _) = Store::open(folder.path()).unwrap();
    let progress = SnapshotProgress { epoch: "e8".to_owned(), next: "p2".to_owned() };
    assert_eq!(store.snapshot_progress().await.unwrap(), Some(progress));
    assert_eq!(shown(&store).await, [1]);
    store.apply_snapshot_page(last, now()).await.unwrap();
    assert_eq!(shown(&store).await, [2]);
}

#[tokio::test]
async fn a_new_cache_that_was_whole_when_the_process_died_takes_its_place_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    phone(&folder).await.close().await;
    // The moment between the last page and the swap: both files are there.
    let other = TempDir::new().unwrap();
    let (store, _) = Store::open(other.path()).unwrap();
    let (first, last) = second_history();
    store.apply_snapshot_page(first, now()).await.unwrap();
    store.apply_snapshot_page(last, now()).await.unwrap();
    store.close().await;
    fs::copy(other.path().join("cache.db"), folder.path().join("cache.new.db")).unwrap();
    let (store, report) = Store::open(folder.path()).unwrap();
    assert!(!report.cache_set_aside && !report.cache_new);
    assert_eq!(shown(&store).await, [2]);
    // And after the old file was removed, before the new one was renamed.
    store.close().await;
    fs::rename(folder.path().join("cache.db"), folder.path().join("cache.new.db")).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    assert_eq!(shown(&store).await, [2]);
}

#[tokio::test]
async fn a_new_cache_that_is_damaged_costs_the_snapshot_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let store = phone(&folder).await;
    let (first, last) = second_history();
    store.apply_snapshot_page(first, now()).await.unwrap();
    store.close().await;
    fs::write(folder.path().join("cache.new.db"), b"nothing to be read".repeat(400)).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    assert_eq!(shown(&store).await, [1]);
    assert_eq!(store.apply_snapshot_page(last, now()).await, Err(StoreError::Page(PageFault::NotNext)));
}

#[tokio::test]
async fn history_asked_for_in_the_old_epoch_is_outdated_in_the_new_one() {
    let folder = TempDir::new().unwrap();
    let store = phone(&folder).await;
    let ticket = store.read(|cache| cache.history_ticket(ConversationId(2))).await.unwrap();
    let (first, last) = second_history();
    store.apply_snapshot_page(first, now()).await.unwrap();
    store.apply_snapshot_page(last, now()).await.unwrap();
    let answer = HistoryAnswer { ticket, asked: HistoryPart::Newest, rows: vec![row(5, message(5, 2))], more: false };
    let applied = store.write(move |cache| cache.apply_history(&answer, now())).await;
    assert_eq!(applied, Err(StoreError::Page(PageFault::Outdated)));
    let slice = store.read(|cache| cache.messages(ConversationId(2), Around::Newest, 10)).await.unwrap();
    assert_eq!(slice.messages.len(), 1);
}
