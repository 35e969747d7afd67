//! `feed`: where this cache stands. One row.

use rusqlite::{Connection, named_params};

use crate::model::Cursor;
use crate::store::StoreError;
use crate::store::column::{first, run};

/// Which kinds and words of the protocol this build understands. Raised if a build learns new
/// ones: a cache that an older build filled is then filled again from a snapshot. 2: a message's attempt,
/// the window as a server counts it. 3: a charge's country, from when an allowance holds and where.
pub const SCHEMA_LEVEL: i64 = 3;

const GET: &str = "SELECT epoch, cursor, schema_level, generation FROM feed WHERE one = 1";
const SET_CURSOR: &str = "UPDATE feed SET cursor = :cursor WHERE one = 1";
const COMPLETE: &str = "
    UPDATE feed SET epoch = :epoch, cursor = :cursor, schema_level = :schema_level, generation = generation + 1
    WHERE one = 1";

pub(in crate::store) struct Feed {
    pub(in crate::store) epoch: Option<String>,
    pub(in crate::store) cursor: Option<Cursor>,
    pub(in crate::store) schema_level: i64,
    pub(in crate::store) generation: i64,
}

pub(in crate::store) fn get(db: &Connection) -> Result<Feed, StoreError> {
    first(db, GET, [], |row| {
        Ok(Feed {
            epoch: row.get(0)?,
            cursor: row.get::<_, Option<String>>(1)?.map(Cursor),
            schema_level: row.get(2)?,
            generation: row.get(3)?,
        })
    })?
    .ok_or(StoreError::Corrupt)
}

pub(in crate::store) fn set_cursor(db: &Connection, cursor: &Cursor) -> Result<(), StoreError> {
    run(db, SET_CURSOR, named_params! { ":cursor": cursor.0 })?;
    Ok(())
}

/// A snapshot is whole: the feed goes on from `cursor`.
pub(in crate::store) fn complete(
    db: &Connection,
    epoch: &str,
    cursor: &Cursor,
    schema_level: i64,
) -> Result<(), StoreError> {
    run(db, COMPLETE, named_params! { ":epoch": epoch, ":cursor": cursor.0, ":schema_level": schema_level })?;
    Ok(())
}
