use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{HistoryTicket, StoreError};
use crate::model::{
    Agent, AgentGroup, AgentGroupId, AgentId, Allowance, Assignee, ChannelAccount, ChannelId, ChannelKind, ClientKey,
    Contact, ContactId, Conversation, ConversationId, Cursor, DeliveryFact, LedgerEntry, ListPlace, Message, MessageId,
    SavedReply, Seq, Tariff, TariffId, Template, TemplateId,
};

/// A report about a message, and since when this device knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFact {
    /// The report.
    pub fact: DeliveryFact,
    /// When this device first knew it.
    pub first_known_at: DateTime<Utc>,
}

/// A conversation with what its screens need beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConversation {
    /// The row, with overlays laid over it where the reader was given some.
    pub conversation: Conversation,
    /// Its version.
    pub seq: Seq,
    /// The customer, when held.
    pub contact: Option<Contact>,
    /// The number or page, when held.
    pub channel: Option<Arc<ChannelAccount>>,
    /// How far this agent has read.
    pub marker: Option<MessageId>,
    /// The server has a newer version that is not here yet.
    pub stale: bool,
}

/// A message as held.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// The row.
    pub message: Message,
    /// Its version.
    pub seq: Seq,
    /// Its delivery reports, each with since when this device knows it.
    pub known: Vec<KnownFact>,
}

/// Where this cache stands in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPlace {
    /// The server's history; none before the first snapshot.
    pub epoch: Option<String>,
    /// How far the feed was read; none before the first snapshot.
    pub cursor: Option<Cursor>,
    /// The feed cannot go on from here: there is no cursor, or this build understands more than
    /// the cache was filled with.
    pub snapshot_needed: bool,
}

/// Whose conversations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those assigned to this agent.
    Mine(AgentId),
    /// Those that no agent answers yet, whether or not a group has them.
    Unassigned,
    /// All that are visible.
    All,
    /// Those of a group.
    Group(AgentGroupId),
}

/// Windows that end in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// Later than this: usually now.
    pub after: DateTime<Utc>,
    /// Not later than this.
    pub before: DateTime<Utc>,
}

/// Which conversations a list shows. Everything given must hold.
#[derive(Debug, Clone)]
pub struct InboxFilter {
    /// Whose.
    pub whose: Whose,
    /// On which channel.
    pub channel: Option<ChannelKind>,
    /// Open ones, closed ones, or both.
    pub open: Option<bool>,
    /// Only those with a customer message newer than the agent's read marker.
    pub unread_only: bool,
    /// Only those where the customer waits for an answer.
    pub unanswered_only: bool,
    /// Only those whose messaging window is open and ends in this span.
    pub closing: Option<Closing>,
    /// Commands that wait in the outbox, laid over the rows before they are filtered.
    pub overlays: Overlays,
}

/// What commands that have not been executed yet will make of conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlays {
    /// Closed or reopened.
    pub open: BTreeMap<ConversationId, bool>,
    /// Assigned.
    pub assignee: BTreeMap<ConversationId, Assignee>,
    /// Read up to.
    pub read_up_to: BTreeMap<ConversationId, MessageId>,
}

impl Overlays {
    /// Lays them over a conversation.
    pub fn lay(&self, stored: &mut StoredConversation) {
        let _ = stored;
        todo!()
    }
}

/// How many open conversations, and how many of them unread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxCount {
    /// Open ones.
    pub open: u32,
    /// Open ones that are unread.
    pub unread: u32,
}

/// The numbers beside the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// Of this agent.
    pub mine: InboxCount,
    /// Of no agent.
    pub unassigned: InboxCount,
    /// All that are visible.
    pub all: InboxCount,
    /// By group; a group without open conversations is absent.
    pub groups: BTreeMap<AgentGroupId, InboxCount>,
    /// Conversations the server has for this agent that are not here yet.
    pub not_held: u32,
}

/// From where a stretch of messages is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// The newest messages.
    Newest,
    /// Those just older than this one.
    Before(MessageId),
    /// Those just newer than this one.
    After(MessageId),
    /// Those on both sides of this one, and itself.
    Message(MessageId),
}

/// Messages may be missing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Newer than this one; none: there is nothing older in hand.
    pub after: Option<MessageId>,
    /// Older than this one; none: there is nothing newer in hand.
    pub before: Option<MessageId>,
}

/// A stretch of a conversation's messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slice {
    /// What is held.
    pub messages: Vec<StoredMessage>,
    /// Where messages may be missing, oldest first. Those at an edge are given only where
    /// nothing more is held on that side.
    pub holes: Vec<Hole>,
    /// Older messages are held beyond this stretch.
    pub more_before: bool,
    /// Newer messages are held beyond this stretch.
    pub more_after: bool,
    /// Something of it may have changed on the server while nobody listened: fetch it again.
    pub stale: bool,
}

/// Something found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchHit {
    /// The conversation to open.
    pub conversation_id: ConversationId,
    /// The message that matches; none when the customer's name or number does.
    pub message_id: Option<MessageId>,
}

/// The cache at one moment.
pub struct CacheReader<'a> {
    lifetime: PhantomData<&'a ()>,
}

impl CacheReader<'_> {
    /// Where the cache stands in the feed.
    pub fn feed(&self) -> Result<FeedPlace, StoreError> {
        todo!()
    }

    /// How far the feed was read; none before the first snapshot.
    pub fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        todo!()
    }

    /// The server's history; none before the first snapshot.
    pub fn epoch(&self) -> Result<Option<String>, StoreError> {
        todo!()
    }

    /// One conversation, as the server has it.
    pub fn conversation(&self, id: ConversationId) -> Result<Option<StoredConversation>, StoreError> {
        let _ = id;
        todo!()
    }

    /// A page of the list of conversations, newest activity first.
    pub fn inbox(
        &self,
        filter: &InboxFilter,
        before: Option<ListPlace>,
        limit: usize,
    ) -> Result<Vec<StoredConversation>, StoreError> {
        let _ = (filter, before, limit);
        todo!()
    }

    /// The numbers beside the lists.
    pub fn inbox_counts(&self, me: AgentId, overlays: &Overlays) -> Result<InboxCounts, StoreError> {
        let _ = (me, overlays);
        todo!()
    }

    /// A stretch of a conversation's messages.
    pub fn messages(&self, id: ConversationId, around: Around, limit: usize) -> Result<Slice, StoreError> {
        let _ = (id, around, limit);
        todo!()
    }

    /// One message.
    pub fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
        let _ = id;
        todo!()
    }

    /// The message that a command made.
    pub fn message_by_key(&self, key: ClientKey) -> Result<Option<StoredMessage>, StoreError> {
        let _ = key;
        todo!()
    }

    /// What to hand back with history that is asked for now.
    pub fn history_ticket(&self, id: ConversationId) -> Result<HistoryTicket, StoreError> {
        let _ = id;
        todo!()
    }

    /// Conversations that need to be read again or for the first time: rows the server has
    /// newer than held, then those it has and nobody holds.
    pub fn conversations_wanted(&self, limit: usize) -> Result<Vec<ConversationId>, StoreError> {
        let _ = limit;
        todo!()
    }

    /// The most recently active of the newest `among` conversations whose newest messages are
    /// not all in hand.
    pub fn history_wanted(&self, among: usize) -> Result<Vec<ConversationId>, StoreError> {
        let _ = among;
        todo!()
    }

    /// One customer.
    pub fn contact(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let _ = id;
        todo!()
    }

    /// All agents, by name.
    pub fn agents(&self) -> Result<Vec<Agent>, StoreError> {
        todo!()
    }

    /// All groups, by name.
    pub fn groups(&self) -> Result<Vec<AgentGroup>, StoreError> {
        todo!()
    }

    /// All saved replies, by title.
    pub fn saved_replies(&self) -> Result<Vec<SavedReply>, StoreError> {
        todo!()
    }

    /// All channel accounts, by name.
    pub fn channels(&self) -> Result<Vec<ChannelAccount>, StoreError> {
        todo!()
    }

    /// One channel account.
    pub fn channel(&self, id: ChannelId) -> Result<Option<ChannelAccount>, StoreError> {
        let _ = id;
        todo!()
    }

    /// All templates of a channel account, by name and language.
    pub fn templates(&self, channel: ChannelId) -> Result<Vec<Template>, StoreError> {
        let _ = channel;
        todo!()
    }

    /// One template.
    pub fn template(&self, id: TemplateId) -> Result<Option<Template>, StoreError> {
        let _ = id;
        todo!()
    }

    /// One tariff.
    pub fn tariff(&self, id: TariffId) -> Result<Option<Tariff>, StoreError> {
        let _ = id;
        todo!()
    }

    /// All allowances.
    pub fn allowances(&self) -> Result<Vec<Allowance>, StoreError> {
        todo!()
    }

    /// Charges from `from` on and before `to`, in provider time, oldest first.
    pub fn ledger(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<LedgerEntry>, StoreError> {
        let _ = (from, to);
        todo!()
    }

    /// The charges of one conversation, oldest first.
    pub fn ledger_of(&self, conversation: ConversationId) -> Result<Vec<LedgerEntry>, StoreError> {
        let _ = conversation;
        todo!()
    }

    /// Customers by name or number, then messages by their words, newest first.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let _ = (text, limit);
        todo!()
    }
}
