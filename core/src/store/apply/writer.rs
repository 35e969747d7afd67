//! The cache inside one transaction that changes it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::history::{self, HistoryAnswer};
use super::page;
use super::rows::{Applying, Source};
use super::ticket::{self, HistoryTicket};
use crate::model::{Change, Cursor, Seq, Versioned};
use crate::store::event::StoreEvent;
use crate::store::table::{held_range, message};
use crate::store::{CacheReader, StoreError, open};

/// The cache inside one transaction that changes it. It notes what changed: the store publishes that
/// after the commit.
pub struct CacheWriter<'a> {
    reader: CacheReader<'a>,
    events: BTreeSet<StoreEvent>,
}

impl<'a> CacheWriter<'a> {
    pub(in crate::store) fn new(db: &'a Connection) -> Self {
        Self { reader: CacheReader::new(db), events: BTreeSet::new() }
    }

    /// What changed in this transaction.
    pub(in crate::store) fn into_events(self) -> BTreeSet<StoreEvent> {
        self.events
    }

    /// Everything a reader can, inside this transaction.
    pub fn reader(&self) -> &CacheReader<'a> {
        &self.reader
    }

    /// Applies a page of the feed: rows and cursor together, or [`StoreError::Page`] and nothing.
    /// A report that is first seen here is first known at `now`.
    pub fn apply_page(
        &mut self,
        from: &Cursor,
        to: &Cursor,
        items: &[Change],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.events.extend(page::apply(self.reader.db, from, to, items, now)?);
        Ok(())
    }

    /// Applies rows that came outside the feed: the answer of a command, a conversation, a list
    /// of conversations, a month of the ledger. The cursor does not move. A row that was deleted
    /// since the answer may have been read is not brought back.
    pub fn apply_rows(&mut self, rows: &[Versioned], now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut applying = Applying::begin(self.reader.db, Source::Answer, now)?;
        for row in rows {
            applying.put(row.seq, &row.row)?;
        }
        self.events.extend(applying.events());
        Ok(())
    }

    /// Applies messages read outside the feed and remembers which stretch is in hand now. What is
    /// held inside that stretch and not in the answer has been deleted on the server and goes.
    /// Read the conversation first: without its row the messages are kept and nothing is claimed.
    pub fn apply_history(&mut self, answer: &HistoryAnswer, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.events.extend(history::apply(self.reader.db, answer, now)?);
        Ok(())
    }

    /// Forgets a conversation that the server does not have for this agent (`not_found`).
    /// The ticket was taken before asking: [`PageFault::Outdated`](crate::store::PageFault::Outdated) when the conversation has come
    /// into view since, because then the answer is older than what is held.
    pub fn forget_conversation(&mut self, ticket: &HistoryTicket) -> Result<(), StoreError> {
        ticket::check(self.reader.db, ticket)?;
        let mut applying = Applying::begin(self.reader.db, Source::Answer, DateTime::UNIX_EPOCH)?;
        applying.drop_conversation(ticket.conversation_id, Seq(i64::MAX))?;
        self.events.extend(applying.events());
        Ok(())
    }

    /// Drops messages written before `before`, keeping the newest `keep` of each conversation.
    /// What was dropped is a hole again and is fetched when scrolled to; its room goes back to the
    /// device.
    pub fn evict_messages(&mut self, before: DateTime<Utc>, keep: u32) -> Result<(), StoreError> {
        let db = self.reader.db;
        let mut evicted = false;
        for conversation in held_range::conversations(db)? {
            let Some(last) = message::evictable(db, conversation, before, keep)? else { continue };
            message::delete_of(db, conversation, last.0, Seq(i64::MAX))?;
            let mut ranges = held_range::get(db, conversation)?;
            ranges.forget_before(last.0.saturating_add(1));
            held_range::set(db, conversation, &ranges)?;
            self.events.insert(StoreEvent::ConversationChanged(conversation));
            evicted = true;
        }
        if evicted {
            open::give_back_room(db)?;
        }
        Ok(())
    }
}
