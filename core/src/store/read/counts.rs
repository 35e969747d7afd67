//! The numbers beside the lists.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::inbox::{Channels, conversation};
use super::{Overlays, StoredConversation};
use crate::model::{AgentGroupId, AgentId};
use crate::store::StoreError;
use crate::store::column::all;
use crate::store::table::conversation::COUNT_OPEN;
use crate::store::table::snapshot;

/// How many open conversations, and how many of them unread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxCount {
    /// Open ones.
    pub open: u32,
    /// Open ones that are unread.
    pub unread: u32,
}

/// The numbers beside the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// Of this agent.
    pub mine: InboxCount,
    /// Of no agent.
    pub unassigned: InboxCount,
    /// All that are visible.
    pub all: InboxCount,
    /// By group; a group without open conversations is absent.
    pub groups: BTreeMap<AgentGroupId, InboxCount>,
    /// Conversations the server has for this agent that are not here yet.
    pub not_held: u32,
}

/// Counted by the index; then each laid-over conversation is taken out of where it counts and
/// put where it will.
pub(super) fn count(db: &Connection, me: AgentId, overlays: &Overlays) -> Result<InboxCounts, StoreError> {
    let mut tally = Tally::default();
    let counted = all(db, COUNT_OPEN, [], |row| {
        let key = (row.get::<_, Option<i64>>(0)?.map(AgentId), row.get::<_, Option<i64>>(1)?.map(AgentGroupId));
        Ok((key, (row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)))
    })?;
    for (key, (open, unread)) in counted {
        tally.add(key, open, unread);
    }
    let mut channels = Channels::default();
    for id in overlays.conversations() {
        if let Some(mut stored) = conversation(db, id, &mut channels)? {
            tally.move_one(&stored, -1);
            overlays.lay(&mut stored);
            tally.move_one(&stored, 1);
        }
    }
    Ok(tally.counts(me, snapshot::not_held_count(db)?))
}

/// Open and unread conversations by agent and group.
#[derive(Default)]
struct Tally(BTreeMap<(Option<AgentId>, Option<AgentGroupId>), (i64, i64)>);

impl Tally {
    fn add(&mut self, key: (Option<AgentId>, Option<AgentGroupId>), open: i64, unread: i64) {
        let count = self.0.entry(key).or_default();
        count.0 += open;
        count.1 += unread;
    }

    fn move_one(&mut self, stored: &StoredConversation, by: i64) {
        if stored.conversation.open {
            let key = (stored.conversation.assignee, stored.conversation.group);
            self.add(key, by, if stored.is_unread() { by } else { 0 });
        }
    }

    fn counts(self, me: AgentId, not_held: u32) -> InboxCounts {
        let mut counts = InboxCounts { not_held, ..InboxCounts::default() };
        for ((assignee, group), (open, unread)) in self.0 {
            let add = |count: &mut InboxCount| {
                count.open += u32::try_from(open).unwrap_or(0);
                count.unread += u32::try_from(unread).unwrap_or(0);
            };
            if open == 0 {
                continue;
            }
            add(&mut counts.all);
            match assignee {
                Some(agent) if agent == me => add(&mut counts.mine),
                Some(_) => {}
                None => add(&mut counts.unassigned),
            }
            if let Some(group) = group {
                add(counts.groups.entry(group).or_default());
            }
        }
        counts
    }
}
