//! The connected numbers and pages, and how each is reached at its provider.

use riposte::model::{ChannelAccount, ChannelId, ChannelKind, ChannelNotice, ChannelState, RowKind};
use riposte::rules::phone::same_for_all_forms;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::receive::NOT_ITS_OWN;
use super::{Outcome, WebhookSecrets};
use crate::channels::event::{AccountChange, AccountNews};
use crate::channels::provider::ProviderAccount;
use crate::db::DbError;
use crate::db::text::{from_word, word};
use crate::feed::{Writer, row};

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

/// Something became of an account, or of one of its numbers. What is late changes nothing.
pub(super) fn take_news(
    w: &mut Writer<'_>,
    kind: ChannelKind,
    business: &str,
    news: &AccountNews,
    signers: Option<&[ChannelId]>,
) -> Result<Outcome, DbError> {
    const NEWER: &str = "UPDATE channel_link SET state_at = ?2 WHERE channel_id = ?1 AND state_at <= ?2";
    let at = news.at.map_or(w.now, |at| at.min(w.now));
    let (mut known, mut outcome) = (false, Outcome::Skipped);
    let channels = of_business(w.tx, kind, business)?;
    // One secret proves what the business account says; its other numbers share its fate.
    if signers.is_some_and(|signers| !channels.is_empty() && !channels.iter().any(|id| signers.contains(id))) {
        return Ok(Outcome::Aside(NOT_ITS_OWN));
    }
    for id in channels {
        let Some(held) = channel(w.tx, id)? else { continue };
        let is_meant = |phone: &str| held.address.as_deref().and_then(same_for_all_forms) == same_for_all_forms(phone);
        if !news.phone.as_deref().is_none_or(is_meant) {
            continue;
        }
        known = true;
        if w.tx.prepare_cached(NEWER)?.execute(params![id.0, at.timestamp_millis()])? == 0 {
            continue;
        }
        let (state, notice) = match &news.change {
            AccountChange::Connected => (ChannelState::Connected, None),
            AccountChange::Disconnected { why } => {
                (ChannelState::Disconnected, Some(ChannelNotice { why: why.clone(), until: None }))
            }
            AccountChange::Restricted { why, until } => {
                (held.state, Some(ChannelNotice { why: why.clone(), until: *until }))
            }
        };
        let now = ChannelAccount { state, notice, ..held.clone() };
        if now != held {
            w.put(&riposte::model::Row::Channel(now))?;
            outcome = Outcome::Stored;
        }
    }
    Ok(if known { outcome } else { Outcome::Aside("it belongs to no connected account") })
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
