//! Where files lie: `media/HASH`, so that the same content is there once and a name never
//! leaves the folder. `media/ids/ID` says which content an id of the server has.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use ring::digest::{Context, Digest, SHA256};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::backend::BackendError;
use crate::model::MediaId;
use crate::store::{make_folder, replace_file, sweep_unfinished, sync_folder};
use crate::task::{
    self,
    sync::{AtomicBool, Mutex},
};

const FOLDER: &str = "media";
/// A download that was cut is gone on with this long.
const PARTS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How much is read at once while copying and hashing.
const BLOCK_BYTES: usize = 64 * 1024;

/// Why there is no file.
#[derive(Debug)]
pub(crate) enum MediaError {
    /// The caller's file cannot be read, or is empty.
    Unreadable,
    /// More than is taken.
    TooLarge,
    /// No room on the device.
    Full,
    /// The device failed.
    Io,
    /// [`MediaFiles::close`] has been called.
    Closed,
    /// This account keeps no files.
    NoPlace,
    /// The server.
    Backend(BackendError),
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io,
        }
    }
}

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its name below the account's folder.
    pub(crate) file: String,
    /// Its content, in hexadecimal.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) size_bytes: i64,
}

/// The files of an account. Clones are the same.
#[derive(Clone)]
pub(crate) struct MediaFiles {
    /// None: nothing is kept.
    account: Option<Arc<PathBuf>>,
    door: Arc<Door>,
    /// Downloads under way: two of one id would write into the same file.
    downloads: Arc<Mutex<HashMap<MediaId, Weak<tokio::sync::Mutex<()>>>>>,
}

/// Who closes it waits for those inside.
#[derive(Default)]
struct Door {
    closed: Arc<RwLock<bool>>,
    /// It is being closed: long work inside ends early.
    closing: AtomicBool,
}

impl MediaFiles {
    pub(crate) fn new(account_folder: PathBuf) -> Self {
        Self { account: Some(Arc::new(account_folder)), door: Arc::default(), downloads: Arc::default() }
    }

    /// Of an account that leaves nothing on the disk.
    pub(crate) fn none() -> Self {
        Self { account: None, door: Arc::default(), downloads: Arc::default() }
    }

    /// Works with the files, on a thread that may wait for the disk. Everything that opens one
    /// goes through here.
    pub(crate) async fn at_work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, MediaError> + Send + 'static,
    ) -> Result<T, MediaError> {
        let closed = self.door.closed.clone().read_owned().await;
        if *closed {
            return Err(MediaError::Closed);
        }
        let files = self.clone();
        // Boxed, so that a hop is compiled once a result.
        let work: Box<dyn FnOnce() -> Result<T, MediaError> + Send> = Box::new(move || {
            let _inside = closed;
            work(&files)
        });
        task::hop(work).await.unwrap_or(Err(MediaError::Io))
    }

    /// No file is open when this returns, and none is opened before [`MediaFiles::reopen`].
    pub(crate) async fn close(&self) {
        self.door.closing.store(true, Ordering::Release);
        *self.door.closed.write().await = true;
    }

    pub(crate) async fn reopen(&self) {
        let mut closed = self.door.closed.write().await;
        self.door.closing.store(false, Ordering::Release);
        *closed = false;
    }

    /// The holder is the only one that downloads the file with this id.
    pub(super) fn turn(&self, id: MediaId) -> Arc<tokio::sync::Mutex<()>> {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        downloads.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = downloads.get(&id).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        downloads.insert(id, Arc::downgrade(&turn));
        turn
    }

    /// Where a kept file lies.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        // Without a folder nothing is kept, so there is nothing to ask for.
        self.account.as_ref().map(|account| account.join(file)).unwrap_or_default()
    }

    /// Copies a file in, of at most `most_bytes`. Blocks. On disk when it returns: the caller may
    /// delete its own.
    pub(crate) fn copy_in(&self, source: &Path, most_bytes: u64) -> Result<Kept, MediaError> {
        let mut from = File::open(source).map_err(|_| MediaError::Unreadable)?;
        let temporary = self.folder()?.join(format!("{}.part", Uuid::now_v7()));
        let copied = self.copy_and_hash(&mut from, &temporary, most_bytes);
        match copied {
            Ok((size, sha256)) => self.put(&temporary, size, sha256),
            Err(error) => {
                fs::remove_file(&temporary).ok();
                Err(error)
            }
        }
    }

    /// Takes a file that was written below the folder in as its content. Blocks.
    pub(super) fn take_in(&self, written: &Path) -> Result<Kept, MediaError> {
        let (size, sha256) = self.hash_of(written)?;
        self.put(written, size, sha256)
    }

    fn put(&self, written: &Path, size: u64, sha256: String) -> Result<Kept, MediaError> {
        File::open(written)?.sync_all()?;
        let file = format!("{FOLDER}/{sha256}");
        fs::rename(written, self.path(&file))?;
        // The name too: what was said to be queued is there after a power cut.
        sync_folder(&self.folder()?)?;
        Ok(Kept { file, sha256, size_bytes: i64::try_from(size).map_err(|_| MediaError::TooLarge)? })
    }

    /// The file that the server knows by an id, if it is here and still what it was: what has changed
    /// on the disk is fetched again. Fails only when the files are being closed, which says nothing
    /// about what is here. Blocks.
    pub(super) fn by_id(&self, id: MediaId) -> Result<Option<Kept>, MediaError> {
        let Ok(sha256) = fs::read_to_string(self.id_path(id)?) else { return Ok(None) };
        if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let file = format!("{FOLDER}/{sha256}");
        let path = self.path(&file);
        let size = match self.hash_of(&path) {
            Ok((size, content)) if content == sha256 => size,
            Err(MediaError::Closed) => return Err(MediaError::Closed),
            Ok(_) | Err(_) => return Ok(None),
        };
        // Looked at: the last to be evicted.
        File::open(&path).and_then(|open| open.set_modified(SystemTime::now())).ok();
        Ok(i64::try_from(size).ok().map(|size_bytes| Kept { file, sha256, size_bytes }))
    }

    pub(super) fn remember_id(&self, id: MediaId, sha256: &str) -> Result<(), MediaError> {
        let path = self.id_path(id)?;
        if let Some(folder) = path.parent() {
            make_folder(folder)?;
        }
        Ok(replace_file(&path, sha256.as_bytes())?)
    }

    /// Where a download is gathered.
    pub(super) fn part_path(&self, id: MediaId) -> Result<PathBuf, MediaError> {
        Ok(self.folder()?.join(format!("{id}.part")))
    }

    /// Deletes what a killed process left half written: small files, copies, which are never resumed,
    /// and downloads that were not resumed for long. Blocks; no other work may run here.
    pub(crate) fn sweep(&self, now: SystemTime) -> Result<(), MediaError> {
        let account = self.account()?;
        sweep_unfinished(account)?;
        sweep_unfinished(&account.join(FOLDER).join("ids"))?;
        for entry in fs::read_dir(self.folder()?)? {
            let (path, metadata) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)))?;
            if path.extension().is_none_or(|extension| extension != "part") {
                continue;
            }
            let is_copy = path.file_stem().is_some_and(|stem| Uuid::try_parse(&stem.to_string_lossy()).is_ok());
            let rested = now.duration_since(metadata.modified()?).unwrap_or_default();
            if is_copy || rested > PARTS_KEPT {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Deletes files, those not looked at for longest first, until at most `most_bytes` are left.
    /// What `needed` names stays: it has not left yet. Blocks.
    pub(crate) fn evict(&self, most_bytes: u64, needed: &HashSet<String>) -> Result<(), MediaError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder()?)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            // What is being written has no name of its own yet and belongs to another call.
            if metadata.is_file() && entry.path().extension().is_none() {
                files.push((metadata.modified()?, metadata.len(), entry.path(), entry.file_name()));
            }
        }
        files.sort();
        let mut total: u64 = files.iter().map(|(_, size, _, _)| size).sum();
        for (_, size, path, name) in files {
            if total <= most_bytes {
                break;
            }
            if !needed.contains(&format!("{FOLDER}/{}", name.to_string_lossy())) {
                fs::remove_file(path)?;
                total = total.saturating_sub(size);
            }
        }
        Ok(())
    }

    fn copy_and_hash(&self, from: &mut File, to: &Path, most_bytes: u64) -> Result<(u64, String), MediaError> {
        let mut out = File::create_new(to)?;
        let mut hash = Context::new(&SHA256);
        let mut size = 0_u64;
        self.read_blocks(from, |block| {
            size = size.saturating_add(block.len() as u64);
            if size > most_bytes {
                return Err(MediaError::TooLarge);
            }
            hash.update(block);
            Ok(out.write_all(block)?)
        })?;
        if size == 0 {
            return Err(MediaError::Unreadable);
        }
        Ok((size, hex(&hash.finish())))
    }

    /// How long a file is, and its content in hexadecimal.
    fn hash_of(&self, file: &Path) -> Result<(u64, String), MediaError> {
        let mut hash = Context::new(&SHA256);
        let mut size = 0_u64;
        self.read_blocks(&mut File::open(file)?, |block| {
            hash.update(block);
            size = size.saturating_add(block.len() as u64);
            Ok(())
        })?;
        Ok((size, hex(&hash.finish())))
    }

    fn read_blocks(
        &self,
        from: &mut File,
        mut each: impl FnMut(&[u8]) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        let mut buffer = vec![0; BLOCK_BYTES];
        loop {
            if self.door.closing.load(Ordering::Acquire) {
                return Err(MediaError::Closed);
            }
            match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => each(buffer.get(..read).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn id_path(&self, id: MediaId) -> Result<PathBuf, MediaError> {
        Ok(self.account()?.join(FOLDER).join("ids").join(id.to_string()))
    }

    fn account(&self) -> Result<&Path, MediaError> {
        self.account.as_ref().map(|account| account.as_path()).ok_or(MediaError::NoPlace)
    }

    fn folder(&self) -> Result<PathBuf, MediaError> {
        let folder = self.account()?.join(FOLDER);
        make_folder(&folder)?;
        Ok(folder)
    }
}

fn hex(digest: &Digest) -> String {
    digest.as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        write!(hex, "{byte:02x}").ok();
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, MediaFiles) {
        let folder = tempfile::tempdir().unwrap();
        let files = MediaFiles::new(folder.path().join("account"));
        (folder, files)
    }

    fn photo(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    #[test]
    fn a_file_is_kept_by_its_content_and_the_same_content_once() {
        let (folder, files) = place();
        let one = files.copy_in(&photo(&folder, "a.jpg", b"abc"), 10).unwrap();
        let two = files.copy_in(&photo(&folder, "b.jpg", b"abc"), 10).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(fs::read(files.path(&one.file)).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path().join("account/media")).unwrap().count(), 1);
    }

    #[test]
    fn too_large_empty_and_missing_files_leave_nothing_behind() {
        let (folder, files) = place();
        assert!(matches!(files.copy_in(&photo(&folder, "a", b"abcd"), 3), Err(MediaError::TooLarge)));
        assert!(matches!(files.copy_in(&photo(&folder, "b", b""), 3), Err(MediaError::Unreadable)));
        assert!(matches!(files.copy_in(&folder.path().join("none"), 3), Err(MediaError::Unreadable)));
        assert_eq!(fs::read_dir(folder.path().join("account/media")).unwrap().count(), 0);
    }

    #[test]
    fn making_room_deletes_what_was_not_looked_at_and_never_what_has_not_left() {
        let (folder, files) = place();
        let [waiting, old, new] = ["waiting", "old", "new"]
            .map(|content| files.copy_in(&photo(&folder, content, content.as_bytes()), 10).unwrap());
        for (age, kept) in [(3, &waiting), (2, &old), (1, &new)] {
            let then = SystemTime::now() - Duration::from_secs(age * 1000);
            File::open(files.path(&kept.file)).unwrap().set_modified(then).unwrap();
        }
        files.evict(10, &HashSet::from([waiting.file.clone()])).unwrap();
        let there = |kept: &Kept| files.path(&kept.file).exists();
        assert_eq!((there(&waiting), there(&old), there(&new)), (true, false, true));
    }

    #[test]
    fn what_a_killed_process_left_half_written_is_swept_away() {
        let (folder, files) = place();
        let kept = files.copy_in(&photo(&folder, "a.jpg", b"abc"), 10).unwrap();
        let copy = files.folder().unwrap().join(format!("{}.part", Uuid::now_v7()));
        let download = files.part_path(MediaId(7)).unwrap();
        fs::write(&copy, b"ab").unwrap();
        fs::write(&download, b"ab").unwrap();
        files.sweep(SystemTime::now()).unwrap();
        assert_eq!((copy.exists(), download.exists()), (false, true), "a download goes on where it was");
        files.sweep(SystemTime::now() + Duration::from_secs(8 * 86_400)).unwrap();
        assert_eq!((files.path(&kept.file).exists(), download.exists()), (true, false));
    }
}
