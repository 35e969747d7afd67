//! Where secrets are kept: the Keychain, the Keystore, or memory for tests and scripts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

/// The device's safe. Called from a thread that may block.
///
/// In another language an error that is none of [`SecretError`] counts as [`SecretError::Denied`].
#[cfg_attr(feature = "uniffi", uniffi::export(with_foreign))]
pub trait SecretStore: Send + Sync {
    /// The secret of this name.
    fn get(&self, name: String) -> Result<SecretString, SecretError>;

    /// Keeps a secret; when this returns it survives a kill.
    fn put(&self, name: String, secret: SecretString) -> Result<(), SecretError>;

    /// Forgets a secret. Forgetting what is not there is no error.
    fn delete(&self, name: String) -> Result<(), SecretError>;
}

/// Why the safe gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Error))]
pub enum SecretError {
    /// There is no such secret.
    #[error("no such secret")]
    NotFound,
    /// The device has not been unlocked since it started. It means *later*: the secret is
    /// there, and nothing may be created in its place.
    #[error("the keys are locked until the device is unlocked")]
    Locked,
    /// The system does not let this app have it.
    #[error("the system refuses the secret")]
    Denied,
}

/// Secrets in memory, gone with the process. For tests, and for scripts that sign in each time.
#[derive(Default)]
pub struct MemorySecretStore {
    state: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    secrets: HashMap<String, SecretString>,
    locked: bool,
}

impl MemorySecretStore {
    /// An empty, unlocked store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks or unlocks it, as a phone that has just been started would.
    pub fn set_locked(&self, locked: bool) {
        self.state().locked = locked;
    }

    fn state(&self) -> MutexGuard<'_, Memory> {
        // A map of strings: a panic elsewhere cannot have left it half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unlocked(&self) -> Result<MutexGuard<'_, Memory>, SecretError> {
        let state = self.state();
        if state.locked { Err(SecretError::Locked) } else { Ok(state) }
    }
}

impl SecretStore for MemorySecretStore {
    fn get(&self, name: String) -> Result<SecretString, SecretError> {
        self.unlocked()?.secrets.get(&name).cloned().ok_or(SecretError::NotFound)
    }

    fn put(&self, name: String, secret: SecretString) -> Result<(), SecretError> {
        self.unlocked()?.secrets.insert(name, secret);
        Ok(())
    }

    fn delete(&self, name: String) -> Result<(), SecretError> {
        self.unlocked()?.secrets.remove(&name);
        Ok(())
    }
}
