//! Folders and files that only their owner reads, whatever the umask: 0700 and 0600. The data folder
//! holds API tokens, app secrets and what customers wrote.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder for its owner alone. One that is there already is closed to others if it is empty or `ours`; another
/// program's folder keeps its mode.
pub(crate) fn make_folder(path: &Path, ours: bool) -> io::Result<()> {
    let there = path.is_dir();
    fs::create_dir_all(path)?;
    if !there || ours || fs::read_dir(path)?.next().is_none() {
        close_folder(path)?;
    }
    Ok(())
}

/// Opens or makes a file for its owner alone.
pub(crate) fn make_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    close_file(path)?;
    Ok(file)
}

/// Closes a folder and all that is in it to others: an earlier version left them open.
pub(crate) fn close_all(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            close_folder(&entry.path())?;
            close_all(&entry.path())?;
        } else if kind.is_file() {
            close_file(&entry.path())?;
        }
    }
    Ok(())
}

/// A name is on disk only once its folder is.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn close_folder(path: &Path) -> io::Result<()> {
    set_mode(path, 0o700)
}

#[cfg(unix)]
fn close_file(path: &Path) -> io::Result<()> {
    set_mode(path, 0o600)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

// Elsewhere a user's own folders are closed to others by what they inherit.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same shape on every system")]
fn close_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "the same shape on every system")]
fn close_file(_: &Path) -> io::Result<()> {
    Ok(())
}
