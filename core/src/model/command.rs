use serde::{Deserialize, Serialize};

use super::{
    AgentGroupId, AgentId, AgentStatus, ChannelId, ConversationId, MediaKind, MessageId, TemplateCategory,
    TemplateComponent, TemplateId, TemplateValue,
};

/// What an agent asks of the server. Executed once per key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Command {
    /// Write to the customer.
    #[serde(rename = "message.send")]
    SendMessage {
        /// To whom.
        conversation_id: ConversationId,
        /// What.
        content: Outgoing,
        /// Quoting which message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
    },
    /// Try a message again that the provider reported as failed: a new attempt of the same message.
    #[serde(rename = "message.retry")]
    RetryMessage {
        /// Which.
        message_id: MessageId,
        /// The number that the new attempt will have; if the message is elsewhere by then, because
        /// a colleague tried it again too, `conflict`. None: in any case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
    },
    /// Leave a note for colleagues.
    #[serde(rename = "comment.add")]
    AddComment {
        /// Where.
        conversation_id: ConversationId,
        /// The words.
        body: String,
        /// Colleagues who are called to it.
        #[serde(default)]
        mentions: Vec<AgentId>,
    },
    /// Assign a conversation.
    #[serde(rename = "conversation.assign")]
    Assign {
        /// Which.
        conversation_id: ConversationId,
        /// To whom.
        to: Assignee,
        /// Only if it is still assigned so; otherwise `conflict`. None: in any case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_assignee: Option<Assignee>,
    },
    /// Close or reopen.
    #[serde(rename = "conversation.set_open")]
    SetOpen {
        /// Which.
        conversation_id: ConversationId,
        /// Open or closed.
        open: bool,
        /// Only if it is still so; otherwise `conflict`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_open: Option<bool>,
    },
    /// Say how far this agent has read.
    #[serde(rename = "conversation.mark_read")]
    MarkRead {
        /// Which.
        conversation_id: ConversationId,
        /// Up to and including.
        up_to: MessageId,
        /// Whether the customer is shown that it was read.
        tell_customer: bool,
    },
    /// Online, offline, invisible.
    #[serde(rename = "agent.set_status")]
    SetStatus {
        /// The choice.
        status: AgentStatus,
    },
    /// Submit a template for Meta's approval.
    #[serde(rename = "template.create")]
    CreateTemplate {
        /// For which number.
        channel_id: ChannelId,
        /// Lower-case letters, digits and underscores.
        name: String,
        /// BCP 47 language in Meta's spelling.
        language: String,
        /// Its category.
        category: TemplateCategory,
        /// Its parts.
        components: Vec<TemplateComponent>,
        /// A sample for each variable, which Meta asks for.
        #[serde(default)]
        samples: Vec<TemplateValue>,
    },
    /// Fetch the templates of a number from the provider.
    #[serde(rename = "template.refresh")]
    RefreshTemplates {
        /// Which number.
        channel_id: ChannelId,
    },
}

impl Command {
    /// The conversation it belongs to, when its own words say so.
    pub fn conversation_id(&self) -> Option<ConversationId> {
        match self {
            Self::SendMessage { conversation_id, .. }
            | Self::AddComment { conversation_id, .. }
            | Self::Assign { conversation_id, .. }
            | Self::SetOpen { conversation_id, .. }
            | Self::MarkRead { conversation_id, .. } => Some(*conversation_id),
            Self::RetryMessage { .. }
            | Self::SetStatus { .. }
            | Self::CreateTemplate { .. }
            | Self::RefreshTemplates { .. } => None,
        }
    }
}

/// What an agent can send to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outgoing {
    /// Words.
    Text {
        /// The words.
        body: String,
    },
    /// An uploaded file.
    Media {
        /// What it is.
        kind: MediaKind,
        /// Its content, in hexadecimal; uploaded before.
        sha256: String,
        /// Its MIME type.
        mime: String,
        /// Its size.
        size_bytes: i64,
        /// Its file name.
        #[serde(default)]
        name: String,
        /// What is written under it.
        #[serde(default)]
        caption: String,
        /// Recorded as a voice message.
        #[serde(default)]
        voice: bool,
    },
    /// A template with its values.
    Template {
        /// Which.
        template_id: TemplateId,
        /// Its variables.
        #[serde(default)]
        values: Vec<TemplateValue>,
    },
    /// An emoji on a message; none takes it away.
    Reaction {
        /// Which message.
        to: MessageId,
        /// The emoji.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
}

/// Who answers a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Assignee {
    /// One agent.
    Agent(AgentId),
    /// Any agent of a group.
    Group(AgentGroupId),
    /// No agent and no group.
    None,
}
