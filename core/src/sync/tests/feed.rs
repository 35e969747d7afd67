//! What the server says of its rows: pages of changes, and snapshots.

use super::world::{Kept, World, rank};
use crate::backend::{BackendError, Page, SnapshotPage, SnapshotReason};
use crate::model::{Change, Conversation, Cursor, HeldFrom, Op, Row, RowKind, Seq, Versioned, VisibleConversation};

/// Small, so that a handful of rows already takes several pages.
const CONVERSATIONS_IN_SNAPSHOT: usize = 4;
const MESSAGES_IN_SNAPSHOT: usize = 3;
const WITH_MESSAGES: usize = 2;
pub(super) const LISTED_PER_PAGE: usize = 3;

impl World {
    fn is_visible(&self, kept: &Kept) -> bool {
        match &kept.row {
            Some(Row::Message(row)) => self.conversation(row.conversation_id).is_some(),
            Some(Row::ReadMarker(row)) => self.conversation(row.conversation_id).is_some(),
            Some(_) | None => true,
        }
    }

    pub(super) fn cursor(&self) -> Cursor {
        self.cursor_at(self.seq)
    }

    pub(super) fn cursor_at(&self, seq: i64) -> Cursor {
        Cursor(format!("e{}.{seq}", self.epoch))
    }

    fn place(&self, cursor: &Cursor) -> Result<i64, BackendError> {
        let (epoch, seq) = cursor.0.split_once('.').unwrap();
        if epoch != format!("e{}", self.epoch) {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::Epoch));
        }
        let seq = seq.parse().unwrap();
        if seq < self.horizon {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::TooOld));
        }
        Ok(seq)
    }

    pub(super) fn page(&self, since: &Cursor, most: usize) -> Result<Page, BackendError> {
        let from = self.place(since)?;
        let mut items: Vec<Change> = self
            .rows
            .iter()
            .filter(|(_, kept)| kept.seq > from && self.is_visible(kept))
            .map(|((_, id), kept)| {
                let op = kept.row.clone().map_or(Op::Delete { kind: kept.kind, id: *id }, Op::Put);
                Change { seq: Seq(kept.seq), op }
            })
            .collect();
        items.sort_by_key(|item| item.seq);
        if items.len() > self.most_behind {
            return Err(BackendError::SnapshotNeeded(SnapshotReason::TooMany));
        }
        let more = items.len() > most;
        items.truncate(most);
        let to = if more { self.cursor_at(items.last().unwrap().seq.0) } else { self.cursor() };
        Ok(Page { from: since.clone(), to, more, items })
    }

    pub(super) fn versioned(&self, row: &Row) -> Versioned {
        let kept = &self.rows[&(rank(row.kind()), row.id())];
        Versioned { seq: Seq(kept.seq), row: kept.row.clone().unwrap() }
    }

    pub(super) fn with_contact(&self, row: &Conversation) -> Vec<Versioned> {
        let contact = self.rows.get(&(rank(RowKind::Contact), row.contact_id.0)).and_then(|kept| kept.row.clone());
        let rows = [Some(Row::Conversation(row.clone())), contact];
        rows.iter().flatten().map(|row| self.versioned(row)).collect()
    }

    /// The token says the cursor, which page, and after which id the list goes on: `p12.3.4711`.
    pub(super) fn snapshot(&self, token: Option<&str>) -> SnapshotPage {
        let (at, number, after) = match token {
            None => (self.seq, 0, 0),
            Some(token) => {
                let parts: Vec<i64> = token[1..].split('.').map(|part| part.parse().unwrap()).collect();
                (parts[0], parts[1], parts[2])
            }
        };
        let (mut rows, mut newest, mut visible, mut complete) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut listed = after;
        match number {
            0 => rows = self.directories(),
            1 => (rows, newest) = self.top(),
            _ => {
                // From id to id: what leaves the view meanwhile must not let another slip through.
                let mut rest: Vec<_> = self.visible().into_iter().filter(|row| row.id.0 > after).collect();
                rest.sort_by_key(|row| row.id);
                complete = rest.len() <= LISTED_PER_PAGE;
                for row in rest.into_iter().take(LISTED_PER_PAGE) {
                    let seq = self.versioned(&Row::Conversation(row.clone())).seq;
                    visible.push(VisibleConversation { id: row.id, seq, messages_seq: row.messages_seq });
                    listed = row.id.0;
                }
            }
        }
        let next = (!complete).then(|| format!("p{at}.{}.{listed}", number + 1));
        let epoch = format!("e{}", self.epoch);
        SnapshotPage { epoch, at: self.cursor_at(at), next, rows, newest, visible, complete }
    }

    fn directories(&self) -> Vec<Versioned> {
        let of = |kept: &Kept| match &kept.row {
            Some(Row::Agent(_) | Row::ReadMarker(_)) if self.is_visible(kept) => kept.row.clone(),
            _ => None,
        };
        self.rows.values().filter_map(|kept| Some(Versioned { seq: Seq(kept.seq), row: of(kept)? })).collect()
    }

    /// The newest conversations with their newest messages.
    fn top(&self) -> (Vec<Versioned>, Vec<HeldFrom>) {
        let (mut rows, mut newest) = (Vec::new(), Vec::new());
        for (n, row) in self.visible().iter().take(CONVERSATIONS_IN_SNAPSHOT).enumerate() {
            rows.extend(self.with_contact(row));
            let messages = self.messages(row.id);
            let most = if n < WITH_MESSAGES { MESSAGES_IN_SNAPSHOT } else { 1 };
            let held = &messages[messages.len().saturating_sub(most)..];
            rows.extend(held.iter().map(|message| self.versioned(&Row::Message(message.clone()))));
            let from = (held.len() < messages.len()).then(|| held[0].id);
            newest.push(HeldFrom { conversation_id: row.id, from });
        }
        (rows, newest)
    }
}
