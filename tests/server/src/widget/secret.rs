//! Whose talk may a page read? The visitor's whose secret it shows. The server makes the secret at the
//! first message, 256 random bits, and keeps its hash: nothing of a visitor can be counted or guessed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use riposte::model::ChannelId;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::db::DbError;

/// What a secret begins with.
const PREFIX: &str = "v.";

/// A visitor, as the inbox knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visitor {
    pub(super) scoped_id: String,
}

/// The machine gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the machine gives no random numbers")]
pub(super) struct NoRandom;

/// A new secret, to be sent once.
pub(super) fn new_secret() -> Result<String, NoRandom> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandom)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

/// Keeps a new visitor of a widget under this secret.
pub(super) fn keep(db: &Connection, channel: ChannelId, secret: &str, now: DateTime<Utc>) -> Result<Visitor, DbError> {
    const SQL: &str = "INSERT INTO visitor (secret_hash, channel_id, scoped_id, made_at) VALUES (?1, ?2, ?3, ?4)";
    let scoped_id = uuid::Uuid::new_v4().to_string();
    db.execute(SQL, params![hash(secret), channel.0, scoped_id, now.timestamp_millis()])?;
    Ok(Visitor { scoped_id })
}

/// The visitor of this widget whose secret it is.
pub(super) fn visitor(db: &Connection, channel: ChannelId, secret: &str) -> Result<Option<Visitor>, DbError> {
    const SQL: &str = "SELECT scoped_id FROM visitor WHERE secret_hash = ?1 AND channel_id = ?2";
    let found = db
        .prepare_cached(SQL)?
        .query_row(params![hash(secret), channel.0], |row| Ok(Visitor { scoped_id: row.get(0)? }));
    Ok(found.optional()?)
}
