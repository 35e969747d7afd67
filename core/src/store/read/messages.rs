//! A stretch of a conversation's messages, and where some may be missing.
//!
//! Every held message is shown. Between two of them stands a hole unless a held range proves
//! that nothing lies in between (see [`crate::store::ranges`]).

use rusqlite::Connection;

use crate::model::{ConversationId, MessageId};
use crate::store::StoreError;
use crate::store::column::sql_limit;
use crate::store::ranges::{OPEN_END, Ranges};
use crate::store::table::held_range;
use crate::store::table::message::{self, StoredMessage};

/// From where a stretch of messages is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// The newest messages.
    Newest,
    /// Those just older than this one.
    Before(MessageId),
    /// Those just newer than this one.
    After(MessageId),
    /// Those on both sides of this one, and itself.
    Message(MessageId),
}

/// Messages may be missing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hole {
    /// Newer than this one; none: there is nothing older in hand.
    pub after: Option<MessageId>,
    /// Older than this one; none: there is nothing newer in hand.
    pub before: Option<MessageId>,
}

/// A stretch of a conversation's messages, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slice {
    /// What is held.
    pub messages: Vec<StoredMessage>,
    /// Where messages may be missing, oldest first. Those at an edge are given only where
    /// nothing more is held on that side.
    pub holes: Vec<Hole>,
    /// Older messages are held beyond this stretch.
    pub more_before: bool,
    /// Newer messages are held beyond this stretch.
    pub more_after: bool,
    /// Something of it may have changed on the server while no feed was read: fetch it again.
    pub stale: bool,
}

/// The id before every message's.
const BEGINNING: i64 = 0;

pub(super) fn slice(db: &Connection, id: ConversationId, around: Around, limit: usize) -> Result<Slice, StoreError> {
    let older = |place: i64, limit: usize| -> Result<(Vec<StoredMessage>, bool), StoreError> {
        let (mut messages, more) = cut(message::before(db, id, place, sql_limit(limit.saturating_add(1)))?, limit);
        messages.reverse();
        Ok((messages, more))
    };
    let newer = |place: i64, limit: usize| -> Result<(Vec<StoredMessage>, bool), StoreError> {
        Ok(cut(message::after(db, id, place, sql_limit(limit.saturating_add(1)))?, limit))
    };
    let (messages, more_before, more_after) = match around {
        Around::Newest => {
            let (messages, more) = older(OPEN_END, limit)?;
            (messages, more, false)
        }
        Around::Before(place) => {
            let (messages, more) = older(place.0, limit)?;
            (messages, more, true)
        }
        Around::After(place) => {
            let (messages, more) = newer(place.0, limit)?;
            (messages, true, more)
        }
        // The message itself belongs to the newer half.
        Around::Message(place) => {
            let (mut messages, more_before) = older(place.0, limit / 2)?;
            let (newer, more_after) = newer(place.0.saturating_sub(1), limit - limit / 2)?;
            messages.extend(newer);
            (messages, more_before, more_after)
        }
    };
    // Between which ids holes are looked for. Where more is held, the next stretch looks there.
    let first = messages.first().map(|stored| stored.message.id.0);
    let last = messages.last().map(|stored| stored.message.id.0);
    let from = match (around, first) {
        (Around::After(place), _) => place.0,
        (_, Some(first)) if more_before => first.saturating_sub(1),
        _ => BEGINNING,
    };
    let to = match (around, last) {
        (Around::Before(place), _) => place.0,
        (_, Some(last)) if more_after => last.saturating_add(1),
        _ => OPEN_END,
    };
    let ranges = held_range::get(db, id)?;
    Ok(Slice {
        holes: holes(messages.iter().map(|stored| stored.message.id), from, to, &ranges),
        stale: ranges.is_stale(from.saturating_add(1), to),
        messages,
        more_before,
        more_after,
    })
}

/// Cuts a list that was read one longer than wanted, and whether there was more.
fn cut(mut messages: Vec<StoredMessage>, limit: usize) -> (Vec<StoredMessage>, bool) {
    let more = messages.len() > limit;
    messages.truncate(limit);
    (messages, more)
}

/// The newest place of a conversation where messages may be missing, from ids and ranges alone.
pub(super) fn newest_hole(db: &Connection, id: ConversationId) -> Result<Option<Hole>, StoreError> {
    let held = message::ids_between(db, id, BEGINNING, OPEN_END)?;
    Ok(holes(held, BEGINNING, OPEN_END, &held_range::get(db, id)?).pop())
}

fn holes(held: impl IntoIterator<Item = MessageId>, from: i64, to: i64, ranges: &Ranges) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut before = from;
    for next in held.into_iter().map(|id| id.0).chain([to]) {
        let last = if next == OPEN_END { OPEN_END } else { next.saturating_sub(1) };
        if !ranges.covers(before.saturating_add(1), last) {
            holes.push(Hole {
                after: (before != BEGINNING).then_some(MessageId(before)),
                before: (next != OPEN_END).then_some(MessageId(next)),
            });
        }
        before = next;
    }
    holes
}
