//! One agent on one inbox: who it is, how it is connected, pausing, signing out, and the ways to its
//! parts.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;

use super::connection::connection_state;
use super::core::Core;
use super::diagnosis::{self, Findings};
use super::engine::Engine;
use super::outbox::waiting;
use super::read_marks::mark_what_is_on_screen;
use super::running::Call;
use super::{
    AccountInfo, ChangeStream, ConversationHandle, Error, Inbox, Outbox, Push, Templates, Usage, WaitingCommand,
};
use crate::model::{Agent, AgentStatus, ChannelId, Command, ConversationId, OutboxState, Phrase};
use crate::outbox::Given;
use crate::rules::labels::{self, ConnectionState};
use crate::session::SessionState;
use crate::sync::SyncState;
use crate::{backend, store, texts};

/// One agent on one inbox, signed in on this phone.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Account {
    engine: Engine,
    core: Arc<Core>,
    /// Where it is listed; none for the sample, which is listed nowhere.
    listed: Option<Weak<dyn Listed>>,
}

/// What signing out did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum SignOut {
    /// Signed out: tokens, files and caches of the account are gone.
    Done,
    /// Nothing was done: these have not been sent and would be lost.
    Unsent {
        /// What waits.
        waiting: Vec<WaitingCommand>,
    },
}

/// The list of accounts, which forgets one that is signed out.
#[async_trait]
pub(super) trait Listed: Send + Sync {
    /// Ends an account: it is not listed any more, and its tokens and files are gone.
    async fn forget(&self, core: &Arc<Core>) -> Result<(), Error>;
}

async fn found(core: &Core) -> Findings {
    let states = core.store.outbox(|outbox| Ok(outbox.entries()?.into_iter().map(|entry| entry.state).collect()));
    // A file that cannot be read is a finding of its own.
    let outbox: Option<Vec<OutboxState>> = states.await.ok();
    let signed_in = !matches!(*core.session.state().borrow(), SessionState::SignedOut(_));
    let sync = core.syncer.status().borrow().clone();
    Findings {
        platform: std::env::consts::OS.to_owned(),
        server_host: backend::http::host(&core.record.server_url),
        wall: core.clock.wall(),
        server_time: core.server_clock.now(),
        signed_in,
        sync,
        outbox,
        failures: core.log.last_failures(),
        dropped: core.log.dropped(),
        sqlite: store::sqlite_version(),
        schema_level: store::SCHEMA_LEVEL,
    }
}

impl Account {
    pub(super) fn new(engine: Engine, core: Arc<Core>, listed: Option<Weak<dyn Listed>>) -> Arc<Self> {
        Arc::new(Self { engine, core, listed })
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Account {
    /// Its id on this phone.
    pub fn id(&self) -> String {
        self.core.record.id.clone()
    }

    /// Who it is, and whether its plan has conversations.
    pub fn info(&self) -> AccountInfo {
        self.core.record.info()
    }

    /// The agent who is signed in, as the server last said.
    pub async fn me(&self) -> Result<Agent, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                let me = core.me();
                let agents = core.store.read(|cache| cache.agents()).await?;
                Ok(agents.into_iter().find(|agent| agent.id == me).unwrap_or_else(|| core.record.agent.clone()))
            })
            .await
    }

    /// A stream of what changes from now on. Take it before reading the first screen.
    pub fn changes(&self) -> Arc<ChangeStream> {
        self.core.hub.stream()
    }

    /// How the phone is connected.
    pub fn connection(&self) -> ConnectionState {
        if let SessionState::SignedOut(_) = *self.core.session.state().borrow() {
            return ConnectionState::SignedOut;
        }
        connection_state(&self.core.syncer.status().borrow(), self.core.now())
    }

    /// How the phone is connected, as a sentence.
    pub fn connection_phrase(&self) -> Phrase {
        labels::connection(self.connection())
    }

    /// What a support ticket needs, in one English text that is safe to send: versions, how the phone is
    /// connected and since when, what waits by state, the clock, the last failures with their causes.
    /// It holds no name, number, text or token, and of the address only the host. Works offline, paused
    /// and signed out.
    pub async fn diagnosis(&self) -> Result<String, Error> {
        let core = self.core.clone();
        self.engine.run(async move { Ok(diagnosis::text(&found(&core).await)) }).await
    }

    /// The system says there is a network: try now.
    pub fn network_available(&self) {
        self.core.backend.network_changed();
        self.core.syncer.network_available();
        self.core.bell.hurry();
    }

    /// Stops everything and closes every file. Nothing works until [`resume`](Self::resume). Of a pause
    /// and a resume that are under way at once the one that was called last counts.
    pub async fn pause(&self) -> Result<(), Error> {
        let (core, call) = (self.core.clone(), Call::now());
        core.life.request(call, false);
        self.engine
            .run(async move {
                core.pause(call).await;
                Ok(())
            })
            .await
    }

    /// Opens the files again and asks for what changed. Fails with [`Error::SignedOut`] when the
    /// agent has signed out, or in again, which made another object of this account, and with
    /// [`Error::Paused`] if the account was paused meanwhile.
    pub async fn resume(&self) -> Result<(), Error> {
        let core = self.core.clone();
        core.life.request(Call::now(), true);
        self.engine.run(async move { core.resume().await }).await
    }

    /// Sends what waits, for at most `deadline_ms` milliseconds of real time, as the system grants
    /// them to an app that leaves the front. Returns how many commands still wait.
    pub async fn flush(&self, deadline_ms: u64) -> Result<u32, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                core.running().await?;
                let emptied = async {
                    core.syncer.catch_up().await;
                    core.bell.hurry_until_idle().await;
                };
                // Out of time is no error: what did not leave stays queued.
                let in_time =
                    async { Ok(tokio::time::timeout(Duration::from_millis(deadline_ms), emptied).await.ok()) };
                core.while_active(in_time).await?;
                let entries = core.store.outbox(|outbox| outbox.entries()).await?;
                let waits = |state: &OutboxState| !matches!(state, OutboxState::Accepted);
                let waiting = entries.iter().filter(|entry| waits(&entry.state)).count();
                Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
            })
            .await
    }

    /// Waits until the inbox has been read from the server once since the sign-in; until then lists can be
    /// empty. True as soon as that is the case, and at once on every later start, with or without a network.
    /// False if it takes longer than `deadline_ms` milliseconds of real time: the core goes on by itself, and
    /// [`connection`](Self::connection) shows what is in the way.
    ///
    /// Fails with [`Error::SignedOut`] if the session has ended, and with [`Error::Paused`] if the account is or
    /// becomes paused.
    pub async fn wait_for_first_sync(&self, deadline_ms: u64) -> Result<bool, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                core.running().await?;
                let deadline = Duration::from_millis(deadline_ms);
                let first = async { Ok(tokio::time::timeout(deadline, first_sync(&core)).await) };
                core.while_active(first).await?.unwrap_or(Ok(false))
            })
            .await
    }

    /// For stories and tests: waits until everything the server has published is here and the
    /// outbox has nothing it could do now. False when that took longer than `deadline_ms`
    /// milliseconds of real time. Without a network it is settled once nothing more can happen.
    pub async fn settled(&self, deadline_ms: u64) -> Result<bool, Error> {
        let core = self.core.clone();
        self.engine
            .run(async move {
                core.running().await?;
                let settled = async {
                    loop {
                        let before = core.hub.announced();
                        core.syncer.catch_up().await;
                        // What the attendant would do in its own time.
                        mark_what_is_on_screen(&core).await;
                        core.bell.hurry_until_idle().await;
                        if core.hub.announced() == before {
                            return;
                        }
                    }
                };
                let in_time =
                    async { Ok(tokio::time::timeout(Duration::from_millis(deadline_ms), settled).await.is_ok()) };
                core.while_active(in_time).await
            })
            .await
    }

    /// Online, offline, invisible: the agent's choice, not whether the app is in front.
    pub async fn set_status(&self, status: AgentStatus) -> Result<(), Error> {
        let core = self.core.clone();
        self.engine.run(async move { core.give(Given::of(Command::SetStatus { status })).await.map(drop) }).await
    }

    /// Signs out and forgets the account, unless something waits and `force` is false. Needs no
    /// network: the server ends the session, too, if it answers within three seconds and before a pause.
    ///
    /// Fails with [`Error::SignedOut`] when the agent has signed out already, or in again, which made
    /// another object of this account.
    pub async fn sign_out(&self, force: bool) -> Result<SignOut, Error> {
        let (core, listed) = (self.core.clone(), self.listed.clone());
        self.engine
            .run(async move {
                let _leaving = core.leaving().await;
                // First no more commands are accepted: what was acknowledged as queued must not be deleted.
                core.set_closed(true).await;
                if !force {
                    let unsent = waiting(&core).await;
                    if !matches!(&unsent, Ok(waiting) if waiting.is_empty()) {
                        core.set_closed(false).await;
                        return unsent.map(|waiting| SignOut::Unsent { waiting });
                    }
                }
                let told = async { Ok(core.backend.sign_out().await?) };
                tokio::time::timeout(Duration::from_secs(3), core.while_active(told)).await.ok();
                match listed {
                    Some(listed) => listed.upgrade().ok_or(Error::Paused)?.forget(&core).await?,
                    // It is listed nowhere and has no files.
                    None => {
                        core.retire().await;
                        core.session.forget().await?;
                    }
                }
                Ok(SignOut::Done)
            })
            .await
    }

    /// A sentence in the phone's language and time zone.
    pub fn words(&self, phrase: &Phrase) -> String {
        texts::words(phrase, &self.core.locale, self.core.now())
    }

    /// The list of conversations.
    pub fn inbox(&self) -> Arc<Inbox> {
        Arc::new(Inbox::new(self.engine.clone(), self.core.clone()))
    }

    /// One conversation. Whether it exists shows when it is read.
    pub fn conversation(&self, id: ConversationId) -> Arc<ConversationHandle> {
        Arc::new(ConversationHandle::new(self.engine.clone(), self.core.clone(), id))
    }

    /// What waits to leave.
    pub fn outbox(&self) -> Arc<Outbox> {
        Arc::new(Outbox::new(self.engine.clone(), self.core.clone()))
    }

    /// The templates of a number.
    pub fn templates(&self, channel: ChannelId) -> Arc<Templates> {
        Arc::new(Templates::new(self.engine.clone(), self.core.clone(), channel))
    }

    /// What this phone tells its agent of: preferences, quiet hours, badge, reminders.
    pub fn push(&self) -> Arc<Push> {
        Arc::new(Push::new(self.engine.clone(), self.core.clone()))
    }

    /// What was charged.
    pub fn usage(&self) -> Arc<Usage> {
        Arc::new(Usage::new(self.engine.clone(), self.core.clone()))
    }
}

/// Returns once the cursor of the first complete snapshot is in the store.
async fn first_sync(core: &Core) -> Result<bool, Error> {
    let mut status = core.syncer.status();
    if core.store.read(|cache| cache.feed()).await?.cursor.is_some() {
        return Ok(true);
    }
    // The syncer lives as long as the account: waiting cannot fail.
    let ended = status.wait_for(|status| status.cursor.is_some() || status.state == SyncState::SignedOut).await;
    match ended {
        Ok(status) if status.cursor.is_some() => Ok(true),
        Ok(_) | Err(_) => Err(Error::SignedOut),
    }
}
