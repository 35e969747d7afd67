//! What webhooks brought and the inbox could not use: kept as it came, for the operator.

use chrono::{DateTime, Utc};

use super::{Admin, AdminError};
use crate::db::DbError;
use crate::db::text::instant;

/// An item of a webhook that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its number here.
    pub id: i64,
    /// What the provider calls it: the webhook's field, or the key of the event.
    pub name: String,
    /// How often exactly this came.
    pub times: i64,
    /// When it came last.
    pub at: DateTime<Utc>,
    /// The kind of channel whose webhook it was.
    pub kind: String,
    /// Where in the webhook it stood.
    pub place: String,
    /// What is wrong with it; nothing of a customer is in these words.
    pub why: String,
    /// The item as it came. A customer's name, number and words may be in it.
    pub raw: String,
}

impl Admin {
    /// The newest items that were set aside, at most `limit`, oldest first.
    pub async fn set_aside(&self, limit: u32) -> Result<Vec<SetAside>, AdminError> {
        const SQL: &str = "SELECT id, at, kind, place, why, raw, name, times FROM set_aside ORDER BY id DESC LIMIT ?1";
        self.app
            .read(move |tx| {
                let mut statement = tx.prepare_cached(SQL)?;
                let found = statement.query_map([limit], |row| {
                    let at = instant(row.get(1)?);
                    Ok(SetAside {
                        id: row.get(0)?,
                        at,
                        kind: row.get(2)?,
                        place: row.get(3)?,
                        why: row.get(4)?,
                        raw: row.get(5)?,
                        name: row.get(6)?,
                        times: row.get(7)?,
                    })
                })?;
                let mut items = found.collect::<Result<Vec<_>, _>>().map_err(DbError::from)?;
                items.reverse();
                Ok(items)
            })
            .await
    }
}
