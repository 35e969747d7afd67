//! Rows outside the feed: older conversations and messages, a month's charges, the rows of an
//! answer. Everything read here is what the agent sees now.

use riposte::model::{AgentId, ConversationId, RowKind};
use rusqlite::{Connection, params};

use super::Item;
use super::page::{Room, item};
use super::view::in_view;
use crate::db::DbError;
use crate::db::text::word;

/// Bytes of the rows of an answer, before compression.
const MOST_BYTES: usize = 1024 * 1024;

/// Rows in the order asked for, and whether there are more.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) rows: Vec<Item>,
    pub(crate) more: bool,
}

/// A conversation with its contact; nothing when it is not in view.
pub(crate) fn conversation_rows(db: &Connection, me: AgentId, id: ConversationId) -> Result<Vec<Item>, DbError> {
    const SQL: &str = "SELECT f.seq, f.kind, f.row_id, f.data, v.since FROM conversation c
         JOIN view v ON v.conversation_id = c.id AND v.agent_id = ?2
         JOIN feed f ON f.agent_id = 0 AND ((f.kind = 'contact' AND f.row_id = c.contact_id)
                                         OR (f.kind = 'conversation' AND f.row_id = c.id))
         WHERE c.id = ?1 AND f.data IS NOT NULL ORDER BY f.kind";
    collect(db, SQL, params![id.0, me.0])
}

/// The most recently active conversations in view.
pub(super) fn newest_ids(db: &Connection, me: AgentId, most: i64) -> Result<Vec<i64>, DbError> {
    const SQL: &str = "SELECT c.id FROM conversation c JOIN view v ON v.conversation_id = c.id AND v.agent_id = ?1
         ORDER BY c.activity_at DESC, c.id DESC LIMIT ?2";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map(params![me.0, most], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Conversations with their contacts, less recently active than a place in the list.
pub(crate) fn conversation_list(
    db: &Connection,
    me: AgentId,
    before: Option<(i64, i64)>,
    limit: i64,
) -> Result<Listed, DbError> {
    const SQL: &str = "SELECT c.id FROM conversation c JOIN view v ON v.conversation_id = c.id AND v.agent_id = ?1
         WHERE (c.activity_at, c.id) < (?2, ?3) ORDER BY c.activity_at DESC, c.id DESC LIMIT ?4 + 1";
    let (activity, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let mut ids: Vec<i64> = {
        let mut statement = db.prepare_cached(SQL)?;
        let found = statement.query_map(params![me.0, activity, id, limit], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = ids.len() > most;
    ids.truncate(most);
    let (mut rows, mut room) = (Vec::new(), Room::new(MOST_BYTES));
    for id in ids {
        let next = conversation_rows(db, me, ConversationId(id))?;
        if !room.takes_all(next.iter()) {
            return Ok(Listed { rows, more: true });
        }
        rows.extend(next);
    }
    Ok(Listed { rows, more })
}

/// Which messages of a conversation to read.
pub(crate) fn messages(
    db: &Connection,
    me: AgentId,
    conversation: ConversationId,
    before: Option<i64>,
    after: Option<i64>,
    limit: i64,
) -> Result<Option<Listed>, DbError> {
    const OLDER: &str = "SELECT seq, kind, row_id, data, NULL FROM feed
         WHERE conversation_id = ?1 AND kind = 'message' AND data IS NOT NULL AND row_id < ?2 ORDER BY row_id DESC LIMIT ?3 + 1";
    const NEWER: &str = "SELECT seq, kind, row_id, data, NULL FROM feed
         WHERE conversation_id = ?1 AND kind = 'message' AND data IS NOT NULL AND row_id > ?2 ORDER BY row_id LIMIT ?3 + 1";
    if in_view(db, me, conversation)?.is_none() {
        return Ok(None);
    }
    let mut rows = match after {
        Some(after) => collect(db, NEWER, params![conversation.0, after, limit])?,
        None => collect(db, OLDER, params![conversation.0, before.unwrap_or(i64::MAX), limit])?,
    };
    let more = cut(&mut rows, limit, MOST_BYTES);
    rows.sort_by_key(|row| row.id);
    Ok(Some(Listed { rows, more }))
}

/// Keeps the first rows: at most so many, and as many as there is room for. Says whether any were left out.
fn cut(rows: &mut Vec<Item>, most: i64, bytes: usize) -> bool {
    let (most, mut room) = (usize::try_from(most).unwrap_or(usize::MAX), Room::new(bytes));
    let fit = rows.iter().take(most).take_while(|row| room.takes(row)).count();
    let more = rows.len() > fit;
    rows.truncate(fit);
    more
}

/// The last messages of a conversation, oldest first, and whether there are older ones: at most so many, and as many as
/// fit into these bytes.
pub(super) fn newest_messages(db: &Connection, id: i64, most: i64, bytes: usize) -> Result<(Vec<Item>, bool), DbError> {
    const SQL: &str = "SELECT seq, kind, row_id, data, NULL FROM feed
         WHERE conversation_id = ?1 AND kind = 'message' AND data IS NOT NULL ORDER BY row_id DESC LIMIT ?2 + 1";
    let mut rows = collect(db, SQL, params![id, most])?;
    let more = cut(&mut rows, most, bytes);
    rows.reverse();
    Ok((rows, more))
}

/// Charges of one answer.
const CHARGES_MOST: i64 = 2_000;

/// The charges between two instants, those after an id.
pub(crate) fn ledger_between(db: &Connection, from: i64, to: i64, after: i64) -> Result<Listed, DbError> {
    const SQL: &str = "SELECT f.seq, f.kind, f.row_id, f.data, NULL FROM charge c
         JOIN feed f ON f.kind = 'ledger' AND f.row_id = c.id AND f.agent_id = 0 AND f.data IS NOT NULL
         WHERE c.at >= ?1 AND c.at < ?2 AND c.id > ?3 ORDER BY c.id LIMIT ?4 + 1";
    let mut rows = collect(db, SQL, params![from, to, after, CHARGES_MOST])?;
    let more = cut(&mut rows, CHARGES_MOST, MOST_BYTES);
    Ok(Listed { rows, more })
}

/// How the rows of an answer are remembered: kind and id.
pub(crate) fn refer(kind: RowKind, id: i64) -> Result<(String, i64), DbError> {
    Ok((word(&kind)?, id))
}

/// The rows of an answer as they are now, those in view.
pub(crate) fn rows_by_ref(db: &Connection, me: AgentId, refs: &[(String, i64)]) -> Result<Vec<Item>, DbError> {
    const SQL: &str = "SELECT f.seq, f.kind, f.row_id, f.data, v.since FROM feed f
         LEFT JOIN view v ON v.agent_id = ?3 AND v.conversation_id = f.conversation_id
         WHERE f.kind = ?1 AND f.row_id = ?2 AND f.data IS NOT NULL AND (f.agent_id = 0 OR f.agent_id = ?3)
           AND (f.conversation_id IS NULL OR v.since IS NOT NULL)";
    let (mut rows, mut room) = (Vec::new(), Room::new(MOST_BYTES));
    for (kind, id) in refs {
        let found = collect(db, SQL, params![kind, id, me.0])?;
        // What finds no room comes through the feed, as every row does.
        if room.takes_all(found.iter()) {
            rows.extend(found);
        }
    }
    Ok(rows)
}

fn collect(db: &Connection, sql: &'static str, params: impl rusqlite::Params) -> Result<Vec<Item>, DbError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(item(row)?);
    }
    Ok(rows)
}
