use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::model::{ConversationId, MessageId, OutboxState};
use crate::store::open::Migration;
use crate::store::table::message;
use crate::store::{OpenReport, OutboxWriter, Store, StoreError, open};

#[test]
fn the_first_opening_makes_both_files() {
    let folder = TempDir::new().unwrap();
    let account = folder.path().join("account");
    let (_, report) = Store::open(&account).unwrap();
    assert_eq!(report, OpenReport { cache_new: true, cache_set_aside: false });
    assert!(account.join("cache.db").exists() && account.join("outbox.db").exists());
    let (_, report) = Store::open(&account).unwrap();
    assert_eq!(report, OpenReport::default());
}

#[test]
fn every_setting_reads_back_as_it_was_meant() {
    let folder = TempDir::new().unwrap();
    let pragma = |db: &Connection, name: &str| {
        db.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    for (name, kind, synchronous) in [("cache.db", &open::CACHE, 1), ("outbox.db", &open::OUTBOX, 2)] {
        let db = open::writer(&folder.path().join(name), kind).unwrap();
        assert_eq!(pragma(&db, "journal_mode"), "wal".to_owned().into());
        assert_eq!(pragma(&db, "synchronous"), synchronous.into());
        assert_eq!(pragma(&db, "auto_vacuum"), 2.into());
        assert_eq!(pragma(&db, "trusted_schema"), 0.into());
        assert_eq!(pragma(&db, "cell_size_check"), 1.into());
        assert_eq!(pragma(&db, "temp_store"), 2.into());
        assert_eq!(pragma(&db, "secure_delete"), 2.into());
        let newest = i64::try_from(kind.migrations.len()).unwrap();
        assert_eq!(pragma(&db, "user_version"), newest.into());
    }
}

#[test]
fn a_reader_cannot_write() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cache.db");
    let _writer = open::writer(&path, &open::CACHE).unwrap();
    let reader = open::reader(&path).unwrap();
    assert!(reader.execute("DELETE FROM tombstone", []).is_err());
}

#[test]
fn a_file_of_a_newer_build_is_refused_and_left_as_it_is() {
    for name in ["cache.db", "outbox.db"] {
        let folder = TempDir::new().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 1_000).unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(Store::open(folder.path()).err(), Some(StoreError::Newer), "{name}");
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn a_file_of_every_past_version_is_brought_up_to_date() {
    for kind in [&open::CACHE, &open::OUTBOX] {
        let newest = schema(&open::writer(&TempDir::new().unwrap().path().join("new.db"), kind).unwrap());
        for version in 0..=kind.migrations.len() {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("old.db");
            drop(open::at_version(&path, kind, version).unwrap());
            assert_eq!(schema(&open::writer(&path, kind).unwrap()), newest, "from version {version}");
        }
    }
}

#[test]
fn a_message_kept_before_attempts_were_known_was_handed_over_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("cache.db");
    let old = open::at_version(&path, &open::CACHE, 1).unwrap();
    let written = "INSERT INTO message (id, seq, conversation_id, author, at, content)
        VALUES (7, 3, 1, 'automation', 1000, '{\"type\":\"text\",\"body\":\"Bonjour\"}')";
    old.execute(written, []).unwrap();
    drop(old);
    let db = open::writer(&path, &open::CACHE).unwrap();
    let read = message::get(&db, MessageId(7)).unwrap().unwrap();
    assert_eq!((read.message.attempt, read.message.content.text()), (1, "Bonjour"));
}

#[tokio::test]
async fn what_an_older_build_had_queued_is_read_as_it_was_written() {
    for version in 1..=open::OUTBOX.migrations.len() {
        let folder = TempDir::new().unwrap();
        let old = open::at_version(&folder.path().join("outbox.db"), &open::OUTBOX, version).unwrap();
        // As far back as the columns of the first version go.
        let written = r#"
            INSERT INTO command (key, conversation_id, command, epoch, created_at, attempts, state, file_bytes)
            VALUES (x'00000000000000000000000000000007', 4,
                '{"kind":"message.send","conversation_id":4,"content":{"type":"text","body":"Bonjour"}}',
                'e1', 1000, 0, '{"state":"queued"}', 0);
            INSERT INTO draft (conversation_id, body, changed_at) VALUES (4, 'Et si', 1000);
            INSERT INTO setting (name, value) VALUES ('answer', '42');"#;
        old.execute_batch(written).unwrap();
        drop(old);
        let (store, _) = Store::open(folder.path()).unwrap();
        let read = |outbox: &mut OutboxWriter<'_>| {
            Ok((outbox.entries()?, outbox.draft(ConversationId(4))?, outbox.setting("answer")?, outbox.loss()?))
        };
        let (entries, draft, answer, loss) = store.outbox(read).await.unwrap();
        assert_eq!((entries.len(), &entries[0].state), (1, &OutboxState::Queued { not_before: None }));
        assert_eq!((draft.unwrap().text.as_str(), answer, loss), ("Et si", Some(42), None), "from version {version}");
        // From then on each row adds up.
        store.close().await;
        let db = Connection::open(folder.path().join("outbox.db")).unwrap();
        let without: i64 =
            db.query_row("SELECT count(*) FROM command WHERE digest IS NULL", [], |row| row.get(0)).unwrap();
        assert_eq!(without, 0);
    }
}

#[test]
fn a_migration_that_fails_leaves_the_version_before() {
    const BROKEN: open::Kind = open::Kind {
        application_id: 1,
        migrations: &[
            Migration::Sql("CREATE TABLE one (id INTEGER) STRICT;"),
            Migration::Sql("CREATE TABLE two (id INTEGER) STRICT; oh no;"),
        ],
        pragmas: "",
    };
    const MENDED: open::Kind = open::Kind {
        migrations: &[Migration::Sql("not run again"), Migration::Sql("CREATE TABLE two (id INTEGER) STRICT;")],
        ..BROKEN
    };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("some.db");
    assert!(open::writer(&path, &BROKEN).is_err());
    let db = open::writer(&path, &MENDED).unwrap();
    assert_eq!(schema(&db).len(), 2);
}

fn schema(db: &Connection) -> Vec<String> {
    let mut statement = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
