use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{AgentId, ClientKey, Content, ConversationId, DeliveryFact, MessageId, ms};

/// A message, a comment or an event in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id. Lists are ordered by it.
    pub id: MessageId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The key of the command that made it, so that the echo on the phone becomes this row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<ClientKey>,
    /// Who wrote it.
    pub author: Author,
    /// When it was written, in provider time.
    #[serde(with = "ms::at")]
    pub at: DateTime<Utc>,
    /// What it says.
    pub content: Content,
    /// The message it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// When the customer last changed it.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    /// When the customer took it back. Its content is then empty.
    #[serde(default, with = "ms::maybe", skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
    /// How often it was handed to the provider: 2 once it was tried again. Reports about an
    /// earlier attempt say nothing about this one.
    #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
    pub attempt: u32,
    /// What the provider reported about it. A set: order and repetition do not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery: Vec<DeliveryFact>,
}

fn first_attempt() -> u32 {
    1
}

fn is_first_attempt(attempt: &u32) -> bool {
    *attempt == 1
}

impl Message {
    /// An internal note that the customer never sees.
    pub fn is_comment(&self) -> bool {
        matches!(self.content, Content::Comment { .. })
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Author {
    /// The customer.
    Customer,
    /// An agent, from the inbox.
    Agent {
        /// Which one.
        id: AgentId,
    },
    /// The company, from its own phone (`smb_message_echoes`) or page.
    PhoneApp,
    /// A bot, a campaign, an automation.
    Automation,
    /// The provider or the inbox itself.
    System,
    /// An author that this build does not know.
    #[serde(other)]
    Unknown,
}

impl Author {
    /// Whether it came from the company's side and was meant for the customer.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Agent { .. } | Self::PhoneApp | Self::Automation)
    }
}
