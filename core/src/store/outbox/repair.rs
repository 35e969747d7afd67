//! A damaged outbox: what can still be read of it is kept, and the agent sees that something was lost.
//!
//! The outbox is small, so all of it is checked at each opening: its pages and indexes by SQLite's own
//! check, and each row against its digest. Damage that SQLite finds later, while it reads, has the same
//! consequence.

use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior, params_from_iter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::digest::Digest;
use super::{command, draft, setting};
use crate::model::ClientKey;
use crate::store::{StoreError, open};

/// Where it is remembered until the agent has seen it.
const LOSS: &str = "outbox_loss";

/// The digest of the tables as the newest migration leaves them. Recorded, because each start would have to
/// make them in memory to compare. A test computes it.
const SCHEMA_DIGEST: i64 = -3_989_176_234_847_922_738;

/// More of one table than there can be: a damaged index can go round in circles.
const MOST_ROWS: usize = 20_000;

/// Something that was written on this device could not be read any more: a command, a draft, a
/// setting. How many there were is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// By which it is named, like a command.
    pub key: ClientKey,
}

/// A table, and how to walk through it: all columns in the order of the migrations, because an older
/// version has fewer. Each walk ends where a page cannot be read.
struct Table {
    walks: &'static [&'static str],
    insert: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        walks: &[
            "SELECT * FROM command NOT INDEXED ORDER BY position",
            "SELECT * FROM command NOT INDEXED ORDER BY position DESC",
            "SELECT * FROM command INDEXED BY command_by_conversation ORDER BY conversation_id",
            "SELECT * FROM command INDEXED BY command_by_conversation ORDER BY conversation_id DESC",
        ],
        insert: "INSERT OR IGNORE INTO command (position, key, once_key, conversation_id, command, epoch, created_at,
                attempts, state, file, file_bytes, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    },
    Table {
        walks: &["SELECT * FROM once ORDER BY once_key", "SELECT * FROM once ORDER BY once_key DESC"],
        insert: "INSERT OR IGNORE INTO once (once_key, key, created_at) VALUES (?, ?, ?)",
    },
    Table {
        walks: &["SELECT * FROM draft ORDER BY conversation_id", "SELECT * FROM draft ORDER BY conversation_id DESC"],
        insert: "INSERT OR IGNORE INTO draft (conversation_id, body, reply_to, changed_at, digest)
                VALUES (?, ?, ?, ?, ?)",
    },
    Table {
        walks: &["SELECT * FROM setting ORDER BY name", "SELECT * FROM setting ORDER BY name DESC"],
        insert: "INSERT OR IGNORE INTO setting (name, value, digest) VALUES (?, ?, ?)",
    },
];

/// Checks an outbox that was opened: [`StoreError::Corrupt`] if its pages, indexes or tables are damaged.
/// Single rows that are not what was written are dealt with here.
pub(in crate::store) fn check(db: &mut Connection) -> Result<(), StoreError> {
    if !open::passes_integrity_check(db)? || schema_digest(db)? != SCHEMA_DIGEST {
        return Err(StoreError::Corrupt);
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let lost = [setting::repair(&transaction)?, command::repair(&transaction)?, draft::repair(&transaction)?];
    if lost.contains(&true) {
        note_loss(&transaction)?;
    }
    Ok(transaction.commit()?)
}

/// The digest of the declarations of all tables and indexes.
fn schema_digest(db: &Connection) -> Result<i64, StoreError> {
    let declared = open::schema(db)?;
    let add = |digest: Digest, (name, sql): &(String, Option<String>)| digest.text(name).maybe_text(sql.as_deref());
    Ok(declared.iter().fold(Digest::of("schema"), add).end())
}

/// Copies what can be read of a damaged outbox into a new one. Nothing that is read there is believed
/// before it has been checked.
pub(in crate::store) fn save_what_is_left(damaged: &Connection, new: &mut Connection) -> Result<(), StoreError> {
    let transaction = new.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in &TABLES {
        let mut insert = transaction.prepare(table.insert)?;
        for walk in table.walks {
            for mut row in readable(damaged, walk) {
                row.resize(insert.parameter_count(), Value::Null);
                // What no build of ours writes does not fit into its column: it is lost.
                insert.execute(params_from_iter(row)).ok();
            }
        }
    }
    Ok(transaction.commit()?)
}

/// The rows of a walk up to where it cannot go on.
fn readable(db: &Connection, walk: &str) -> Vec<Vec<Value>> {
    let mut found = Vec::new();
    let Ok(mut statement) = db.prepare(walk) else { return found };
    let columns = statement.column_count();
    let Ok(mut rows) = statement.query([]) else { return found };
    while found.len() < MOST_ROWS
        && let Ok(Some(row)) = rows.next()
    {
        found.extend((0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>());
    }
    found
}

/// Remembers that something was lost, until the agent has seen it.
pub(in crate::store) fn note_loss(db: &Connection) -> Result<(), StoreError> {
    if loss(db)?.is_some() {
        return Ok(());
    }
    setting::put(db, LOSS, &Loss { key: ClientKey(Uuid::now_v7()) })
}

pub(super) fn loss(db: &Connection) -> Result<Option<Loss>, StoreError> {
    setting::get(db, LOSS)
}

pub(super) fn forget_loss(db: &Connection) -> Result<(), StoreError> {
    setting::remove(db, LOSS)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_recorded_digest_is_that_of_a_new_outbox() {
        let new = open::writer(Path::new(":memory:"), &open::OUTBOX).unwrap();
        assert_eq!(schema_digest(&new).unwrap(), SCHEMA_DIGEST);
    }
}
