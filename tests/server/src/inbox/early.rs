//! What came before the message it is about, and is kept until that is known.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{ChannelAccount, ChannelId, Content, DeliveryStatus, MessageId, ProviderError};
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Outcome, change, report};
use crate::channels::event::StatusReport;
use crate::db::DbError;
use crate::db::text::{from_json, json};
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
    w.tx.execute("DELETE FROM early WHERE kept_until <= ?1", [w.now.timestamp_millis()])?;
    let new = w.tx.execute(SQL, params![channel.0, provider_id, reference, json(early)?, until])? > 0;
    Ok(if new { Outcome::Stored } else { Outcome::Skipped })
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
            Early::Revoked { at } => change::revoke(w, id, at).map(drop)?,
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
