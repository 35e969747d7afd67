use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{AgentId, ConversationId, ReadMarker, Row, RowKind, Seq};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::de::DeserializeOwned;

use super::account;
use crate::db::DbError;
use crate::db::text::{from_json, json, word};

/// How far back a cursor may lie.
const KEPT: TimeDelta = TimeDelta::days(30);
const HOUR_MS: i64 = 3_600_000;

/// One writing transaction: gives versions, and remembers which conversations have to be
/// described again at its end.
pub(crate) struct Writer<'a> {
    /// The transaction, for the tables that the wire does not show.
    pub(crate) tx: &'a Transaction<'a>,
    /// The server's clock at its start.
    pub(crate) now: DateTime<Utc>,
    changed: BTreeSet<ConversationId>,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(tx: &'a Transaction<'a>, now: DateTime<Utc>) -> Self {
        Self { tx, now, changed: BTreeSet::new() }
    }

    /// The next place in the feed.
    pub(crate) fn next_seq(&self) -> Result<Seq, DbError> {
        const SQL: &str = "UPDATE account SET seq = seq + 1 WHERE id = 1 RETURNING seq";
        Ok(Seq(self.tx.prepare_cached(SQL)?.query_row([], |row| row.get(0))?))
    }

    /// The next id of a kind; never one that was given before.
    pub(crate) fn next_id(&self, kind: &str) -> Result<i64, DbError> {
        const SQL: &str = "INSERT INTO counter (kind, last) VALUES (?1, 1)
             ON CONFLICT (kind) DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.tx.prepare_cached(SQL)?.query_row([kind], |row| row.get(0))?)
    }

    /// Writes a row as it now is. A message's conversation is described again at the end.
    pub(crate) fn put(&mut self, row: &Row) -> Result<Seq, DbError> {
        let conversation = match row {
            Row::Conversation(row) => Some(row.id),
            Row::Message(row) => {
                self.changed.insert(row.conversation_id);
                Some(row.conversation_id)
            }
            _ => None,
        };
        self.write(row.kind(), row.id(), AgentId(0), conversation, Some(row.to_json()?.get()))
    }

    /// Writes how far an agent has read.
    pub(crate) fn put_marker(&mut self, agent: AgentId, marker: ReadMarker) -> Result<Seq, DbError> {
        let conversation = marker.conversation_id;
        self.write(RowKind::ReadMarker, conversation.0, agent, Some(conversation), Some(&json(&marker)?))
    }

    /// Says a row again, unchanged, to those who now see it for the first time.
    pub(crate) fn announce(&mut self, kind: RowKind, id: i64, agent: AgentId) -> Result<(), DbError> {
        const SQL: &str =
            "UPDATE feed SET seq = ?1 WHERE kind = ?2 AND row_id = ?3 AND agent_id = ?4 AND data IS NOT NULL";
        let seq = self.next_seq()?;
        self.tx.prepare_cached(SQL)?.execute(params![seq.0, word(&kind)?, id, agent.0])?;
        Ok(())
    }

    /// A row of a directory is gone, for everybody.
    pub(crate) fn gone(&mut self, kind: RowKind, id: i64) -> Result<(), DbError> {
        self.write(kind, id, AgentId(0), None, None).map(drop)
    }

    /// A message is gone, for those who see its conversation.
    pub(crate) fn message_gone(&mut self, id: i64, conversation: ConversationId) -> Result<(), DbError> {
        self.changed.insert(conversation);
        self.write(RowKind::Message, id, AgentId(0), Some(conversation), None).map(drop)
    }

    /// Forgets a row that was already said to have left every view it was in.
    pub(crate) fn forget(&mut self, kind: RowKind, id: i64) -> Result<(), DbError> {
        const SQL: &str = "DELETE FROM feed WHERE kind = ?1 AND row_id = ?2 AND agent_id = 0";
        self.tx.prepare_cached(SQL)?.execute(params![word(&kind)?, id])?;
        Ok(())
    }

    /// The row has left one agent's view.
    pub(crate) fn gone_for(&mut self, agent: AgentId, kind: RowKind, id: i64) -> Result<(), DbError> {
        self.write(kind, id, agent, None, None).map(drop)
    }

    /// The row is back in the agent's view: the news that it had left is void.
    pub(crate) fn back_for(&mut self, agent: AgentId, kind: RowKind, id: i64) -> Result<(), DbError> {
        const SQL: &str = "DELETE FROM feed WHERE kind = ?1 AND row_id = ?2 AND agent_id = ?3 AND data IS NULL";
        self.tx.prepare_cached(SQL)?.execute(params![word(&kind)?, id, agent.0])?;
        Ok(())
    }

    /// This conversation has to be described again.
    pub(crate) fn mark_changed(&mut self, id: ConversationId) {
        self.changed.insert(id);
    }

    /// The conversations to be described again, once.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<ConversationId> {
        std::mem::take(&mut self.changed)
    }

    fn write(
        &mut self,
        kind: RowKind,
        id: i64,
        agent: AgentId,
        conversation: Option<ConversationId>,
        data: Option<&str>,
    ) -> Result<Seq, DbError> {
        const SQL: &str = "INSERT INTO feed (seq, kind, row_id, agent_id, conversation_id, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, row_id, agent_id) DO UPDATE
             SET seq = excluded.seq, conversation_id = excluded.conversation_id, data = excluded.data";
        let seq = self.next_seq()?;
        let conversation = conversation.map(|id| id.0);
        self.tx.prepare_cached(SQL)?.execute(params![seq.0, word(&kind)?, id, agent.0, conversation, data])?;
        Ok(seq)
    }

    /// Ends the transaction's part in the feed: notes how far it has come at this hour, and lets
    /// go of what is older than any cursor may be. Gives the newest place.
    pub(crate) fn finish(self) -> Result<i64, DbError> {
        const NOTE: &str = "INSERT INTO feed_hour (hour, seq) VALUES (?1, ?2)
             ON CONFLICT (hour) DO UPDATE SET seq = max(seq, excluded.seq)";
        const PURGE: &str = "DELETE FROM feed WHERE data IS NULL AND seq <= ?1";
        let Some(account) = account(self.tx)? else { return Ok(0) };
        let hour = self.now.timestamp_millis() / HOUR_MS;
        self.tx.prepare_cached(NOTE)?.execute(params![hour, account.seq])?;
        let horizon = horizon(self.tx, self.now)?;
        if horizon > account.horizon {
            self.tx.execute("UPDATE account SET horizon = ?1 WHERE id = 1", [horizon])?;
            self.tx.execute("DELETE FROM feed_hour WHERE seq < ?1", [horizon])?;
            self.tx.prepare_cached(PURGE)?.execute([horizon])?;
        }
        Ok(account.seq)
    }
}

/// The newest place that is 30 days old. Cursors below it are too old.
pub(super) fn horizon(db: &Connection, now: DateTime<Utc>) -> Result<i64, DbError> {
    const SQL: &str = "SELECT coalesce(max(seq), 0) FROM feed_hour WHERE hour < ?1";
    let hour = (now - KEPT).timestamp_millis() / HOUR_MS;
    Ok(db.prepare_cached(SQL)?.query_row([hour], |row| row.get(0))?)
}

/// A row as it stands; the caller knows what the kind holds.
pub(crate) fn row<T: DeserializeOwned>(db: &Connection, kind: RowKind, id: i64) -> Result<Option<T>, DbError> {
    const SQL: &str = "SELECT data FROM feed WHERE kind = ?1 AND row_id = ?2 AND agent_id = 0 AND data IS NOT NULL";
    let found: Option<String> =
        db.prepare_cached(SQL)?.query_row(params![word(&kind)?, id], |row| row.get(0)).optional()?;
    found.as_deref().map(from_json).transpose()
}

/// All rows of a kind that everybody may see, by id.
pub(crate) fn rows_of<T: DeserializeOwned>(db: &Connection, kind: RowKind) -> Result<Vec<T>, DbError> {
    const SQL: &str = "SELECT data FROM feed WHERE kind = ?1 AND agent_id = 0 AND data IS NOT NULL ORDER BY row_id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([word(&kind)?], |row| row.get::<_, String>(0))?;
    found.map(|data| from_json(&data?)).collect()
}
