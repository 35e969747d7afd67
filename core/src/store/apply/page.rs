//! A page of the change feed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::rows::{Applying, Source};
use crate::model::{Change, Cursor, Op};
use crate::store::event::StoreEvent;
use crate::store::table::feed;
use crate::store::{PageFault, StoreError};

pub(super) fn apply(
    db: &Connection,
    from: &Cursor,
    to: &Cursor,
    items: &[Change],
    now: DateTime<Utc>,
) -> Result<BTreeSet<StoreEvent>, StoreError> {
    if feed::get(db)?.cursor.as_ref() != Some(from) {
        return Err(StoreError::Page(PageFault::NotMine));
    }
    if !items.is_sorted_by(|before, after| before.seq < after.seq) {
        return Err(StoreError::Page(PageFault::NotRising));
    }
    let mut applying = Applying::begin(db, Source::Feed, now)?;
    for item in items {
        match &item.op {
            Op::Put(row) => applying.put(item.seq, row)?,
            Op::Delete { kind, id } => applying.delete(item.seq, *kind, *id)?,
            Op::Skip => {}
        }
    }
    if from != to {
        feed::set_cursor(db, to)?;
    }
    Ok(applying.events())
}
