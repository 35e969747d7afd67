//! The cache at one moment: every question that a caller may ask.

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::counts::{self, InboxCounts};
use super::inbox::{self, InboxFilter, Overlays, StoredConversation};
use super::messages::{self, Around, Hole, Slice};
use super::search::{self, SearchHit};
use crate::model::{
    Agent, AgentGroup, AgentId, Allowance, ChannelAccount, ChannelId, ClientKey, Contact, ContactId, ConversationId,
    Cursor, LedgerEntry, ListPosition, MessageId, SavedReply, Tariff, TariffId, Template, TemplateId,
};
use crate::store::StoreError;
use crate::store::apply::{HistoryTicket, history_ticket};
use crate::store::column::sql_limit;
use crate::store::table::feed::{self, SCHEMA_LEVEL};
use crate::store::table::message::{self, StoredMessage};
use crate::store::table::{channel, contact, conversation, held_range, ledger, people, price, snapshot, template};

/// Where this cache stands in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPosition {
    /// The server's history; none before the first snapshot.
    pub epoch: Option<String>,
    /// How far the feed was read; none before the first snapshot.
    pub cursor: Option<Cursor>,
    /// The feed cannot go on from here: there is no cursor, or this build understands more than
    /// the cache was filled with.
    pub snapshot_needed: bool,
}

/// The cache at one moment.
pub struct CacheReader<'a> {
    pub(in crate::store) db: &'a Connection,
}

impl<'a> CacheReader<'a> {
    pub(in crate::store) fn new(db: &'a Connection) -> Self {
        Self { db }
    }
}

impl CacheReader<'_> {
    /// Where the cache stands in the feed.
    pub fn feed(&self) -> Result<FeedPosition, StoreError> {
        let feed = feed::get(self.db)?;
        let snapshot_needed = feed.cursor.is_none() || feed.schema_level < SCHEMA_LEVEL;
        Ok(FeedPosition { epoch: feed.epoch, cursor: feed.cursor, snapshot_needed })
    }

    /// How far the feed was read; none before the first snapshot.
    pub fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        Ok(feed::get(self.db)?.cursor)
    }

    /// The server's history; none before the first snapshot.
    pub fn epoch(&self) -> Result<Option<String>, StoreError> {
        Ok(feed::get(self.db)?.epoch)
    }

    /// One conversation, as the server has it.
    pub fn conversation(&self, id: ConversationId) -> Result<Option<StoredConversation>, StoreError> {
        inbox::conversation(self.db, id, &mut inbox::Channels::default())
    }

    /// A page of the list of conversations, newest activity first, after the place `before`.
    /// Fewer than `limit` means that nothing more is held.
    pub fn inbox(
        &self,
        filter: &InboxFilter,
        before: Option<ListPosition>,
        limit: usize,
    ) -> Result<Vec<StoredConversation>, StoreError> {
        inbox::page(self.db, filter, before, limit)
    }

    /// The numbers beside the lists.
    pub fn inbox_counts(&self, me: AgentId, overlays: &Overlays) -> Result<InboxCounts, StoreError> {
        counts::count(self.db, me, overlays)
    }

    /// A stretch of a conversation's messages.
    pub fn messages(&self, id: ConversationId, around: Around, limit: usize) -> Result<Slice, StoreError> {
        messages::slice(self.db, id, around, limit)
    }

    /// The newest place of a conversation where messages may be missing, without reading any.
    pub fn newest_hole(&self, id: ConversationId) -> Result<Option<Hole>, StoreError> {
        messages::newest_hole(self.db, id)
    }

    /// One message.
    pub fn message(&self, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
        message::get(self.db, id)
    }

    /// The message that a command made.
    pub fn message_by_key(&self, key: ClientKey) -> Result<Option<StoredMessage>, StoreError> {
        match message::id_by_key(self.db, key)? {
            Some(id) => message::get(self.db, id),
            None => Ok(None),
        }
    }

    /// What to hand back with history that is asked for now.
    pub fn history_ticket(&self, id: ConversationId) -> Result<HistoryTicket, StoreError> {
        history_ticket(self.db, id)
    }

    /// Conversations that need to be read again or for the first time: rows the server has
    /// newer than held, then those it has and this phone does not hold.
    pub fn conversations_wanted(&self, limit: usize) -> Result<Vec<ConversationId>, StoreError> {
        let mut wanted = conversation::behind(self.db, sql_limit(limit))?;
        let left = limit.saturating_sub(wanted.len());
        wanted.extend(snapshot::not_held(self.db, sql_limit(left))?);
        Ok(wanted)
    }

    /// Of the `among` most recently active open conversations, those whose newest messages are
    /// not all in hand, or may have changed.
    pub fn history_wanted(&self, among: usize) -> Result<Vec<ConversationId>, StoreError> {
        held_range::wanted(self.db, sql_limit(among))
    }

    /// The conversations of a customer, one a channel account, newest first.
    pub fn conversations_of(&self, contact: ContactId) -> Result<Vec<ConversationId>, StoreError> {
        conversation::of_contact(self.db, contact, i64::MAX)
    }

    /// One customer.
    pub fn contact(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        contact::get(self.db, id)
    }

    /// All agents, by name.
    pub fn agents(&self) -> Result<Vec<Agent>, StoreError> {
        people::agents(self.db)
    }

    /// All groups, by name.
    pub fn groups(&self) -> Result<Vec<AgentGroup>, StoreError> {
        people::groups(self.db)
    }

    /// All saved replies, by title.
    pub fn saved_replies(&self) -> Result<Vec<SavedReply>, StoreError> {
        people::saved_replies(self.db)
    }

    /// All channel accounts, by name.
    pub fn channels(&self) -> Result<Vec<ChannelAccount>, StoreError> {
        channel::list(self.db)
    }

    /// One channel account.
    pub fn channel(&self, id: ChannelId) -> Result<Option<ChannelAccount>, StoreError> {
        channel::get(self.db, id)
    }

    /// All templates of a channel account, by name and language.
    pub fn templates(&self, channel: ChannelId) -> Result<Vec<Template>, StoreError> {
        template::of_channel(self.db, channel)
    }

    /// One template.
    pub fn template(&self, id: TemplateId) -> Result<Option<Template>, StoreError> {
        template::get(self.db, id)
    }

    /// One tariff.
    pub fn tariff(&self, id: TariffId) -> Result<Option<Tariff>, StoreError> {
        price::tariff(self.db, id)
    }

    /// All allowances.
    pub fn allowances(&self) -> Result<Vec<Allowance>, StoreError> {
        price::allowances(self.db)
    }

    /// Charges from `from` on and before `to`, in provider time, oldest first.
    pub fn ledger(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<LedgerEntry>, StoreError> {
        ledger::between(self.db, from, to)
    }

    /// Charges of one conversation, oldest first.
    pub fn ledger_of(&self, conversation: ConversationId) -> Result<Vec<LedgerEntry>, StoreError> {
        ledger::of_conversation(self.db, conversation)
    }

    /// Conversations by the customer's name or number, then messages by their words; newest first.
    pub fn search(&self, text: &str, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        search::search(self.db, text, limit)
    }
}
