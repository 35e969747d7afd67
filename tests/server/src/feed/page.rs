//! Pages of changes: what an agent who has read up to a cursor does not have yet.

use chrono::{DateTime, Utc};
use riposte::model::{AgentId, Conversation, Seq};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::value::{RawValue, to_raw_value};

use super::writer::horizon;
use super::{Place, account};
use crate::db::DbError;

/// A row on its way to a phone, or the news that it is gone (no data).
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) seq: i64,
    /// The wire's word for its kind.
    pub(crate) kind: String,
    pub(crate) id: i64,
    pub(crate) data: Option<Box<RawValue>>,
}

/// A page of the feed.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) more: bool,
    pub(crate) items: Vec<Item>,
}

/// How much a page holds and how much is read page by page at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Items on a page.
    pub items: usize,
    /// Bytes of a page's rows before compression, which never makes them more.
    pub bytes: usize,
    /// Visible items behind which a snapshot is the better way.
    pub behind: i64,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { items: 500, bytes: 256 * 1024, behind: 10_000 }
    }
}

/// The room that an answer has left for rows, in bytes before compression. The first one always fits: an answer without
/// rows would never end.
pub(super) struct Room {
    left: usize,
    empty: bool,
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self { left: bytes, empty: true }
    }

    /// Whether there is room for a row; then it is taken.
    pub(super) fn takes(&mut self, item: &Item) -> bool {
        self.takes_all(std::iter::once(item))
    }

    /// The same for rows that go together.
    pub(super) fn takes_all<'a>(&mut self, items: impl Iterator<Item = &'a Item>) -> bool {
        let bytes: usize = items.map(Item::bytes).sum();
        if bytes > self.left && !self.empty {
            return false;
        }
        self.left = self.left.saturating_sub(bytes);
        self.empty = false;
        true
    }
}

impl Item {
    /// Its size on the wire, with the fields around its data.
    fn bytes(&self) -> usize {
        self.data.as_ref().map_or(0, |data| data.get().len()) + 80
    }
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// A snapshot has to be read instead.
    #[error("a snapshot is needed")]
    SnapshotNeeded { reason: &'static str, detail: String },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<rusqlite::Error> for PageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

/// The changes after a place, as this agent sees them.
pub(crate) fn changes(
    db: &Connection,
    me: AgentId,
    since: Option<Place>,
    limits: PageLimits,
    now: DateTime<Utc>,
) -> Result<Page, PageError> {
    let account = account(db)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let head = Place { epoch: account.epoch, seq: account.seq };
    let needed = |reason, detail: String| Err(PageError::SnapshotNeeded { reason, detail });
    let Some(from) = since else {
        return needed("first", "no cursor was given".to_owned());
    };
    // A cursor from the future belongs to a history that this database never had.
    if from.epoch != head.epoch || from.seq > head.seq {
        return needed("epoch", format!("this is the history {}", head.epoch_word()));
    }
    if !granted(db, me, from.seq, now)? {
        let begin = account.horizon.max(horizon(db, now)?);
        if from.seq < begin {
            return needed("too_old", format!("the feed begins at {begin}"));
        }
        if head.seq - from.seq > limits.behind && behind(db, me, from.seq, limits.behind)? > limits.behind {
            return needed("too_many", format!("more than {} changes", limits.behind));
        }
    }
    let (items, more) = read(db, me, from.seq, limits)?;
    let to = match items.last() {
        Some(last) if more => Place { seq: last.seq, ..head },
        _ => head,
    };
    Ok(Page { from, to, more, items })
}

/// Whether there is something for this agent after a place.
pub(crate) fn something_new(db: &Connection, me: AgentId, after: i64) -> Result<bool, DbError> {
    const SQL: &str = "SELECT EXISTS (SELECT 1 FROM seen WHERE viewer = ?1 AND seq > ?2)";
    Ok(db.prepare_cached(SQL)?.query_row(params![me.0, after], |row| row.get(0))?)
}

/// The feed after a place, as one agent sees it.
const AFTER: &str = "SELECT seq, kind, row_id, data, since FROM seen WHERE viewer = ?1 AND seq > ?2 ORDER BY seq";

fn read(db: &Connection, me: AgentId, after: i64, limits: PageLimits) -> Result<(Vec<Item>, bool), DbError> {
    let mut statement = db.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![me.0, after])?;
    let (mut items, mut room) = (Vec::new(), Room::new(limits.bytes));
    while let Some(row) = rows.next()? {
        let item = item(row)?;
        if items.len() == limits.items || !room.takes(&item) {
            return Ok((items, true));
        }
        items.push(item);
    }
    Ok((items, false))
}

/// Reads `seq, kind, row_id, data, since`; a conversation says since when it is in view.
pub(super) fn item(row: &rusqlite::Row<'_>) -> Result<Item, DbError> {
    let kind: String = row.get(1)?;
    let since: Option<i64> = row.get(4)?;
    let data = match row.get::<_, Option<String>>(3)? {
        Some(data) if kind == "conversation" => {
            let mut conversation: Conversation = serde_json::from_str(&data)?;
            conversation.visible_since = Seq(since.unwrap_or(0));
            Some(to_raw_value(&conversation)?)
        }
        Some(data) => Some(RawValue::from_string(data)?),
        None => None,
    };
    Ok(Item { seq: row.get(0)?, kind, id: row.get(2)?, data })
}

fn behind(db: &Connection, me: AgentId, after: i64, most: i64) -> Result<i64, DbError> {
    const SQL: &str = "SELECT count(*) FROM (SELECT 1 FROM seen WHERE viewer = ?1 AND seq > ?2 LIMIT ?3 + 1)";
    Ok(db.prepare_cached(SQL)?.query_row(params![me.0, after, most], |row| row.get(0))?)
}

/// Whether a snapshot taken within the hour promised that the feed goes on from here. The promise
/// holds for every page after the snapshot's place: the first one alone may not reach the head.
fn granted(db: &Connection, me: AgentId, seq: i64, now: DateTime<Utc>) -> Result<bool, DbError> {
    const SQL: &str = "SELECT 1 FROM snapshot WHERE agent_id = ?1 AND at <= ?2 AND until > ?3 LIMIT 1";
    let params = params![me.0, seq, now.timestamp_millis()];
    Ok(db.prepare_cached(SQL)?.query_row(params, |_| Ok(())).optional()?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_the_feed_from_its_place_on_and_sorts_nothing() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../db/0001_start.sql")).unwrap();
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {AFTER}")).unwrap();
        let steps = statement.query_map(params![1, 1], |row| row.get::<_, String>(3)).unwrap();
        let plan: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(plan.contains(&"SEARCH f USING INTEGER PRIMARY KEY (rowid>?)".to_owned()), "{plan:#?}");
        assert!(!plan.iter().any(|step| step.starts_with("SCAN") || step.contains("TEMP B-TREE")), "{plan:#?}");
    }
}
