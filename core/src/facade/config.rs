//! How the core is set up in one process.

use std::sync::Arc;

use super::SecretStore;
use crate::clock::{SharedClock, SystemClock};

/// How the core is set up in one process.
///
/// ```no_run
/// # use std::sync::Arc;
/// # fn keychain() -> Arc<dyn riposte::facade::SecretStore> { unimplemented!() }
/// let mut config = riposte::facade::Config::new("/data/riposte".into(), keychain());
/// config.locale = "fr-FR".into();
/// ```
#[derive(Clone)]
pub struct Config {
    /// Where everything is kept: one directory below it per signed-in account and agent.
    pub folder: String,
    /// The phone's language, BCP 47 (`fr-FR`). French or English; anything else reads English.
    pub locale: String,
    /// Minutes east of UTC: how times of day are written.
    pub utc_offset_minutes: i32,
    /// What the agent calls the device; shown among the agent's sessions.
    pub device_name: String,
    /// `android`, `ios`, `desktop` or `script`.
    pub platform: String,
    /// Certificates (PEM) to trust besides the public ones: self-hosted inboxes have their own.
    pub extra_roots_pem: Vec<String>,
    /// Where tokens are kept: Keychain, Keystore. Nowhere else.
    pub secrets: Arc<dyn SecretStore>,
    /// The clock; a manual one in stories.
    pub clock: SharedClock,
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
            clock: Arc::new(SystemClock),
        }
    }
}
