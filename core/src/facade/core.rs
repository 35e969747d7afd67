//! What is inside an account: the rooms, joined, and the tasks that run while it is not paused.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::attendant;
use super::changes::{Changed, Hub};
use super::wiring::{Announcer, BackendAuthority, MediaUploads, SessionCredentials, StoredOffset, SyncFeed};
use super::{AccountInfo, Error};
use crate::backend::{self, Backend};
use crate::clock::SharedClock;
use crate::log::Log;
use crate::media::MediaFiles;
use crate::model::{Agent, AgentId, ClientKey, ConversationId, Template, TemplateId};
use crate::outbox::{self, Bell, Given};
use crate::rules::labels::{self, Empty};
use crate::session::{ServerClock, Session, SessionParts, TokenSet};
use crate::store::Store;
use crate::sync::{SyncParts, Syncer};
use crate::task::{
    self,
    sync::{AtomicBool, AtomicU64, Mutex, MutexGuard},
};
use crate::texts::Locale;

/// Makes the way to the server for whoever is signed in, given where the tokens come from.
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
    /// The same way for whoever is signed in.
    pub(super) signed_in: SignedIn,
    /// Where failures are noted.
    pub(super) log: Log,
    /// The tokens of a sign-in that just happened.
    pub(super) tokens: Option<TokenSet>,
}

/// What is kept of an account outside its database, so that accounts can be listed without
/// opening any. No token is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct AccountRecord {
    pub(super) id: String,
    pub(super) server_url: String,
    pub(super) agent: Agent,
    pub(super) account: backend::AccountInfo,
    pub(super) upload_most_bytes: i64,
}

impl AccountRecord {
    pub(super) fn info(&self) -> AccountInfo {
        AccountInfo {
            id: self.id.clone(),
            server_url: self.server_url.clone(),
            company_name: self.account.name.clone(),
            agent_id: self.agent.id,
            agent_name: self.agent.name.clone(),
            has_conversations: self.account.conversations,
            notice: (!self.account.conversations).then(|| labels::empty(Empty::Plan)),
            utc_offset_minutes: self.account.utc_offset_minutes,
        }
    }
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
    /// Which conversation is on screen, and whether the agent writes there.
    on_screen: Mutex<Option<OnScreen>>,
    visits: AtomicU64,
    /// Templates that a list or a preview has read, for checks that may not wait.
    templates: Mutex<HashMap<TemplateId, Template>>,
    /// Held by whoever signs out: who pauses meanwhile waits until nothing is left.
    leaving: tokio::sync::Mutex<()>,
    tasks: tokio::sync::Mutex<Tasks>,
    /// False from the moment somebody pauses, for calls that would wait for the network or for rest.
    active: watch::Sender<bool>,
    wish: Mutex<Wish>,
    retired: AtomicBool,
    /// Nothing is taken in any more. Held for reading while a command is taken in, so that whoever
    /// closes it sees every command that was.
    closed: tokio::sync::RwLock<bool>,
}

/// A conversation in front of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OnScreen {
    pub(super) conversation: ConversationId,
    pub(super) answering: bool,
    /// Which visit: work that was begun for one must not count for the next.
    pub(super) visit: u64,
}

/// When somebody called, among all calls of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call(u64);

// Not of `task::sync`: no thread can be stopped between two of its values.
static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

impl Call {
    /// Before every other.
    const FIRST: Self = Self(0);

    pub(super) fn now() -> Self {
        Self(CALLS.fetch_add(1, Ordering::AcqRel))
    }
}

/// What was wished last.
struct Wish {
    call: Call,
    running: bool,
}

#[derive(Default)]
struct Tasks(Option<Running>);

struct Running {
    /// Dropping it stops the outbox.
    stop: watch::Sender<()>,
    outbox: JoinHandle<()>,
    attendant: JoinHandle<()>,
}

impl Tasks {
    /// When it returns nothing of them runs any more.
    async fn end(&mut self) {
        let Some(Running { stop, outbox, attendant }) = self.0.take() else { return };
        drop(stop);
        attendant.abort();
        // However they ended.
        outbox.await.ok();
        attendant.await.ok();
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        if let Some(running) = &self.0 {
            running.attendant.abort();
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.store.close_elsewhere();
    }
}

impl Core {
    /// Starts the tasks on files that are open. Needs our runtime.
    pub(super) async fn open(opening: Opening) -> Result<Arc<Self>, Error> {
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
        let core = Arc::new(Self {
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
            on_screen: Mutex::default(),
            visits: AtomicU64::default(),
            templates: Mutex::default(),
            leaving: tokio::sync::Mutex::default(),
            tasks: tokio::sync::Mutex::default(),
            active,
            // Whoever paused while it was being opened came later.
            wish: Mutex::new(Wish { call: Call::FIRST, running: true }),
            retired: AtomicBool::new(false),
            closed: tokio::sync::RwLock::default(),
        });
        core.start_tasks(&mut *core.tasks.lock().await);
        Ok(core)
    }

    fn start_tasks(self: &Arc<Self>, tasks: &mut Tasks) {
        let weak: Weak<Self> = Arc::downgrade(self);
        let (stop, stopped) = watch::channel(());
        tasks.0 = Some(Running {
            stop,
            outbox: task::spawn(outbox::run(self.outbox.clone(), self.bell.clone(), stopped)),
            attendant: task::spawn(attendant::run(
                weak,
                self.store.taken(),
                self.store.set_asides(),
                self.syncer.status(),
                self.syncer.presence(),
                self.hub.stream(),
            )),
        });
    }

    /// Notes what somebody wishes: that it runs or that it is paused. The wish of the last call counts,
    /// whatever is carried out first.
    pub(super) fn wish(&self, call: Call, running: bool) {
        let mut wish = self.wished();
        if call >= wish.call {
            *wish = Wish { call, running };
        }
    }

    fn wished(&self) -> MutexGuard<'_, Wish> {
        // A plain value: a panic elsewhere cannot have left it half written.
        self.wish.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the tasks and closes the files, unless somebody has resumed since that call. When it
    /// returns nothing of the account runs.
    pub(super) async fn pause(&self, call: Call) {
        self.wish(call, false);
        if self.wished().running {
            return;
        }
        // Whoever waits for the network gives up, before anybody here waits for them.
        self.active.send_replace(false);
        let _nobody_leaves = self.leaving.lock().await;
        self.end(&mut *self.tasks.lock().await).await;
    }

    async fn end(&self, tasks: &mut Tasks) {
        // Somebody may have resumed meanwhile.
        self.active.send_replace(false);
        tasks.end().await;
        self.syncer.pause().await;
        self.files.close().await;
        self.store.close().await;
        self.hub.announce(&[Changed::Connection]);
    }

    /// Pauses for good: another sign-in has taken the account's place, or nobody is signed in.
    pub(super) async fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.end(&mut *self.tasks.lock().await).await;
        self.hub.end();
    }

    /// For whoever signs out: nobody pauses or signs out beside them.
    pub(super) async fn leaving(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.leaving.lock().await
    }

    /// Opens the files and starts the tasks again, unless somebody has paused since it was wished. The
    /// outbox takes what was on the wire for unknown; changes are asked for first.
    pub(super) async fn resume(self: &Arc<Self>) -> Result<(), Error> {
        let mut tasks = self.tasks.lock().await;
        if self.retired.load(Ordering::Acquire) {
            return Err(Error::SignedOut);
        }
        if !self.wished().running {
            return Err(Error::Paused);
        }
        if tasks.0.is_some() {
            return Ok(());
        }
        self.store.reopen().await?;
        self.files.reopen().await;
        self.active.send_replace(true);
        self.syncer.resume().await;
        self.start_tasks(&mut tasks);
        // What was written while everything was being paused may not have been announced.
        self.hub.announce(&[Changed::Connection, Changed::Overflow]);
        Ok(())
    }

    /// Fails with [`Error::Paused`] while nothing runs.
    pub(super) async fn running(&self) -> Result<(), Error> {
        if self.tasks.lock().await.0.is_none() { Err(Error::Paused) } else { Ok(()) }
    }

    /// Does `work` unless paused, and only until then. For work that may be cut anywhere.
    pub(super) async fn while_active<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut active = self.active.subscribe();
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

    /// Takes no command in from now on, or does again. When this returns, every command that was
    /// taken in before is in the outbox.
    pub(super) async fn set_closed(&self, closed: bool) {
        *self.closed.write().await = closed;
    }

    /// Keeps a command, shows its echo, wakes the outbox.
    pub(super) async fn give(&self, given: Given) -> Result<ClientKey, Error> {
        let conversation = given.conversation_id;
        let closed = self.closed.read().await;
        if *closed {
            return Err(Error::SignedOut);
        }
        let key = outbox::give(&self.store, &self.server_clock, given).await?;
        self.outbox.listener.outbox_changed(conversation);
        self.bell.ring();
        Ok(key)
    }

    pub(super) fn on_screen(&self) -> MutexGuard<'_, Option<OnScreen>> {
        // A plain value: a panic elsewhere cannot have left it half written.
        self.on_screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It comes on screen. Returns which visit this is.
    pub(super) fn visit(&self, conversation: ConversationId) -> u64 {
        let visit = self.visits.fetch_add(1, Ordering::AcqRel);
        *self.on_screen() = Some(OnScreen { conversation, answering: false, visit });
        visit
    }

    /// The visit has not ended.
    pub(super) fn is_visited(&self, visit: u64) -> bool {
        self.on_screen().is_some_and(|shown| shown.visit == visit)
    }

    pub(super) fn templates(&self) -> MutexGuard<'_, HashMap<TemplateId, Template>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the files below a folder, making what is missing.
pub(super) async fn opened(folder: PathBuf) -> Result<(Store, MediaFiles), Error> {
    blocking(move || {
        let (store, _) = Store::open(&folder)?;
        Ok((store, MediaFiles::new(folder)))
    })
    .await
}

/// Work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    // Boxed, as the engine's tasks are.
    let work: Box<dyn FnOnce() -> Result<T, Error> + Send> = Box::new(work);
    match task::hop(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Bug { detail: "work on the disk ended in a panic".to_owned() }),
    }
}
