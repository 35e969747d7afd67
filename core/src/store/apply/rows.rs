//! One row of the server, written when it is newer than what is held.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use crate::model::{ContactId, Conversation, ConversationId, Message, MessageId, Row, RowKind, Seq};
use crate::store::StoreError;
use crate::store::event::StoreEvent;
use crate::store::table::{
    Newer, channel, contact, conversation, held_range, ledger, marker, message, people, price, snapshot, template,
    tombstone,
};

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A page on top of the cursor: newer than everything that was deleted before.
    Feed,
    /// A snapshot, which jumps over changes.
    Snapshot,
    /// A command's answer or a row asked for. Read at a moment the phone cannot place.
    Answer,
    /// Messages asked for with a ticket, which is still good.
    History,
}

/// A batch of rows being applied.
pub(super) struct Applying<'a> {
    db: &'a Connection,
    source: Source,
    now: DateTime<Utc>,
    messages: message::Writer<'a>,
    any_tombstone: bool,
    any_not_held: bool,
    /// The versions of conversations as they stand now, of those that this batch has met.
    conversations: HashMap<ConversationId, Option<conversation::Versions>>,
    events: BTreeSet<StoreEvent>,
}

impl<'a> Applying<'a> {
    pub(super) fn begin(db: &'a Connection, source: Source, now: DateTime<Utc>) -> Result<Self, StoreError> {
        Ok(Self {
            db,
            source,
            now,
            messages: match source {
                Source::Feed => message::Writer::of_feed(db)?,
                Source::Snapshot | Source::Answer | Source::History => message::Writer::new(db)?,
            },
            any_tombstone: tombstone::any(db)?,
            any_not_held: snapshot::any_not_held(db)?,
            conversations: HashMap::new(),
            events: BTreeSet::new(),
        })
    }

    pub(super) fn events(self) -> BTreeSet<StoreEvent> {
        self.events
    }

    pub(super) fn changed(&mut self, event: StoreEvent) {
        self.events.insert(event);
    }

    /// Writes a row when it is newer than the one held.
    pub(super) fn put(&mut self, seq: Seq, row: &Row) -> Result<(), StoreError> {
        if self.any_tombstone {
            let deleted = tombstone::get(self.db, row.kind(), row.id())?;
            match self.source {
                Source::Answer | Source::History if deleted.is_some_and(|deleted| seq <= deleted) => return Ok(()),
                _ if deleted.is_some() => tombstone::delete(self.db, row.kind(), row.id())?,
                _ => {}
            }
        }
        let (db, newer) = (self.db, self.newer());
        match row {
            Row::Conversation(row) => self.put_conversation(seq, row),
            Row::Message(row) => self.put_message(seq, row),
            Row::Contact(row) => {
                let written = contact::put(db, row, seq, newer)?;
                self.contact_changed(written, row.id)
            }
            Row::ReadMarker(row) => {
                let written = marker::put(db, *row, seq, newer)?;
                self.list_changed(written, row.conversation_id)
            }
            Row::Channel(row) => self.directory_changed(channel::put(db, row, seq, newer)?, RowKind::Channel),
            Row::Agent(row) => self.directory_changed(people::put_agent(db, row, seq, newer)?, RowKind::Agent),
            Row::Group(row) => self.directory_changed(people::put_group(db, row, seq, newer)?, RowKind::Group),
            Row::SavedReply(row) => {
                self.directory_changed(people::put_saved_reply(db, row, seq, newer)?, RowKind::SavedReply)
            }
            Row::Template(row) => self.directory_changed(template::put(db, row, seq, newer)?, RowKind::Template),
            Row::Tariff(row) => self.usage_changed(price::put_tariff(db, row, seq, newer)?),
            Row::Allowance(row) => self.usage_changed(price::put_allowance(db, row, seq, newer)?),
            Row::Ledger(row) => {
                let written = ledger::put(db, row, seq, newer)?;
                if written {
                    self.changed(StoreEvent::ConversationChanged(row.conversation_id));
                }
                self.usage_changed(written)
            }
        }
    }

    /// Removes a row unless a newer one is held, and remembers that it is gone.
    pub(super) fn delete(&mut self, seq: Seq, kind: RowKind, id: i64) -> Result<(), StoreError> {
        let db = self.db;
        match kind {
            RowKind::Conversation => return self.drop_conversation(ConversationId(id), seq),
            RowKind::Message => self.delete_message(seq, MessageId(id))?,
            RowKind::Contact => {
                let deleted = contact::delete(db, ContactId(id), seq)?;
                self.contact_changed(deleted, ContactId(id))?;
            }
            RowKind::ReadMarker => {
                let deleted = marker::delete(db, id, seq)?;
                self.list_changed(deleted, ConversationId(id))?;
            }
            RowKind::Channel => self.directory_changed(channel::delete(db, id, seq)?, kind)?,
            RowKind::Agent => self.directory_changed(people::delete_agent(db, id, seq)?, kind)?,
            RowKind::Group => self.directory_changed(people::delete_group(db, id, seq)?, kind)?,
            RowKind::SavedReply => self.directory_changed(people::delete_saved_reply(db, id, seq)?, kind)?,
            RowKind::Template => self.directory_changed(template::delete(db, id, seq)?, kind)?,
            RowKind::Tariff => self.usage_changed(price::delete_tariff(db, id, seq)?)?,
            RowKind::Allowance => self.usage_changed(price::delete_allowance(db, id, seq)?)?,
            RowKind::Ledger => self.usage_changed(ledger::delete(db, id, seq)?)?,
        }
        self.bury(kind, id, seq)
    }

    /// Removes a conversation with everything that belongs to it, unless a newer one is held:
    /// that one came back into view with a command's answer before the feed said it had left.
    pub(super) fn drop_conversation(&mut self, id: ConversationId, seq: Seq) -> Result<(), StoreError> {
        if self.versions(id)?.is_some_and(|held| held.seq > seq) {
            return Ok(());
        }
        message::delete_of(self.db, id, i64::MAX, seq)?;
        held_range::delete_of(self.db, id)?;
        snapshot::now_held(self.db, id)?;
        let deleted = conversation::delete(self.db, id)?;
        self.conversations.insert(id, None);
        self.bury(RowKind::Conversation, id.0, seq)?;
        self.list_changed(deleted, id)
    }

    fn put_conversation(&mut self, seq: Seq, row: &Conversation) -> Result<(), StoreError> {
        let held = self.versions(row.id)?;
        let fed = match self.source {
            Source::Feed | Source::Snapshot => (seq, row.messages_seq),
            Source::Answer | Source::History => match held {
                Some(held) => (held.fed_seq, held.fed_messages_seq),
                None => snapshot::not_held_versions(self.db, row.id)?.unwrap_or_default(),
            },
        };
        // A snapshot jumps over changes: unless the feed spoke of the same messages last, those
        // held are not to be trusted, however new the row itself is.
        if self.source == Source::Snapshot && held.is_none_or(|held| held.fed_messages_seq != row.messages_seq) {
            distrust(self.db, row.id)?;
        }
        if let Some(held) = held {
            if seq.0.saturating_add(self.newer().or_equal()) <= held.seq.0 {
                if fed != (held.fed_seq, held.fed_messages_seq) {
                    conversation::set_fed(self.db, row.id, fed)?;
                    let now = conversation::Versions { fed_seq: fed.0, fed_messages_seq: fed.1, ..held };
                    self.conversations.insert(row.id, Some(now));
                }
                return Ok(());
            }
            if row.visible_since > held.visible_since {
                // It left this agent's view and came back: what changed in between never came.
                message::delete_of(self.db, row.id, i64::MAX, row.visible_since)?;
                held_range::delete_of(self.db, row.id)?;
            }
        } else if self.source == Source::Answer {
            // Messages may be here without it. From the feed they may just have come before it, and
            // from a snapshot with it; an answer can be far ahead of both.
            message::delete_of(self.db, row.id, i64::MAX, row.visible_since)?;
        }
        conversation::put(self.db, row, seq, fed, held.is_some())?;
        let now =
            conversation::Versions { seq, fed_seq: fed.0, fed_messages_seq: fed.1, visible_since: row.visible_since };
        self.conversations.insert(row.id, Some(now));
        if self.any_not_held {
            snapshot::now_held(self.db, row.id)?;
        }
        self.list_changed(true, row.id)
    }

    fn put_message(&mut self, seq: Seq, row: &Message) -> Result<(), StoreError> {
        if self.is_of_another_view(seq, row)? {
            return Ok(());
        }
        let (newer, now) = (self.newer(), self.now);
        if self.messages.put(row, seq, newer, now)? {
            self.changed(StoreEvent::ConversationChanged(row.conversation_id));
        }
        Ok(())
    }

    /// Whether a message is older than the conversation's last coming into view. It may have
    /// changed or gone while out of view, and history brings it as it is now. An answer read
    /// before says nothing either; nor does the feed, where an answer showed the conversation
    /// come back before the feed got there.
    fn is_of_another_view(&mut self, seq: Seq, row: &Message) -> Result<bool, StoreError> {
        let id = row.conversation_id;
        match self.source {
            Source::Snapshot | Source::History => Ok(false),
            Source::Feed => Ok(self.in_view_since(id)?.is_some_and(|since| seq < since)),
            Source::Answer => {
                if self.any_tombstone && tombstone::get(self.db, RowKind::Conversation, id.0)?.is_some() {
                    return Ok(true);
                }
                let old = self.in_view_since(id)?.is_some_and(|since| seq < since);
                Ok(old && message::conversation_of(self.db, row.id)?.is_none())
            }
        }
    }

    fn in_view_since(&mut self, id: ConversationId) -> Result<Option<Seq>, StoreError> {
        Ok(self.versions(id)?.map(|held| held.visible_since))
    }

    /// The versions of a conversation that is held. Every message and every row of it asks.
    fn versions(&mut self, id: ConversationId) -> Result<Option<conversation::Versions>, StoreError> {
        if let Some(known) = self.conversations.get(&id) {
            return Ok(*known);
        }
        let held = conversation::versions(self.db, id)?;
        self.conversations.insert(id, held);
        Ok(held)
    }

    fn delete_message(&mut self, seq: Seq, id: MessageId) -> Result<(), StoreError> {
        if let Some((conversation, held)) = message::conversation_of(self.db, id)?
            && held < seq
        {
            message::delete(self.db, id)?;
            self.changed(StoreEvent::ConversationChanged(conversation));
        }
        Ok(())
    }

    fn bury(&mut self, kind: RowKind, id: i64, seq: Seq) -> Result<(), StoreError> {
        self.any_tombstone = true;
        tombstone::put(self.db, kind, id, seq)
    }

    /// On the feed a row must be newer. Elsewhere the same version is written again: a newer
    /// build may read more out of it than the one that wrote it.
    fn newer(&self) -> Newer {
        match self.source {
            Source::Feed => Newer::Strictly,
            Source::Snapshot | Source::Answer | Source::History => Newer::OrEqual,
        }
    }

    fn contact_changed(&mut self, written: bool, id: ContactId) -> Result<(), StoreError> {
        if written {
            // A customer has a conversation per channel, so this list is short.
            for conversation in conversation::of_contact(self.db, id, i64::MAX)? {
                self.list_changed(true, conversation)?;
            }
            self.changed(StoreEvent::DirectoryChanged(RowKind::Contact));
        }
        Ok(())
    }

    fn list_changed(&mut self, written: bool, id: ConversationId) -> Result<(), StoreError> {
        if written {
            self.changed(StoreEvent::InboxChanged);
            self.changed(StoreEvent::ConversationChanged(id));
        }
        Ok(())
    }

    fn directory_changed(&mut self, written: bool, kind: RowKind) -> Result<(), StoreError> {
        if written {
            self.changed(StoreEvent::DirectoryChanged(kind));
        }
        Ok(())
    }

    fn usage_changed(&mut self, written: bool) -> Result<(), StoreError> {
        if written {
            self.changed(StoreEvent::UsageChanged);
        }
        Ok(())
    }
}

/// Marks what is held of a conversation's messages as not to be trusted.
pub(super) fn distrust(db: &Connection, id: ConversationId) -> Result<(), StoreError> {
    let held = message::ids_between(db, id, 0, i64::MAX)?;
    let mut ranges = held_range::get(db, id)?;
    ranges.distrust(held.into_iter().map(|id| id.0));
    held_range::set(db, id, &ranges)
}
