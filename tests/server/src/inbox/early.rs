//! What came before the message it is about, and is kept until that is known.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{ChannelAccount, ChannelId, Content, ConversationId, DeliveryStatus, MessageId, ProviderError};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Outcome, change, report};
use crate::channels::event::StatusReport;
use crate::db::DbError;
use crate::db::text::{from_json, from_word, instant, json, word};
use crate::feed::Writer;

/// Providers repeat themselves for a week; after a month nothing will come any more.
const KEPT: TimeDelta = TimeDelta::days(30);

/// An event that waits for its message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Early {
    Report {
        status: DeliveryStatus,
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: DateTime<Utc>,
        error: Option<ProviderError>,
        billable: Option<bool>,
        #[serde(with = "chrono::serde::ts_milliseconds_option")]
        free_until: Option<DateTime<Utc>>,
    },
    Edited {
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: DateTime<Utc>,
        content: Content,
    },
    Revoked {
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: DateTime<Utc>,
    },
}

/// Keeps a report.
pub(super) fn keep_report(w: &Writer<'_>, channel: ChannelId, report: &StatusReport) -> Result<Outcome, DbError> {
    let early = Early::Report {
        status: report.status.clone(),
        at: report.at,
        error: report.error.clone(),
        billable: report.billable,
        free_until: report.free_until,
    };
    keep(w, channel, &report.message_id, report.key.as_deref(), &early)
}

/// Keeps an edit.
pub(super) fn keep_edit(
    w: &Writer<'_>,
    channel: ChannelId,
    provider_id: &str,
    at: DateTime<Utc>,
    content: &Content,
) -> Result<Outcome, DbError> {
    keep(w, channel, provider_id, None, &Early::Edited { at, content: content.clone() })
}

/// Keeps a revocation.
pub(super) fn keep_revocation(
    w: &Writer<'_>,
    channel: ChannelId,
    provider_id: &str,
    at: DateTime<Utc>,
) -> Result<Outcome, DbError> {
    keep(w, channel, provider_id, None, &Early::Revoked { at })
}

fn keep(
    w: &Writer<'_>,
    channel: ChannelId,
    provider_id: &str,
    reference: Option<&str>,
    early: &Early,
) -> Result<Outcome, DbError> {
    const SQL: &str = "INSERT OR IGNORE INTO early (channel_id, provider_id, reference, event, kept_until)
         VALUES (?1, ?2, ?3, ?4, ?5)";
    let until = (w.now + KEPT).timestamp_millis();
    w.tx.prepare_cached("DELETE FROM early WHERE kept_until <= ?1")?.execute([w.now.timestamp_millis()])?;
    let new = w.tx.prepare_cached(SQL)?.execute(params![channel.0, provider_id, reference, json(early)?, until])? > 0;
    Ok(if new { Outcome::Stored } else { Outcome::Skipped })
}

/// Keeps an *all up to this time* about a customer who is not known yet: it may overtake the echo
/// of what it is about.
pub(super) fn keep_watermark(
    w: &Writer<'_>,
    channel: ChannelId,
    customer: &str,
    status: &DeliveryStatus,
    up_to: DateTime<Utc>,
) -> Result<Outcome, DbError> {
    const SQL: &str = "INSERT INTO early_watermark (channel_id, customer, status, up_to) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (channel_id, customer, status) DO UPDATE SET up_to = excluded.up_to
         WHERE excluded.up_to > up_to";
    let up_to = up_to.timestamp_millis();
    let new = w.tx.prepare_cached(SQL)?.execute(params![channel.0, customer, word(status)?, up_to])? > 0;
    Ok(if new { Outcome::Stored } else { Outcome::Skipped })
}

/// A customer is known now: what was said of all messages to them holds for their conversation.
pub(super) fn watermarks(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    customer: &str,
    conversation: ConversationId,
) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM early_watermark WHERE channel_id = ?1 AND customer = ?2 RETURNING status, up_to";
    let waiting: Vec<(String, i64)> = {
        let mut statement = w.tx.prepare_cached(SQL)?;
        let found = statement.query_map(params![channel.id.0, customer], |row| Ok((row.get(0)?, row.get(1)?)))?;
        found.collect::<Result<_, _>>()?
    };
    for (status, up_to) in waiting {
        report::take_watermark(w, channel, conversation, &from_word(&status)?, instant(up_to))?;
    }
    Ok(())
}

/// A message is known under this provider's id: everything that waited for it is applied.
pub(super) fn catch_up(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    provider_id: &str,
    id: MessageId,
    attempt: u32,
) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM early WHERE channel_id = ?1 AND provider_id = ?2 RETURNING event";
    let waiting: Vec<String> = {
        let mut statement = w.tx.prepare_cached(SQL)?;
        let found = statement.query_map(params![channel.id.0, provider_id], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    for event in waiting {
        match from_json(&event)? {
            Early::Report { status, at, error, billable, free_until } => {
                let message_id = provider_id.to_owned();
                let report = StatusReport { message_id, key: None, status, at, error, billable, free_until };
                report::apply(w, channel, id, attempt, &report)?;
            }
            Early::Edited { at, content } => change::edit(w, id, at, &content).map(drop)?,
            Early::Revoked { at } => change::revoke_whole(w, channel.id, provider_id, id, at).map(drop)?,
        }
    }
    Ok(())
}

/// The provider's id in reports that carry this reference of ours, when some came early.
pub(crate) fn provider_id_by_reference(w: &Writer<'_>, reference: &str) -> Result<Option<String>, DbError> {
    use rusqlite::OptionalExtension;
    const SQL: &str = "SELECT provider_id FROM early WHERE reference = ?1 LIMIT 1";
    Ok(w.tx.query_row(SQL, [reference], |row| row.get(0)).optional()?)
}
