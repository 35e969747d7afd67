//! The files of one signed-in agent, in one folder.
//!
//! `outbox.db` and `cache.db`; `cache.new.db` while a cache of another epoch is being filled;
//! `cache.damaged.db` and `outbox.damaged.db` once one had to be set aside (only the latest is kept).

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::durable::make_folder;
use super::table::{feed, tombstone};
use super::{StoreError, open, outbox};

const CACHE: &str = "cache.db";
const NEXT_CACHE: &str = "cache.new.db";
const DAMAGED_CACHE: &str = "cache.damaged.db";
const OUTBOX: &str = "outbox.db";
const NEXT_OUTBOX: &str = "outbox.new.db";
const DAMAGED_OUTBOX: &str = "outbox.damaged.db";

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
}

/// How many readers a cache has: one for the screen, one for the tasks beside it.
pub(super) const READERS: usize = 2;

/// Opens the outbox and checks it. What can be read of a damaged one goes into a new one, and
/// the damaged one is set aside. That something may be lost is remembered in the new one.
pub(super) fn open_outbox(folder: &Path) -> Result<Connection, StoreError> {
    make_folder(folder)?;
    let path = folder.join(OUTBOX);
    if !path.exists() && folder.join(NEXT_OUTBOX).exists() {
        // What was saved was whole when the damaged one was set aside.
        // The damaged one's log must not be read into it.
        remove(folder, OUTBOX)?;
        rename(folder, NEXT_OUTBOX, OUTBOX)?;
    }
    // A cache is made after the outbox: one without the other has lost it.
    let gone = folder.join(CACHE).exists() && fs::metadata(&path).map_or(0, |file| file.len()) == 0;
    match in_place(folder, OUTBOX).and_then(|()| whole_outbox(&path)) {
        Err(StoreError::Corrupt) => save_outbox(folder),
        Ok(db) if gone => outbox::note_loss(&db).map(|()| db),
        opened => opened,
    }
}

fn whole_outbox(path: &Path) -> Result<Connection, StoreError> {
    let mut db = open::writer(path, &open::OUTBOX)?;
    outbox::check(&mut db)?;
    Ok(db)
}

/// A kill in the middle leaves the damaged one, to begin again, or the new one whole.
fn save_outbox(folder: &Path) -> Result<Connection, StoreError> {
    remove(folder, NEXT_OUTBOX)?;
    let next = folder.join(NEXT_OUTBOX);
    let mut new = open::writer(&next, &open::OUTBOX)?;
    for beside in ["-wal", "-shm"] {
        // In the way of reading what is beside it.
        fs::remove_dir(named(folder, OUTBOX, beside)).ok();
    }
    if let Ok(damaged) = open::reader(&folder.join(OUTBOX)) {
        outbox::save_what_is_left(&damaged, &mut new)?;
    }
    outbox::check(&mut new)?;
    outbox::note_loss(&new)?;
    // Its log is written back, and nothing holds it while it is renamed.
    new.close().map_err(|(_, error)| error)?;
    remove(folder, DAMAGED_OUTBOX)?;
    rename(folder, OUTBOX, DAMAGED_OUTBOX)?;
    rename(folder, NEXT_OUTBOX, OUTBOX)?;
    open::writer(&folder.join(OUTBOX), &open::OUTBOX)
}

/// Nothing but a file stands where SQLite wants one.
fn in_place(folder: &Path, name: &str) -> Result<(), StoreError> {
    let is_folder = |beside| named(folder, name, beside).is_dir();
    if BESIDE.into_iter().any(is_folder) { Err(StoreError::Corrupt) } else { Ok(()) }
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
    in_place(folder, CACHE)?;
    let writer = open::writer(&path, &open::CACHE)?;
    feed::get(&writer)?;
    // No answer that an earlier process waited for can still come.
    tombstone::clear(&writer)?;
    Ok(Cache { writer, next: None })
}

/// One reader more of a cache that is open.
pub(super) fn reader(folder: &Path) -> Result<Connection, StoreError> {
    open::reader(&folder.join(CACHE))
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
        let path = named(folder, name, beside);
        missing_is_fine(if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) })?;
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
