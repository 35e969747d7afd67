//! Opens a database: pragmas, whose file it is, and the migrations it still needs. The only place that
//! touches `application_id` and `user_version`.

use std::ffi::CStr;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::migrations::{self, Migration};

/// One of the two databases.
pub(super) struct Kind {
    /// Written into the file, so that another program's file is never taken for ours.
    pub(super) application_id: i32,
    /// Numbered: the version of a database is how many of them ran.
    pub(super) migrations: &'static [Migration],
    pub(super) pragmas: &'static str,
}

/// What the server has: it can be fetched again.
pub(super) const CACHE: Kind = Kind {
    application_id: 0x5269_7043,
    migrations: migrations::CACHE,
    // NORMAL: a power cut may take the last transactions, never the file; they are fetched again.
    pragmas: "PRAGMA synchronous = NORMAL;",
};

/// What must not be lost.
pub(super) const OUTBOX: Kind = Kind {
    application_id: 0x5269_704F,
    migrations: migrations::OUTBOX,
    // FULL: a command that was acknowledged is on the disk.
    pragmas: "PRAGMA synchronous = FULL;",
};

/// - `auto_vacuum`: what was evicted leaves the file in small steps. Only takes in an empty file.
/// - `journal_mode`: readers go on while one writes.
/// - `trusted_schema`, `cell_size_check`: a damaged file is noticed instead of followed.
/// - `temp_store`: no third file, which `close` would have to know about.
/// - `secure_delete`: what was deleted is overwritten wherever that costs no extra writing.
/// - `journal_size_limit`: one large snapshot does not leave a large log behind for ever.
pub(super) const PRAGMAS: &str = "
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA secure_delete = FAST;
    PRAGMA journal_size_limit = 4194304;
";

const READER_PRAGMAS: &str = "
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA query_only = ON;
";

/// Room for every statement of the store: none is ever prepared twice.
const STATEMENTS: usize = 160;

/// How long one connection waits for another. Ours never wait long; this is for a file that another
/// program reads.
const BUSY: Duration = Duration::from_secs(5);

/// Opens a database for writing, making or migrating it where needed.
pub(super) fn writer(path: &Path, kind: &Kind) -> Result<Connection, StoreError> {
    for_writing(connect(path, None)?, kind)
}

/// The same with a connection that is there.
pub(super) fn for_writing(mut db: Connection, kind: &Kind) -> Result<Connection, StoreError> {
    let version = version(&db, kind)?;
    db.execute_batch(PRAGMAS)?;
    db.execute_batch(kind.pragmas)?;
    migrate(&mut db, kind, version)?;
    Ok(db)
}

/// Opens a database, which a writer has opened before, for reading only.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    for_reading(connect(path, None)?)
}

/// The same with a connection that is there.
pub(super) fn for_reading(db: Connection) -> Result<Connection, StoreError> {
    db.execute_batch(READER_PRAGMAS)?;
    Ok(db)
}

/// On the disk, or where SQLite's `vfs` of that name keeps it.
pub(super) fn connect(path: &Path, vfs: Option<&CStr>) -> Result<Connection, StoreError> {
    // Readers too: a reader of a WAL database writes its shared memory.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = match vfs {
        None => Connection::open_with_flags(path, flags)?,
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
    };
    db.busy_timeout(BUSY)?;
    // Without it SQLite plans by the values that are bound and prepares a statement again for each new
    // one: a page of the inbox took ten times as long.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

/// Gives pages that nothing uses any more back to the device: some megabytes at a time, so that no
/// operation waits long for the writer.
pub(super) fn give_back_room(db: &Connection) -> Result<(), StoreError> {
    let mut vacuum = db.prepare_cached("PRAGMA incremental_vacuum(2000)")?;
    // One page a step.
    let mut pages = vacuum.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// How many migrations ran in this file. Read before anything is written.
fn version(db: &Connection, kind: &Kind) -> Result<usize, StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application_id, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application_id == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    if application_id != kind.application_id {
        return Err(StoreError::Corrupt);
    }
    match usize::try_from(version) {
        Ok(version) if version > kind.migrations.len() => Err(StoreError::Newer),
        Ok(version) => Ok(version),
        Err(_) => Err(StoreError::Corrupt),
    }
}

/// Runs the migrations that are missing, each in a transaction of its own together with its number.
fn migrate(db: &mut Connection, kind: &Kind, version: usize) -> Result<(), StoreError> {
    for (number, migration) in (1_i32..).zip(kind.migrations).skip(version) {
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        match migration {
            Migration::Sql(statements) => transaction.execute_batch(statements)?,
            Migration::SqlIf { question, sql } => {
                if transaction.query_row(question, [], |row| row.get(0))? {
                    transaction.execute_batch(sql)?;
                }
            }
        }
        transaction.pragma_update(None, "application_id", kind.application_id)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Whether a database is whole: its pages and indexes by SQLite's own check, and its tables as the
/// migrations make them. SQLite does not notice a letter that changed in the text of a table: it names
/// another column from then on. Reads the whole file.
pub(super) fn is_whole(db: &Connection, kind: &Kind) -> Result<bool, StoreError> {
    Ok(passes_integrity_check(db)? && schema(db)? == schema(&writer(Path::new(":memory:"), kind)?)?)
}

/// Whether pages and indexes are whole, by SQLite's own check. Reads the whole file.
pub(super) fn passes_integrity_check(db: &Connection) -> Result<bool, StoreError> {
    let found: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(found == "ok")
}

/// Each table and index as it was declared. Spaces do not count: dropping a column takes some away.
pub(super) fn schema(db: &Connection) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let mut statement = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?)))?;
    let without_spaces = |sql: String| sql.split_whitespace().collect();
    rows.map(|row| row.map(|(name, sql)| (name, sql.map(without_spaces))).map_err(StoreError::from)).collect()
}
