//! A phone whose files and safe can be seen and touched, with any number of accounts on it: for
//! tests about sessions and about damage. Nothing of the cast is known here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riposte::clock::ManualClock;
use riposte::facade::{Account, Config, Error, LogSetup, MemorySecretStore, Riposte, SecretError, SecretStore};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::phone::{PASSWORD, email};
use crate::tamper::copy_folder;

/// A safe that can be locked, as a whole or for one account.
#[derive(Default)]
pub struct Safe {
    secrets: MemorySecretStore,
    locked: Mutex<BTreeSet<String>>,
}

impl Safe {
    /// Locks or unlocks all of it, as a phone that has just been started would.
    pub fn set_locked(&self, locked: bool) {
        self.secrets.set_locked(locked);
    }

    /// Locks or unlocks one account's secret.
    pub fn set_locked_for(&self, account: &str, locked: bool) {
        let mut names = self.names();
        if locked {
            names.insert(account.to_owned());
        } else {
            names.remove(account);
        }
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        // A set of names: a panic elsewhere cannot have left it half written.
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_for(&self, name: &str) -> Result<(), SecretError> {
        if self.names().contains(name) { Err(SecretError::Locked) } else { Ok(()) }
    }
}

impl SecretStore for Safe {
    fn get(&self, name: String) -> Result<SecretString, SecretError> {
        self.open_for(&name).and_then(|()| self.secrets.get(name))
    }

    fn put(&self, name: String, secret: SecretString) -> Result<(), SecretError> {
        self.open_for(&name).and_then(|()| self.secrets.put(name, secret))
    }

    fn delete(&self, name: String) -> Result<(), SecretError> {
        self.open_for(&name).and_then(|()| self.secrets.delete(name))
    }
}

/// A phone in its owner's pocket.
pub struct Pocket {
    /// Its safe.
    pub safe: Arc<Safe>,
    /// Where the log of its app goes, from the next start on.
    pub log: Option<LogSetup>,
    folder: TempDir,
    clock: ManualClock,
    core: Option<Arc<Riposte>>,
}

impl Pocket {
    /// A new phone that no agent has signed in on.
    pub fn new(clock: &ManualClock) -> std::io::Result<Self> {
        Ok(Self { safe: Arc::default(), log: None, folder: tempfile::tempdir()?, clock: clock.clone(), core: None })
    }

    /// The app, started if it is not running.
    pub fn app(&mut self) -> Result<Arc<Riposte>, Error> {
        if let Some(core) = &self.core {
            return Ok(core.clone());
        }
        let mut config = Config::new(self.folder.path().to_string_lossy().into_owned(), self.safe.clone());
        config.locale = "en".to_owned();
        config.utc_offset_minutes = 60;
        config.device_name = "a phone".to_owned();
        config.platform = "script".to_owned();
        config.clock = Some(Arc::new(self.clock.clone()));
        config.log = self.log.clone();
        Ok(self.core.insert(Riposte::open(config)?).clone())
    }

    /// Signs an agent of the cast in.
    pub async fn sign_in(&mut self, server_url: String, agent: &str) -> Result<Arc<Account>, Error> {
        self.app()?.sign_in(server_url, email(agent), PASSWORD.to_owned()).await
    }

    /// An account that is signed in on it.
    pub async fn account(&mut self, id: &str) -> Result<Arc<Account>, Error> {
        self.app()?.account(id.to_owned()).await
    }

    /// The same phone as it is once its app was killed at this moment: a copy of its files.
    pub fn killed(&self) -> std::io::Result<Self> {
        let killed = Self { safe: self.safe.clone(), ..Self::new(&self.clock)? };
        copy_folder(self.folder(), killed.folder())?;
        Ok(killed)
    }

    /// Closes the app. When this returns none of its files is open.
    pub async fn close(&mut self) -> Result<(), Error> {
        match self.core.take() {
            Some(core) => core.pause().await,
            None => Ok(()),
        }
    }

    /// The folder of all its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of one account's files.
    pub fn account_folder(&self, id: &str) -> PathBuf {
        self.folder.path().join("accounts").join(id)
    }
}
