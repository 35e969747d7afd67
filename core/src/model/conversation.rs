use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    AgentGroupId, AgentId, Assignee, Author, ChannelId, ContactId, ConversationId, LedgerId, MessageId, Seq, ms,
};

/// One customer on one channel account, with all that its two screens need without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The number or page the customer wrote to.
    pub channel_id: ChannelId,
    /// The customer.
    pub contact_id: ContactId,
    /// False once an agent closed it.
    pub open: bool,
    /// Who answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// Which group answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<AgentGroupId>,
    /// The last thing that moved it in the list.
    #[serde(with = "ms::at")]
    pub activity_at: DateTime<Utc>,
    /// What the list shows under the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// The newest customer message; unread means it is newer than the agent's own read marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_customer_message_id: Option<MessageId>,
    /// The oldest customer message without an answer.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<DateTime<Utc>>,
    /// What opened, closed or refused the messaging window.
    pub window: WindowFacts,
    /// The reply that has been paid for and what it still covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<PaidCover>,
    /// When it last came into this agent's view. When this rises, what was held of it is dropped.
    #[serde(default)]
    pub visible_since: Seq,
    /// The greatest version of any of its messages.
    #[serde(default)]
    pub messages_seq: Seq,
    /// Conversations that became part of this one, when two customers turned out to be one person.
    /// What was meant for them (drafts, waiting commands) is meant for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<ConversationId>,
}

impl Conversation {
    /// To whom it is assigned: the agent who took it within a group goes before the group.
    pub fn assigned_to(&self) -> Assignee {
        match (self.assignee, self.group) {
            (Some(agent), _) => Assignee::Agent(agent),
            (None, Some(group)) => Assignee::Group(group),
            (None, None) => Assignee::None,
        }
    }
}

/// The line under a name in the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The message it shortens.
    pub message_id: MessageId,
    /// Who wrote it.
    pub author: Author,
    /// When, in provider time.
    #[serde(with = "ms::at")]
    pub at: DateTime<Utc>,
    /// The kind of its content, in the wire's words (`text`, `template`...); of media, what it is
    /// (`image`, `voice`...).
    pub kind: String,
    /// The beginning of its text; empty when the kind says it all.
    #[serde(default)]
    pub text: String,
}

/// What opened, closed or refused a window, in provider time. Order and repetition of what
/// led here do not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowFacts {
    /// The latest customer message that counts.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub last_customer_at: Option<DateTime<Utc>>,
    /// The customer message that opened the unbroken window which `last_customer_at` extended.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<DateTime<Utc>>,
    /// The attempt that the provider refused because the window was closed (131047).
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub refused_at: Option<DateTime<Utc>>,
    /// Until when everything is free because the customer came by an advertisement. Changes the
    /// price, never the permission.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub free_until: Option<DateTime<Utc>>,
    /// What the inbox server itself says of the window; none when it leaves that to the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<ServerWindow>,
}

/// A window as the inbox server states it, whatever the facts beside it come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerWindow {
    /// When it was stated. What happened later is not in it.
    #[serde(with = "ms::at")]
    pub said_at: DateTime<Utc>,
    /// The first instant at which free text does not go any more; none: it is closed.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<DateTime<Utc>>,
}

/// A charged reply and the further replies it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidCover {
    /// The charged reply, in provider time.
    #[serde(with = "ms::at")]
    pub started_at: DateTime<Utc>,
    /// The charge in the ledger.
    pub charge: LedgerId,
    /// The message that was charged.
    pub message_id: MessageId,
}
