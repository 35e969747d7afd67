//! What the parts of a running server share.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chrono::{DateTime, Utc};
use riposte::clock::SharedClock;
use rusqlite::Transaction;
use tokio::sync::{Semaphore, watch};

use crate::address::TrustedProxies;
use crate::channels::Providers;
use crate::db::{Db, DbError};
use crate::feed::Writer;
use crate::files::Files;
use crate::inbox::{self, Fetching};
use crate::options::Limits;
use crate::presence::Presence;
use crate::rate::Rates;
use crate::session::Attempts;
use crate::tasks::Tasks;

/// The server's insides, one per data folder.
pub(crate) struct App {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) limits: Limits,
    /// How many changes a phone may be behind; a story's cast may say it after the start.
    pub(crate) most_items: AtomicI64,
    pub(crate) providers: Providers,
    pub(crate) files: Files,
    pub(crate) attempts: Attempts,
    /// Passwords that are compared at the same time: each takes 19 MiB.
    pub(crate) hashing: Semaphore,
    /// Whose word about callers is believed.
    pub(crate) proxies: TrustedProxies,
    /// How often strangers called.
    pub(crate) rates: Rates,
    pub(crate) presence: Presence,
    pub(crate) tasks: Tasks,
    /// What webhooks hinted at and is being fetched.
    pub(crate) fetching: Fetching,
    /// Rings with the newest place of the feed after each change.
    pub(crate) doorbell: watch::Sender<i64>,
    /// Turns true when the server stops: streams end then.
    pub(crate) stopping: watch::Sender<bool>,
}

/// How it is handed around.
pub(crate) type Shared = Arc<App>;

impl App {
    /// The server's clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }

    /// Changes rows, in one transaction. What follows for the conversations they touch is worked
    /// out at its end; then the doorbell rings.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let now = self.now();
        let (given, head) = self
            .db
            .write(move |tx| {
                let mut w = Writer::new(tx, now);
                let given = work(&mut w)?;
                inbox::describe_changed(&mut w)?;
                let head = w.finish()?;
                Ok::<_, E>((given, head))
            })
            .await?;
        self.doorbell.send_if_modified(|at| {
            let newer = head > *at;
            *at = head.max(*at);
            newer
        });
        Ok(given)
    }

    /// Reads one consistent state.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.db.read(work).await
    }
}
