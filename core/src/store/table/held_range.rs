//! `held_range`: which stretches of a conversation's messages are in hand.

use rusqlite::{Connection, named_params};

use crate::model::ConversationId;
use crate::store::StoreError;
use crate::store::column::{all, run};
use crate::store::ranges::{Range, Ranges};

const OF_CONVERSATION: &str = "
    SELECT first, last, stale FROM held_range WHERE conversation_id = :conversation_id ORDER BY first";

const INSERT: &str = "
    INSERT INTO held_range (conversation_id, first, last, stale) VALUES (:conversation_id, :first, :last, :stale)";

const DELETE_OF: &str = "DELETE FROM held_range WHERE conversation_id = :conversation_id";

/// Of the most recently active open conversations, those whose newest messages are not in hand.
pub(in crate::store) const WANTED: &str = "
    SELECT c.id FROM (
        SELECT id, activity_at FROM conversation WHERE open = 1 ORDER BY activity_at DESC, id DESC LIMIT :among) c
    WHERE NOT EXISTS (
        SELECT 1 FROM held_range r
        WHERE r.conversation_id = c.id AND r.last = 9223372036854775807 AND NOT r.stale)";

const CONVERSATIONS: &str = "SELECT DISTINCT conversation_id FROM held_range";

pub(in crate::store) fn get(db: &Connection, conversation: ConversationId) -> Result<Ranges, StoreError> {
    let ranges = all(db, OF_CONVERSATION, named_params! { ":conversation_id": conversation.0 }, |row| {
        Ok(Range { first: row.get(0)?, last: row.get(1)?, stale: row.get(2)? })
    })?;
    Ok(Ranges::new(ranges))
}

/// Replaces what is remembered of a conversation.
pub(in crate::store) fn set(db: &Connection, conversation: ConversationId, ranges: &Ranges) -> Result<(), StoreError> {
    delete_of(db, conversation)?;
    for range in ranges.iter() {
        let params = named_params! {
            ":conversation_id": conversation.0, ":first": range.first, ":last": range.last, ":stale": range.stale,
        };
        run(db, INSERT, params)?;
    }
    Ok(())
}

pub(in crate::store) fn delete_of(db: &Connection, conversation: ConversationId) -> Result<(), StoreError> {
    run(db, DELETE_OF, named_params! { ":conversation_id": conversation.0 })?;
    Ok(())
}

pub(in crate::store) fn wanted(db: &Connection, among: i64) -> Result<Vec<ConversationId>, StoreError> {
    all(db, WANTED, named_params! { ":among": among }, |row| Ok(ConversationId(row.get(0)?)))
}

/// The conversations of which anything is in hand.
pub(in crate::store) fn conversations(db: &Connection) -> Result<Vec<ConversationId>, StoreError> {
    all(db, CONVERSATIONS, [], |row| Ok(ConversationId(row.get(0)?)))
}
