//! Two customers turn out to be one: everything of the second becomes the first's.
//!
//! What the second was is kept, so that a joining that was wrong can be undone (`separate`).

use riposte::model::{
    AgentId, ContactId, ConversationId, LedgerEntry, LedgerId, Message, MessageId, ReadMarker, Row, RowKind,
};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::claim::{self, Claim};
use super::contact::{self, Called, viewers};
use crate::db::DbError;
use crate::db::text::{from_json, json};
use crate::feed::{Writer, conversation_moved, row};

/// What the second customer was when they were joined, and what the first was known by.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Half {
    pub(super) claims: Vec<Claim>,
    pub(super) called: Vec<Called>,
    pub(super) kept_claims: Vec<Claim>,
    pub(super) kept_called: Vec<Called>,
    /// Conversations that moved whole.
    pub(super) moved: Vec<ConversationId>,
    /// Conversations whose messages went into one of the first's.
    pub(super) folded: Vec<Folded>,
}

/// A conversation that became part of another.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Folded {
    pub(super) id: ConversationId,
    pub(super) into: ConversationId,
    pub(super) channel_id: i64,
    pub(super) open: bool,
    pub(super) assignee: Option<i64>,
    pub(super) group_id: Option<i64>,
    pub(super) created_at: i64,
    pub(super) settled_id: i64,
    pub(super) messages: Vec<MessageId>,
    pub(super) charges: Vec<LedgerId>,
    pub(super) watermarks: Vec<(String, i64)>,
    pub(super) refusals: Vec<i64>,
    pub(super) free_entries: Vec<(i64, i64)>,
    pub(super) markers: Vec<(AgentId, MessageId)>,
}

/// Makes `other` part of `kept`. One conversation per channel account and customer remains.
pub(super) fn merge(w: &mut Writer<'_>, kept: ContactId, other: ContactId) -> Result<(), DbError> {
    const KEEP: &str = "INSERT INTO joined (at, kept, other, data) VALUES (?1, ?2, ?3, ?4)";
    let saw_other = viewers(w.tx, other)?;
    let mut half = Half {
        claims: claim::of(w.tx, other)?,
        called: contact::called(w.tx, other)?,
        kept_claims: claim::of(w.tx, kept)?,
        kept_called: contact::called(w.tx, kept)?,
        moved: Vec::new(),
        folded: Vec::new(),
    };
    for (from, channel) in conversations(w.tx, other)? {
        match conversations(w.tx, kept)?.into_iter().find(|(_, held)| *held == channel) {
            Some((into, _)) => half.folded.push(fold(w, from, into)?),
            None => {
                w.tx.execute("UPDATE conversation SET contact_id = ?2 WHERE id = ?1", [from.0, kept.0])?;
                w.mark_changed(from);
                half.moved.push(from);
            }
        }
    }
    claim::forget(w.tx, other)?;
    half.claims.iter().try_for_each(|claim| claim::put(w.tx, kept, claim))?;
    w.tx.execute("DELETE FROM called WHERE contact_id = ?1", [other.0])?;
    half.called.iter().try_for_each(|called| contact::put_called(w.tx, kept, called))?;
    w.tx.execute("UPDATE OR IGNORE name_to_ask SET contact_id = ?2 WHERE contact_id = ?1", [other.0, kept.0])?;
    let data = json(&half)?;
    w.tx.execute(KEEP, params![w.now.timestamp_millis(), kept.0, other.0, data])?;
    contact::refresh(w, kept)?;
    for agent in viewers(w.tx, kept)? {
        w.back_for(agent, RowKind::Contact, kept.0)?;
    }
    for agent in saw_other {
        w.gone_for(agent, RowKind::Contact, other.0)?;
    }
    w.forget(RowKind::Contact, other.0)
}

/// Whether an operator said that they are two.
pub(super) fn are_apart(db: &Connection, one: ContactId, other: ContactId) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM apart WHERE one = ?1 AND other = ?2)";
    let (one, other) = (one.min(other), one.max(other));
    Ok(db.prepare_cached(SQL)?.query_row([one.0, other.0], |row| row.get(0))?)
}

fn conversations(db: &Connection, contact: ContactId) -> Result<Vec<(ConversationId, i64)>, DbError> {
    const SQL: &str = "SELECT id, channel_id FROM conversation WHERE contact_id = ?1 ORDER BY id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([contact.0], |row| Ok((ConversationId(row.get(0)?), row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The facts beside the messages, in the tables that name their conversation. What was settled
/// stays settled message by message: a talk that was closed does not wait again, and one that was
/// not goes on waiting.
const MOVE_FACTS: [&str; 9] = [
    "UPDATE message SET asks = 0 WHERE conversation_id IN (?1, ?2)
         AND id <= (SELECT c.settled_id FROM conversation c WHERE c.id = message.conversation_id)",
    "UPDATE message SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE charge SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE OR REPLACE watermark SET conversation_id = ?2 WHERE conversation_id = ?1
         AND up_to > coalesce((SELECT k.up_to FROM watermark k
                               WHERE k.conversation_id = ?2 AND k.status = watermark.status), 0)",
    "UPDATE OR IGNORE refusal SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE OR IGNORE free_entry SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE conversation SET
         open = open OR (SELECT o.open FROM conversation o WHERE o.id = ?1),
         assignee = coalesce(assignee, (SELECT o.assignee FROM conversation o WHERE o.id = ?1)),
         group_id = coalesce(group_id, (SELECT o.group_id FROM conversation o WHERE o.id = ?1)),
         settled_id = 0
     WHERE id = ?2",
    "UPDATE joined_conversation SET into_id = ?2 WHERE into_id = ?1",
    "INSERT OR REPLACE INTO joined_conversation (id, into_id) VALUES (?1, ?2)",
];

fn fold(w: &mut Writer<'_>, from: ConversationId, into: ConversationId) -> Result<Folded, DbError> {
    let messages = stored::<Message>(w.tx, "message", from)?;
    let folded = facts(w.tx, from, into)?;
    // First it leaves every view, and takes its messages along; then they come back elsewhere.
    conversation_moved(w, from, false)?;
    for sql in MOVE_FACTS {
        w.tx.prepare_cached(sql)?.execute([from.0, into.0])?;
    }
    w.tx.execute("DELETE FROM conversation WHERE id = ?1", [from.0])?;
    w.tx.execute("DELETE FROM feed WHERE conversation_id = ?1 AND kind = 'read_marker'", [from.0])?;
    w.forget(RowKind::Conversation, from.0)?;
    conversation_moved(w, into, true)?;
    for message in messages {
        w.put(&Row::Message(Message { conversation_id: into, ..message }))?;
    }
    move_charges(w, &folded.charges, into)?;
    for (agent, up_to) in &folded.markers {
        let held = read_up_to(w.tx, *agent, into)?;
        if held.is_none_or(|held| held < *up_to) {
            w.put_marker(*agent, ReadMarker { conversation_id: into, up_to: *up_to })?;
        }
    }
    w.mark_changed(into);
    Ok(folded)
}

/// Writes the rows of charges in another conversation.
pub(super) fn move_charges(w: &mut Writer<'_>, charges: &[LedgerId], into: ConversationId) -> Result<(), DbError> {
    for id in charges {
        if let Some(entry) = row::<LedgerEntry>(w.tx, RowKind::Ledger, id.0)? {
            w.put(&Row::Ledger(LedgerEntry { conversation_id: into, ..entry }))?;
        }
    }
    Ok(())
}

/// What is known of a conversation that is about to become part of another.
fn facts(db: &Connection, id: ConversationId, into: ConversationId) -> Result<Folded, DbError> {
    const SQL: &str =
        "SELECT channel_id, open, assignee, group_id, created_at, settled_id FROM conversation WHERE id = ?1";
    let of = |sql: &'static str| -> Result<Vec<i64>, DbError> {
        let mut statement = db.prepare_cached(sql)?;
        let found = statement.query_map([id.0], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    };
    let messages = of("SELECT id FROM message WHERE conversation_id = ?1 ORDER BY id")?;
    let charges = of("SELECT id FROM charge WHERE conversation_id = ?1 ORDER BY id")?;
    let refusals = of("SELECT at FROM refusal WHERE conversation_id = ?1")?;
    let mut watermarks = db.prepare_cached("SELECT status, up_to FROM watermark WHERE conversation_id = ?1")?;
    let watermarks = watermarks.query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut entries = db.prepare_cached("SELECT starts_at, ends_at FROM free_entry WHERE conversation_id = ?1")?;
    let free_entries = entries.query_map([id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let markers = markers(db, id)?;
    Ok(db.prepare_cached(SQL)?.query_row([id.0], |row| {
        Ok(Folded {
            id,
            into,
            channel_id: row.get(0)?,
            open: row.get(1)?,
            assignee: row.get(2)?,
            group_id: row.get(3)?,
            created_at: row.get(4)?,
            settled_id: row.get(5)?,
            messages: messages.into_iter().map(MessageId).collect(),
            charges: charges.into_iter().map(LedgerId).collect(),
            watermarks: watermarks.collect::<Result<_, _>>()?,
            refusals,
            free_entries: free_entries.collect::<Result<_, _>>()?,
            markers,
        })
    })?)
}

fn stored<T: serde::de::DeserializeOwned>(
    db: &Connection,
    kind: &str,
    conversation: ConversationId,
) -> Result<Vec<T>, DbError> {
    const SQL: &str =
        "SELECT data FROM feed WHERE conversation_id = ?1 AND kind = ?2 AND data IS NOT NULL ORDER BY row_id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map(params![conversation.0, kind], |row| row.get::<_, String>(0))?;
    found.map(|data| from_json(&data?)).collect()
}

fn markers(db: &Connection, conversation: ConversationId) -> Result<Vec<(AgentId, MessageId)>, DbError> {
    const SQL: &str =
        "SELECT agent_id, data FROM feed WHERE conversation_id = ?1 AND kind = 'read_marker' AND data IS NOT NULL";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([conversation.0], |row| Ok((AgentId(row.get(0)?), row.get::<_, String>(1)?)))?;
    found
        .map(|found| {
            let (agent, data) = found?;
            Ok((agent, from_json::<ReadMarker>(&data)?.up_to))
        })
        .collect()
}

/// How far an agent has read a conversation.
pub(crate) fn read_up_to(
    db: &Connection,
    agent: AgentId,
    conversation: ConversationId,
) -> Result<Option<MessageId>, DbError> {
    Ok(markers(db, conversation)?.into_iter().find(|(who, _)| *who == agent).map(|(_, up_to)| up_to))
}
