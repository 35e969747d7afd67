use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::TempDir;

use uuid::Uuid;

use super::{at, contact, conversation, message, now, row, snapshot};
use crate::model::{ClientKey, Command, ContactId, ConversationId, Message, OutboxEntry, OutboxState, Outgoing};
use crate::store::{Around, DAMAGED, Draft, NewEntry, Store, StoreError, open};

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
async fn a_table_that_is_not_what_it_was_is_damage_and_not_a_fault_of_ours_for_ever() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    let path = folder.path().join("cache.db");
    let mut content = fs::read(&path).unwrap();
    // One letter, in the text of a table: SQLite accepts it.
    let column = b"words, content = ''";
    // Wherever it stands: pages that nothing uses any more may have it too.
    let places: Vec<usize> = (0..content.len()).filter(|place| content[*place..].starts_with(column)).collect();
    places.iter().for_each(|place| content[*place] = b'v');
    assert!(!places.is_empty());
    fs::write(&path, content).unwrap();
    let (store, report) = Store::open(folder.path()).unwrap();
    assert!(!report.cache_set_aside);
    let more =
        || snapshot(400, vec![row(1, conversation(1)), row(400, message(400, 1)), row(401, contact(9, "Paul", None))]);
    assert!(store.apply_snapshot_page(more(), now()).await.is_err());
    has_its_draft_and_nothing_else(&store).await;
    // A fault of ours leaves a whole cache where it is.
    store.apply_snapshot_page(snapshot(400, vec![row(1, conversation(1))]), now()).await.unwrap();
    assert_eq!(store.write(|_| Err::<(), _>(StoreError::Bug(1))).await, Err(StoreError::Bug(1)));
    assert!(store.read(|cache| cache.cursor()).await.unwrap().is_some());
}

/// The file of a closed store, damaged where `damage` says.
fn damaged(folder: &Path, damage: impl FnOnce(&mut Vec<u8>)) {
    let path = folder.join("cache.db");
    let mut content = fs::read(&path).unwrap();
    damage(&mut content);
    fs::write(&path, content).unwrap();
}

async fn the_integrity_check_finds_it(folder: &Path) {
    let (store, report) = Store::open(folder).unwrap();
    assert!(!report.cache_set_aside);
    assert_eq!(store.check_integrity().await, Err(StoreError::Corrupt));
    has_its_draft_and_nothing_else(&store).await;
    assert_eq!((store.check_integrity().await, *store.set_asides().borrow()), (Ok(()), 1));
}

#[tokio::test]
async fn a_damaged_page_that_no_read_met_is_found_by_the_integrity_check_and_set_aside() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    assert_eq!(store.check_integrity().await, Ok(()));
    store.close().await;
    assert_eq!(store.check_integrity().await, Err(StoreError::Closed));
    damaged(folder.path(), |content| {
        let message = content.windows(9).rposition(|bytes| bytes == b"words 150").unwrap();
        content[message / 4096 * 4096..][..4096].fill(0);
    });
    the_integrity_check_finds_it(folder.path()).await;
}

#[tokio::test]
async fn a_value_that_its_index_contradicts_is_found_by_the_integrity_check_and_set_aside() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    let key = Uuid::from_u128(0x5EED_0123_4567_89AB_CDEF_0123_4567_89AB);
    let mine = Message { client_key: Some(ClientKey(key)), ..message(300, 1) };
    store.write(move |cache| cache.apply_rows(&[row(400, mine)], now())).await.unwrap();
    store.close().await;
    damaged(folder.path(), |content| {
        let place = content.windows(16).rposition(|bytes| bytes == key.as_bytes()).unwrap();
        content[place] ^= 1;
    });
    the_integrity_check_finds_it(folder.path()).await;
}

/// The price of no sums in the cache: what SQLite cannot see is shown until the server sends the row again.
#[tokio::test]
async fn a_letter_that_became_another_one_inside_a_value_is_not_found_and_stays_until_its_row_comes_again() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    damaged(folder.path(), |content| {
        let place = content.windows(4).rposition(|bytes| bytes == "Léa".as_bytes()).unwrap();
        content[place] = b'M';
    });
    let (store, report) = Store::open(folder.path()).unwrap();
    assert!(!report.cache_set_aside);
    assert_eq!(store.check_integrity().await, Ok(()));
    let name = async || store.read(|cache| Ok(cache.contact(ContactId(1))?.map(|held| held.name))).await.unwrap();
    assert_eq!(name().await.as_deref(), Some("Méa"));
    store.write(|cache| cache.apply_rows(&[row(500, contact(1, "Léa", None))], now())).await.unwrap();
    assert_eq!(name().await.as_deref(), Some("Léa"));
}

#[tokio::test]
async fn what_was_written_since_an_earlier_integrity_check_is_no_damage() {
    let folder = TempDir::new().unwrap();
    let on_disk = with_a_draft_and_messages(folder.path()).await;
    for store in [on_disk, Store::in_memory().unwrap()] {
        for day in 0..20 {
            assert_eq!(store.check_integrity().await, Ok(()), "day {day}");
            // So many that the search index merges what it has.
            let rows: Vec<_> = (1..30).map(|id| row(500 + day, message(1_000 + 30 * day + id, 1))).collect();
            store.write(move |cache| cache.apply_rows(&rows, now())).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_cancels_a_running_integrity_check() {
    let folder = TempDir::new().unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    let mut rows = vec![row(1, conversation(1)), row(2, contact(1, "Léa", None))];
    rows.extend((1..20_000).map(|id| row(2 + id, message(id, 1))));
    store.apply_snapshot_page(snapshot(30_000, rows), now()).await.unwrap();
    let check = tokio::spawn({
        let store = store.clone();
        async move { store.check_integrity().await }
    });
    while !store.integrity_check_is_running() {
        tokio::task::yield_now().await;
    }
    store.close().await;
    assert_eq!(check.await.unwrap(), Err(StoreError::Closed));
    store.reopen().await.unwrap();
    assert_eq!(store.check_integrity().await, Ok(()));
}

#[tokio::test]
async fn a_column_that_no_build_wrote_is_damage_and_no_panic() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    let db = open::writer(&folder.path().join("cache.db"), &open::CACHE).unwrap();
    db.execute("UPDATE message SET content = '{' WHERE id = 199", []).unwrap();
    drop(db);
    let (store, _) = Store::open(folder.path()).unwrap();
    let read = store.read(|cache| cache.messages(ConversationId(1), Around::Newest, 50)).await;
    assert_eq!(read, Err(StoreError::Corrupt));
    has_its_draft_and_nothing_else(&store).await;
}

/// Fifty commands, long enough for several pages.
async fn fifty_wait(store: &Store) {
    for n in 1..=50_u128 {
        store
            .outbox(move |outbox| outbox.enqueue(says(n, &format!("réponse {n} {}", "etc. ".repeat(60)))))
            .await
            .unwrap();
    }
}

fn says(n: u128, body: &str) -> NewEntry {
    let conversation_id = ConversationId(1);
    NewEntry {
        key: ClientKey(Uuid::from_u128(n)),
        once_key: None,
        conversation_id: Some(conversation_id),
        command: Command::SendMessage {
            conversation_id,
            content: Outgoing::Text { body: body.to_owned() },
            reply_to: None,
        },
        epoch: "e7".to_owned(),
        created_at: at(1),
        state: OutboxState::Queued { not_before: None },
        file: None,
    }
}

async fn a_loss_is_shown(store: &Store) -> bool {
    store.outbox(|outbox| outbox.loss()).await.unwrap().is_some()
}

#[tokio::test]
async fn an_outbox_that_is_no_database_any_more_is_set_aside_as_it_is_and_the_loss_is_told_once() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    let words = b"not a database any more".repeat(100);
    fs::write(folder.path().join("outbox.db"), &words).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    assert!(a_loss_is_shown(&store).await);
    assert_eq!(fs::read(folder.path().join("outbox.damaged.db")).unwrap(), words);
    // Until it was seen, and not any longer.
    store.close().await;
    let (store, _) = Store::open(folder.path()).unwrap();
    assert!(a_loss_is_shown(&store).await);
    store.outbox(|outbox| outbox.forget_loss()).await.unwrap();
    store.close().await;
    let (store, _) = Store::open(folder.path()).unwrap();
    assert!(!a_loss_is_shown(&store).await);
}

#[tokio::test]
async fn an_outbox_that_is_gone_or_empty_although_there_was_one_is_a_loss_and_a_first_one_is_none() {
    for emptied in [false, true] {
        let folder = TempDir::new().unwrap();
        let store = with_a_draft_and_messages(folder.path()).await;
        assert!(!a_loss_is_shown(&store).await);
        store.close().await;
        let path = folder.path().join("outbox.db");
        if emptied {
            File::create(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        let (store, _) = Store::open(folder.path()).unwrap();
        assert!(a_loss_is_shown(&store).await);
    }
}

#[tokio::test]
async fn what_can_be_read_of_a_damaged_outbox_is_kept_in_order() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    fifty_wait(&store).await;
    store.close().await;
    let path = folder.path().join("outbox.db");
    let whole = fs::read(&path).unwrap();
    let (mut kept_some, mut lost_some) = (0, 0);
    for page in 0..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xA5);
        fs::write(&path, damaged).unwrap();
        let (store, _) = Store::open(folder.path()).unwrap();
        let entries = store.outbox(|outbox| outbox.entries()).await.unwrap();
        assert!(entries.is_sorted_by_key(|entry| entry.position), "page {page}");
        let n = |entry: &OutboxEntry| entry.key.0.as_u128();
        let expected = |n| says(n, &format!("réponse {n} {}", "etc. ".repeat(60))).command;
        assert!(entries.iter().all(|entry| entry.command == expected(n(entry))), "page {page}");
        if entries.len() < 50 {
            lost_some += 1;
            assert!(a_loss_is_shown(&store).await, "page {page}");
        }
        if !entries.is_empty() {
            kept_some += 1;
            let kept = store.outbox(|outbox| outbox.draft(ConversationId(1))).await.unwrap();
            assert!(kept.is_none_or(|kept| kept == draft()), "page {page}");
        }
        store.close().await;
        fs::remove_file(folder.path().join("outbox.damaged.db")).ok();
    }
    assert!(kept_some > 3 && lost_some > 3, "{kept_some} kept, {lost_some} lost");
}

#[tokio::test]
async fn a_letter_that_became_another_one_is_never_sent_and_the_others_are_as_they_were() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    fifty_wait(&store).await;
    store.close().await;
    let path = folder.path().join("outbox.db");
    let mut content = fs::read(&path).unwrap();
    let at = content.windows(12).position(|bytes| bytes == "réponse 31 ".as_bytes()).unwrap();
    content[at + 10] = b'7';
    fs::write(&path, content).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    for entry in store.outbox(|outbox| outbox.entries()).await.unwrap() {
        let damaged = matches!(&entry.state, OutboxState::Failed { code, .. } if code == DAMAGED);
        assert_eq!(damaged, entry.key.0.as_u128() == 31);
    }
    assert!(!a_loss_is_shown(&store).await, "all of it is still there");
}

#[tokio::test]
async fn damage_of_the_outbox_that_shows_only_later_is_an_error_once_and_then_what_is_left() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    fifty_wait(&store).await;
    // Another program writes, while it is open.
    let db = rusqlite::Connection::open(folder.path().join("outbox.db")).unwrap();
    db.execute("UPDATE command SET command = replace(command, 'réponse 31', 'réponse 71')", []).unwrap();
    drop(db);
    assert_eq!(store.outbox(|outbox| outbox.entries()).await, Err(StoreError::Corrupt));
    let entries = store.outbox(|outbox| outbox.entries()).await.unwrap();
    assert_eq!(entries.len(), 50);
    assert_eq!(entries.iter().filter(|entry| matches!(entry.state, OutboxState::Failed { .. })).count(), 1);
}

#[tokio::test]
async fn a_kill_while_an_outbox_is_saved_leaves_the_damaged_one_or_the_new_one() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    fifty_wait(&store).await;
    store.close().await;
    let (path, next) = (folder.path().join("outbox.db"), folder.path().join("outbox.new.db"));
    // Between the two renames: whole, and the log of the damaged one still lies there.
    fs::rename(&path, &next).unwrap();
    fs::write(folder.path().join("outbox.db-wal"), b"noise".repeat(1000)).unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    assert_eq!(store.outbox(|outbox| outbox.entries()).await.unwrap().len(), 50);
    store.close().await;
    // Before them: what was being written is begun again.
    fs::write(&next, b"half").unwrap();
    let (store, _) = Store::open(folder.path()).unwrap();
    assert_eq!(store.outbox(|outbox| outbox.entries()).await.unwrap().len(), 50);
    assert!(!a_loss_is_shown(&store).await);
}

#[tokio::test]
async fn at_rest_the_log_of_the_outbox_is_empty_and_takes_nothing_with_it() {
    let folder = TempDir::new().unwrap();
    let store = with_a_draft_and_messages(folder.path()).await;
    fifty_wait(&store).await;
    let log = folder.path().join("outbox.db-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    store.outbox_is_idle().await.unwrap();
    assert_eq!(fs::metadata(&log).unwrap().len(), 0);
    let killed = TempDir::new().unwrap();
    fs::copy(folder.path().join("outbox.db"), killed.path().join("outbox.db")).unwrap();
    let (other, _) = Store::open(killed.path()).unwrap();
    assert_eq!(other.outbox(|outbox| outbox.entries()).await.unwrap().len(), 50);
}

#[tokio::test]
async fn folders_where_files_belong_make_way() {
    let folder = TempDir::new().unwrap();
    with_a_draft_and_messages(folder.path()).await.close().await;
    for name in ["cache.db-wal", "cache.db-shm", "outbox.db-wal", "outbox.db-shm"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        let (store, report) = Store::open(folder.path()).unwrap();
        assert_eq!(report.cache_set_aside, name.starts_with("cache"), "{name}");
        assert_eq!(store.outbox(|outbox| outbox.draft(ConversationId(1))).await.unwrap(), Some(draft()), "{name}");
        store.close().await;
    }
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
