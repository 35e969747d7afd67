use riposte::model::{OffsetChange, WallClock};
use rusqlite::Connection;

use crate::db::DbError;
use crate::db::text::instant;

/// The account that this data folder belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) server_id: String,
    /// Which history of the server: random, another one after each restoration from a backup.
    pub(crate) epoch: i64,
    /// The newest change.
    pub(crate) seq: i64,
    /// What was purged from the feed lies at or below this.
    pub(crate) horizon: i64,
    /// Whether its plan has conversations at all.
    pub(crate) conversations: bool,
    pub(crate) utc_offset_minutes: i32,
    /// Whether the simulator plays this folder's providers: from the first start, or never.
    pub(crate) simulated: bool,
    /// Whether it is the copy that a backup made, opened for the first time.
    pub(crate) is_backup: bool,
}

/// The account; none before the first start was finished.
pub(crate) fn account(db: &Connection) -> Result<Option<Account>, DbError> {
    const SQL: &str = "SELECT name, server_id, epoch, seq, horizon, conversations, utc_offset_minutes, simulated, backup_at IS NOT NULL
         FROM account WHERE id = 1";
    let mut statement = db.prepare_cached(SQL)?;
    let mut rows = statement.query_map([], |row| {
        Ok(Account {
            name: row.get(0)?,
            server_id: row.get(1)?,
            epoch: row.get(2)?,
            seq: row.get(3)?,
            horizon: row.get(4)?,
            conversations: row.get(5)?,
            utc_offset_minutes: row.get(6)?,
            simulated: row.get(7)?,
            is_backup: row.get(8)?,
        })
    })?;
    Ok(rows.next().transpose()?)
}

/// The account's time zone.
pub(crate) fn zone(db: &Connection) -> Result<WallClock, DbError> {
    const SQL: &str = "SELECT at, utc_offset_minutes FROM offset_change ORDER BY at";
    let utc_offset_minutes = account(db)?.map_or(0, |account| account.utc_offset_minutes);
    let mut statement = db.prepare_cached(SQL)?;
    let changes = statement
        .query_map([], |row| Ok(OffsetChange { at: instant(row.get(0)?), utc_offset_minutes: row.get(1)? }))?;
    Ok(WallClock { utc_offset_minutes, changes: changes.collect::<Result<_, _>>()? })
}
