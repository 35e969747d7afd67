//! Bare SQLite: a program that wants these rows on disk and on screen and nothing else. Prepared statements, one transaction a page, the same tables, indexes and pragmas.
//!
//! It reads the same bytes and leaves the same rows (a test compares them, column by column). It
//! has no view that changes, no snapshot, no tombstone, no second reader, no change events and
//! trusts whatever comes: where it can store a piece of JSON as it came, it does.

mod apply;
mod read;
mod wire;

use std::path::{Path, PathBuf};

use riposte::store::bench;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use crate::feed::Page;
use crate::{Outcome, directory};

/// A database and nothing around it.
pub(crate) struct Bare {
    db: Connection,
    path: PathBuf,
}

impl Bare {
    /// Opens a cache, making its tables when it is new.
    pub(crate) fn cache(folder: &Path) -> Outcome<Self> {
        let (schema, pragmas) = bench::cache();
        Self::open(&folder.join("bare.db"), &schema, &pragmas)
    }

    /// Opens an outbox, making its tables when it is new.
    pub(crate) fn outbox(folder: &Path) -> Outcome<Self> {
        let (schema, pragmas) = bench::outbox();
        Self::open(&folder.join("bare_outbox.db"), &schema, &pragmas)
    }

    fn open(path: &Path, schema: &[&str], pragmas: &[&str]) -> Outcome<Self> {
        let new = !path.exists();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        db.set_prepared_statement_cache_capacity(64);
        // As ours: prepared once, whatever values are bound.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        for pragma in pragmas {
            db.execute_batch(pragma)?;
        }
        if new {
            for tables in schema {
                db.execute_batch(tables)?;
            }
        }
        Ok(Self { db, path: path.to_owned() })
    }

    /// The directories, as they stand before the feed begins.
    pub(crate) fn begin(&self) -> Outcome<()> {
        apply::directories(&self.db, &directory::rows())
    }

    /// Applies a page: from its bytes to rows and cursor.
    pub(crate) fn apply(&mut self, json: &[u8], now_ms: i64) -> Outcome<()> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        apply::page(&transaction, json, now_ms)?;
        Ok(transaction.commit()?)
    }

    /// The same for a list of pages.
    pub(crate) fn apply_all(&mut self, pages: &[Page], now_ms: i64) -> Outcome<()> {
        pages.iter().try_for_each(|page| self.apply(&page.json, now_ms))
    }

    /// A command, on disk when this returns.
    pub(crate) fn enqueue(&mut self, key: [u8; 16], conversation: i64, command: &str, now_ms: i64) -> Outcome<()> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction
            .prepare_cached(
                "INSERT INTO command (key, once_key, conversation_id, command, epoch, created_at, attempts, state, file,
                                      file_bytes)
                 VALUES (?1, NULL, ?2, ?3, 'e1', ?4, 0, '{\"state\":\"queued\",\"not_before\":null}', NULL, 0)",
            )?
            .execute(params![key, conversation, command, now_ms])?;
        Ok(transaction.commit()?)
    }

    /// SQLite's own check of every page and index.
    pub(crate) fn check(&self) -> Outcome<()> {
        let found: String = self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(found.into()) }
    }

    #[cfg(test)]
    pub(crate) fn db(&self) -> &Connection {
        &self.db
    }

    /// Closes it. Returns how large it is.
    pub(crate) fn close(self) -> Outcome<u64> {
        self.db.close().map_err(|(_, error)| error)?;
        Ok(std::fs::metadata(&self.path)?.len())
    }
}
