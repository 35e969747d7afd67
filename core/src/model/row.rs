use serde::{Deserialize, Serialize};

use super::{
    Agent, AgentGroup, Allowance, ChannelAccount, Contact, Conversation, ConversationId, LedgerEntry, Message,
    MessageId, SavedReply, Seq, Tariff, Template,
};

/// How far an agent has read a conversation. Its row id is the conversation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMarker {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Up to and including.
    pub up_to: MessageId,
}

/// A row of the server, whole and current.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "rows pass through once, a box each would cost more")]
pub enum Row {
    /// A conversation.
    Conversation(Conversation),
    /// A message or comment.
    Message(Message),
    /// A customer.
    Contact(Contact),
    /// A connected number or page.
    Channel(ChannelAccount),
    /// A colleague.
    Agent(Agent),
    /// A group of colleagues.
    Group(AgentGroup),
    /// A saved reply.
    SavedReply(SavedReply),
    /// A template.
    Template(Template),
    /// A tariff.
    Tariff(Tariff),
    /// Messages already paid for.
    Allowance(Allowance),
    /// A charge.
    Ledger(LedgerEntry),
    /// How far this agent has read.
    ReadMarker(ReadMarker),
}

/// The kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowKind {
    /// [`Row::Conversation`]
    Conversation,
    /// [`Row::Message`]
    Message,
    /// [`Row::Contact`]
    Contact,
    /// [`Row::Channel`]
    Channel,
    /// [`Row::Agent`]
    Agent,
    /// [`Row::Group`]
    Group,
    /// [`Row::SavedReply`]
    SavedReply,
    /// [`Row::Template`]
    Template,
    /// [`Row::Tariff`]
    Tariff,
    /// [`Row::Allowance`]
    Allowance,
    /// [`Row::Ledger`]
    Ledger,
    /// [`Row::ReadMarker`]
    ReadMarker,
}

impl Row {
    /// Which kind it is.
    pub fn kind(&self) -> RowKind {
        match self {
            Self::Conversation(_) => RowKind::Conversation,
            Self::Message(_) => RowKind::Message,
            Self::Contact(_) => RowKind::Contact,
            Self::Channel(_) => RowKind::Channel,
            Self::Agent(_) => RowKind::Agent,
            Self::Group(_) => RowKind::Group,
            Self::SavedReply(_) => RowKind::SavedReply,
            Self::Template(_) => RowKind::Template,
            Self::Tariff(_) => RowKind::Tariff,
            Self::Allowance(_) => RowKind::Allowance,
            Self::Ledger(_) => RowKind::Ledger,
            Self::ReadMarker(_) => RowKind::ReadMarker,
        }
    }

    /// Its id within its kind.
    pub fn id(&self) -> i64 {
        match self {
            Self::Conversation(row) => row.id.0,
            Self::Message(row) => row.id.0,
            Self::Contact(row) => row.id.0,
            Self::Channel(row) => row.id.0,
            Self::Agent(row) => row.id.0,
            Self::Group(row) => row.id.0,
            Self::SavedReply(row) => row.id.0,
            Self::Template(row) => row.id.0,
            Self::Tariff(row) => row.id.0,
            Self::Allowance(row) => row.id.0,
            Self::Ledger(row) => row.id.0,
            Self::ReadMarker(row) => row.conversation_id.0,
        }
    }

    /// Reads the `data` of a change of a known kind. What others wrote is made fit for a screen here.
    pub fn from_json(kind: RowKind, data: &serde_json::value::RawValue) -> Result<Self, serde_json::Error> {
        let json = data.get();
        let row = match kind {
            RowKind::Conversation => Self::Conversation(serde_json::from_str(json)?),
            RowKind::Message => Self::Message(serde_json::from_str(json)?),
            RowKind::Contact => Self::Contact(serde_json::from_str(json)?),
            RowKind::Channel => Self::Channel(serde_json::from_str(json)?),
            RowKind::Agent => Self::Agent(serde_json::from_str(json)?),
            RowKind::Group => Self::Group(serde_json::from_str(json)?),
            RowKind::SavedReply => Self::SavedReply(serde_json::from_str(json)?),
            RowKind::Template => Self::Template(serde_json::from_str(json)?),
            RowKind::Tariff => Self::Tariff(serde_json::from_str(json)?),
            RowKind::Allowance => Self::Allowance(serde_json::from_str(json)?),
            RowKind::Ledger => Self::Ledger(serde_json::from_str(json)?),
            RowKind::ReadMarker => Self::ReadMarker(serde_json::from_str(json)?),
        };
        Ok(row.readable())
    }

    /// Writes the `data` of a change.
    pub fn to_json(&self) -> Result<Box<serde_json::value::RawValue>, serde_json::Error> {
        use serde_json::value::to_raw_value;
        match self {
            Self::Conversation(row) => to_raw_value(row),
            Self::Message(row) => to_raw_value(row),
            Self::Contact(row) => to_raw_value(row),
            Self::Channel(row) => to_raw_value(row),
            Self::Agent(row) => to_raw_value(row),
            Self::Group(row) => to_raw_value(row),
            Self::SavedReply(row) => to_raw_value(row),
            Self::Template(row) => to_raw_value(row),
            Self::Tariff(row) => to_raw_value(row),
            Self::Allowance(row) => to_raw_value(row),
            Self::Ledger(row) => to_raw_value(row),
            Self::ReadMarker(row) => to_raw_value(row),
        }
    }
}

/// A row with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// The change that brought it.
    pub seq: Seq,
    /// The row.
    pub row: Row,
}

/// One item of the change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the feed.
    pub seq: Seq,
    /// What happened.
    pub op: Op,
}

/// What a change does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "rows pass through once, a box each would cost more")]
pub enum Op {
    /// The row is now this.
    Put(Row),
    /// The row is gone, or has left this agent's view. A conversation takes its messages along.
    Delete {
        /// Which kind.
        kind: RowKind,
        /// Which row.
        id: i64,
    },
    /// A kind or an operation this build does not know, or a row it cannot read. The cursor
    /// moves past it; `schema_level` brings it back once a newer build runs.
    Skip,
}
