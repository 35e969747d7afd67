//! `setting`: small things to be remembered, by name. Never a token or a key: those live in the
//! system's own store of secrets.

use rusqlite::{Connection, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;
use crate::store::column::{first, json, run};

const GET: &str = "SELECT value FROM setting WHERE name = :name";
const PUT: &str = "
    INSERT INTO setting (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE: &str = "DELETE FROM setting WHERE name = :name";

pub(super) fn get<T: DeserializeOwned>(db: &Connection, name: &str) -> Result<Option<T>, StoreError> {
    let value: Option<String> = first(db, GET, named_params! { ":name": name }, |row| Ok(row.get(0)?))?;
    Ok(value.and_then(|value| serde_json::from_str(&value).ok()))
}

pub(super) fn put<T: Serialize>(db: &Connection, name: &str, value: &T) -> Result<(), StoreError> {
    run(db, PUT, named_params! { ":name": name, ":value": json(value)? })?;
    Ok(())
}

pub(super) fn remove(db: &Connection, name: &str) -> Result<(), StoreError> {
    run(db, REMOVE, named_params! { ":name": name })?;
    Ok(())
}
