use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ClientKey, Command, ConversationId, ms};

/// A command on its way, as this phone remembers it until the server's row is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its key: the server executes it once.
    pub key: ClientKey,
    /// A key the caller gave, so that giving the command twice is giving it once.
    pub once_key: Option<String>,
    /// Its place: the order of composing, which is the order of sending.
    pub position: i64,
    /// The conversation whose order it keeps.
    pub conversation_id: Option<ConversationId>,
    /// What is asked.
    pub command: Command,
    /// The server's history it was made for.
    pub epoch: String,
    /// When the agent gave it.
    pub created_at: DateTime<Utc>,
    /// How often it has been sent.
    pub attempts: u32,
    /// Where it stands.
    pub state: OutboxState,
    /// The attachment to upload first: the path below the account's folder.
    pub file: Option<String>,
}

/// Where a command stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OutboxState {
    /// Waiting for its turn, or for a while after a failure.
    Queued {
        /// Not before this instant.
        #[serde(default, with = "ms::maybe")]
        not_before: Option<DateTime<Utc>>,
    },
    /// Its attachment is on the way.
    Uploading,
    /// On the wire: committed before the bytes leave.
    InFlight,
    /// It may have been executed: asked for by its key before anything else happens.
    Unknown,
    /// The server has it; the row's delivery ends it.
    Accepted,
    /// Only the agent can go on.
    NeedsDecision {
        /// Why.
        reason: DecisionReason,
        /// Since when.
        #[serde(with = "ms::at")]
        since: DateTime<Utc>,
    },
    /// Refused for good under this key.
    Failed {
        /// The protocol's code.
        code: String,
        /// Since when.
        #[serde(with = "ms::at")]
        since: DateTime<Utc>,
    },
}

/// Why the agent is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum DecisionReason {
    /// The window closed while it waited.
    WindowClosed,
    /// The customer wrote again: a template is no longer needed.
    WindowReopened,
    /// The conversation has left this agent's view.
    LeftView,
    /// It has been tried for a day.
    TooOld,
    /// An earlier message of the conversation was refused; order matters to a customer.
    EarlierRefused,
    /// Whether the customer has it is unknown.
    Ambiguous,
    /// The server was restored from a backup and may have it or not.
    ServerRestored,
}

impl DecisionReason {
    /// One word for it, as the wire and the log write it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WindowClosed => "window_closed",
            Self::WindowReopened => "window_reopened",
            Self::LeftView => "left_view",
            Self::TooOld => "too_old",
            Self::EarlierRefused => "earlier_refused",
            Self::Ambiguous => "ambiguous",
            Self::ServerRestored => "server_restored",
        }
    }
}
