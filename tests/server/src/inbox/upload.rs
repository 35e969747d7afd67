//! Whose upload is a file? Knowing what a file's hash is gives no right to it: an agent attaches what they
//! uploaded, or what a message they see carries.

use riposte::model::AgentId;
use rusqlite::{Connection, params};

use crate::db::DbError;
use crate::feed::Writer;
use crate::files::Hash;

/// Whether an agent may attach a file that is here.
pub(crate) fn owns(db: &Connection, agent: AgentId, hash: &Hash) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM upload WHERE agent_id = ?1 AND sha256 = ?2)
         OR EXISTS (SELECT 1 FROM media d JOIN message m ON m.id = d.message_id AND m.published = 1
                    JOIN view v ON v.conversation_id = m.conversation_id AND v.agent_id = ?1 WHERE d.sha256 = ?2)";
    Ok(db.prepare_cached(SQL)?.query_row(params![agent.0, hash.as_str()], |row| row.get(0))?)
}

/// Notes that an agent uploaded a file: they had every byte of it.
pub(crate) fn uploaded(w: &Writer<'_>, agent: AgentId, hash: &Hash, size_bytes: i64) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO upload (agent_id, sha256, size_bytes, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (agent_id, sha256) DO UPDATE SET at = excluded.at";
    w.tx.execute(SQL, params![agent.0, hash.as_str(), size_bytes, w.now.timestamp_millis()])?;
    Ok(())
}

/// The bytes of an agent's uploads that no message carries.
pub(crate) fn unused_bytes(db: &Connection, agent: AgentId) -> Result<u64, DbError> {
    const SQL: &str = "SELECT coalesce(sum(size_bytes), 0) FROM upload u
         WHERE agent_id = ?1 AND NOT EXISTS (SELECT 1 FROM media d WHERE d.sha256 = u.sha256)";
    let bytes: i64 = db.prepare_cached(SQL)?.query_row([agent.0], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
