//! Both sides do the same work: the same pages leave the same rows.

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::bare::Bare;
use crate::feed::{Feed, Kind};
use crate::measure::Dice;
use crate::ours::Ours;

const TABLES: [&str; 10] = [
    "SELECT * FROM message ORDER BY id",
    "SELECT * FROM conversation ORDER BY id",
    "SELECT * FROM contact ORDER BY id",
    "SELECT * FROM read_marker ORDER BY conversation_id",
    "SELECT * FROM channel ORDER BY id",
    "SELECT * FROM agent ORDER BY id",
    "SELECT * FROM agent_group ORDER BY id",
    "SELECT * FROM saved_reply ORDER BY id",
    "SELECT * FROM template ORDER BY id",
    "SELECT cursor FROM feed",
];

fn rows(db: &Connection, statement: &str) -> Vec<Vec<Value>> {
    let mut statement = db.prepare(statement).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_same_pages_leave_the_same_rows_and_find_the_same() {
    for kind in [Kind::Words, Kind::NoWords] {
        let mut feed = Feed::new(kind);
        let folder = tempfile::tempdir().unwrap();
        let ours = Ours::open(folder.path(), &feed).unwrap();
        let mut bare = Bare::cache(folder.path()).unwrap();
        bare.begin().unwrap();
        for _ in 0..12 {
            let page = feed.page().unwrap();
            ours.apply(&page.json, &feed).unwrap();
            bare.apply(&page.json, feed.now().timestamp_millis()).unwrap();
        }
        let mut dice = Dice::new(3);
        for language in feed.languages() {
            let text = language.question(&mut dice);
            let asked = text.clone();
            let read = ours.store().read(move |cache| cache.search(&asked, 100));
            let hits = ours.runtime().block_on(read).unwrap();
            let (customers, texts) = bare.search(&text, 100).unwrap();
            assert_eq!(hits.len(), customers.len() + texts.len(), "{text}");
            assert_eq!(
                hits.iter().filter_map(|hit| hit.message_id.map(|id| id.0)).collect::<Vec<_>>(),
                texts,
                "{text}"
            );
        }
        ours.close().unwrap();
        let path = folder.path().join(crate::ours::CACHE);
        let held = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        for statement in TABLES {
            let (ours, bare) = (rows(&held, statement), rows(bare.db(), statement));
            assert!(!ours.is_empty(), "{statement}");
            assert_eq!(ours, bare, "{statement}");
        }
    }
}
