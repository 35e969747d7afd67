//! The rooms of an open account, joined.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::Error;
use super::changes::Hub;
use super::record::AccountRecord;
use super::running::LifeCycle;
use super::visits::Visits;
use super::wiring::{Announcer, BackendAuthority, MediaUploads, SessionCredentials, StoredOffset, SyncFeed};
use crate::backend::{self, Backend};
use crate::clock::SharedClock;
use crate::log::Log;
use crate::media::MediaFiles;
use crate::model::{AgentId, ClientKey, Template, TemplateId, Tokens};
use crate::outbox::{self, Bell, Given};
use crate::session::{ServerClock, Session, SessionParts};
use crate::store::Store;
use crate::sync::{SyncParts, Syncer};
use crate::task::sync::{Mutex, MutexGuard};
use crate::texts::Locale;

/// Makes the signed-in way to the server, given where the tokens come from.
pub(super) type SignedIn = Box<dyn FnOnce(Arc<dyn backend::Credentials>) -> Arc<dyn Backend> + Send>;

/// What an account is opened with.
pub(super) struct Opening {
    /// What the phone remembers of it.
    pub(super) store: Store,
    /// Its files.
    pub(super) files: MediaFiles,
    pub(super) record: AccountRecord,
    pub(super) locale: Locale,
    pub(super) clock: SharedClock,
    pub(super) secrets: Arc<dyn crate::session::SecretStore>,
    /// A way to the server without credentials.
    pub(super) server: Arc<dyn Backend>,
    /// The same way with the credentials of the agent who is signed in.
    pub(super) signed_in: SignedIn,
    /// Where failures are noted.
    pub(super) log: Log,
    /// The tokens of a sign-in that just happened.
    pub(super) tokens: Option<Tokens>,
}

/// An open account.
pub(super) struct Core {
    pub(super) record: AccountRecord,
    pub(super) locale: Locale,
    pub(super) clock: SharedClock,
    pub(super) log: Log,
    pub(super) store: Store,
    pub(super) backend: Arc<dyn Backend>,
    pub(super) session: Session,
    pub(super) server_clock: Arc<ServerClock>,
    pub(super) files: MediaFiles,
    pub(super) hub: Arc<Hub>,
    pub(super) bell: Bell,
    pub(super) syncer: Arc<Syncer>,
    pub(super) outbox: Arc<outbox::Parts>,
    pub(super) visits: Visits,
    /// Templates that a list or a preview has read, for checks that may not wait.
    templates: Mutex<HashMap<TemplateId, Template>>,
    pub(super) life: LifeCycle,
}

impl Drop for Core {
    fn drop(&mut self) {
        self.store.close_elsewhere();
    }
}

impl Core {
    /// Joins the rooms on files that are open. No task runs yet.
    pub(super) async fn join(opening: Opening) -> Result<Self, Error> {
        let (store, files) = (opening.store, opening.files);
        let keeper = Arc::new(StoredOffset(store.clone()));
        let server_clock = Arc::new(ServerClock::open(opening.clock.clone(), keeper).await);
        server_clock.observe(&opening.server.take_clock_samples()).await;
        let parts = SessionParts {
            secrets: opening.secrets,
            name: opening.record.id.clone(),
            authority: Arc::new(BackendAuthority(opening.server)),
            clock: server_clock.clone(),
        };
        let session = match opening.tokens {
            Some(tokens) => Session::begin(parts, tokens).await?,
            None => Session::resume(parts),
        };
        let backend = (opening.signed_in)(Arc::new(SessionCredentials(session.clone())));
        let hub = Arc::new(Hub::default());
        let bell = Bell::new();
        let announcer = Arc::new(Announcer { hub: hub.clone(), bell: bell.clone() });
        let rows = announcer.clone();
        store.subscribe(move |events| rows.rows_changed(events));
        // Leftovers only cost room: they are no reason not to open.
        files.at_work(|files| files.sweep(SystemTime::now())).await.ok();
        let (active, _) = watch::channel(true);
        let syncer = Arc::new(
            Syncer::start(SyncParts {
                store: store.clone(),
                backend: backend.clone(),
                clock: opening.clock.clone(),
                server_clock: server_clock.clone(),
                log: opening.log.clone(),
            })
            .await,
        );
        let outbox = Arc::new(outbox::Parts {
            store: store.clone(),
            backend: backend.clone(),
            clock: opening.clock.clone(),
            server_clock: server_clock.clone(),
            feed: Arc::new(SyncFeed {
                syncer: syncer.clone(),
                server_clock: server_clock.clone(),
                active: active.clone(),
            }),
            uploads: Arc::new(MediaUploads { files: files.clone(), backend: backend.clone() }),
            listener: announcer,
            log: opening.log.clone(),
        });
        Ok(Self {
            record: opening.record,
            locale: opening.locale,
            clock: opening.clock,
            log: opening.log,
            store,
            backend,
            session,
            server_clock,
            files,
            hub,
            bell,
            syncer,
            outbox,
            visits: Visits::default(),
            templates: Mutex::default(),
            life: LifeCycle::new(active),
        })
    }

    /// Does `work` until it ends or the account is paused. For work that may be cut short anywhere.
    pub(super) async fn while_active<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut active = self.life.active.subscribe();
        tokio::select! {
            biased;
            // The sender is here: waiting cannot fail.
            _ = active.wait_for(|active| !active) => Err(Error::Paused),
            ended = work => ended,
        }
    }

    /// The server's time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.server_clock.now().at
    }

    /// The agent who is signed in.
    pub(super) fn me(&self) -> AgentId {
        self.record.agent.id
    }

    /// Keeps a command, shows its echo, wakes the outbox.
    pub(super) async fn give(&self, given: Given) -> Result<ClientKey, Error> {
        let conversation = given.conversation_id;
        let closed = self.life.closed.read().await;
        if *closed {
            return Err(Error::SignedOut);
        }
        let key = outbox::give(&self.store, &self.server_clock, given).await?;
        self.outbox.listener.outbox_changed(conversation);
        self.bell.ring();
        Ok(key)
    }

    pub(super) fn templates(&self) -> MutexGuard<'_, HashMap<TemplateId, Template>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
