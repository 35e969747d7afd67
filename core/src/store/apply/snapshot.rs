//! A snapshot: a bounded picture of what this agent sees, read page by page when the feed cannot
//! go on.
//!
//! Each page is applied whole and the token of the next one kept, so an interruption costs one
//! page. Nothing is deleted before the list of visible conversations is complete; then what is
//! held and not listed goes, what is listed with other numbers is marked, what is listed and not
//! held is a known gap, and the cursor moves: all in the transaction of the last page.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::rows::{Applying, Source, distrust};
use crate::model::{Cursor, HeldFrom, Seq, Versioned, VisibleConversation};
use crate::store::event::StoreEvent;
use crate::store::ranges::OPEN_END;
use crate::store::table::feed::{self, SCHEMA_LEVEL};
use crate::store::table::{contact, conversation, held_range, message, snapshot, tombstone};
use crate::store::{PageFault, StoreError};

/// One page of a snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotPart {
    /// The token it was asked for with; none for the first page, which begins again.
    pub asked: Option<String>,
    /// The server's history.
    pub epoch: String,
    /// Where the feed goes on after the last page.
    pub at: Cursor,
    /// The token of the next page; none on the last.
    pub next: Option<String>,
    /// Rows to apply.
    pub rows: Vec<Versioned>,
    /// From which message on conversations are in hand without a hole.
    pub newest: Vec<HeldFrom>,
    /// All conversations this agent sees, a part per page.
    pub visible: Vec<VisibleConversation>,
    /// True on the last page.
    pub complete: bool,
}

/// A snapshot that has been begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotProgress {
    /// The server's history it belongs to.
    pub epoch: String,
    /// The token of the page to read next.
    pub next: String,
}

/// The snapshot in the making, if there is one.
pub(in crate::store) fn progress(db: &Connection) -> Result<Option<SnapshotProgress>, StoreError> {
    let progress = snapshot::get(db)?;
    Ok(progress.map(|progress| SnapshotProgress { epoch: progress.epoch, next: progress.next }))
}

/// Applies a page. The caller has chosen the cache: this one's epoch is the page's, or none yet.
pub(in crate::store) fn apply(
    db: &Connection,
    part: &SnapshotPart,
    now: DateTime<Utc>,
) -> Result<BTreeSet<StoreEvent>, StoreError> {
    match &part.asked {
        None => begin(db)?,
        Some(asked) => {
            let follows = snapshot::get(db)?.is_some_and(|progress| {
                progress.next == *asked && progress.epoch == part.epoch && progress.at == part.at
            });
            if !follows {
                return Err(StoreError::Page(PageFault::NotNext));
            }
        }
    }
    let mut applying = Applying::begin(db, Source::Snapshot, now)?;
    for row in &part.rows {
        applying.put(row.seq, &row.row)?;
        snapshot::brought(db, row.row.kind(), row.row.id())?;
    }
    for held in &part.newest {
        let mut ranges = held_range::get(db, held.conversation_id)?;
        ranges.cover(held.from.map_or(0, |from| from.0), OPEN_END);
        held_range::set(db, held.conversation_id, &ranges)?;
        applying.changed(StoreEvent::ConversationChanged(held.conversation_id));
    }
    for visible in &part.visible {
        snapshot::list(db, visible)?;
    }
    match &part.next {
        _ if part.complete => complete(db, part, &mut applying)?,
        Some(next) => snapshot::set(db, &part.epoch, &part.at, next)?,
        // Neither the last page nor one with a successor: no snapshot that this build understands.
        None => return Err(StoreError::Page(PageFault::NotNext)),
    }
    Ok(applying.events())
}

fn begin(db: &Connection) -> Result<(), StoreError> {
    snapshot::clear(db)?;
    let feed = feed::get(db)?;
    if feed.cursor.is_some() && feed.schema_level < SCHEMA_LEVEL {
        // This build reads more out of rows than the one that wrote them: every row is to be
        // fetched again, and the same version counts as newer.
        conversation::forget_versions(db)?;
        for id in held_range::conversations(db)? {
            distrust(db, id)?;
        }
    }
    Ok(())
}

fn complete(db: &Connection, part: &SnapshotPart, applying: &mut Applying<'_>) -> Result<(), StoreError> {
    // Which version deleted them the snapshot does not say: no answer that was read before it
    // brings them back, only the feed does.
    let gone = Seq(i64::MAX);
    for id in snapshot::unlisted(db)? {
        applying.drop_conversation(id, gone)?;
    }
    // Messages whose conversation never came: of one that this agent does not see they go; of one
    // that is seen (a notification opened it) no number says whether they changed meanwhile.
    for id in message::orphaned(db)? {
        if snapshot::is_listed(db, id)? {
            distrust(db, id)?;
        } else {
            applying.drop_conversation(id, gone)?;
        }
    }
    for (kind, id) in snapshot::directory_gone(db)? {
        applying.delete(gone, kind, id)?;
    }
    contact::delete_orphans(db)?;
    for changed in snapshot::changed(db)? {
        if changed.messages {
            distrust(db, changed.id)?;
        }
        conversation::set_fed(db, changed.id, changed.fed)?;
        applying.changed(StoreEvent::ConversationChanged(changed.id));
    }
    snapshot::fill_not_held(db)?;
    tombstone::delete_listed(db)?;
    snapshot::clear(db)?;
    applying.changed(StoreEvent::InboxChanged);
    feed::complete(db, &part.epoch, &part.at, SCHEMA_LEVEL)
}
