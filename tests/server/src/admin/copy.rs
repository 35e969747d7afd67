//! A backup as a folder, made while the server runs, and a data folder restored from one.
//!
//! The copy of the database is one consistent state (SQLite's `VACUUM INTO`); files never change once they
//! are there, so that those it names are copied after it. The copy knows that it is a backup: a server that
//! opens it begins another history by itself, however it was put back, and however often.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::{Admin, AdminError};
use crate::db::DbError;
use crate::private;
use crate::server::DATABASE;

/// What a backup holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files of messages.
    pub files: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Files that a message names and that were not there.
    pub missing: u64,
}

/// The folder of files, in a data folder and in a backup.
const FILES: &str = "files";

impl Admin {
    /// Makes a backup in a new folder. The server goes on meanwhile; what changes after the beginning is not in it.
    pub async fn back_up_to(&self, folder: &Path) -> Result<Copied, AdminError> {
        let (app, folder, now) = (self.app.clone(), folder.to_owned(), self.app.now().timestamp_millis());
        let made = tokio::task::spawn_blocking(move || {
            empty(&folder)?;
            private::make_folder(&folder, true)?;
            let database = folder.join(DATABASE);
            copy_database(app.db.path(), &database, now)?;
            copy_files(&app.files.folder().join(FILES), &folder, &database)
        });
        made.await.map_err(|_| DbError::Interrupted)?
    }
}

/// Makes a data folder from a backup. It must not be there yet, or be empty. Returns once it is whole.
pub fn restore(backup: &Path, data: &Path) -> Result<Copied, AdminError> {
    let database = backup.join(DATABASE);
    if !database.is_file() || !is_backup(&database)? {
        return Err(AdminError::NoBackup(backup.to_owned()));
    }
    empty(data)?;
    let parent = data.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(parent)?;
    // Beside it until it is whole: a restoration that breaks off leaves no folder that looks like one.
    let coming = tempfile::Builder::new().prefix(".restoring-").tempdir_in(parent)?;
    private::make_folder(coming.path(), true)?;
    copy_file(&database, &coming.path().join(DATABASE))?;
    let copied = copy_files(&backup.join(FILES), coming.path(), &database)?;
    if data.is_dir() {
        fs::remove_dir(data)?;
    }
    fs::rename(coming.keep(), data)?;
    private::sync_folder(parent)?;
    Ok(copied)
}

/// Whether a folder may be made there: it is not there, or nothing is in it.
fn empty(folder: &Path) -> Result<(), AdminError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(AdminError::NotEmpty(folder.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn copy_database(from: &Path, to: &Path, now_ms: i64) -> Result<(), AdminError> {
    // `VACUUM INTO` takes an empty file, which has its mode already.
    private::make_file(to)?;
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(std::time::Duration::from_secs(60))?;
    let name = to.to_str().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    source.execute("VACUUM INTO ?1", [name])?;
    let copy = Connection::open(to)?;
    let sound: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(AdminError::Damaged);
    }
    copy.execute("UPDATE account SET backup_at = ?1", params![now_ms])?;
    copy.close().map_err(|(_, error)| error)?;
    File::open(to)?.sync_all()?;
    Ok(())
}

fn is_backup(database: &Path) -> Result<bool, AdminError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE backup_at IS NOT NULL)";
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let held = Connection::open_with_flags(database, flags)?;
    // A database without the column is none of this version's backups.
    Ok(held.query_row(SQL, [], |row| row.get(0)).unwrap_or(false))
}

/// Copies the files that a database names.
fn copy_files(from: &Path, folder: &Path, database: &Path) -> Result<Copied, AdminError> {
    let to = folder.join(FILES);
    private::make_folder(&to, true)?;
    let mut copied = Copied { bytes: fs::metadata(database)?.len(), ..Copied::default() };
    for name in named(database)? {
        match copy_file(&from.join(&name), &to.join(&name)) {
            Ok(bytes) => {
                copied.files += 1;
                copied.bytes += bytes;
            }
            // It was removed meanwhile, with its message.
            Err(error) if error.kind() == io::ErrorKind::NotFound => copied.missing += 1,
            Err(error) => return Err(error.into()),
        }
    }
    private::sync_folder(&to)?;
    private::sync_folder(folder)?;
    Ok(copied)
}

fn named(database: &Path) -> Result<Vec<PathBuf>, DbError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let held = Connection::open_with_flags(database, flags)?;
    let mut statement = held.prepare("SELECT DISTINCT sha256 FROM media ORDER BY sha256")?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    let hash = |name: String| crate::files::Hash::read(&name).map(|hash| PathBuf::from(hash.as_str()));
    let names: Vec<String> = found.collect::<Result<_, _>>()?;
    Ok(names.into_iter().filter_map(hash).collect())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<u64> {
    let mut source = File::open(from)?;
    let mut copy = private::make_file(to)?;
    let bytes = io::copy(&mut source, &mut copy)?;
    copy.sync_all()?;
    Ok(bytes)
}
