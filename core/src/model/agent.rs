use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AgentGroupId, AgentId, SavedReplyId, ms};

/// A person who answers customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The name colleagues and customers see.
    pub name: String,
    /// What the agent chose, which is not whether the app is in front.
    pub status: AgentStatus,
    /// Since when.
    #[serde(with = "ms::at")]
    pub status_since: DateTime<Utc>,
    /// An administrator sees every conversation.
    #[serde(default)]
    pub administrator: bool,
    /// The groups it belongs to.
    #[serde(default)]
    pub groups: Vec<AgentGroupId>,
}

/// An agent's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum AgentStatus {
    /// Takes conversations.
    Online,
    /// Takes none and gets no notification.
    Offline,
    /// Works unseen: no new conversations.
    Invisible,
    /// A status this build does not know; counted as offline.
    #[serde(other)]
    Unknown,
}

/// A group of agents that conversations can be assigned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct AgentGroup {
    /// Its id.
    pub id: AgentGroupId,
    /// Its name.
    pub name: String,
    /// Whether agents outside it see its conversations.
    pub public: bool,
}

/// A text kept to be sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct SavedReply {
    /// Its id.
    pub id: SavedReplyId,
    /// What it is found by.
    pub title: String,
    /// The text, with `{{variables}}`.
    pub text: String,
}
