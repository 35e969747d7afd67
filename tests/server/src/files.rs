//! Files on disk: whole ones by what is in them, and uploads on their way.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use riposte::model::AgentId;
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::private;

/// The SHA-256 of a file's content, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Hash(String);

impl Hash {
    /// 64 hexadecimal digits, or nothing.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn of(digest: &[u8]) -> Self {
        use std::fmt::Write;
        Self(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    }
}

/// The folder of files.
pub(crate) struct Files {
    folder: PathBuf,
    whole: PathBuf,
    parts: PathBuf,
    busy: Arc<Mutex<HashSet<PathBuf>>>,
}

/// An upload on its way. Only one call writes it at a time.
pub(crate) struct Part {
    path: PathBuf,
    busy: Arc<Mutex<HashSet<PathBuf>>>,
}

impl Drop for Part {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

impl Files {
    /// Opens or makes the folder.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let files = Self {
            folder: folder.to_owned(),
            whole: folder.join("files"),
            parts: folder.join("uploads"),
            busy: Arc::default(),
        };
        private::make_folder(&files.whole, true)?;
        private::make_folder(&files.parts, true)?;
        private::sync_folder(folder)?;
        Ok(files)
    }

    /// The data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn whole_path(&self, hash: &Hash) -> PathBuf {
        self.whole.join(hash.as_str())
    }

    fn part_path(&self, agent: AgentId, hash: &Hash) -> PathBuf {
        self.parts.join(format!("{agent}-{}", hash.as_str()))
    }

    /// The size of a whole file; none when it is not here.
    pub(crate) async fn size(&self, hash: &Hash) -> Option<u64> {
        fs::metadata(self.whole_path(hash)).await.ok().map(|found| found.len())
    }

    /// How much of an agent's upload is here.
    pub(crate) async fn part_size(&self, agent: AgentId, hash: &Hash) -> u64 {
        fs::metadata(self.part_path(agent, hash)).await.map_or(0, |found| found.len())
    }

    /// Takes an upload in hand; none while another call has it. Each agent has parts of their
    /// own: no agent can spoil another's.
    pub(crate) fn part(&self, agent: AgentId, hash: &Hash) -> Option<Part> {
        let path = self.part_path(agent, hash);
        let free = self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        free.then(|| Part { path, busy: self.busy.clone() })
    }

    /// The upload is whole: keeps it if its content is what was said. False: it was not, and is gone.
    pub(crate) async fn keep_part(&self, part: &Part, hash: &Hash) -> io::Result<bool> {
        if digest(&part.path).await? != *hash {
            fs::remove_file(&part.path).await?;
            return Ok(false);
        }
        self.put_in_place(&part.path, hash).await?;
        Ok(true)
    }

    /// Keeps bytes that are in hand, and says what they are called.
    pub(crate) async fn keep(&self, bytes: &Bytes) -> io::Result<Hash> {
        let hash = Hash::of(&Sha256::digest(bytes));
        let path = self.whole_path(&hash);
        if fs::metadata(&path).await.is_err() {
            // Under another name until it is whole: a name in this folder is a promise.
            let coming = self.parts.join(format!("fetched-{}", uuid::Uuid::new_v4().simple()));
            let mut file = private_file(&coming).await?;
            file.write_all(bytes).await?;
            file.sync_all().await?;
            self.put_in_place(&coming, &hash).await?;
        } else {
            // It arrives again: the sweep leaves what is new until its row is there.
            let now = std::time::SystemTime::now();
            let touched = tokio::task::spawn_blocking(move || {
                std::fs::OpenOptions::new().write(true).open(path).and_then(|file| file.set_modified(now))
            });
            touched.await??;
        }
        Ok(hash)
    }

    /// Gives a file its name among the whole ones. The name is on disk when this returns: a power cut after the answer
    /// leaves no row without its file.
    async fn put_in_place(&self, from: &Path, hash: &Hash) -> io::Result<()> {
        fs::rename(from, self.whole_path(hash)).await?;
        let whole = self.whole.clone();
        tokio::task::spawn_blocking(move || private::sync_folder(&whole)).await?
    }

    /// How much an agent's uploads hold that are not whole yet.
    pub(crate) async fn parts_bytes(&self, agent: AgentId) -> io::Result<u64> {
        let (mut entries, mine) = (fs::read_dir(&self.parts).await?, format!("{agent}-"));
        let mut bytes = 0;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_name().to_string_lossy().starts_with(&mine) {
                bytes += entry.metadata().await.map_or(0, |found| found.len());
            }
        }
        Ok(bytes)
    }

    /// All of a file.
    pub(crate) async fn read(&self, hash: &Hash) -> io::Result<Bytes> {
        Ok(fs::read(self.whole_path(hash)).await?.into())
    }

    /// A file, to be read in pieces.
    pub(crate) async fn open_file(&self, hash: &Hash) -> io::Result<fs::File> {
        fs::File::open(self.whole_path(hash)).await
    }
}

impl Part {
    /// Opens it to go on at its end.
    pub(crate) async fn append(&self) -> io::Result<fs::File> {
        let mut options = fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        options.mode(0o600);
        options.open(&self.path).await
    }

    /// How much of it is here.
    pub(crate) async fn size(&self) -> u64 {
        fs::metadata(&self.path).await.map_or(0, |found| found.len())
    }
}

/// A new file for its owner alone.
async fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).await
}

async fn digest(path: &Path) -> io::Result<Hash> {
    let mut file = fs::File::open(path).await?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer).await?;
        match buffer.get(..read) {
            Some(piece) if read > 0 => hasher.update(piece),
            _ => break,
        }
    }
    Ok(Hash::of(&hasher.finalize()))
}
