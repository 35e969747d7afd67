//! How the core is set up in one process.

use std::sync::Arc;

use super::SecretStore;
use crate::clock::{ManualClock, SharedClock, SystemClock};

/// How the core is set up in one process.
///
/// ```no_run
/// # use std::sync::Arc;
/// # fn keychain() -> Arc<dyn riposte::facade::SecretStore> { unimplemented!() }
/// let mut config = riposte::facade::Config::new("/data/riposte".into(), keychain());
/// config.locale = "fr-FR".into();
/// ```
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Config {
    /// Where everything is kept: one directory below it per signed-in account and agent.
    pub folder: String,
    /// The phone's language, BCP 47 (`fr-FR`). French or English; anything else reads English.
    #[cfg_attr(feature = "uniffi", uniffi(default = "en"))]
    pub locale: String,
    /// Minutes east of UTC: how times of day are written.
    #[cfg_attr(feature = "uniffi", uniffi(default = 0))]
    pub utc_offset_minutes: i32,
    /// What the agent calls the device; shown among the agent's sessions.
    #[cfg_attr(feature = "uniffi", uniffi(default = "Riposte"))]
    pub device_name: String,
    /// `android`, `ios`, `desktop` or `script`.
    #[cfg_attr(feature = "uniffi", uniffi(default = "desktop"))]
    pub platform: String,
    /// Certificates (PEM) to trust besides the public ones: self-hosted inboxes have their own.
    #[cfg_attr(feature = "uniffi", uniffi(default))]
    pub extra_roots_pem: Vec<String>,
    /// Where tokens are kept: Keychain, Keystore. Nowhere else.
    pub secrets: Arc<dyn SecretStore>,
    /// A clock that stands still, for stories and previews; none: the machine's own.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub clock: Option<Arc<ManualClock>>,
}

impl Config {
    /// A desktop in English and UTC, on the machine's own clock.
    pub fn new(folder: String, secrets: Arc<dyn SecretStore>) -> Self {
        Self {
            folder,
            locale: "en".to_owned(),
            utc_offset_minutes: 0,
            device_name: "Riposte".to_owned(),
            platform: "desktop".to_owned(),
            extra_roots_pem: Vec::new(),
            secrets,
            clock: None,
        }
    }

    pub(super) fn clock(&self) -> SharedClock {
        match &self.clock {
            Some(clock) => clock.clone(),
            None => Arc::new(SystemClock),
        }
    }
}
