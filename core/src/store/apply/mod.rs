//! Rows of the server become rows of the cache.
//!
//! All of them, whether from a page of the feed, a snapshot, history or a command's answer, go
//! through [`rows::Applying`]; only pages and snapshots move the cursor.

mod history;
mod page;
mod rows;
mod snapshot;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::event::StoreEvent;
use super::table::{held_range, message};
use super::{CacheReader, StoreError, open};
use crate::model::{Change, ConversationId, Cursor, MessageId, Seq, Versioned};

pub(super) use history::ticket as history_ticket;
pub(super) use snapshot::apply as apply_snapshot;
pub(super) use snapshot::progress;
pub use snapshot::{SnapshotPart, SnapshotProgress};

/// Which kinds and words of the protocol this build understands. Raised whenever a build learns
/// new ones, so that a cache filled by an older build is filled anew from a snapshot. 2: a message's
/// attempt, the window as a server counts it. 3: a charge's country, from when an allowance holds and where.
pub const SCHEMA_LEVEL: i64 = 3;

/// Why a page or an answer does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageFault {
    /// It follows another cursor than the one held: ask again from the held one.
    #[error("it does not follow the cursor that is held")]
    NotMine,
    /// Its items do not rise.
    #[error("its items do not rise")]
    NotRising,
    /// The page of a snapshot does not follow the one applied last: begin the snapshot again.
    #[error("it is not the next page of the snapshot")]
    NotNext,
    /// The conversation left the view, came back or was read anew since the history was asked
    /// for: ask again.
    #[error("it was asked for before things changed")]
    Outdated,
}

/// Taken before history is asked for and given back with the answer: an answer that was read
/// before the conversation left this agent's view, or before a snapshot jumped over changes,
/// must not bring back what has gone since. (Cursors are opaque, so the phone cannot tell from
/// the answer's own whether it is older than what is held.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryTicket {
    pub(super) conversation_id: ConversationId,
    pub(super) epoch: Option<String>,
    pub(super) visible_since: Option<Seq>,
    pub(super) generation: i64,
}

/// Which messages were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The newest.
    Newest,
    /// The newest that are older than this one.
    Before(MessageId),
    /// The oldest that are newer than this one.
    After(MessageId),
}

/// Messages of one conversation, read outside the feed.
#[derive(Debug, Clone)]
pub struct HistoryAnswer {
    /// Taken before asking.
    pub ticket: HistoryTicket,
    /// What was asked.
    pub asked: Asked,
    /// The rows, in any order.
    pub rows: Vec<Versioned>,
    /// Whether there is more in the direction asked for.
    pub more: bool,
}

/// The cache inside one transaction that changes it. It notes what changed: the store publishes that
/// after the commit.
pub struct CacheWriter<'a> {
    reader: CacheReader<'a>,
    events: BTreeSet<StoreEvent>,
}

impl<'a> CacheWriter<'a> {
    pub(super) fn new(db: &'a Connection) -> Self {
        Self { reader: CacheReader::new(db), events: BTreeSet::new() }
    }

    /// What changed in this transaction.
    pub(super) fn into_events(self) -> BTreeSet<StoreEvent> {
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
        let mut applying = rows::Applying::begin(self.reader.db, rows::Source::Answer, now)?;
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

    /// Forgets a conversation that the server says is not there for this agent (`not_found`).
    /// The ticket was taken before asking: [`PageFault::Outdated`] when the conversation has come
    /// into view since, because then the answer is older than what is held.
    pub fn forget_conversation(&mut self, ticket: &HistoryTicket) -> Result<(), StoreError> {
        history::check(self.reader.db, ticket)?;
        let mut applying = rows::Applying::begin(self.reader.db, rows::Source::Answer, DateTime::UNIX_EPOCH)?;
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
