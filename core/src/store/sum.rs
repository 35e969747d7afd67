//! Is a row of the cache still what was written? SQLite notices a damaged page, not a letter that
//! became another one: each row carries what its columns add up to, in a column that SQLite fills in
//! itself whenever it writes the row, with a function of ours.
//!
//! Against a failing memory, not against a person: whoever can write the file can write this too.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction};

use super::StoreError;

/// The function, of the table's name and the columns in their order.
const FUNCTION: &str = "row_sum";

/// Our own tables: neither SQLite's nor those that a search index is made of.
const TABLES: &str = "
    SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";

/// `pragma_table_info` leaves out what is generated.
const COLUMNS: &str = "SELECT group_concat(name, ', ') FROM pragma_table_info(?1)";

const STATEMENT: &str = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1";

const INDEXES: &str = "
    SELECT coalesce(group_concat(sql, ';'), '') FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1";

/// Lets a connection write and check rows that are added up. Without it neither works.
pub(super) fn know(db: &Connection) -> Result<(), StoreError> {
    // Innocuous: a schema that is not trusted may call it.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function(FUNCTION, -1, flags, |row| {
        let columns = (0..row.len()).map(|column| row.get_raw(column));
        Ok(columns.fold(Sum::default(), Sum::value).end())
    })?;
    Ok(())
}

/// A migration: every table gets the sum of its columns as they are now. One that adds columns later
/// has to be followed by this again.
pub(super) fn add_to_every_table(db: &Transaction<'_>) -> Result<(), StoreError> {
    for table in tables(db)? {
        let text = |question: &str| db.query_row(question, [&table], |row| row.get::<_, String>(0));
        let (columns, statement, indexes) = (text(COLUMNS)?, text(STATEMENT)?, text(INDEXES)?);
        // A generated column cannot be added to a table: so it is made anew.
        let (_, body) = statement.split_once('(').ok_or(StoreError::Corrupt)?;
        let before = body.strip_prefix("sum ").and_then(|sum| sum.split_once(" STORED, "));
        let body = before.map_or(body, |(_, columns)| columns);
        let sum = format!("{FUNCTION}('{table}', {columns})");
        let anew = format!("CREATE TABLE {table} (sum INTEGER GENERATED ALWAYS AS ({sum}) STORED, {body}");
        let is_empty = db.query_row(&format!("SELECT NOT EXISTS (SELECT 1 FROM {table})"), [], |row| row.get(0))?;
        db.execute_batch(&if is_empty {
            format!("DROP TABLE {table}; {anew}; {indexes}")
        } else {
            format!(
                "ALTER TABLE {table} RENAME TO old; {anew};
                 INSERT INTO {table} ({columns}) SELECT {columns} FROM old;
                 DROP TABLE old; {indexes}"
            )
        })?;
    }
    Ok(())
}

/// Whether every row of a table is what was written. Reads all of them.
pub(super) fn every_row_holds(db: &Connection, table: &str) -> Result<bool, StoreError> {
    let columns: String = db.query_row(COLUMNS, [table], |row| row.get(0))?;
    let holds = format!("SELECT NOT EXISTS (SELECT 1 FROM {table} WHERE sum IS NOT {FUNCTION}('{table}', {columns}))");
    Ok(db.query_row(&holds, [], |row| row.get(0))?)
}

/// The tables whose rows are added up.
pub(super) fn tables(db: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare(TABLES)?;
    let names = statement.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// Adds values up, eight bytes at a time. What differs in one place gives another sum for certain,
/// since no step loses anything; what differs in several gives the same one once in 2^64.
#[derive(Default)]
struct Sum(u64);

impl Sum {
    fn value(self, value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => self.word(5),
            ValueRef::Integer(number) => self.word(1).word(number.cast_unsigned()),
            ValueRef::Real(number) => self.word(2).word(number.to_bits()),
            ValueRef::Text(text) => self.bytes(3, text),
            ValueRef::Blob(bytes) => self.bytes(4, bytes),
        }
    }

    fn bytes(self, kind: u64, bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        let whole = words.iter().fold(self.word(kind), |sum, word| sum.word(u64::from_le_bytes(*word)));
        // How long it is tells what fills up the last word from what stands in it.
        let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        whole.word(last).word(bytes.len() as u64)
    }

    /// An odd factor: whatever went in can be reckoned back.
    fn word(self, word: u64) -> Self {
        Self((self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn end(self) -> i64 {
        self.0.cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::*;
    use crate::store::open;

    fn of(values: &[ValueRef<'_>]) -> i64 {
        values.iter().fold(Sum::default(), |sum, value| sum.value(*value)).end()
    }

    fn all_hold(db: &Connection) -> bool {
        tables(db).unwrap().iter().all(|table| every_row_holds(db, table).unwrap())
    }

    #[test]
    fn whatever_changes_the_sum_changes() {
        use ValueRef::{Blob, Integer, Null, Real, Text};
        let all: &[&[ValueRef<'_>]] = &[
            &[],
            &[Null],
            &[Null, Null],
            &[Integer(0)],
            &[Integer(1)],
            &[Integer(-1)],
            &[Real(1.0)],
            &[Text(b"")],
            &[Text(b"\0")],
            &[Text(b"Bonjour")],
            &[Text(b"Bonjoux")],
            &[Text(b"Bonjour, L")],
            &[Text(b"Bonjour,"), Text(b" L")],
            &[Text(b"Bonjour, "), Text(b"L")],
            &[Blob(b"Bonjour")],
        ];
        for (place, one) in all.iter().enumerate() {
            for other in all.iter().skip(place + 1) {
                assert_ne!(of(one), of(other), "{one:?} and {other:?}");
            }
        }
    }

    #[test]
    fn a_bit_that_turns_in_any_place_of_a_row_changes_its_sum() {
        let text = b"Votre commande part ce soir.".to_vec();
        let whole = of(&[ValueRef::Integer(7), ValueRef::Text(&text), ValueRef::Null]);
        for bit in 0..text.len() * 8 {
            let mut other = text.clone();
            if let Some(byte) = other.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            assert_ne!(of(&[ValueRef::Integer(7), ValueRef::Text(&other), ValueRef::Null]), whole, "bit {bit}");
        }
    }

    #[test]
    fn every_table_of_the_cache_is_added_up_with_all_its_columns() {
        let db = open::writer(Path::new(":memory:"), &open::CACHE).unwrap();
        let tables = tables(&db).unwrap();
        assert!(tables.len() > 15, "{tables:?}");
        for table in tables {
            let columns: String = db.query_row(COLUMNS, [&table], |row| row.get(0)).unwrap();
            let statement: String = db.query_row(STATEMENT, [&table], |row| row.get(0)).unwrap();
            let sum = format!("(sum INTEGER GENERATED ALWAYS AS ({FUNCTION}('{table}', {columns})) STORED,");
            assert!(statement.contains(&sum), "{statement}");
        }
    }

    #[test]
    fn a_column_that_a_later_migration_adds_is_added_up_once_that_is_run_again() {
        let mut db = open::writer(Path::new(":memory:"), &open::CACHE).unwrap();
        db.execute("INSERT INTO agent_group (id, seq, name, public) VALUES (3, 1, 'Ventes', 1)", []).unwrap();
        let transaction = db.transaction().unwrap();
        transaction.execute_batch("ALTER TABLE agent_group ADD COLUMN colour TEXT").unwrap();
        add_to_every_table(&transaction).unwrap();
        transaction.commit().unwrap();
        let statement: String = db.query_row(STATEMENT, ["agent_group"], |row| row.get(0)).unwrap();
        assert_eq!(statement.matches("GENERATED").count(), 1, "{statement}");
        assert!(statement.contains("row_sum('agent_group', id, seq, name, public, colour)"), "{statement}");
        let name: String = db.query_row("SELECT name FROM agent_group WHERE id = 3", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "Ventes");
        assert!(all_hold(&db));
    }

    #[test]
    fn what_an_older_build_kept_is_kept_and_added_up() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("cache.db");
        let old = open::at_version(&path, &open::CACHE, 4).unwrap();
        old.execute_batch(
            "INSERT INTO held_range (conversation_id, first, last, stale) VALUES (1, 0, 9, 0);
             INSERT INTO agent_group (id, seq, name, public) VALUES (3, 1, 'Ventes', 1);",
        )
        .unwrap();
        drop(old);
        let db = open::writer(&path, &open::CACHE).unwrap();
        assert_eq!(db.query_row("SELECT name FROM agent_group", [], |row| row.get::<_, String>(0)).unwrap(), "Ventes");
        assert_eq!(db.query_row("SELECT last FROM held_range", [], |row| row.get::<_, i64>(0)).unwrap(), 9);
        assert!(all_hold(&db));
    }

    #[test]
    fn a_letter_that_became_another_one_is_found_and_nothing_else_notices_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("cache.db");
        let db = open::writer(&path, &open::CACHE).unwrap();
        db.execute("INSERT INTO saved_reply (id, seq, title, body) VALUES (1, 1, 'Merci', 'Merci beaucoup')", [])
            .unwrap();
        assert!(all_hold(&db));
        db.close().unwrap();
        let mut content = std::fs::read(&path).unwrap();
        let place = content.windows(8).position(|bytes| bytes == b"beaucoup").unwrap();
        *content.get_mut(place).unwrap() = b'v';
        std::fs::write(&path, content).unwrap();
        let db = Connection::open(&path).unwrap();
        know(&db).unwrap();
        let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        assert!(!all_hold(&db));
    }
}
