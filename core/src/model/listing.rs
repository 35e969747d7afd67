use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ConversationId, MessageId, Seq};

/// A position in the list of conversations, which is ordered by newest activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ListPosition {
    /// The time of its newest activity.
    pub activity_at: DateTime<Utc>,
    /// Its id, which decides where the times are equal.
    pub id: ConversationId,
}

/// The newest messages of a conversation are in hand, from this one on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldFrom {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The oldest message in hand; none when the conversation's very first one is.
    #[serde(default)]
    pub from: Option<MessageId>,
}

/// A conversation that this agent sees, with its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisibleConversation {
    /// Which.
    pub id: ConversationId,
    /// Its own version.
    pub seq: Seq,
    /// The greatest version of any of its messages.
    pub messages_seq: Seq,
}
