//! Small files and folders that are there after a power cut: a name is only on the disk once its folder
//! was synced.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use uuid::Uuid;

/// What is being written until it has its name.
const UNFINISHED: &str = "new";

/// Replaces a small file. A kill or a power cut leaves the old one or the new one, and of two that
/// write at once the later one wins. An empty folder of that name makes way. On disk when it returns.
pub(crate) fn replace_file(file: &Path, content: &[u8]) -> io::Result<()> {
    let folder = file.parent().ok_or(ErrorKind::InvalidInput)?;
    let new = folder.join(format!("{}.{UNFINISHED}", Uuid::now_v7()));
    let written = File::create_new(&new).and_then(|mut open| {
        open.write_all(content)?;
        open.sync_all()
    });
    let replaced = written.and_then(|()| {
        if file.is_dir() {
            fs::remove_dir(file)?;
        }
        fs::rename(&new, file)
    });
    if replaced.is_err() {
        fs::remove_file(new).ok();
    }
    replaced.and_then(|()| sync_folder(folder))
}

/// Deletes what killed processes left of [`replace_file`] in a folder. No task may be writing there.
pub(crate) fn sweep_unfinished(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let ours = path.file_stem().is_some_and(|stem| Uuid::try_parse(&stem.to_string_lossy()).is_ok());
        if ours && path.extension().is_some_and(|extension| extension == UNFINISHED) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Makes a folder, and those it lies in, where they are missing. On disk when it returns.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(_) if folder.is_dir() => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make_folder(folder.parent().ok_or(error)?)?;
            match fs::create_dir(folder) {
                // Another task was faster, and syncs it too.
                Err(_) if folder.is_dir() => {}
                made => made?,
            }
        }
        Err(error) => return Err(error),
    }
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// The names in a folder are on disk when this returns.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_with_those_it_lies_in_and_again_without_a_fault() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b/c");
        make_folder(&folder).unwrap();
        make_folder(&folder).unwrap();
        assert!(folder.is_dir());
        fs::write(place.path().join("file"), b"").unwrap();
        assert!(make_folder(&place.path().join("file")).is_err());
        assert!(make_folder(&place.path().join("file/below")).is_err());
    }

    #[test]
    fn what_a_killed_process_left_of_a_small_file_is_swept_away_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("account.json");
        replace_file(&file, b"one").unwrap();
        replace_file(&file, b"two").unwrap();
        let left = place.path().join(format!("{}.new", Uuid::now_v7()));
        fs::write(&left, b"th").unwrap();
        fs::write(place.path().join("cache.new"), b"").unwrap();
        sweep_unfinished(place.path()).unwrap();
        sweep_unfinished(&place.path().join("none")).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(!left.exists());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
    }
}
