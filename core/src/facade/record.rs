//! Who is signed in: what is kept of an account outside its database.

use serde::{Deserialize, Serialize};

use crate::backend;
use crate::model::{Agent, AgentId, Phrase};
use crate::rules::labels::{self, Empty};

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
