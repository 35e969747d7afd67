//! `snapshot`, `snapshot_visible`, `snapshot_row`, `not_held`: a snapshot in the making, and what
//! it said is there and is not here.

use rusqlite::{Connection, named_params};

use super::kind_word;
use crate::model::{ConversationId, Cursor, RowKind, Seq, VisibleConversation};
use crate::store::StoreError;
use crate::store::column::{all, first, run};

const GET: &str = "SELECT epoch, at, next FROM snapshot WHERE one = 1";
const SET: &str = "
    INSERT INTO snapshot (one, epoch, at, next) VALUES (1, :epoch, :at, :next)
    ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, at = excluded.at, next = excluded.next";
const CLEAR: &str = "DELETE FROM snapshot";
const CLEAR_VISIBLE: &str = "DELETE FROM snapshot_visible";
const CLEAR_ROWS: &str = "DELETE FROM snapshot_row";

const LIST: &str = "
    INSERT INTO snapshot_visible (conversation_id, seq, messages_seq) VALUES (:id, :seq, :messages_seq)
    ON CONFLICT (conversation_id) DO UPDATE SET seq = excluded.seq, messages_seq = excluded.messages_seq";
const IS_LISTED: &str = "SELECT EXISTS (SELECT 1 FROM snapshot_visible WHERE conversation_id = :id)";
const BROUGHT: &str = "INSERT INTO snapshot_row (kind, id) VALUES (:kind, :id) ON CONFLICT (kind, id) DO NOTHING";

/// Held, and not listed. A conversation that the snapshot itself brought counts as listed: its
/// row was read in the same snapshot, and what happened since is in the feed.
const UNLISTED: &str = "
    SELECT id FROM conversation
    WHERE id NOT IN (SELECT conversation_id FROM snapshot_visible)
      AND id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'conversation')";

/// Held and listed with other numbers than the feed named last. Those that the snapshot brought
/// are right already: whatever is newer than their rows comes with the feed.
const CHANGED: &str = "
    SELECT v.conversation_id, v.seq, v.messages_seq, c.fed_messages_seq <> v.messages_seq
    FROM snapshot_visible v JOIN conversation c ON c.id = v.conversation_id
    WHERE (c.fed_seq <> v.seq OR c.fed_messages_seq <> v.messages_seq)
      AND c.id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'conversation')";

/// The directories are whole in a snapshot: what is held and was not brought is gone. One
/// statement a table: each gives kind and id.
const DIRECTORY_GONE: &str = "
    SELECT 'channel', id FROM channel WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'channel')
    UNION ALL
    SELECT 'agent', id FROM agent WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'agent')
    UNION ALL
    SELECT 'group', id FROM agent_group WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'group')
    UNION ALL
    SELECT 'saved_reply', id FROM saved_reply WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'saved_reply')
    UNION ALL
    SELECT 'template', id FROM template WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'template')
    UNION ALL
    SELECT 'tariff', id FROM tariff WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'tariff')
    UNION ALL
    SELECT 'allowance', id FROM allowance WHERE id NOT IN (SELECT id FROM snapshot_row WHERE kind = 'allowance')";

const CLEAR_NOT_HELD: &str = "DELETE FROM not_held";
const FILL_NOT_HELD: &str = "
    INSERT INTO not_held (conversation_id, seq, messages_seq)
    SELECT conversation_id, seq, messages_seq FROM snapshot_visible
    WHERE conversation_id NOT IN (SELECT id FROM conversation)";
const NOT_HELD: &str = "SELECT conversation_id FROM not_held ORDER BY seq DESC LIMIT :limit";
const NOT_HELD_COUNT: &str = "SELECT count(*) FROM not_held";
const ANY_NOT_HELD: &str = "SELECT EXISTS (SELECT 1 FROM not_held)";
const NOT_HELD_VERSIONS: &str = "SELECT seq, messages_seq FROM not_held WHERE conversation_id = :id";
const NOW_HELD: &str = "DELETE FROM not_held WHERE conversation_id = :id";

pub(in crate::store) struct Progress {
    pub(in crate::store) epoch: String,
    pub(in crate::store) at: Cursor,
    pub(in crate::store) next: String,
}

/// A conversation that was listed with other numbers than expected.
pub(in crate::store) struct Changed {
    pub(in crate::store) id: ConversationId,
    pub(in crate::store) fed: (Seq, Seq),
    pub(in crate::store) messages: bool,
}

pub(in crate::store) fn get(db: &Connection) -> Result<Option<Progress>, StoreError> {
    first(db, GET, [], |row| Ok(Progress { epoch: row.get(0)?, at: Cursor(row.get(1)?), next: row.get(2)? }))
}

pub(in crate::store) fn set(db: &Connection, epoch: &str, at: &Cursor, next: &str) -> Result<(), StoreError> {
    run(db, SET, named_params! { ":epoch": epoch, ":at": at.0, ":next": next })?;
    Ok(())
}

/// Forgets a snapshot in the making, with all it listed.
pub(in crate::store) fn clear(db: &Connection) -> Result<(), StoreError> {
    run(db, CLEAR, [])?;
    run(db, CLEAR_VISIBLE, [])?;
    run(db, CLEAR_ROWS, [])?;
    Ok(())
}

pub(in crate::store) fn list(db: &Connection, visible: &VisibleConversation) -> Result<(), StoreError> {
    let params = named_params! { ":id": visible.id.0, ":seq": visible.seq.0, ":messages_seq": visible.messages_seq.0 };
    run(db, LIST, params)?;
    Ok(())
}

pub(in crate::store) fn is_listed(db: &Connection, id: ConversationId) -> Result<bool, StoreError> {
    Ok(first(db, IS_LISTED, named_params! { ":id": id.0 }, |row| Ok(row.get(0)?))?.unwrap_or(false))
}

pub(in crate::store) fn brought(db: &Connection, kind: RowKind, id: i64) -> Result<(), StoreError> {
    run(db, BROUGHT, named_params! { ":kind": kind_word(kind), ":id": id })?;
    Ok(())
}

pub(in crate::store) fn unlisted(db: &Connection) -> Result<Vec<ConversationId>, StoreError> {
    all(db, UNLISTED, [], |row| Ok(ConversationId(row.get(0)?)))
}

pub(in crate::store) fn changed(db: &Connection) -> Result<Vec<Changed>, StoreError> {
    all(db, CHANGED, [], |row| {
        Ok(Changed {
            id: ConversationId(row.get(0)?),
            fed: (Seq(row.get(1)?), Seq(row.get(2)?)),
            messages: row.get(3)?,
        })
    })
}

pub(in crate::store) fn directory_gone(db: &Connection) -> Result<Vec<(RowKind, i64)>, StoreError> {
    all(db, DIRECTORY_GONE, [], |row| {
        let kind = row.get_ref(0)?.as_str().map_err(|_| StoreError::Corrupt)?;
        Ok((crate::store::column::from_word(kind)?, row.get(1)?))
    })
}

/// Replaces the known gaps of the list by what this snapshot listed and this phone does not hold.
pub(in crate::store) fn fill_not_held(db: &Connection) -> Result<(), StoreError> {
    run(db, CLEAR_NOT_HELD, [])?;
    run(db, FILL_NOT_HELD, [])?;
    Ok(())
}

pub(in crate::store) fn not_held(db: &Connection, limit: i64) -> Result<Vec<ConversationId>, StoreError> {
    all(db, NOT_HELD, named_params! { ":limit": limit }, |row| Ok(ConversationId(row.get(0)?)))
}

pub(in crate::store) fn not_held_count(db: &Connection) -> Result<u32, StoreError> {
    first(db, NOT_HELD_COUNT, [], |row| Ok(row.get(0)?))?.ok_or(StoreError::Bug(0))
}

/// Whether there is any known gap: mostly there is none, and then no row needs to close its own.
pub(in crate::store) fn any_not_held(db: &Connection) -> Result<bool, StoreError> {
    Ok(first(db, ANY_NOT_HELD, [], |row| row.get(0).map_err(StoreError::from))?.unwrap_or(false))
}

/// The versions with which a conversation was listed that was not held then.
pub(in crate::store) fn not_held_versions(
    db: &Connection,
    id: ConversationId,
) -> Result<Option<(Seq, Seq)>, StoreError> {
    first(db, NOT_HELD_VERSIONS, named_params! { ":id": id.0 }, |row| Ok((Seq(row.get(0)?), Seq(row.get(1)?))))
}

pub(in crate::store) fn now_held(db: &Connection, id: ConversationId) -> Result<(), StoreError> {
    run(db, NOW_HELD, named_params! { ":id": id.0 })?;
    Ok(())
}
