//! `message` and the words it is found by.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rusqlite::{CachedStatement, Connection, Row, named_params, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Newer;
use crate::model::{
    AgentId, Author, ClientKey, ConversationId, DeliveryFact, DeliveryStatus, Message, MessageId, ProviderError, Seq,
};
use crate::rules::delivery::KnownFact;
use crate::store::StoreError;
use crate::store::column::{all, first, from_json, instant, json, maybe_instant, maybe_ms, ms, run};
use crate::store::search::{message_words, normal};

/// A message as held.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// The row.
    pub message: Message,
    /// Its version.
    pub seq: Seq,
    /// Its delivery reports, each with since when this device knows it.
    pub known: Vec<KnownFact>,
}

const BY_ID: &str = "
    SELECT id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at, deleted_at, delivery,
        attempt
    FROM message WHERE id = :id";

/// Newest first, older than a message.
const BEFORE: &str = "
    SELECT id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at, deleted_at, delivery,
        attempt
    FROM message WHERE conversation_id = :conversation_id AND id < :place ORDER BY id DESC LIMIT :limit";

/// Oldest first, newer than a message.
const AFTER: &str = "
    SELECT id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at, deleted_at, delivery,
        attempt
    FROM message WHERE conversation_id = :conversation_id AND id > :place ORDER BY id ASC LIMIT :limit";

const ID_BY_KEY: &str = "SELECT id FROM message WHERE client_key = :client_key ORDER BY id LIMIT 1";

const INSERT: &str = "
    INSERT INTO message (id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at,
                         deleted_at, delivery, attempt)
    VALUES (:id, :seq, :conversation_id, :client_key, :author, :author_id, :at, :content, :reply_to, :edited_at,
            :deleted_at, :delivery, :attempt)
    ON CONFLICT (id) DO NOTHING";

const NEWEST: &str = "SELECT max(id) FROM message";

const HELD: &str = "SELECT seq, content, delivery FROM message WHERE id = :id";

const UPDATE: &str = "
    UPDATE message SET seq = :seq, conversation_id = :conversation_id, client_key = :client_key, author = :author,
        author_id = :author_id, at = :at, content = :content, reply_to = :reply_to, edited_at = :edited_at,
        deleted_at = :deleted_at, delivery = :delivery, attempt = :attempt
    WHERE id = :id";

const CONVERSATION_OF: &str = "SELECT conversation_id, seq FROM message WHERE id = :id";

const IDS_BETWEEN: &str = "
    SELECT id FROM message WHERE conversation_id = :conversation_id AND id BETWEEN :first AND :last";

/// The newest message that may be evicted: old enough, and not among the newest few.
const EVICTABLE: &str = "
    SELECT id FROM message
    WHERE conversation_id = :conversation_id AND at < :before AND id <= (
        SELECT id FROM message WHERE conversation_id = :conversation_id ORDER BY id DESC LIMIT 1 OFFSET :keep)
    ORDER BY id DESC LIMIT 1";

/// Conversations of which messages are held and no row. Steps from one conversation to the next
/// in the index, whatever number of messages each has.
const ORPHANED: &str = "
    WITH RECURSIVE held (id) AS (
        SELECT min(conversation_id) FROM message
        UNION ALL
        SELECT (SELECT min(conversation_id) FROM message WHERE conversation_id > held.id)
        FROM held WHERE held.id IS NOT NULL)
    SELECT id FROM held WHERE id IS NOT NULL AND id NOT IN (SELECT id FROM conversation)";

const DELETE: &str = "DELETE FROM message WHERE id = :id";

/// Messages of a conversation up to an id and below a version, and their words first.
const DELETE_WORDS_OF: &str = "
    DELETE FROM message_words WHERE rowid IN (
        SELECT id FROM message WHERE conversation_id = :conversation_id AND id <= :last AND seq < :seq)";
const DELETE_OF: &str = "
    DELETE FROM message WHERE conversation_id = :conversation_id AND id <= :last AND seq < :seq";

const INSERT_WORDS: &str = "INSERT INTO message_words (rowid, words) VALUES (:id, :words)";
const DELETE_WORDS: &str = "DELETE FROM message_words WHERE rowid = :id";

pub(in crate::store) const SEARCH: &str = "
    SELECT m.id, m.conversation_id FROM message_words w CROSS JOIN message m ON m.id = w.rowid
    WHERE w.message_words MATCH :words ORDER BY w.rowid DESC LIMIT :limit";

/// A delivery report as it stands in its column.
#[derive(Serialize, Deserialize)]
struct Report<'a> {
    attempt: u32,
    status: Cow<'a, DeliveryStatus>,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, ProviderError>>,
    known: i64,
}

/// Writes messages. Messages are most of what the feed brings, so the statements of a new one are
/// kept at hand for a whole batch and bound by place, which spares looking up a dozen names a row.
pub(in crate::store) struct Writer<'a> {
    db: &'a Connection,
    insert: CachedStatement<'a>,
    insert_words: CachedStatement<'a>,
    /// A message with an id up to this one is most probably held, a later one is not.
    likely_held: MessageId,
}

impl<'a> Writer<'a> {
    /// For messages of which most are not held.
    pub(in crate::store) fn new(db: &'a Connection) -> Result<Self, StoreError> {
        let (insert, insert_words) = (db.prepare_cached(INSERT)?, db.prepare_cached(INSERT_WORDS)?);
        Ok(Self { db, insert, insert_words, likely_held: MessageId(0) })
    }

    /// For what happens to messages: new ones, which have the greatest ids, and reports on the others.
    pub(in crate::store) fn of_feed(db: &'a Connection) -> Result<Self, StoreError> {
        let newest = first(db, NEWEST, [], |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten();
        Ok(Self { likely_held: MessageId(newest.unwrap_or_default()), ..Self::new(db)? })
    }

    /// Writes a message when it is newer than the one held. A report that was known before keeps
    /// the instant at which it was first known here; a new one is first known at `now`.
    pub(in crate::store) fn put(
        &mut self,
        message: &Message,
        seq: Seq,
        newer: Newer,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let content = json(&message.content)?;
        // An insert fails by itself if there is such a message. It goes first where there is most
        // probably none, because either of the two costs something in vain.
        let tried = message.id > self.likely_held;
        if tried && self.insert(message, seq, &content, reports(message, None, now)?)? {
            self.index(message)?;
            return Ok(true);
        }
        let held = first(self.db, HELD, named_params! { ":id": message.id.0 }, |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?))
        })?;
        let Some((held_seq, held_content, held_reports)) = held else {
            if tried || !self.insert(message, seq, &content, reports(message, None, now)?)? {
                return Err(StoreError::Bug(0));
            }
            self.index(message)?;
            return Ok(true);
        };
        if seq.0.saturating_add(newer.or_equal()) <= held_seq {
            return Ok(false);
        }
        update(self.db, message, seq, &content, reports(message, held_reports.as_deref(), now)?)?;
        // Most changes are reports; the words stay, and the index is the dearest part of a row.
        if content != held_content {
            run(self.db, DELETE_WORDS, named_params! { ":id": message.id.0 })?;
            self.index(message)?;
        }
        Ok(true)
    }

    /// False when there is a row with this id.
    fn insert(
        &mut self,
        message: &Message,
        seq: Seq,
        content: &str,
        delivery: Option<String>,
    ) -> Result<bool, StoreError> {
        let (author, author_id) = author_columns(message.author);
        // In the order of the columns in the statement.
        let inserted = self.insert.execute(params![
            message.id.0,
            seq.0,
            message.conversation_id.0,
            message.client_key.map(|key| key.0.into_bytes()),
            author,
            author_id,
            ms(message.at),
            content,
            message.reply_to.map(|id| id.0),
            maybe_ms(message.edited_at),
            maybe_ms(message.deleted_at),
            delivery,
            message.attempt,
        ])?;
        Ok(inserted > 0)
    }

    fn index(&mut self, message: &Message) -> Result<(), StoreError> {
        let words = normal(&message_words(&message.content));
        if !words.is_empty() {
            self.insert_words.execute(params![message.id.0, words])?;
        }
        Ok(())
    }
}

fn update(
    db: &Connection,
    message: &Message,
    seq: Seq,
    content: &str,
    delivery: Option<String>,
) -> Result<(), StoreError> {
    let (author, author_id) = author_columns(message.author);
    run(
        db,
        UPDATE,
        named_params! {
            ":id": message.id.0,
            ":seq": seq.0,
            ":conversation_id": message.conversation_id.0,
            ":client_key": message.client_key.map(|key| key.0.into_bytes()),
            ":author": author,
            ":author_id": author_id,
            ":at": ms(message.at),
            ":content": content,
            ":reply_to": message.reply_to.map(|id| id.0),
            ":edited_at": maybe_ms(message.edited_at),
            ":deleted_at": maybe_ms(message.deleted_at),
            ":delivery": delivery,
            ":attempt": message.attempt,
        },
    )?;
    Ok(())
}

fn reports(message: &Message, held: Option<&str>, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
    if message.delivery.is_empty() {
        return Ok(None);
    }
    let held: Vec<Report<'_>> = held.map_or(Ok(Vec::new()), from_json)?;
    let known = |fact: &DeliveryFact| {
        held.iter()
            .find(|report| report.attempt == fact.attempt && *report.status == fact.status)
            .map_or(ms(now), |report| report.known)
    };
    let reports: Vec<Report<'_>> = message
        .delivery
        .iter()
        .map(|fact| Report {
            attempt: fact.attempt,
            status: Cow::Borrowed(&fact.status),
            at: ms(fact.at),
            error: fact.error.as_ref().map(Cow::Borrowed),
            known: known(fact),
        })
        .collect();
    json(&reports).map(Some)
}

fn author_columns(author: Author) -> (&'static str, Option<i64>) {
    match author {
        Author::Customer => ("customer", None),
        Author::Agent { id } => ("agent", Some(id.0)),
        Author::PhoneApp => ("phone_app", None),
        Author::Automation => ("automation", None),
        Author::System => ("system", None),
        Author::Unknown => ("unknown", None),
    }
}

fn author(by: &str, id: Option<i64>) -> Result<Author, StoreError> {
    Ok(match (by, id) {
        ("customer", None) => Author::Customer,
        ("agent", Some(id)) => Author::Agent { id: AgentId(id) },
        ("phone_app", None) => Author::PhoneApp,
        ("automation", None) => Author::Automation,
        ("system", None) => Author::System,
        ("unknown", None) => Author::Unknown,
        _ => return Err(StoreError::Corrupt),
    })
}

fn read(row: &Row<'_>) -> Result<StoredMessage, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(|_| StoreError::Corrupt);
    let reports: Vec<Report<'_>> = match row.get_ref(11)?.as_str_or_null().map_err(|_| StoreError::Corrupt)? {
        Some(reports) => from_json(reports)?,
        None => Vec::new(),
    };
    let known = reports
        .into_iter()
        .map(|report| {
            let fact = DeliveryFact {
                attempt: report.attempt,
                status: report.status.into_owned(),
                at: instant(report.at)?,
                error: report.error.map(Cow::into_owned),
            };
            Ok(KnownFact { fact, first_known_at: instant(report.known)? })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let message = Message {
        id: MessageId(row.get(0)?),
        conversation_id: ConversationId(row.get(2)?),
        client_key: row.get::<_, Option<[u8; 16]>>(3)?.map(|key| ClientKey(Uuid::from_bytes(key))),
        author: author(text(4)?, row.get(5)?)?,
        at: instant(row.get(6)?)?,
        content: from_json(text(7)?)?,
        reply_to: row.get::<_, Option<i64>>(8)?.map(MessageId),
        edited_at: maybe_instant(row.get(9)?)?,
        deleted_at: maybe_instant(row.get(10)?)?,
        attempt: row.get(12)?,
        delivery: known.iter().map(|known| known.fact.clone()).collect(),
    };
    Ok(StoredMessage { message, seq: Seq(row.get(1)?), known })
}

pub(in crate::store) fn get(db: &Connection, id: MessageId) -> Result<Option<StoredMessage>, StoreError> {
    first(db, BY_ID, named_params! { ":id": id.0 }, read)
}

pub(in crate::store) fn id_by_key(db: &Connection, key: ClientKey) -> Result<Option<MessageId>, StoreError> {
    first(db, ID_BY_KEY, named_params! { ":client_key": key.0.into_bytes() }, |row| Ok(MessageId(row.get(0)?)))
}

/// Newest first, with ids below `place`.
pub(in crate::store) fn before(
    db: &Connection,
    conversation: ConversationId,
    place: i64,
    limit: i64,
) -> Result<Vec<StoredMessage>, StoreError> {
    all(db, BEFORE, named_params! { ":conversation_id": conversation.0, ":place": place, ":limit": limit }, read)
}

/// Oldest first, with ids above `place`.
pub(in crate::store) fn after(
    db: &Connection,
    conversation: ConversationId,
    place: i64,
    limit: i64,
) -> Result<Vec<StoredMessage>, StoreError> {
    all(db, AFTER, named_params! { ":conversation_id": conversation.0, ":place": place, ":limit": limit }, read)
}

/// The conversation of a message, and the version held.
pub(in crate::store) fn conversation_of(
    db: &Connection,
    id: MessageId,
) -> Result<Option<(ConversationId, Seq)>, StoreError> {
    first(db, CONVERSATION_OF, named_params! { ":id": id.0 }, |row| Ok((ConversationId(row.get(0)?), Seq(row.get(1)?))))
}

pub(in crate::store) fn ids_between(
    db: &Connection,
    conversation: ConversationId,
    first_id: i64,
    last_id: i64,
) -> Result<Vec<MessageId>, StoreError> {
    let params = named_params! { ":conversation_id": conversation.0, ":first": first_id, ":last": last_id };
    all(db, IDS_BETWEEN, params, |row| Ok(MessageId(row.get(0)?)))
}

pub(in crate::store) fn evictable(
    db: &Connection,
    conversation: ConversationId,
    before: DateTime<Utc>,
    keep: u32,
) -> Result<Option<MessageId>, StoreError> {
    let params = named_params! { ":conversation_id": conversation.0, ":before": ms(before), ":keep": keep };
    first(db, EVICTABLE, params, |row| Ok(MessageId(row.get(0)?)))
}

pub(in crate::store) fn orphaned(db: &Connection) -> Result<Vec<ConversationId>, StoreError> {
    all(db, ORPHANED, [], |row| Ok(ConversationId(row.get(0)?)))
}

pub(in crate::store) fn delete(db: &Connection, id: MessageId) -> Result<bool, StoreError> {
    run(db, DELETE_WORDS, named_params! { ":id": id.0 })?;
    Ok(run(db, DELETE, named_params! { ":id": id.0 })? > 0)
}

/// Deletes the messages of a conversation with an id up to `last` and a version below `seq`.
pub(in crate::store) fn delete_of(
    db: &Connection,
    conversation: ConversationId,
    last: i64,
    seq: Seq,
) -> Result<(), StoreError> {
    let params = named_params! { ":conversation_id": conversation.0, ":last": last, ":seq": seq.0 };
    run(db, DELETE_WORDS_OF, params)?;
    run(db, DELETE_OF, params)?;
    Ok(())
}

#[cfg(test)]
pub(in crate::store) const HOT: &[(&str, &str)] = &[
    ("one message", BY_ID),
    ("older messages", BEFORE),
    ("newer messages", AFTER),
    ("a command's message", ID_BY_KEY),
    ("a stretch of messages", IDS_BETWEEN),
    ("words", SEARCH),
];
