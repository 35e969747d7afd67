//! A phone on a folder that outlives its process, and the safe of its tokens beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use riposte::clock::ManualClock;
use riposte::facade::{Account, Config, Error, Riposte, SecretError, SecretStore};
use secrecy::{ExposeSecret, SecretString};

use super::AGENT;
use crate::phone::{PASSWORD, email};

/// The core, open on a folder.
pub struct Device {
    /// The core.
    pub core: Arc<Riposte>,
}

impl Device {
    /// Starts the app on a folder.
    pub fn open(folder: &Path, secrets: &Path, clock: &ManualClock) -> Result<Self, Error> {
        let secrets = Arc::new(FileSecrets { file: secrets.to_owned(), turn: Mutex::new(()) });
        let mut config = Config::new(folder.to_string_lossy().into_owned(), secrets);
        config.utc_offset_minutes = 60;
        config.platform = "script".to_owned();
        config.clock = Some(Arc::new(clock.clone()));
        Ok(Self { core: Riposte::open(config)? })
    }

    /// The account that is signed in, if there is one.
    pub async fn account(&self) -> Result<Option<Arc<Account>>, Error> {
        match self.core.accounts().into_iter().next() {
            Some(info) => Ok(Some(self.core.account(info.id).await?)),
            None => Ok(None),
        }
    }

    /// Signs the agent in.
    pub async fn sign_in(&self, server_url: &str) -> Result<Arc<Account>, Error> {
        self.core.sign_in(server_url.to_owned(), email(AGENT), PASSWORD.to_owned()).await
    }

    /// Closes the app in order: no file is open afterwards.
    pub async fn close(self) -> Result<(), Error> {
        self.core.pause().await
    }
}

/// The device's safe as a file: what was put survives a kill, as a Keychain's does.
struct FileSecrets {
    file: PathBuf,
    turn: Mutex<()>,
}

impl FileSecrets {
    fn read(&self) -> BTreeMap<String, String> {
        std::fs::read(&self.file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), SecretError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.read();
        change(&mut all);
        let new = self.file.with_extension("new");
        let text = serde_json::to_vec(&all).map_err(|_| SecretError::Denied)?;
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &self.file)).map_err(|_| SecretError::Denied)
    }
}

impl SecretStore for FileSecrets {
    fn get(&self, name: String) -> Result<SecretString, SecretError> {
        self.read().remove(&name).map(SecretString::from).ok_or(SecretError::NotFound)
    }

    fn put(&self, name: String, secret: SecretString) -> Result<(), SecretError> {
        self.change(|all| drop(all.insert(name, secret.expose_secret().to_owned())))
    }

    fn delete(&self, name: String) -> Result<(), SecretError> {
        self.change(|all| drop(all.remove(&name)))
    }
}
