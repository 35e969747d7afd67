//! Where tokens are kept between two starts: one file that only its owner can read.
//!
//! A desktop has a keyring, and a real client would use it. This one is to run on any machine with
//! nothing installed, so it says plainly what it does: the settings name it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use riposte::facade::{SecretError, SecretStore};
use secrecy::{ExposeSecret, SecretString};

/// Secrets in a file of their own.
pub(super) struct FileSecretStore {
    file: PathBuf,
    /// One change after the other.
    changing: Mutex<()>,
}

impl FileSecretStore {
    /// In this folder, which must be there.
    pub(super) fn new(folder: &Path) -> Self {
        Self { file: folder.join("secrets.json"), changing: Mutex::new(()) }
    }

    fn read(&self) -> Result<BTreeMap<String, String>, SecretError> {
        match fs::read(&self.file) {
            Ok(json) => serde_json::from_slice(&json).map_err(|_| SecretError::Denied),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(_) => Err(SecretError::Denied),
        }
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), SecretError> {
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        change(&mut secrets);
        let json = serde_json::to_vec(&secrets).map_err(|_| SecretError::Denied)?;
        self.replace(&json).map_err(|_| SecretError::Denied)
    }

    /// A kill leaves the old file or the new one, and a power cut too.
    fn replace(&self, json: &[u8]) -> std::io::Result<()> {
        let new = self.file.with_extension("new");
        let mut file = private(&new)?;
        file.write_all(json)?;
        file.sync_all()?;
        fs::rename(&new, &self.file)
    }
}

/// A file for its owner alone, empty.
fn private(path: &Path) -> std::io::Result<File> {
    // A file left there by a kill may belong to another user.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl SecretStore for FileSecretStore {
    fn get(&self, name: String) -> Result<SecretString, SecretError> {
        self.read()?.remove(&name).map(SecretString::from).ok_or(SecretError::NotFound)
    }

    fn put(&self, name: String, secret: SecretString) -> Result<(), SecretError> {
        self.change(|secrets| {
            secrets.insert(name, secret.expose_secret().to_owned());
        })
    }

    fn delete(&self, name: String) -> Result<(), SecretError> {
        self.change(|secrets| {
            secrets.remove(&name);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_there_after_a_restart_and_gone_once_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        FileSecretStore::new(folder.path()).put("a".into(), "token".into()).unwrap();
        let again = FileSecretStore::new(folder.path());
        assert_eq!(again.get("a".into()).unwrap().expose_secret(), "token");
        assert_eq!(again.get("b".into()).unwrap_err(), SecretError::NotFound);
        again.delete("a".into()).unwrap();
        again.delete("a".into()).unwrap();
        assert_eq!(again.get("a".into()).unwrap_err(), SecretError::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = FileSecretStore::new(folder.path());
        store.put("a".into(), "token".into()).unwrap();
        store.put("b".into(), "other".into()).unwrap();
        assert_eq!(fs::metadata(&store.file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
