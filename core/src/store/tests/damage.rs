use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::TempDir;

use super::{at, contact, conversation, message, now, row, snapshot};
use crate::model::ConversationId;
use crate::store::{Around, Draft, Store, StoreError};

fn draft() -> Draft {
    Draft { text: "Elle part ce soir.".to_owned(), reply_to: None, changed_at: at(0) }
}

async fn with_a_draft_and_messages(folder: &Path) -> Store {
    let (store, _) = Store::open(folder).unwrap();
    store.outbox(|outbox| outbox.save_draft(ConversationId(1), &draft())).await.unwrap();
    let mut rows = vec![row(1, conversation(1)), row(2, contact(1, "Léa", None))];
    rows.extend((1..200).map(|id| row(2 + id, message(id, 1))));
    store.apply_snapshot_page(snapshot(300, rows), now()).await.unwrap();
    store
}

async fn has_its_draft_and_nothing_else(store: &Store) {
    assert_eq!(store.outbox(|outbox| outbox.draft(ConversationId(1))).await.unwrap(), Some(draft()));
    let place = store.read(|cache| cache.feed()).await.unwrap();
    assert_eq!(place.cursor, None);
    assert!(place.snapshot_needed);
}

#[tokio::test]
async fn a_cache_that_is_no_database_is_set_aside_and_the_drafts_stay() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    fs::write(folder.path().join("cache.db"), b"a picture of a cat, perhaps".repeat(100)).unwrap();
    let (store, report) = Store::open(folder.path()).unwrap();
    assert!(report.cache_set_aside && !report.cache_new);
    has_its_draft_and_nothing_else(&store).await;
    assert!(folder.path().join("cache.damaged.db").exists());
}

#[tokio::test]
async fn a_cache_of_somebody_else_is_set_aside_too() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    fs::copy(folder.path().join("outbox.db"), folder.path().join("cache.db")).unwrap();
    let (store, report) = Store::open(folder.path()).unwrap();
    assert!(report.cache_set_aside);
    has_its_draft_and_nothing_else(&store).await;
}

#[tokio::test]
async fn damage_that_shows_only_later_is_an_error_once_and_then_an_empty_cache() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    // All pages but the first, which opening reads.
    let path = folder.path().join("cache.db");
    let length = fs::metadata(&path).unwrap().len();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(3 * 4096)).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(length).unwrap() - 3 * 4096]).unwrap();
    drop(file);

    let (store, report) = Store::open(folder.path()).unwrap();
    if !report.cache_set_aside {
        let read = store.read(|cache| cache.messages(ConversationId(1), Around::Newest, 50)).await;
        assert_eq!(read, Err(StoreError::Corrupt));
    }
    has_its_draft_and_nothing_else(&store).await;
    store.apply_snapshot_page(snapshot(400, vec![row(1, conversation(1))]), now()).await.unwrap();
}

#[tokio::test]
async fn a_column_that_no_build_wrote_is_damage_and_no_panic() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    let db = rusqlite::Connection::open(folder.path().join("cache.db")).unwrap();
    db.execute("UPDATE message SET content = '{' WHERE id = 199", []).unwrap();
    drop(db);
    let (store, _) = Store::open(folder.path()).unwrap();
    let read = store.read(|cache| cache.messages(ConversationId(1), Around::Newest, 50)).await;
    assert_eq!(read, Err(StoreError::Corrupt));
    has_its_draft_and_nothing_else(&store).await;
}

#[tokio::test]
async fn a_damaged_outbox_is_an_error_and_is_left_where_it_is() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    let path = folder.path().join("outbox.db");
    let words = b"not a database any more".repeat(100);
    fs::write(&path, &words).unwrap();
    assert_eq!(Store::open(folder.path()).err(), Some(StoreError::Corrupt));
    assert_eq!(fs::read(&path).unwrap(), words);
}

#[tokio::test]
async fn a_damaged_cache_that_cannot_be_set_aside_yet_is_no_closed_store() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    // A folder where the damaged file belongs.
    let in_the_way = folder.path().join("cache.damaged.db");
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    let damage = || store.write(|_| Err::<(), _>(StoreError::Corrupt));
    assert_eq!(damage().await, Err(StoreError::Io));
    // What is there is opened again.
    assert!(store.read(|cache| cache.cursor()).await.unwrap().is_some());
    assert_eq!(damage().await, Err(StoreError::Io));
    fs::remove_dir_all(in_the_way).unwrap();
    assert_eq!(damage().await, Err(StoreError::Corrupt));
    has_its_draft_and_nothing_else(&store).await;
}
