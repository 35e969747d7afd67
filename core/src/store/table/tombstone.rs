//! `tombstone`: what was deleted while this process runs.

use rusqlite::{Connection, named_params};

use super::kind_word;
use crate::model::{RowKind, Seq};
use crate::store::StoreError;
use crate::store::column::{first, run};

const PUT: &str = "
    INSERT INTO tombstone (kind, id, seq) VALUES (:kind, :id, :seq)
    ON CONFLICT (kind, id) DO UPDATE SET seq = max(seq, excluded.seq)";
const GET: &str = "SELECT seq FROM tombstone WHERE kind = :kind AND id = :id";
const DELETE: &str = "DELETE FROM tombstone WHERE kind = :kind AND id = :id";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM tombstone)";
const DELETE_LISTED: &str = "
    DELETE FROM tombstone
    WHERE kind = 'contact'
       OR (kind = 'conversation' AND id IN (SELECT conversation_id FROM not_held))";
const CLEAR: &str = "DELETE FROM tombstone";

pub(in crate::store) fn put(db: &Connection, kind: RowKind, id: i64, seq: Seq) -> Result<(), StoreError> {
    run(db, PUT, named_params! { ":kind": kind_word(kind), ":id": id, ":seq": seq.0 })?;
    Ok(())
}

pub(in crate::store) fn get(db: &Connection, kind: RowKind, id: i64) -> Result<Option<Seq>, StoreError> {
    first(db, GET, named_params! { ":kind": kind_word(kind), ":id": id }, |row| Ok(Seq(row.get(0)?)))
}

pub(in crate::store) fn delete(db: &Connection, kind: RowKind, id: i64) -> Result<(), StoreError> {
    run(db, DELETE, named_params! { ":kind": kind_word(kind), ":id": id })?;
    Ok(())
}

/// Whether there is any: there seldom is, and then no row needs to ask for its own.
pub(in crate::store) fn any(db: &Connection) -> Result<bool, StoreError> {
    Ok(first(db, ANY, [], |row| Ok(row.get(0)?))?.unwrap_or(false))
}

/// A snapshot listed what is visible: conversations of the known gaps are there after all, and
/// so may their customers be. A contact brought back without need goes with the next snapshot.
pub(in crate::store) fn delete_listed(db: &Connection) -> Result<(), StoreError> {
    run(db, DELETE_LISTED, [])?;
    Ok(())
}

/// For a process that begins: no answer it waits for was read before now.
pub(in crate::store) fn clear(db: &Connection) -> Result<(), StoreError> {
    run(db, CLEAR, [])?;
    Ok(())
}
