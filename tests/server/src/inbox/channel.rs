//! The connected numbers and pages, and how each is reached at its provider.

use riposte::model::{ChannelAccount, ChannelId, ChannelKind, RowKind};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::WebhookSecrets;
use crate::channels::provider::ProviderAccount;
use crate::db::DbError;
use crate::db::text::{from_word, word};
use crate::feed::row;

/// The channel account that a webhook's address means.
pub(super) fn by_address(db: &Connection, kind: ChannelKind, account: &str) -> Result<Option<ChannelAccount>, DbError> {
    const SQL: &str = "SELECT channel_id FROM channel_link WHERE kind = ?1 AND provider_id = ?2";
    let id: Option<i64> =
        db.prepare_cached(SQL)?.query_row(params![word(&kind)?, account], |row| row.get(0)).optional()?;
    id.map_or(Ok(None), |id| row(db, RowKind::Channel, id))
}

/// The channel accounts that share the templates of a business account.
pub(super) fn of_business(db: &Connection, kind: ChannelKind, business: &str) -> Result<Vec<ChannelId>, DbError> {
    const SQL: &str = "SELECT channel_id FROM channel_link WHERE kind = ?1 AND business_id = ?2";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map(params![word(&kind)?, business], |row| Ok(ChannelId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A channel account as it stands.
pub(crate) fn channel(db: &Connection, id: ChannelId) -> Result<Option<ChannelAccount>, DbError> {
    row(db, RowKind::Channel, id.0)
}

/// How a channel account is reached.
pub(crate) fn provider_account(db: &Connection, id: ChannelId) -> Result<Option<ProviderAccount>, DbError> {
    const SQL: &str =
        "SELECT kind, base, version, provider_id, business_id, token FROM channel_link WHERE channel_id = ?1";
    let read = |row: &Row<'_>| {
        let kind: String = row.get(0)?;
        Ok((
            kind,
            ProviderAccount {
                kind: ChannelKind::Unknown,
                base: row.get(1)?,
                version: row.get(2)?,
                provider_id: row.get(3)?,
                business_id: row.get(4)?,
                token: row.get(5)?,
            },
        ))
    };
    let found = db.prepare_cached(SQL)?.query_row([id.0], read).optional()?;
    found.map(|(kind, account)| Ok(ProviderAccount { kind: from_word(&kind)?, ..account })).transpose()
}

/// What the calls of a provider are checked with.
pub(super) fn secrets(db: &Connection, kind: ChannelKind) -> Result<Vec<WebhookSecrets>, DbError> {
    const SQL: &str = "SELECT channel_id, app_secret, verify_token FROM channel_link WHERE kind = ?1";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([word(&kind)?], |row| {
        Ok(WebhookSecrets { channel: ChannelId(row.get(0)?), app_secret: row.get(1)?, verify_token: row.get(2)? })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
