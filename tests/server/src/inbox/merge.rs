//! Two customers turn out to be one: everything of the second becomes the first's.

use riposte::model::{
    AgentId, Contact, ContactId, ConversationId, LedgerEntry, Message, MessageId, ReadMarker, Row, RowKind,
};
use rusqlite::{Connection, params};

use super::contact::{has_name, stand_in, viewers};
use crate::db::DbError;
use crate::db::text::from_json;
use crate::feed::{Writer, conversation_moved, row};

/// Makes `other` part of `kept`. One conversation per channel account and customer remains.
pub(super) fn merge(w: &mut Writer<'_>, kept: ContactId, other: ContactId) -> Result<(), DbError> {
    let saw_other = viewers(w.tx, other)?;
    for (from, channel) in conversations(w.tx, other)? {
        match conversations(w.tx, kept)?.into_iter().find(|(_, held)| *held == channel) {
            Some((into, _)) => move_conversation(w, from, into)?,
            None => {
                let change = "UPDATE conversation SET contact_id = ?2 WHERE id = ?1";
                w.tx.execute(change, [from.0, kept.0])?;
                w.mark_changed(from);
            }
        }
    }
    w.tx.execute("UPDATE identity SET contact_id = ?2 WHERE contact_id = ?1", [other.0, kept.0])?;
    let held: Option<Contact> = row(w.tx, RowKind::Contact, kept.0)?;
    let gone: Option<Contact> = row(w.tx, RowKind::Contact, other.0)?;
    if let (Some(held), Some(gone)) = (held, gone) {
        w.put(&Row::Contact(together(held, gone)))?;
    }
    for agent in viewers(w.tx, kept)? {
        w.back_for(agent, RowKind::Contact, kept.0)?;
    }
    for agent in saw_other {
        w.gone_for(agent, RowKind::Contact, other.0)?;
    }
    w.forget(RowKind::Contact, other.0)
}

/// A name that somebody gave goes before a stand-in.
fn together(held: Contact, gone: Contact) -> Contact {
    let given = [&held, &gone].into_iter().find(|contact| has_name(contact)).map(|contact| contact.name.clone());
    let mut attributes = gone.attributes;
    attributes.extend(held.attributes);
    let nameless = Contact {
        id: held.id,
        name: String::new(),
        phone: held.phone.or(gone.phone),
        bsuid: held.bsuid.or(gone.bsuid),
        username: held.username.or(gone.username),
        language: held.language.or(gone.language),
        attributes,
    };
    Contact { name: given.unwrap_or_else(|| stand_in(&nameless)), ..nameless }
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
const MOVE_FACTS: [&str; 7] = [
    "UPDATE message SET asks = 0 WHERE conversation_id IN (?1, ?2)
         AND id <= (SELECT c.settled_id FROM conversation c WHERE c.id = message.conversation_id)",
    "UPDATE message SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE charge SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE OR IGNORE watermark SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE OR IGNORE refusal SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE OR IGNORE free_entry SET conversation_id = ?2 WHERE conversation_id = ?1",
    "UPDATE conversation SET
         open = open OR (SELECT o.open FROM conversation o WHERE o.id = ?1),
         assignee = coalesce(assignee, (SELECT o.assignee FROM conversation o WHERE o.id = ?1)),
         group_id = coalesce(group_id, (SELECT o.group_id FROM conversation o WHERE o.id = ?1)),
         settled_id = 0
     WHERE id = ?2",
];

fn move_conversation(w: &mut Writer<'_>, from: ConversationId, into: ConversationId) -> Result<(), DbError> {
    let messages = stored::<Message>(w.tx, "message", from)?;
    let markers = markers(w.tx, from)?;
    // First it leaves every view, and takes its messages along; then they come back elsewhere.
    conversation_moved(w, from, false)?;
    for sql in MOVE_FACTS {
        w.tx.execute(sql, [from.0, into.0])?;
    }
    w.tx.execute("DELETE FROM conversation WHERE id = ?1", [from.0])?;
    w.tx.execute("DELETE FROM feed WHERE conversation_id = ?1 AND kind = 'read_marker'", [from.0])?;
    w.forget(RowKind::Conversation, from.0)?;
    conversation_moved(w, into, true)?;
    for message in messages {
        w.put(&Row::Message(Message { conversation_id: into, ..message }))?;
    }
    for entry in ledger(w.tx, from)? {
        w.put(&Row::Ledger(LedgerEntry { conversation_id: into, ..entry }))?;
    }
    for (agent, up_to) in markers {
        let held = read_up_to(w.tx, agent, into)?;
        if held.is_none_or(|held| held < up_to) {
            w.put_marker(agent, ReadMarker { conversation_id: into, up_to })?;
        }
    }
    w.mark_changed(into);
    Ok(())
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

fn ledger(db: &Connection, conversation: ConversationId) -> Result<Vec<LedgerEntry>, DbError> {
    let all: Vec<LedgerEntry> = crate::feed::rows_of(db, RowKind::Ledger)?;
    Ok(all.into_iter().filter(|entry| entry.conversation_id == conversation).collect())
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
