//! Tests of the store as a whole, and the makers that the tests of its parts share.

mod closing;
mod damage;
mod epochs;
mod events;
mod frozen;
mod models;
mod moments;
mod opening;
mod plans;

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, TransactionBehavior};

use super::apply::{SnapshotPart, apply_snapshot};
use super::{CacheReader, CacheWriter, StoreError, StoreEvent, open};
use crate::model::{
    Author, Change, ChannelAccount, ChannelCapabilities, ChannelId, ChannelKind, ChannelState, Contact, ContactId,
    Content, Conversation, ConversationId, Cursor, DeliveryFact, DeliveryStatus, HeldFrom, Message, MessageId, Op,
    ReadMarker, Row, RowKind, Seq, Versioned, VisibleConversation, WindowFacts, WindowPolicy,
};

/// Minutes after nine in the morning.
pub(super) fn at(minute: i64) -> DateTime<Utc> {
    let nine: DateTime<Utc> = "2026-11-02T09:00:00Z".parse().unwrap();
    nine + TimeDelta::minutes(minute)
}

/// The instant at which these phones learn things.
pub(super) fn now() -> DateTime<Utc> {
    at(600)
}

pub(super) fn cursor(n: i64) -> Cursor {
    Cursor(format!("e7.{n}"))
}

pub(super) fn conversation(id: i64) -> Conversation {
    Conversation {
        id: ConversationId(id),
        channel_id: ChannelId(1),
        contact_id: ContactId(id),
        open: true,
        assignee: None,
        group: None,
        activity_at: at(id),
        preview: None,
        last_customer_message_id: None,
        waiting_since: None,
        window: WindowFacts::default(),
        cover: None,
        visible_since: Seq(0),
        messages_seq: Seq(0),
        joined: Vec::new(),
    }
}

pub(super) fn message(id: i64, conversation: i64) -> Message {
    Message {
        id: MessageId(id),
        conversation_id: ConversationId(conversation),
        client_key: None,
        author: Author::Customer,
        at: at(id),
        content: Content::Text { body: format!("words {id}") },
        reply_to: None,
        edited_at: None,
        deleted_at: None,
        attempt: 1,
        delivery: Vec::new(),
    }
}

pub(super) fn saying(message: Message, body: &str) -> Message {
    Message { content: Content::Text { body: body.to_owned() }, ..message }
}

pub(super) fn contact(id: i64, name: &str, phone: Option<&str>) -> Contact {
    Contact {
        id: ContactId(id),
        name: name.to_owned(),
        phone: phone.map(str::to_owned),
        bsuid: None,
        username: None,
        language: None,
        attributes: [("city".to_owned(), "Lyon".to_owned())].into(),
    }
}

pub(super) fn channel(id: i64, kind: ChannelKind, window_hours: Option<i64>) -> ChannelAccount {
    ChannelAccount {
        id: ChannelId(id),
        kind,
        name: "Atelier Nord".to_owned(),
        address: None,
        state: ChannelState::Connected,
        notice: None,
        window: WindowPolicy {
            length_ms: window_hours.map(|hours| hours * 3_600_000),
            human_agent_ms: None,
            reactions_count: false,
            unsupported_counts: true,
            request_welcome_counts: false,
            number_change_keeps_window: false,
        },
        capabilities: ChannelCapabilities::default(),
        tariff: None,
    }
}

pub(super) fn report(status: DeliveryStatus, minute: i64) -> DeliveryFact {
    DeliveryFact { attempt: 1, status, at: at(minute), error: None }
}

pub(super) fn marker(conversation: i64, up_to: i64) -> Row {
    Row::ReadMarker(ReadMarker { conversation_id: ConversationId(conversation), up_to: MessageId(up_to) })
}

pub(super) fn put(seq: i64, row: impl Into<Row>) -> Change {
    Change { seq: Seq(seq), op: Op::Put(row.into()) }
}

pub(super) fn del(seq: i64, kind: RowKind, id: i64) -> Change {
    Change { seq: Seq(seq), op: Op::Delete { kind, id } }
}

pub(super) fn row(seq: i64, row: impl Into<Row>) -> Versioned {
    Versioned { seq: Seq(seq), row: row.into() }
}

impl From<Conversation> for Row {
    fn from(row: Conversation) -> Self {
        Self::Conversation(row)
    }
}

impl From<Message> for Row {
    fn from(row: Message) -> Self {
        Self::Message(row)
    }
}

impl From<Contact> for Row {
    fn from(row: Contact) -> Self {
        Self::Contact(row)
    }
}

impl From<ChannelAccount> for Row {
    fn from(row: ChannelAccount) -> Self {
        Self::Channel(row)
    }
}

/// A whole snapshot on one page: everything is visible, nothing claimed.
pub(super) fn snapshot(at: i64, rows: Vec<Versioned>) -> SnapshotPart {
    let visible = rows
        .iter()
        .filter_map(|row| match &row.row {
            Row::Conversation(conversation) => Some(listed(conversation.id.0, row.seq.0, conversation.messages_seq.0)),
            _ => None,
        })
        .collect();
    SnapshotPart {
        asked: None,
        epoch: "e7".to_owned(),
        at: cursor(at),
        next: None,
        rows,
        newest: Vec::new(),
        visible,
        complete: true,
    }
}

pub(super) fn listed(id: i64, seq: i64, messages_seq: i64) -> VisibleConversation {
    VisibleConversation { id: ConversationId(id), seq: Seq(seq), messages_seq: Seq(messages_seq) }
}

pub(super) fn held_from(conversation: i64, from: Option<i64>) -> HeldFrom {
    HeldFrom { conversation_id: ConversationId(conversation), from: from.map(MessageId) }
}

/// A cache without its handle, and without a file: what is tested with it does not depend on one.
pub(super) struct Cache {
    pub(super) db: Connection,
}

impl Cache {
    /// Before the first snapshot.
    pub(super) fn blank() -> Self {
        Self { db: open::writer(Path::new(":memory:"), &open::CACHE).unwrap() }
    }

    /// After a snapshot of nothing, at cursor 0.
    pub(super) fn empty() -> Self {
        let mut cache = Self::blank();
        cache.snapshot(&snapshot(0, Vec::new())).unwrap();
        cache
    }

    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut CacheWriter<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&mut CacheWriter::new(&transaction))?;
        transaction.commit()?;
        Ok(value)
    }

    pub(super) fn read(&self) -> CacheReader<'_> {
        CacheReader::new(&self.db)
    }

    /// What `work` changed, as the handle publishes it after the commit.
    pub(super) fn changes(
        &mut self,
        work: impl FnOnce(&mut CacheWriter<'_>) -> Result<(), StoreError>,
    ) -> Result<Vec<StoreEvent>, StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = CacheWriter::new(&transaction);
        work(&mut writer)?;
        let events = writer.into_events();
        transaction.commit()?;
        Ok(events.into_iter().collect())
    }

    /// The page that follows what is held, up to the last of its items.
    pub(super) fn page(&mut self, items: &[Change]) -> Vec<StoreEvent> {
        let from = self.read().cursor().unwrap().unwrap();
        let to = items.last().map_or(from.clone(), |item| cursor(item.seq.0));
        self.changes(|cache| cache.apply_page(&from, &to, items, now())).unwrap()
    }

    pub(super) fn rows(&mut self, rows: &[Versioned]) -> Vec<StoreEvent> {
        self.changes(|cache| cache.apply_rows(rows, now())).unwrap()
    }

    pub(super) fn snapshot(&mut self, part: &SnapshotPart) -> Result<Vec<StoreEvent>, StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let events = apply_snapshot(&transaction, part, now())?;
        transaction.commit()?;
        Ok(events.into_iter().collect())
    }

    /// Every row of every table, so that two caches can be compared.
    pub(super) fn dump(&self) -> Vec<String> {
        // The index itself has no content to be read; which rows it has stands in its docsize tables.
        let mut tables = self
            .db
            .prepare(
                "SELECT name, 'SELECT * FROM ' || name || ' ORDER BY 1, 2' FROM sqlite_schema
                 WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND (name NOT LIKE '%\\_words%' ESCAPE '\\')
                 UNION ALL VALUES ('message words', 'SELECT id, 0 FROM message_words_docsize ORDER BY 1'),
                                  ('contact words', 'SELECT id, 0 FROM contact_words_docsize ORDER BY 1')",
            )
            .unwrap();
        let tables: Vec<(String, String)> =
            tables.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
        let mut lines = Vec::new();
        for (name, statement) in tables {
            let mut statement = self.db.prepare(&statement).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let values: Vec<Value> = (0..columns).map(|column| row.get(column).unwrap()).collect();
                lines.push(format!("{name} {values:?}"));
            }
        }
        lines
    }
}
