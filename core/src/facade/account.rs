use std::sync::Arc;

use super::{ChangeStream, ConversationHandle, Error, Inbox, Outbox, Templates, Usage, WaitingCommand};
use crate::model::{Agent, AgentId, AgentStatus, ChannelId, ConversationId, Phrase};

/// One agent on one inbox, signed in on this phone.
pub struct Account {}

/// Who an account is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its id on this phone.
    pub id: String,
    /// The server it lives on.
    pub server_url: String,
    /// The company's name.
    pub name: String,
    /// The agent.
    pub agent_id: AgentId,
    /// The agent's name at sign-in.
    pub agent_name: String,
    /// Whether the plan has conversations at all.
    pub conversations: bool,
    /// What the empty inbox says when it has not.
    pub notice: Option<Phrase>,
    /// The account's time zone, minutes east of UTC: its calendar months.
    pub utc_offset_minutes: i32,
}

/// How the phone is connected to the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connection {
    /// Paused by the app.
    Paused,
    /// No answer from the server; tried again by itself.
    Offline,
    /// Reading what changed.
    CatchingUp,
    /// Everything known is here, and new things ring.
    Live,
    /// The session has ended: sign in again.
    SignedOut,
}

/// What signing out did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignOut {
    /// Signed out: tokens, files and caches of the account are gone.
    Done,
    /// Nothing was done: these have not been sent and would be lost.
    Unsent {
        /// What waits.
        waiting: Vec<WaitingCommand>,
    },
}

impl Account {
    /// Its id on this phone.
    pub fn id(&self) -> String {
        todo!()
    }

    /// Who it is, and whether its plan has conversations.
    pub fn info(&self) -> AccountInfo {
        todo!()
    }

    /// The agent who is signed in, as the server last said.
    pub async fn me(&self) -> Result<Agent, Error> {
        todo!()
    }

    /// A stream of what changes from now on. Take it before reading the first screen.
    pub fn changes(&self) -> Arc<ChangeStream> {
        todo!()
    }

    /// How the phone is connected.
    pub fn connection(&self) -> Connection {
        todo!()
    }

    /// The system says there is a network: try now.
    pub fn network_available(&self) {
        todo!()
    }

    /// Stops everything and closes every file. Nothing works until [`resume`](Self::resume).
    pub async fn pause(&self) -> Result<(), Error> {
        todo!()
    }

    /// Opens the files again and asks for what changed.
    pub async fn resume(&self) -> Result<(), Error> {
        todo!()
    }

    /// Sends what waits, for at most `deadline_ms` milliseconds of real time. Returns how many
    /// commands still wait.
    pub async fn flush(&self, deadline_ms: u64) -> Result<u32, Error> {
        let _ = deadline_ms;
        todo!()
    }

    /// For stories and tests: waits until everything the server has published is here and the
    /// outbox has nothing it could do now. False when that took longer than `deadline_ms`
    /// milliseconds of real time. Without a network it is settled once nothing more can happen.
    pub async fn settled(&self, deadline_ms: u64) -> Result<bool, Error> {
        let _ = deadline_ms;
        todo!()
    }

    /// Online, offline, invisible: the agent's choice, not whether the app is in front.
    pub async fn set_status(&self, status: AgentStatus) -> Result<(), Error> {
        let _ = status;
        todo!()
    }

    /// Signs out and forgets the account, unless something waits and `force` is false.
    pub async fn sign_out(&self, force: bool) -> Result<SignOut, Error> {
        let _ = force;
        todo!()
    }

    /// A sentence in the phone's language.
    pub fn words(&self, phrase: &Phrase) -> String {
        let _ = phrase;
        todo!()
    }

    /// The list of conversations.
    pub fn inbox(&self) -> Arc<Inbox> {
        todo!()
    }

    /// One conversation. Whether it exists shows when it is read.
    pub fn conversation(&self, id: ConversationId) -> Arc<ConversationHandle> {
        let _ = id;
        todo!()
    }

    /// What waits to leave.
    pub fn outbox(&self) -> Arc<Outbox> {
        todo!()
    }

    /// The templates of a number.
    pub fn templates(&self, channel: ChannelId) -> Arc<Templates> {
        let _ = channel;
        todo!()
    }

    /// What was charged.
    pub fn usage(&self) -> Arc<Usage> {
        todo!()
    }
}
