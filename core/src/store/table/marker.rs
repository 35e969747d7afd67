//! `read_marker`: how far this agent has read.

use rusqlite::{Connection, named_params};

use super::Newer;
use crate::model::{ReadMarker, Seq};
use crate::store::StoreError;
use crate::store::column::run;

const PUT: &str = "
    INSERT INTO read_marker (conversation_id, seq, up_to) VALUES (:conversation_id, :seq, :up_to)
    ON CONFLICT (conversation_id) DO UPDATE SET seq = excluded.seq, up_to = excluded.up_to
    WHERE excluded.seq + :or_equal > read_marker.seq";

const DELETE: &str = "DELETE FROM read_marker WHERE conversation_id = :id AND seq < :seq";

pub(in crate::store) fn put(db: &Connection, row: ReadMarker, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let params = named_params! {
        ":conversation_id": row.conversation_id.0, ":seq": seq.0, ":up_to": row.up_to.0, ":or_equal": newer.or_equal(),
    };
    Ok(run(db, PUT, params)? > 0)
}

pub(in crate::store) fn delete(db: &Connection, id: i64, seq: Seq) -> Result<bool, StoreError> {
    Ok(run(db, DELETE, named_params! { ":id": id, ":seq": seq.0 })? > 0)
}
