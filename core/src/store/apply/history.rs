//! Messages of one conversation, read outside the feed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::rows::{Applying, Source};
use super::ticket::{self, HistoryTicket};
use crate::model::{MessageId, Row, Versioned};
use crate::store::StoreError;
use crate::store::event::StoreEvent;
use crate::store::ranges::OPEN_END;
use crate::store::table::{held_range, message};

/// Which messages were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryPart {
    /// The newest.
    Newest,
    /// The newest that are older than this one.
    Before(MessageId),
    /// The oldest that are newer than this one.
    After(MessageId),
}

/// Messages of one conversation, read outside the feed.
#[derive(Debug, Clone)]
pub struct HistoryAnswer {
    /// Taken before asking.
    pub ticket: HistoryTicket,
    /// What was asked.
    pub asked: HistoryPart,
    /// The rows, in any order.
    pub rows: Vec<Versioned>,
    /// Whether there is more in the direction asked for.
    pub more: bool,
}

pub(super) fn apply(
    db: &Connection,
    answer: &HistoryAnswer,
    now: DateTime<Utc>,
) -> Result<BTreeSet<StoreEvent>, StoreError> {
    let id = answer.ticket.conversation_id;
    ticket::check(db, &answer.ticket)?;
    // Without the conversation's row nothing would say when it leaves the view: its messages are
    // kept, and no stretch of them is claimed.
    let has_row = answer.ticket.visible_since.is_some();
    let mut applying = Applying::begin(db, if has_row { Source::History } else { Source::Answer }, now)?;
    let mut answered = BTreeSet::new();
    for row in &answer.rows {
        applying.put(row.seq, &row.row)?;
        if let Row::Message(message) = &row.row
            && message.conversation_id == id
        {
            answered.insert(message.id);
        }
    }
    if has_row && let Some(stretch) = stretch(answer.asked, &answered, answer.more) {
        for held in message::ids_between(db, id, stretch.first, stretch.last_listed)? {
            if !answered.contains(&held) {
                message::delete(db, held)?;
                applying.changed(StoreEvent::ConversationChanged(id));
            }
        }
        let mut ranges = held_range::get(db, id)?;
        ranges.cover(stretch.first, stretch.last);
        held_range::set(db, id, &ranges)?;
        applying.changed(StoreEvent::ConversationChanged(id));
    }
    Ok(applying.events())
}

/// What an answer proves: all messages from `first` to `last` are in hand, and up to
/// `last_listed` there are no others. Newer ones may have come with the feed after the answer
/// was read: ids rise, so they are newer than everything in it.
#[derive(Debug, PartialEq, Eq)]
struct Stretch {
    first: i64,
    last: i64,
    last_listed: i64,
}

fn stretch(asked: HistoryPart, answered: &BTreeSet<MessageId>, more: bool) -> Option<Stretch> {
    let (oldest, newest) = (answered.first().map(|id| id.0), answered.last().map(|id| id.0));
    // An empty answer that promises more proves nothing.
    match asked {
        HistoryPart::Newest => {
            let first = if more { oldest? } else { 0 };
            Some(Stretch { first, last: OPEN_END, last_listed: newest.unwrap_or(0) })
        }
        HistoryPart::Before(id) => {
            let first = if more { oldest? } else { 0 };
            Some(Stretch { first, last: id.0.saturating_sub(1), last_listed: id.0.saturating_sub(1) })
        }
        HistoryPart::After(id) => {
            let last = if more { newest? } else { OPEN_END };
            Some(Stretch { first: id.0.saturating_add(1), last, last_listed: newest.unwrap_or(0) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proves(asked: HistoryPart, answered: &[i64], more: bool) -> Option<(i64, i64, i64)> {
        let answered = answered.iter().map(|id| MessageId(*id)).collect();
        stretch(asked, &answered, more).map(|stretch| (stretch.first, stretch.last, stretch.last_listed))
    }

    #[test]
    fn an_answer_proves_the_stretch_it_lists_and_its_ends_when_there_is_no_more() {
        assert_eq!(proves(HistoryPart::Newest, &[7, 9], true), Some((7, OPEN_END, 9)));
        assert_eq!(proves(HistoryPart::Newest, &[7, 9], false), Some((0, OPEN_END, 9)));
        assert_eq!(proves(HistoryPart::Before(MessageId(20)), &[7, 9], true), Some((7, 19, 19)));
        assert_eq!(proves(HistoryPart::Before(MessageId(20)), &[], false), Some((0, 19, 19)));
        assert_eq!(proves(HistoryPart::After(MessageId(3)), &[7, 9], true), Some((4, 9, 9)));
        assert_eq!(proves(HistoryPart::After(MessageId(3)), &[7, 9], false), Some((4, OPEN_END, 9)));
    }

    #[test]
    fn an_empty_answer_that_promises_more_proves_nothing() {
        assert_eq!(proves(HistoryPart::Newest, &[], true), None);
        assert_eq!(proves(HistoryPart::Before(MessageId(20)), &[], true), None);
        assert_eq!(proves(HistoryPart::After(MessageId(20)), &[], true), None);
    }
}
