//! One agent on one inbox: who it is, how it is connected, pausing, signing out, and the ways to its
//! parts.

use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::attendant::mark_what_is_on_screen;
use super::core::{Call, Core};
use super::diagnosis::{self, Findings};
use super::engine::Engine;
use super::outbox::waiting;
use super::riposte::House;
use super::{ChangeStream, ConversationHandle, Error, Inbox, Outbox, Push, Templates, Usage, WaitingCommand};
use crate::model::{Agent, AgentId, AgentStatus, ChannelId, Command, ConversationId, OutboxState, Phrase};
use crate::outbox::Given;
use crate::rules::labels::{self, ConnectionState};
use crate::session::SessionState;
use crate::sync::{SyncState, SyncStatus};
use crate::{backend, store, texts};

/// For so long after everything was here, reading on is not shown as catching up.
const JUST_NOW: TimeDelta = TimeDelta::seconds(60);

/// One agent on one inbox, signed in on this phone.
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Account {
    engine: Engine,
    core: Arc<Core>,
    /// Where it is listed; none: nowhere.
    house: Option<Weak<House>>,
}

/// Who an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct AccountInfo {
    /// Its id on this phone.
    pub id: String,
    /// The server it lives on.
    pub server_url: String,
    /// The company's name.
    pub company_name: String,
    /// The agent.
    pub agent_id: AgentId,
    /// The agent's name at sign-in.
    pub agent_name: String,
    /// Whether the plan has conversations at all.
    pub has_conversations: bool,
    /// What the empty inbox says when it has not.
    pub notice: Option<Phrase>,
    /// The account's time zone, minutes east of UTC: its calendar months.
    pub utc_offset_minutes: i32,
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

/// How the connection is shown. Reading the few changes that a doorbell announced is no news: it
/// would flicker with every message.
pub(super) fn connection(status: &SyncStatus, now: DateTime<Utc>) -> ConnectionState {
    let just_now = status.caught_up_at.is_some_and(|at| (now - at).abs() <= JUST_NOW);
    match status.state {
        SyncState::Paused => ConnectionState::Paused,
        SyncState::CatchingUp { snapshot: false } if status.live && just_now => ConnectionState::Live,
        SyncState::Connecting | SyncState::CatchingUp { .. } => ConnectionState::CatchingUp,
        SyncState::CaughtUp => ConnectionState::Live,
        SyncState::Waiting(_) => ConnectionState::Offline,
        SyncState::Locked => ConnectionState::Locked,
        SyncState::SignedOut => ConnectionState::SignedOut,
    }
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
        schema_level: store::SCHEMA_LEVEL.into(),
    }
}

impl Account {
    pub(super) fn new(engine: Engine, core: Arc<Core>, house: Option<Weak<House>>) -> Arc<Self> {
        Arc::new(Self { engine, core, house })
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
        connection(&self.core.syncer.status().borrow(), self.core.now())
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
        core.wish(call, false);
        self.engine
            .run(async move {
                core.pause(call).await;
                Ok(())
            })
            .await
    }

    /// Opens the files again and asks for what changed. Fails with [`Error::SignedOut`] when the
    /// agent has signed out, or in again, which made another object of this account, and with
    /// [`Error::Paused`] when somebody paused meanwhile.
    pub async fn resume(&self) -> Result<(), Error> {
        let core = self.core.clone();
        core.wish(Call::now(), true);
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
    /// network: the server is told if it answers within three seconds, and before anybody pauses.
    ///
    /// Fails with [`Error::SignedOut`] when the agent has signed out already, or in again, which made
    /// another object of this account.
    pub async fn sign_out(&self, force: bool) -> Result<SignOut, Error> {
        let (core, house) = (self.core.clone(), self.house.clone());
        self.engine
            .run(async move {
                let _leaving = core.leaving().await;
                // First nothing more is taken in: what is said to be queued must not be forgotten.
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
                match house {
                    Some(house) => house.upgrade().ok_or(Error::Paused)?.forget(&core).await?,
                    // Nobody else knows of it, and it has no files.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::{SyncState as Sync, Trouble};

    #[test]
    fn a_doorbell_does_not_make_the_connection_flicker_and_an_absence_shows() {
        let now: DateTime<Utc> = "2026-11-02T09:00:00Z".parse().unwrap();
        let shown = |connection, live, seconds| {
            let caught_up_at = Some(now - TimeDelta::seconds(seconds));
            super::connection(&SyncStatus { state: connection, live, caught_up_at, cursor: None }, now)
        };
        let (few, snapshot) = (Sync::CatchingUp { snapshot: false }, Sync::CatchingUp { snapshot: true });
        let table = [
            (Sync::CaughtUp, true, 0, ConnectionState::Live),
            (few, true, 1, ConnectionState::Live),
            (few, false, 1, ConnectionState::CatchingUp),
            (few, true, 3600, ConnectionState::CatchingUp),
            (snapshot, true, 1, ConnectionState::CatchingUp),
            (Sync::Connecting, false, 1, ConnectionState::CatchingUp),
            (Sync::Waiting(Trouble::NoAnswer), true, 1, ConnectionState::Offline),
            (Sync::Paused, false, 1, ConnectionState::Paused),
            (Sync::Locked, false, 1, ConnectionState::Locked),
            (Sync::SignedOut, false, 1, ConnectionState::SignedOut),
        ];
        for (connection, live, seconds, expected) in table {
            assert_eq!(shown(connection, live, seconds), expected, "{connection:?} live {live} {seconds} s");
        }
    }
}
