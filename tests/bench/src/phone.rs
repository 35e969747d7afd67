//! A phone with the whole core, as an app drives it: through the facade and nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::clock::ManualClock;
use riposte::facade::{Account, Config, MemorySecretStore, Riposte};
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;
use crate::server::Server;

/// An installation. Its clock stands still, so that no timer falls into a measurement.
pub(crate) struct Phone {
    config: Config,
    clock: ManualClock,
    id: String,
    runtime: Runtime,
}

/// The core in use.
pub(crate) struct Running {
    // Last to go: the runtime is its.
    pub(crate) account: Arc<Account>,
    _riposte: Arc<Riposte>,
}

/// Longer than anything here takes; only a fault reaches it.
const LONG_MS: u64 = 600_000;

impl Phone {
    /// Signs in once, so that the account exists; its cache then holds the directories.
    pub(crate) fn install(folder: &Path, server: &Server, now: DateTime<Utc>) -> Outcome<Self> {
        let clock = ManualClock::new(now);
        let path = folder.to_string_lossy().into_owned();
        let mut config = Config::new(path, Arc::new(MemorySecretStore::new()));
        config.clock = Some(Arc::new(clock.clone()));
        config.utc_offset_minutes = 60;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let riposte = Riposte::open(config.clone())?;
        let id = runtime.block_on(async {
            let account = riposte.sign_in(server.address(), "marc@example.com".into(), "correct horse".into()).await?;
            account.settled(LONG_MS).await?;
            account.pause().await?;
            Ok::<_, riposte::facade::Error>(account.id())
        })?;
        Ok(Self { config, clock, id, runtime })
    }

    /// The folder of its account.
    pub(crate) fn folder(&self) -> PathBuf {
        Path::new(&self.config.folder).join("accounts").join(&self.id)
    }

    /// What time it is on it.
    pub(crate) fn set_time(&self, now: DateTime<Utc>) {
        self.clock.set_wall(now);
    }

    /// Starts the core and opens the account.
    pub(crate) fn start(&self) -> Outcome<Running> {
        let riposte = Riposte::open(self.config.clone())?;
        let account = self.runtime.block_on(riposte.account(self.id.clone()))?;
        Ok(Running { account, _riposte: riposte })
    }

    /// Starts it and waits until it is idle.
    pub(crate) fn start_and_settle(&self) -> Outcome<Running> {
        let running = self.start()?;
        self.settle(&running)?;
        Ok(running)
    }

    pub(crate) fn settle(&self, running: &Running) -> Outcome<()> {
        if !self.runtime.block_on(running.account.settled(LONG_MS))? {
            return Err("the phone did not become idle".into());
        }
        Ok(())
    }

    /// Waits for one call.
    pub(crate) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Closes every file.
    pub(crate) fn stop(&self, running: Running) -> Outcome<()> {
        self.runtime.block_on(running.account.pause())?;
        Ok(())
    }
}
