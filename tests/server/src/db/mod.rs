//! The database file: opening, migrating, one writer and a few readers.
//!
//! What the tables mean is not known here: `feed` owns the rows of the wire, `inbox` the facts
//! beside them, `session` the tokens.

mod migrate;
#[cfg(test)]
mod plans;
pub(crate) mod text;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

/// Why the database gave nothing. The words name no row and no value.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// SQLite failed.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored row is not what this build wrote.
    #[error("a stored row cannot be read")]
    Row(#[from] serde_json::Error),
    /// The file comes from a later version of the server.
    #[error("the data folder belongs to a later version of the server")]
    Newer,
    /// The file is another program's.
    #[error("the file is not an inbox's database")]
    NotOurs,
    /// A task of the server ended before its work was done.
    #[error("the work was interrupted")]
    Interrupted,
}

/// Readers that are kept for the next one.
const IDLE_READERS: usize = 4;

/// The database, cheap to clone. Each operation is one hop to a blocking thread.
#[derive(Clone)]
pub(crate) struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    path: Box<Path>,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Db {
    /// Opens or makes the file, and brings it to this build's version.
    pub(crate) fn open(path: &Path) -> Result<Self, DbError> {
        let mut writer = Connection::open(path)?;
        prepare(&writer)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        // A command that was answered must survive a power cut: the phone will not send it again.
        writer.pragma_update(None, "synchronous", "FULL")?;
        migrate::run(&mut writer)?;
        let inner = Inner { path: path.into(), writer: Mutex::new(writer), readers: Mutex::new(Vec::new()) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs `work` in the one writing transaction; committed when it gives `Ok`.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let inner = self.inner.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut writer = lock(&inner.writer);
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(DbError::from)?;
            let given = work(&tx)?;
            tx.commit().map_err(DbError::from)?;
            Ok(given)
        });
        done.await.unwrap_or_else(|_| Err(DbError::Interrupted.into()))
    }

    /// Runs `work` on one consistent state of the database.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let inner = self.inner.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut reader = inner.reader()?;
            let tx = reader.transaction().map_err(DbError::from)?;
            let given = work(&tx)?;
            drop(tx);
            let mut idle = lock(&inner.readers);
            if idle.len() < IDLE_READERS {
                idle.push(reader);
            }
            Ok(given)
        });
        done.await.unwrap_or_else(|_| Err(DbError::Interrupted.into()))
    }
}

impl Inner {
    fn reader(&self) -> Result<Connection, DbError> {
        if let Some(reader) = lock(&self.readers).pop() {
            return Ok(reader);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.path, flags)?;
        prepare(&reader)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    }
}

fn prepare(connection: &Connection) -> Result<(), DbError> {
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "secure_delete", "FAST")?;
    // Beside a partial index, a plan that looked at a bound value would be made again at each binding.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A transaction that was cut off is rolled back when it is dropped: nothing is half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
