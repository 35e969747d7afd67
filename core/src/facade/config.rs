//! How the core is set up in one process.

use std::sync::Arc;

use super::engine::Engine;
use super::{LogLevel, LogSink, SecretStore};
use crate::clock::{ManualClock, SharedClock, SystemClock};
use crate::log::{self, Log};

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
    /// The proxy between this phone and the server, as `host:port`; none, or port 0: no proxy.
    /// [`Riposte::set_proxy`](super::Riposte::set_proxy) changes it while running. A server on this
    /// machine is always asked directly.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub proxy: Option<String>,
    /// Where tokens are kept: Keychain, Keystore. Nowhere else.
    pub secrets: Arc<dyn SecretStore>,
    /// Where the core's log goes; none: only the last failures are kept, for a diagnosis.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub log: Option<LogSetup>,
    /// A clock that stands still, for stories and previews; none: the machine's own.
    #[cfg_attr(feature = "uniffi", uniffi(default = None))]
    pub clock: Option<Arc<ManualClock>>,
}

/// Where the core's log goes, and how much of it.
#[derive(Clone)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct LogSetup {
    /// Takes the records.
    pub sink: Arc<dyn LogSink>,
    /// The least that matters: [`LogLevel::Info`] leaves out every single call.
    pub level: LogLevel,
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
            proxy: None,
            secrets,
            log: None,
            clock: None,
        }
    }

    /// The log, with a task on `engine` that hands its records to the sink.
    pub(super) fn log(&self, engine: &Engine) -> Log {
        let log = match &self.log {
            None => Log::without_sink(self.clock()),
            Some(LogSetup { sink, level }) => {
                let (log, records) = Log::with_sink(self.clock(), *level);
                engine.begin(log::deliver(records, sink.clone()));
                log
            }
        };
        engine.note_in(log.clone());
        log
    }

    pub(super) fn clock(&self) -> SharedClock {
        match &self.clock {
            Some(clock) => clock.clone(),
            None => Arc::new(SystemClock),
        }
    }
}
