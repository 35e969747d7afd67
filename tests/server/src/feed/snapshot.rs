//! The snapshot: the newest of everything in pages, for a phone whose cursor leads nowhere.
//!
//! Its place in the feed is fixed before the first page; rows are read as they are when their
//! page is asked for, and what changes meanwhile comes again through the feed.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{AgentId, WallClock};
use riposte::rules::zone::month_around;
use rusqlite::{Connection, OptionalExtension, params};

use super::history::{conversation_rows, newest_ids, newest_messages};
use super::page::{Room, item};
use super::{Account, Item, Place, Writer, account, zone};
use crate::db::DbError;
use crate::db::text::{from_json, json};

/// How long a token, and the promise that the feed goes on from its place, is good for.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// How much a snapshot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotLimits {
    /// Rows of directories on a page.
    pub rows: i64,
    /// Conversations on a page.
    pub conversations: usize,
    /// Newest conversations in all.
    pub newest: i64,
    /// Of these, how many come with more than their last message.
    pub with_messages: usize,
    /// And with how many.
    pub messages: i64,
    /// Entries of the list of visible conversations on a page.
    pub listed: i64,
    /// Bytes of a page's rows before compression. A page holds one row at least, and one conversation with as many of
    /// its messages as fit into these bytes.
    pub bytes: usize,
}

impl Default for SnapshotLimits {
    fn default() -> Self {
        Self {
            rows: 500,
            conversations: 20,
            newest: 100,
            with_messages: 20,
            messages: 20,
            listed: 10_000,
            bytes: 1024 * 1024,
        }
    }
}

/// A page of a snapshot.
#[derive(Debug)]
pub(crate) struct SnapshotPage {
    pub(crate) at: Place,
    /// None on the last page.
    pub(crate) next: Option<String>,
    pub(crate) rows: Vec<Item>,
    /// (conversation, oldest message in hand; none when all of them are).
    pub(crate) newest: Vec<(i64, Option<i64>)>,
    /// (conversation, its version, the greatest version of its messages).
    pub(crate) visible: Vec<(i64, i64, i64)>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// Not a token of ours, or another agent's.
    #[error("this is no token of a snapshot")]
    NoToken,
    /// The hour is over, or the server was restored: begin again.
    #[error("the snapshot is too old to go on")]
    TooOld,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<rusqlite::Error> for SnapshotError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// After this kind (by its place in the order of kinds) and row.
    Directory(i64, i64),
    /// At this one of the newest conversations.
    Conversation(usize),
    /// After this conversation in the list.
    Listed(i64),
}

impl Next {
    fn write(self, token: &str) -> String {
        match self {
            Self::Directory(kind, id) => format!("d{kind}-{id}.{token}"),
            Self::Conversation(index) => format!("c{index}.{token}"),
            Self::Listed(id) => format!("v{id}.{token}"),
        }
    }

    fn read(text: &str) -> Option<(Self, &str)> {
        let (place, token) = text.split_once('.')?;
        let next = match place.split_at_checked(1)? {
            ("d", rest) => {
                let (kind, id) = rest.split_once('-')?;
                Self::Directory(kind.parse().ok()?, id.parse().ok()?)
            }
            ("c", rest) => Self::Conversation(rest.parse().ok()?),
            ("v", rest) => Self::Listed(rest.parse().ok()?),
            _ => return None,
        };
        Some((next, token))
    }
}

/// The page that a token names, or the first of a new snapshot.
pub(crate) fn snapshot(
    w: &Writer<'_>,
    me: AgentId,
    page: Option<&str>,
    limits: SnapshotLimits,
) -> Result<SnapshotPage, SnapshotError> {
    let account = account(w.tx)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let (next, kept) = match page {
        None => (Next::Directory(0, 0), begin(w, me, &account, limits)?),
        Some(text) => {
            let (next, token) = Next::read(text).ok_or(SnapshotError::NoToken)?;
            (next, resume(w, me, token)?)
        }
    };
    let mut given = SnapshotPage {
        at: Place { epoch: account.epoch, seq: kept.at },
        next: None,
        rows: Vec::new(),
        newest: Vec::new(),
        visible: Vec::new(),
    };
    let next = match next {
        Next::Directory(kind, id) => directories(w, me, (kind, id), limits, &mut given)?,
        Next::Conversation(index) => conversations(w.tx, me, index, &kept.newest, limits, &mut given)?,
        Next::Listed(after) => listed(w.tx, me, after, limits, &mut given)?,
    };
    given.next = next.map(|next| next.write(&kept.token));
    Ok(given)
}

struct Kept {
    token: String,
    at: i64,
    newest: Vec<i64>,
}

fn begin(w: &Writer<'_>, me: AgentId, account: &Account, limits: SnapshotLimits) -> Result<Kept, SnapshotError> {
    const SQL: &str = "INSERT INTO snapshot (token, agent_id, at, newest, until) VALUES (?1, ?2, ?3, ?4, ?5)";
    w.tx.execute("DELETE FROM snapshot WHERE until <= ?1", [w.now.timestamp_millis()])?;
    let kept = Kept {
        token: uuid::Uuid::new_v4().simple().to_string(),
        at: account.seq,
        newest: newest_ids(w.tx, me, limits.newest)?,
    };
    let until = (w.now + LIFE).timestamp_millis();
    w.tx.execute(SQL, params![kept.token, me.0, kept.at, json(&kept.newest)?, until])?;
    Ok(kept)
}

fn resume(w: &Writer<'_>, me: AgentId, token: &str) -> Result<Kept, SnapshotError> {
    const SQL: &str = "SELECT at, newest, until FROM snapshot WHERE token = ?1 AND agent_id = ?2";
    let found = w.tx.query_row(SQL, params![token, me.0], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
    });
    match found.optional()? {
        Some((at, newest, until)) if until > w.now.timestamp_millis() => {
            Ok(Kept { token: token.to_owned(), at, newest: from_json(&newest)? })
        }
        Some(_) => Err(SnapshotError::TooOld),
        // A well-formed token that is not kept any more was one once.
        None if uuid::Uuid::try_parse(token).is_ok() => Err(SnapshotError::TooOld),
        None => Err(SnapshotError::NoToken),
    }
}

/// Directories, tariffs, allowances, the agent's read markers and the ledger of two months.
fn directories(
    w: &Writer<'_>,
    me: AgentId,
    after: (i64, i64),
    limits: SnapshotLimits,
    page: &mut SnapshotPage,
) -> Result<Option<Next>, DbError> {
    const SQL: &str = "WITH kinds (kind, place) AS (VALUES ('channel', 1), ('agent', 2), ('group', 3), ('saved_reply', 4),
             ('template', 5), ('tariff', 6), ('allowance', 7), ('read_marker', 8), ('ledger', 9))
         SELECT f.seq, f.kind, f.row_id, f.data, v.since, kinds.place
         FROM kinds CROSS JOIN feed f ON f.kind = kinds.kind AND (f.agent_id = 0 OR f.agent_id = ?1) AND f.data IS NOT NULL
         LEFT JOIN view v ON v.agent_id = ?1 AND v.conversation_id = f.conversation_id
         WHERE (kinds.place, f.row_id) > (?2, ?3) AND (f.kind <> 'read_marker' OR v.since IS NOT NULL)
           AND (f.kind <> 'ledger' OR f.row_id IN (SELECT id FROM charge WHERE at >= ?4))
         ORDER BY kinds.place, f.row_id LIMIT ?5";
    let from = last_month(w.now, &zone(w.tx)?).timestamp_millis();
    let mut statement = w.tx.prepare_cached(SQL)?;
    let mut rows = statement.query(params![me.0, after.0, after.1, from, limits.rows])?;
    let (mut last, mut room) = (after, Room::new(limits.bytes));
    while let Some(row) = rows.next()? {
        let item = item(row)?;
        if !room.takes(&item) {
            return Ok(Some(Next::Directory(last.0, last.1)));
        }
        last = (row.get(5)?, item.id);
        page.rows.push(item);
    }
    let full = i64::try_from(page.rows.len()).is_ok_and(|rows| rows >= limits.rows);
    Ok(Some(if full { Next::Directory(last.0, last.1) } else { Next::Conversation(0) }))
}

/// The beginning of last month where the account is.
fn last_month(now: DateTime<Utc>, zone: &WallClock) -> DateTime<Utc> {
    let begins = |at| month_around(zone, at).map(|(from, _)| from);
    begins(now).and_then(|this| begins(this - TimeDelta::milliseconds(1))).unwrap_or(now)
}

/// Some of the newest conversations, with their contacts and last messages.
fn conversations(
    db: &Connection,
    me: AgentId,
    index: usize,
    newest: &[i64],
    limits: SnapshotLimits,
    page: &mut SnapshotPage,
) -> Result<Option<Next>, DbError> {
    let here = newest.iter().enumerate().skip(index).take(limits.conversations.max(1));
    let mut room = Room::new(limits.bytes);
    for (place, id) in here {
        let rows = conversation_rows(db, me, riposte::model::ConversationId(*id))?;
        if rows.is_empty() {
            continue; // It has left the view since; the feed says so.
        }
        let most = if place < limits.with_messages { limits.messages } else { 1 };
        let (messages, more) = newest_messages(db, *id, most, limits.bytes)?;
        let from = messages.first().filter(|_| more).map(|oldest| oldest.id);
        if !room.takes_all(rows.iter().chain(&messages)) {
            return Ok(Some(Next::Conversation(place)));
        }
        page.newest.push((*id, from));
        page.rows.extend(rows);
        page.rows.extend(messages);
    }
    let next = index.saturating_add(limits.conversations.max(1));
    Ok(Some(if next < newest.len() { Next::Conversation(next) } else { Next::Listed(0) }))
}

/// All visible conversations with their versions.
fn listed(
    db: &Connection,
    me: AgentId,
    after: i64,
    limits: SnapshotLimits,
    page: &mut SnapshotPage,
) -> Result<Option<Next>, DbError> {
    const SQL: &str = "SELECT v.conversation_id, f.seq,
                coalesce((SELECT max(m.seq) FROM feed m WHERE m.conversation_id = v.conversation_id AND m.kind = 'message'), 0)
         FROM view v JOIN feed f ON f.kind = 'conversation' AND f.row_id = v.conversation_id AND f.agent_id = 0
         WHERE v.agent_id = ?1 AND v.conversation_id > ?2 ORDER BY v.conversation_id LIMIT ?3";
    let mut statement = db.prepare_cached(SQL)?;
    let found =
        statement.query_map(params![me.0, after, limits.listed], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    page.visible = found.collect::<Result<_, _>>()?;
    let full = i64::try_from(page.visible.len()).is_ok_and(|entries| entries >= limits.listed);
    Ok(page.visible.last().filter(|_| full).map(|(id, ..)| Next::Listed(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_as_the_place_it_was_written_for() {
        for next in [Next::Directory(3, 17), Next::Conversation(40), Next::Listed(4711)] {
            assert_eq!(Next::read(&next.write("9b1c")), Some((next, "9b1c")));
        }
        for text in ["", ".", "x1.a", "d1.a", "c.a", "v-.a", "é.a", "c99999999999999999999.a"] {
            assert_eq!(Next::read(text), None, "{text}");
        }
    }

    #[test]
    fn last_month_begins_at_midnight_where_the_account_is() {
        let now = "2026-03-31T23:30:00Z".parse().unwrap();
        assert_eq!(last_month(now, &WallClock::fixed(0)).to_rfc3339(), "2026-02-01T00:00:00+00:00");
        assert_eq!(last_month(now, &WallClock::fixed(60)).to_rfc3339(), "2026-02-28T23:00:00+00:00");
    }
}
