use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::store::migrations::Migration;
use crate::store::{OpenReport, Store, StoreError, open};

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
fn an_empty_file_becomes_a_new_one() {
    for kind in [&open::CACHE, &open::OUTBOX] {
        let folder = TempDir::new().unwrap();
        let (new, empty) = (folder.path().join("new.db"), folder.path().join("empty.db"));
        fs::write(&empty, "").unwrap();
        assert_eq!(schema(&open::writer(&empty, kind).unwrap()), schema(&open::writer(&new, kind).unwrap()));
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
    const REPAIRED: open::Kind = open::Kind {
        migrations: &[Migration::Sql("not run again"), Migration::Sql("CREATE TABLE two (id INTEGER) STRICT;")],
        ..BROKEN
    };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("some.db");
    assert!(open::writer(&path, &BROKEN).is_err());
    let db = open::writer(&path, &REPAIRED).unwrap();
    assert_eq!(schema(&db).len(), 2);
}

fn schema(db: &Connection) -> Vec<String> {
    let mut statement = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
