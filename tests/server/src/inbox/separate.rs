//! Two customers were taken for one and are none: what was joined is taken apart again.
//!
//! The second gets back what they were known by, their conversations and the messages they had
//! then. What was written since stays with the first, because nothing says whose it is.

use riposte::model::{ContactId, Message, ReadMarker, Row, RowKind};
use rusqlite::{Connection, OptionalExtension, params};

use super::claim;
use super::contact::{self, viewers};
use super::merge::{Folded, Half, move_charges};
use super::message::message;
use crate::db::DbError;
use crate::db::text::{from_json, instant};
use crate::feed::{Writer, conversation_moved};

/// Two customers that were joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joining {
    /// Its number here.
    pub id: i64,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// The customer that remained.
    pub kept: ContactId,
    /// The customer that became part of them.
    pub other: ContactId,
}

/// What was joined, the newest first.
pub(crate) fn joinings(db: &Connection, limit: u32) -> Result<Vec<Joining>, DbError> {
    const SQL: &str = "SELECT id, at, kept, other FROM joined ORDER BY id DESC LIMIT ?1";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([limit], |row| {
        let (kept, other) = (ContactId(row.get(2)?), ContactId(row.get(3)?));
        Ok(Joining { id: row.get(0)?, at: instant(row.get(1)?), kept, other })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Undoes a joining. Says whether there was one that can be undone: a later one of the same
/// customers comes first.
pub(crate) fn separate(w: &mut Writer<'_>, id: i64) -> Result<bool, DbError> {
    const FIND: &str = "SELECT kept, other, data FROM joined j WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM joined l WHERE l.id > j.id AND (l.other = j.kept OR l.kept = j.kept))";
    let found = w
        .tx
        .query_row(FIND, [id], |row| Ok((ContactId(row.get(0)?), ContactId(row.get(1)?), row.get::<_, String>(2)?)));
    let Some((kept, other, data)) = found.optional()? else { return Ok(false) };
    let half: Half = from_json(&data)?;
    give_back_names(w.tx, kept, other, &half)?;
    w.tx.execute("INSERT OR IGNORE INTO apart (one, other) VALUES (?1, ?2)", [kept.0, other.0])?;
    for conversation in &half.moved {
        conversation_moved(w, *conversation, false)?;
        w.tx.execute("UPDATE conversation SET contact_id = ?2 WHERE id = ?1", [conversation.0, other.0])?;
        contact::refresh(w, other)?;
        conversation_moved(w, *conversation, true)?;
        w.mark_changed(*conversation);
    }
    contact::refresh(w, other)?;
    contact::refresh(w, kept)?;
    for folded in &half.folded {
        unfold(w, other, folded)?;
    }
    for agent in viewers(w.tx, other)? {
        w.back_for(agent, RowKind::Contact, other.0)?;
    }
    w.tx.execute("DELETE FROM joined WHERE id = ?1", [id])?;
    Ok(true)
}

/// Each is known again by what they were known by, and called what they were called. A number that the
/// first was seen with since is theirs; a name since then may be either's, so the next message says.
fn give_back_names(db: &Connection, kept: ContactId, other: ContactId, half: &Half) -> Result<(), DbError> {
    const FORGET: &str = "DELETE FROM claim WHERE contact_id = ?1 AND scope = ?2 AND value = ?3";
    for claim in &half.claims {
        db.execute(FORGET, params![kept.0, claim.scope, claim.value])?;
        claim::put(db, other, claim)?;
    }
    for claim in &half.kept_claims {
        claim::put(db, kept, claim)?;
    }
    db.execute("DELETE FROM called WHERE contact_id = ?1", [kept.0])?;
    half.called.iter().try_for_each(|called| contact::put_called(db, other, called))?;
    half.kept_called.iter().try_for_each(|called| contact::put_called(db, kept, called))
}

/// A conversation is one of its own again.
fn unfold(w: &mut Writer<'_>, contact: ContactId, folded: &Folded) -> Result<(), DbError> {
    const BEGIN: &str = "INSERT INTO conversation (id, channel_id, contact_id, open, assignee, group_id, created_at,
             activity_at, settled_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)";
    const MESSAGE: &str = "UPDATE message SET conversation_id = ?2 WHERE id = ?1";
    const CHARGE: &str = "UPDATE charge SET conversation_id = ?2 WHERE id = ?1";
    const WATERMARK: &str = "INSERT OR IGNORE INTO watermark (conversation_id, status, up_to) VALUES (?1, ?2, ?3)";
    const NOT_REFUSED: &str = "DELETE FROM refusal WHERE conversation_id = ?1 AND at = ?2";
    const REFUSED: &str = "INSERT OR IGNORE INTO refusal (conversation_id, at) VALUES (?1, ?2)";
    const NOT_FREE: &str = "DELETE FROM free_entry WHERE conversation_id = ?1 AND starts_at = ?2";
    const FREE: &str = "INSERT OR IGNORE INTO free_entry (conversation_id, starts_at, ends_at) VALUES (?1, ?2, ?3)";
    let (id, into) = (folded.id, folded.into);
    let Folded { channel_id, open, assignee, group_id, created_at, settled_id, .. } = folded;
    w.tx.execute("DELETE FROM joined_conversation WHERE id = ?1", [id.0])?;
    w.tx.execute(BEGIN, params![id.0, channel_id, contact.0, open, assignee, group_id, created_at, settled_id])?;
    conversation_moved(w, id, true)?;
    for held in &folded.messages {
        w.tx.execute(MESSAGE, [held.0, id.0])?;
        if let Some(held) = message(w.tx, *held)? {
            w.put(&Row::Message(Message { conversation_id: id, ..held }))?;
        }
    }
    folded.charges.iter().try_for_each(|charge| w.tx.execute(CHARGE, [charge.0, id.0]).map(drop))?;
    move_charges(w, &folded.charges, id)?;
    for (status, up_to) in &folded.watermarks {
        w.tx.execute(WATERMARK, params![id.0, status, up_to])?;
    }
    for at in &folded.refusals {
        w.tx.execute(NOT_REFUSED, [into.0, *at])?;
        w.tx.execute(REFUSED, [id.0, *at])?;
    }
    for (starts_at, ends_at) in &folded.free_entries {
        w.tx.execute(NOT_FREE, [into.0, *starts_at])?;
        w.tx.execute(FREE, [id.0, *starts_at, *ends_at])?;
    }
    for (agent, up_to) in &folded.markers {
        w.put_marker(*agent, ReadMarker { conversation_id: id, up_to: *up_to })?;
    }
    w.mark_changed(id);
    w.mark_changed(into);
    Ok(())
}
