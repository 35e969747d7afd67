//! Is an answer that was asked for a while ago still an answer of now?

use rusqlite::Connection;

use crate::model::{ConversationId, Seq};
use crate::store::table::{conversation, feed};
use crate::store::{PageFault, StoreError};

/// Taken before history is asked for and given back with the answer: an answer that was read
/// before the conversation left this agent's view, or before a snapshot jumped over changes,
/// must not bring back what has gone since. (Cursors are opaque, so the phone cannot tell from
/// the answer's own whether it is older than what is held.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryTicket {
    pub(super) conversation_id: ConversationId,
    epoch: Option<String>,
    pub(super) visible_since: Option<Seq>,
    generation: i64,
}

/// What to hand back with history that is asked for now.
pub(in crate::store) fn ticket(db: &Connection, id: ConversationId) -> Result<HistoryTicket, StoreError> {
    let feed = feed::get(db)?;
    Ok(HistoryTicket {
        conversation_id: id,
        epoch: feed.epoch,
        visible_since: conversation::versions(db, id)?.map(|held| held.visible_since),
        generation: feed.generation,
    })
}

/// Nothing that would make an answer to this ticket one of the past has happened since.
pub(super) fn check(db: &Connection, taken: &HistoryTicket) -> Result<(), StoreError> {
    if ticket(db, taken.conversation_id)? == *taken { Ok(()) } else { Err(StoreError::Page(PageFault::Outdated)) }
}
