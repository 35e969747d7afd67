//! `contact` and the words a customer is found by.

use rusqlite::{Connection, Row, named_params};

use super::Newer;
use crate::model::{Contact, ContactId, Seq};
use crate::store::StoreError;
use crate::store::column::{first, from_json, json, run};
use crate::store::search::contact_words;

const BY_ID: &str = "
    SELECT id, name, phone, bsuid, username, language, attributes FROM contact WHERE id = :id";

const PUT: &str = "
    INSERT INTO contact (id, seq, name, phone, bsuid, username, language, attributes)
    VALUES (:id, :seq, :name, :phone, :bsuid, :username, :language, :attributes)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, name = excluded.name, phone = excluded.phone, bsuid = excluded.bsuid,
        username = excluded.username, language = excluded.language, attributes = excluded.attributes
    WHERE excluded.seq + :or_equal > contact.seq";

const DELETE: &str = "DELETE FROM contact WHERE id = :id AND seq < :seq";

/// Customers of whom no conversation is held.
const DELETE_ORPHAN_WORDS: &str = "
    DELETE FROM contact_words WHERE rowid IN (
        SELECT id FROM contact WHERE id NOT IN (SELECT contact_id FROM conversation))";
const DELETE_ORPHANS: &str = "DELETE FROM contact WHERE id NOT IN (SELECT contact_id FROM conversation)";

const INSERT_WORDS: &str = "INSERT INTO contact_words (rowid, words) VALUES (:id, :words)";
const DELETE_WORDS: &str = "DELETE FROM contact_words WHERE rowid = :id";

pub(in crate::store) const SEARCH: &str = "
    SELECT w.rowid FROM contact_words w WHERE w.contact_words MATCH :words ORDER BY w.rowid DESC LIMIT :limit";

pub(in crate::store) fn put(db: &Connection, row: &Contact, seq: Seq, newer: Newer) -> Result<bool, StoreError> {
    let held = get(db, row.id)?;
    let changed = run(
        db,
        PUT,
        named_params! {
            ":id": row.id.0,
            ":seq": seq.0,
            ":name": row.name,
            ":phone": row.phone,
            ":bsuid": row.bsuid,
            ":username": row.username,
            ":language": row.language,
            ":attributes": json(&row.attributes)?,
            ":or_equal": newer.or_equal(),
        },
    )?;
    if changed == 0 {
        return Ok(false);
    }
    let words = contact_words(row);
    let before = held.as_ref().map(contact_words);
    if before.as_ref() != Some(&words) {
        if before.is_some() {
            run(db, DELETE_WORDS, named_params! { ":id": row.id.0 })?;
        }
        run(db, INSERT_WORDS, named_params! { ":id": row.id.0, ":words": words })?;
    }
    Ok(true)
}

pub(in crate::store) fn get(db: &Connection, id: ContactId) -> Result<Option<Contact>, StoreError> {
    first(db, BY_ID, named_params! { ":id": id.0 }, read)
}

fn read(row: &Row<'_>) -> Result<Contact, StoreError> {
    read_from(row, 0)
}

/// The customer of a row that was joined with `contact`, whose columns begin at `first`.
pub(in crate::store) fn joined(row: &Row<'_>, first: usize) -> Result<Option<Contact>, StoreError> {
    let held = row.get::<_, Option<i64>>(first)?.is_some();
    held.then(|| read_from(row, first)).transpose()
}

fn read_from(row: &Row<'_>, first: usize) -> Result<Contact, StoreError> {
    Ok(Contact {
        id: ContactId(row.get(first)?),
        name: row.get(first + 1)?,
        phone: row.get(first + 2)?,
        bsuid: row.get(first + 3)?,
        username: row.get(first + 4)?,
        language: row.get(first + 5)?,
        attributes: from_json(row.get_ref(first + 6)?.as_str().map_err(|_| StoreError::Corrupt)?)?,
    })
}

pub(in crate::store) fn delete(db: &Connection, id: ContactId, seq: Seq) -> Result<bool, StoreError> {
    if run(db, DELETE, named_params! { ":id": id.0, ":seq": seq.0 })? == 0 {
        return Ok(false);
    }
    run(db, DELETE_WORDS, named_params! { ":id": id.0 })?;
    Ok(true)
}

pub(in crate::store) fn delete_orphans(db: &Connection) -> Result<(), StoreError> {
    run(db, DELETE_ORPHAN_WORDS, [])?;
    run(db, DELETE_ORPHANS, [])?;
    Ok(())
}
