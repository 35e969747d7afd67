//! `setting`: small things to be remembered, by name. Never a token or a key: those live in the
//! system's own store of secrets.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::digest::Digest;
use crate::store::StoreError;
use crate::store::column::{all, first, json, run};

/// In the digest of a row.
const TABLE: &str = "setting";

const GET: &str = "SELECT name, value, digest FROM setting WHERE name = :name";
const PUT: &str = "
    INSERT INTO setting (name, value, digest) VALUES (:name, :value, :digest)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, digest = excluded.digest";
const ALL: &str = "SELECT name, value, digest FROM setting";
const REMOVE: &str = "DELETE FROM setting WHERE name = :name";

pub(super) fn get<T: DeserializeOwned>(db: &Connection, name: &str) -> Result<Option<T>, StoreError> {
    let value: Option<String> = first(db, GET, named_params! { ":name": name }, |row| {
        if is_whole(row)? { Ok(row.get(1)?) } else { Err(StoreError::Corrupt) }
    })?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}

pub(super) fn put<T: Serialize>(db: &Connection, name: &str, value: &T) -> Result<(), StoreError> {
    keep(db, name, &json(value)?)
}

fn keep(db: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let digest = Digest::of(TABLE).text(name).text(value).end();
    run(db, PUT, named_params! { ":name": name, ":value": value, ":digest": digest })?;
    Ok(())
}

/// Looks at every setting: one that is not what was kept goes. True when one went.
pub(super) fn repair(db: &Connection) -> Result<bool, StoreError> {
    let rows = all(db, ALL, [], |row| {
        let kept: Option<i64> = row.get(2).unwrap_or(Some(0));
        Ok((row.get::<_, String>(0), row.get::<_, String>(1), kept, is_whole(row).unwrap_or(false)))
    })?;
    let mut lost = false;
    for (name, value, kept, whole) in rows {
        match (name, value, kept) {
            _ if whole => {}
            // An older build's.
            (Ok(name), Ok(value), None) => keep(db, &name, &value)?,
            (Ok(name), ..) => {
                remove(db, &name)?;
                lost = true;
            }
            // Its name is no text: no caller will ask for it.
            (Err(_), ..) => lost = true,
        }
    }
    Ok(lost)
}

fn is_whole(row: &Row<'_>) -> Result<bool, StoreError> {
    let kept: Option<i64> = row.get(2)?;
    Ok(kept == Some(Digest::of(TABLE).columns(row, 0..2)?.end()))
}

pub(super) fn remove(db: &Connection, name: &str) -> Result<(), StoreError> {
    run(db, REMOVE, named_params! { ":name": name })?;
    Ok(())
}
