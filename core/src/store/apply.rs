use chrono::{DateTime, Utc};

use super::{CacheReader, StoreError};
use crate::model::{Change, ConversationId, Cursor, HeldFrom, MessageId, RowKind, Seq, Versioned, VisibleConversation};

/// Which kinds and words of the protocol this build understands. Raised whenever a build learns
/// new ones, so that a cache filled by an older build is filled anew from a snapshot.
pub const SCHEMA_LEVEL: i64 = 1;

/// What changed, so that the screen in front can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StoreEvent {
    /// The list of conversations, or a row of it.
    InboxChanged,
    /// One conversation: its row, its messages, its customer or its read marker.
    ConversationChanged(ConversationId),
    /// A directory: agents, groups, saved replies, channels, templates, contacts.
    DirectoryChanged(RowKind),
    /// Tariffs, allowances, the ledger.
    UsageChanged,
}

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
/// must not bring back what has gone since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryTicket {
    pub(super) conversation_id: ConversationId,
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

/// One page of a snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotPart {
    /// The token it was asked for with; none for the first page, which begins anew.
    pub asked: Option<String>,
    /// The server's history.
    pub epoch: String,
    /// Where the feed goes on after the last page.
    pub at: Cursor,
    /// The token of the next page; none on the last.
    pub next: Option<String>,
    /// Rows to apply.
    pub rows: Vec<Versioned>,
    /// From which message on conversations are in hand without a hole.
    pub newest: Vec<HeldFrom>,
    /// All conversations this agent sees, a part per page.
    pub visible: Vec<VisibleConversation>,
    /// True on the last page.
    pub complete: bool,
}

/// A snapshot that has been begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotProgress {
    /// The server's history it belongs to.
    pub epoch: String,
    /// The token of the page to read next.
    pub next: String,
}

/// The cache inside one transaction that changes it.
pub struct CacheWriter<'a> {
    reader: CacheReader<'a>,
}

impl<'a> CacheWriter<'a> {
    /// Everything a reader can, inside this transaction.
    pub fn reader(&self) -> &CacheReader<'a> {
        &self.reader
    }

    /// Applies a page of the feed: rows and cursor together, or [`StoreError::Page`] and nothing.
    pub fn apply_page(
        &mut self,
        from: &Cursor,
        to: &Cursor,
        items: &[Change],
        now: DateTime<Utc>,
    ) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = (from, to, items, now);
        todo!()
    }

    /// Applies rows that came outside the feed: the answer of a command, a conversation, a list
    /// of conversations, a month of the ledger. The cursor does not move. A row that was deleted
    /// since the answer may have been read is not brought back.
    pub fn apply_rows(&mut self, rows: &[Versioned], now: DateTime<Utc>) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = (rows, now);
        todo!()
    }

    /// Applies messages read outside the feed and remembers which stretch is in hand now.
    pub fn apply_history(&mut self, answer: &HistoryAnswer, now: DateTime<Utc>) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = (answer, now);
        todo!()
    }

    /// Forgets a conversation that the server says is not there for this agent (`not_found`).
    pub fn forget_conversation(&mut self, id: ConversationId) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = id;
        todo!()
    }

    /// Drops messages older than `before`, keeping the newest `keep` of each conversation. What
    /// was dropped is a hole again and is fetched when scrolled to.
    pub fn evict_messages(&mut self, before: DateTime<Utc>, keep: u32) -> Result<Vec<StoreEvent>, StoreError> {
        let _ = (before, keep);
        todo!()
    }
}
