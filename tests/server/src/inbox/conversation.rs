//! A conversation's own facts: whose it is, whether it is open, since when.

use chrono::{DateTime, Utc};
use riposte::model::{AgentGroupId, AgentId, Assignee, ChannelId, ContactId, ConversationId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::db::DbError;
use crate::db::text::instant;
use crate::feed::{Writer, conversation_moved};

/// What is decided about a conversation; all else follows from its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: ConversationId,
    pub(crate) channel_id: ChannelId,
    pub(crate) contact_id: ContactId,
    pub(crate) open: bool,
    pub(crate) assignee: Option<AgentId>,
    pub(crate) group: Option<AgentGroupId>,
    pub(crate) created_at: DateTime<Utc>,
    /// Closed when this message was the newest: those before it wait for no answer.
    pub(crate) settled_id: i64,
}

impl Stored {
    /// Who answers it, as commands say it: an agent goes before a group.
    pub(crate) fn assigned_to(&self) -> Assignee {
        match (self.assignee, self.group) {
            (Some(agent), _) => Assignee::Agent(agent),
            (None, Some(group)) => Assignee::Group(group),
            (None, None) => Assignee::None,
        }
    }
}

/// A conversation's own facts.
pub(crate) fn stored(db: &Connection, id: ConversationId) -> Result<Option<Stored>, DbError> {
    const SQL: &str = "SELECT id, channel_id, contact_id, open, assignee, group_id, created_at, settled_id
         FROM conversation WHERE id = ?1";
    let read = |row: &Row<'_>| {
        Ok(Stored {
            id: ConversationId(row.get(0)?),
            channel_id: ChannelId(row.get(1)?),
            contact_id: ContactId(row.get(2)?),
            open: row.get(3)?,
            assignee: row.get::<_, Option<i64>>(4)?.map(AgentId),
            group: row.get::<_, Option<i64>>(5)?.map(AgentGroupId),
            created_at: instant(row.get(6)?),
            settled_id: row.get(7)?,
        })
    };
    Ok(db.prepare_cached(SQL)?.query_row([id.0], read).optional()?)
}

/// The conversation of a customer on a channel account.
pub(super) fn find(db: &Connection, channel: ChannelId, contact: ContactId) -> Result<Option<ConversationId>, DbError> {
    const SQL: &str = "SELECT id FROM conversation WHERE channel_id = ?1 AND contact_id = ?2";
    let found = db.prepare_cached(SQL)?.query_row([channel.0, contact.0], |row| Ok(ConversationId(row.get(0)?)));
    Ok(found.optional()?)
}

/// Where a conversation is now: in another one, if it became part of that.
pub(crate) fn current(db: &Connection, id: ConversationId) -> Result<ConversationId, DbError> {
    const SQL: &str = "SELECT into_id FROM joined_conversation WHERE id = ?1";
    let into = db.prepare_cached(SQL)?.query_row([id.0], |row| Ok(ConversationId(row.get(0)?))).optional()?;
    Ok(into.unwrap_or(id))
}

/// The conversations that became part of this one.
pub(super) fn joined(db: &Connection, id: ConversationId) -> Result<Vec<ConversationId>, DbError> {
    const SQL: &str = "SELECT id FROM joined_conversation WHERE into_id = ?1 ORDER BY id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([id.0], |row| Ok(ConversationId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The same, begun when there is none: open and unassigned.
pub(super) fn find_or_begin(
    w: &mut Writer<'_>,
    channel: ChannelId,
    contact: ContactId,
) -> Result<ConversationId, DbError> {
    const SQL: &str = "INSERT INTO conversation (id, channel_id, contact_id, open, created_at, activity_at)
         VALUES (?1, ?2, ?3, 1, ?4, ?4)";
    if let Some(id) = find(w.tx, channel, contact)? {
        return Ok(id);
    }
    let id = ConversationId(w.next_id("conversation")?);
    w.tx.execute(SQL, params![id.0, channel.0, contact.0, w.now.timestamp_millis()])?;
    conversation_moved(w, id, true)?;
    w.mark_changed(id);
    Ok(id)
}

/// Assigns a conversation. An agent takes it within its group; a group takes it whole.
pub(crate) fn assign(w: &mut Writer<'_>, id: ConversationId, to: Assignee) -> Result<(), DbError> {
    match to {
        Assignee::Agent(agent) => {
            w.tx.execute("UPDATE conversation SET assignee = ?2 WHERE id = ?1", [id.0, agent.0])?;
        }
        Assignee::Group(group) => {
            let sql = "UPDATE conversation SET assignee = NULL, group_id = ?2 WHERE id = ?1";
            w.tx.execute(sql, [id.0, group.0])?;
        }
        Assignee::None => {
            w.tx.execute("UPDATE conversation SET assignee = NULL, group_id = NULL WHERE id = ?1", [id.0])?;
        }
    }
    w.mark_changed(id);
    conversation_moved(w, id, true)
}

/// Closes or reopens. Who waited for an answer when it is closed waits no more.
pub(crate) fn set_open(w: &mut Writer<'_>, id: ConversationId, open: bool) -> Result<(), DbError> {
    const OPEN: &str = "UPDATE conversation SET open = 1 WHERE id = ?1";
    const CLOSE: &str = "UPDATE conversation SET open = 0,
             settled_id = coalesce((SELECT max(m.id) FROM message m WHERE m.conversation_id = ?1), settled_id)
         WHERE id = ?1";
    w.tx.execute(if open { OPEN } else { CLOSE }, [id.0])?;
    w.mark_changed(id);
    Ok(())
}

/// The provider refused an attempt because the window was closed.
pub(crate) fn refused(w: &mut Writer<'_>, id: ConversationId, at: DateTime<Utc>) -> Result<(), DbError> {
    const SQL: &str = "INSERT OR IGNORE INTO refusal (conversation_id, at) VALUES (?1, ?2)";
    w.tx.execute(SQL, params![id.0, at.timestamp_millis()])?;
    w.mark_changed(id);
    Ok(())
}
