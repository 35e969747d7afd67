//! What stands in a conversation, line by line, ready to draw.

use chrono::{DateTime, Utc};

use super::BubbleFill;
use crate::model::{ChannelKind, ChargeState, ClientKey, Content, DecisionReason, MessageId, Money, Phrase};
use crate::rules::sending::actions::MessageAction;

/// One line of a conversation, top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly every row is a message")]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum TimelineRow {
    /// A message, of the customer or to the customer.
    Message(MessageRow),
    /// An internal comment. The customer never sees it.
    Comment(CommentRow),
    /// Something that happened.
    Event(EventRow),
    /// Messages that are not on this phone: fetched when the row is scrolled to.
    Gap(GapRow),
}

/// A message, ready to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct MessageRow {
    /// The same from the echo to the server's row, so that a list moves nothing when one
    /// replaces the other.
    pub row_key: String,
    /// The server's id; none while only this phone knows the message.
    pub message_id: Option<MessageId>,
    /// The key of the command that made it, for [`Outbox`](super::Outbox).
    pub client_key: Option<ClientKey>,
    /// Which side it is drawn on.
    pub side: Side,
    /// Who wrote it; stands above it.
    pub author: AuthorLabel,
    /// The logo beside the time.
    pub channel: ChannelKind,
    /// When it was written, in provider time; for an echo, when the agent gave it.
    pub at: DateTime<Utc>,
    /// What it says.
    pub content: Content,
    /// The words in it; empty where the content has none.
    pub text: String,
    /// What the content is called where its words are not enough: *photo*, *deleted*. None for
    /// plain words.
    pub content_phrase: Option<Phrase>,
    /// The message it quotes.
    pub quoted: Option<QuotedMessage>,
    /// Emojis put on it.
    pub reactions: Vec<ReactionMark>,
    /// The customer changed it after sending.
    pub edited: bool,
    /// The customer took it back.
    pub deleted: bool,
    /// The bubble's colour. Ours begin grey and turn white when read; a customer's are white.
    pub fill: BubbleFill,
    /// The tick beside the author's name, for the few seconds after it was received.
    pub tick: bool,
    /// What stands below it: *(not seen)*, *(seen)*, *waiting for the network*, why it failed.
    pub note: Option<Phrase>,
    /// What became of it; none for a customer's, and for what did not go out from this inbox until
    /// something is reported.
    pub progress: Option<SendProgress>,
    /// What the agent can do about it, the best first.
    pub actions: Vec<MessageAction>,
    /// What it cost, once it was charged.
    pub cost: Option<CostTag>,
}

/// An internal comment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct CommentRow {
    /// As [`MessageRow::row_key`].
    pub row_key: String,
    /// The server's id; none while only this phone knows it.
    pub message_id: Option<MessageId>,
    /// The key of the command that made it.
    pub client_key: Option<ClientKey>,
    /// Who wrote it.
    pub author: AuthorLabel,
    /// When.
    pub at: DateTime<Utc>,
    /// The words.
    pub body: String,
    /// Names of the colleagues who are called to it.
    pub mentions: Vec<String>,
    /// What became of it while it is on its way.
    pub progress: Option<SendProgress>,
    /// What stands below it.
    pub note: Option<Phrase>,
    /// What the agent can do about it.
    pub actions: Vec<MessageAction>,
}

/// Something that happened rather than was said.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct EventRow {
    /// Stable for this event.
    pub row_key: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub phrase: Phrase,
}

/// Messages that are not on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct GapRow {
    /// Stable for this gap.
    pub row_key: String,
    /// The newest message held before it; none when it reaches the beginning.
    pub after: Option<MessageId>,
    /// The oldest message held after it; none when it reaches the newest.
    pub before: Option<MessageId>,
}

/// A side of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Side {
    /// The customer's.
    Customer,
    /// Ours.
    Ours,
}

/// What stands for the author of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum AuthorLabel {
    /// The agent who is signed in.
    You,
    /// A person with a name: the customer or a colleague.
    Person {
        /// The name.
        name: String,
    },
    /// An author without a name: the company's own phone, an automation.
    Described {
        /// What stands in place of a name.
        phrase: Phrase,
    },
}

/// The message another one quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct QuotedMessage {
    /// Which.
    pub message_id: MessageId,
    /// Who wrote it; none when the message is not on this phone.
    pub author: Option<AuthorLabel>,
    /// What its content is called where its words are not enough.
    pub phrase: Option<Phrase>,
    /// Its words, if it has any.
    pub text: String,
}

/// An emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct ReactionMark {
    /// The emoji.
    pub emoji: String,
    /// Who put it there.
    pub author: AuthorLabel,
}

/// What became of something we sent. Never goes backwards, except to ask the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum SendProgress {
    /// Waits on this phone.
    Queued,
    /// Its attachment is on the way.
    Uploading,
    /// On the wire, or with the server.
    Sending,
    /// It may have been executed; being asked.
    Unknown,
    /// Only the agent can go on.
    NeedsDecision {
        /// Why.
        reason: DecisionReason,
    },
    /// Refused by the server; kept here.
    Refused {
        /// The protocol's code.
        code: String,
    },
    /// The provider has it.
    Sent,
    /// The customer's phone has it.
    Delivered,
    /// The customer read it.
    Read,
    /// The customer played it.
    Played,
    /// It will not arrive.
    Failed,
}

/// What a message cost, from the server's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct CostTag {
    /// The amount; none when an allowance paid or the tariff has no price.
    pub price: Option<Money>,
    /// Whether it stands already.
    pub state: ChargeState,
    /// The same in words.
    pub phrase: Phrase,
}
