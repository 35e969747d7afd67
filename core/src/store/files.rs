//! The files of one signed-in agent, in one folder.
//!
//! `outbox.db` and `cache.db`; `cache.new.db` while a cache of another epoch is being filled;
//! `cache.damaged.db` once a cache had to be set aside (only the latest is kept).

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::durable::make_folder;
use super::table::{feed, tombstone};
use super::{StoreError, open};

const CACHE: &str = "cache.db";
const NEXT_CACHE: &str = "cache.new.db";
const DAMAGED_CACHE: &str = "cache.damaged.db";
const OUTBOX: &str = "outbox.db";

/// SQLite's own files beside a database: none for the database itself.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// What was found when the files were opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// There was no cache yet.
    pub cache_new: bool,
    /// The cache was damaged: it was set aside and an empty one made. Outbox and drafts are untouched.
    pub cache_set_aside: bool,
}

/// The connections to a cache.
pub(super) struct Cache {
    pub(super) writer: Connection,
    /// A cache of another epoch that is being filled.
    pub(super) next: Option<Connection>,
    pub(super) readers: Vec<Connection>,
}

/// How many readers a cache has: one for the screen, one for whatever runs beside it.
pub(super) const READERS: usize = 2;

/// Opens the outbox. A damaged one is an error and stays where it is: it is precious.
pub(super) fn open_outbox(folder: &Path) -> Result<Connection, StoreError> {
    make_folder(folder)?;
    open::writer(&folder.join(OUTBOX), &open::OUTBOX)
}

/// Opens the cache. A damaged one is set aside and an empty one made.
pub(super) fn open_cache(folder: &Path) -> Result<(Cache, OpenReport), StoreError> {
    make_folder(folder)?;
    let next = open_next(folder)?;
    let cache_new = !folder.join(CACHE).exists();
    let (cache, cache_set_aside) = match connect(folder) {
        Err(StoreError::Corrupt) => {
            set_aside(folder)?;
            (connect(folder)?, true)
        }
        opened => (opened?, false),
    };
    Ok((Cache { next, ..cache }, OpenReport { cache_new, cache_set_aside }))
}

fn connect(folder: &Path) -> Result<Cache, StoreError> {
    let path = folder.join(CACHE);
    let writer = open::writer(&path, &open::CACHE)?;
    feed::get(&writer)?;
    // No answer that an earlier process waited for can still come.
    tombstone::clear(&writer)?;
    let readers = (0..READERS).map(|_| open::reader(&path)).collect::<Result<_, _>>()?;
    Ok(Cache { writer, next: None, readers })
}

/// The next cache, if one was being filled. One that was whole when the process ended takes its
/// place now.
fn open_next(folder: &Path) -> Result<Option<Connection>, StoreError> {
    let path = folder.join(NEXT_CACHE);
    if !path.exists() {
        return Ok(None);
    }
    let opened = open::writer(&path, &open::CACHE).and_then(|next| Ok((feed::get(&next)?.cursor.is_some(), next)));
    match opened {
        Ok((true, next)) => {
            drop(next);
            promote_next(folder)?;
            Ok(None)
        }
        Ok((false, next)) => Ok(Some(next)),
        // It is only a beginning: the snapshot begins again.
        Err(_) => {
            remove_next(folder)?;
            Ok(None)
        }
    }
}

/// Begins a cache of another epoch beside the one in use.
pub(super) fn begin_next(folder: &Path) -> Result<Connection, StoreError> {
    remove_next(folder)?;
    open::writer(&folder.join(NEXT_CACHE), &open::CACHE)
}

/// Forgets the next cache. It must not be open.
pub(super) fn remove_next(folder: &Path) -> Result<(), StoreError> {
    remove(folder, NEXT_CACHE)
}

/// The next cache takes the place of the one in use. Neither must be open. Whatever interrupts
/// this, one of the two is found whole at the next opening.
pub(super) fn promote_next(folder: &Path) -> Result<(), StoreError> {
    // Its log was written back when it was closed; a log left over from the old cache must not
    // be read into the new one.
    remove(folder, CACHE)?;
    rename(folder, NEXT_CACHE, CACHE)
}

/// Puts a damaged cache aside. It must not be open.
pub(super) fn set_aside(folder: &Path) -> Result<(), StoreError> {
    remove(folder, DAMAGED_CACHE)?;
    rename(folder, CACHE, DAMAGED_CACHE)
}

fn rename(folder: &Path, from: &str, to: &str) -> Result<(), StoreError> {
    for beside in BESIDE {
        missing_is_fine(fs::rename(named(folder, from, beside), named(folder, to, beside)))?;
    }
    Ok(())
}

fn remove(folder: &Path, name: &str) -> Result<(), StoreError> {
    for beside in BESIDE {
        missing_is_fine(fs::remove_file(named(folder, name, beside)))?;
    }
    Ok(())
}

fn named(folder: &Path, name: &str, beside: &str) -> PathBuf {
    folder.join(format!("{name}{beside}"))
}

fn missing_is_fine(result: std::io::Result<()>) -> Result<(), StoreError> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
