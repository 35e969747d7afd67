//! Pages of the feed into tables.

use riposte::model::{self, Row, Versioned};
use riposte::store::bench;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use uuid::Uuid;

use super::wire::{Contact, Conversation, Message, Page, ReadMarker, Report};
use crate::Outcome;

const INSERT_MESSAGE: &str = "
    INSERT INTO message (id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at,
                         deleted_at, delivery, attempt)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT (id) DO NOTHING";
const HELD_MESSAGE: &str = "SELECT content, delivery FROM message WHERE id = ?1 AND seq < ?2";
const UPDATE_MESSAGE: &str = "
    UPDATE message SET seq = ?2, conversation_id = ?3, client_key = ?4, author = ?5, author_id = ?6, at = ?7,
        content = ?8, reply_to = ?9, edited_at = ?10, deleted_at = ?11, delivery = ?12, attempt = ?13
    WHERE id = ?1";
const INSERT_WORDS: &str = "INSERT INTO message_words (rowid, words) VALUES (?1, ?2)";
const DELETE_WORDS: &str = "DELETE FROM message_words WHERE rowid = ?1";
const PUT_CONVERSATION: &str = "
    INSERT INTO conversation (id, seq, fed_seq, fed_messages_seq, channel_id, contact_id, open, assignee, agent_group,
                              activity_at, preview, last_customer_message_id, waiting_since, last_customer_at,
                              opened_at, refused_at, free_until, cover, visible_since, messages_seq, window_said)
    VALUES (?1, ?2, ?2, ?18, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
    ON CONFLICT (id) DO UPDATE SET
        seq = excluded.seq, fed_seq = excluded.fed_seq, fed_messages_seq = excluded.fed_messages_seq,
        channel_id = excluded.channel_id, contact_id = excluded.contact_id, open = excluded.open,
        assignee = excluded.assignee, agent_group = excluded.agent_group, activity_at = excluded.activity_at,
        preview = excluded.preview, last_customer_message_id = excluded.last_customer_message_id,
        waiting_since = excluded.waiting_since, last_customer_at = excluded.last_customer_at,
        opened_at = excluded.opened_at, refused_at = excluded.refused_at, free_until = excluded.free_until,
        cover = excluded.cover, visible_since = excluded.visible_since, messages_seq = excluded.messages_seq,
        window_said = excluded.window_said
    WHERE excluded.seq > conversation.seq";
const PUT_CONTACT: &str = "
    INSERT INTO contact (id, seq, name, phone, bsuid, username, language, attributes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING";
const INSERT_CONTACT_WORDS: &str = "INSERT INTO contact_words (rowid, words) VALUES (?1, ?2)";
const PUT_MARKER: &str = "
    INSERT INTO read_marker (conversation_id, seq, up_to) VALUES (?1, ?2, ?3)
    ON CONFLICT (conversation_id) DO UPDATE SET seq = excluded.seq, up_to = excluded.up_to
    WHERE excluded.seq > read_marker.seq";

pub(super) fn page(db: &Connection, json: &[u8], now_ms: i64) -> Outcome<()> {
    let page: Page<'_> = serde_json::from_slice(json)?;
    let mut messages = Messages::new(db)?;
    let mut put_conversation = db.prepare_cached(PUT_CONVERSATION)?;
    let mut put_contact = db.prepare_cached(PUT_CONTACT)?;
    let mut put_marker = db.prepare_cached(PUT_MARKER)?;
    for item in &page.items {
        let data = item.data.get();
        match item.kind {
            "message" => messages.put(item.seq, &serde_json::from_str(data)?, now_ms)?,
            "conversation" => conversation(&mut put_conversation, item.seq, &serde_json::from_str(data)?)?,
            "contact" => contact(db, &mut put_contact, item.seq, data)?,
            "read_marker" => {
                let row: ReadMarker = serde_json::from_str(data)?;
                put_marker.execute(params![row.conversation_id, item.seq, row.up_to])?;
            }
            other => return Err(format!("the feed of this bench has no {other}").into()),
        }
    }
    db.prepare_cached("UPDATE feed SET cursor = ?1 WHERE one = 1")?.execute([page.to])?;
    Ok(())
}

struct Messages<'a> {
    db: &'a Connection,
    insert: CachedStatement<'a>,
    insert_words: CachedStatement<'a>,
}

impl<'a> Messages<'a> {
    fn new(db: &'a Connection) -> Outcome<Self> {
        Ok(Self { db, insert: db.prepare_cached(INSERT_MESSAGE)?, insert_words: db.prepare_cached(INSERT_WORDS)? })
    }

    fn put(&mut self, seq: i64, row: &Message<'_>, now_ms: i64) -> Outcome<()> {
        let key = row.client_key.map(Uuid::parse_str).transpose()?.map(Uuid::into_bytes);
        let delivery = reports(&row.delivery, None, now_ms)?;
        let content = row.content.get();
        let inserted = self.insert.execute(params![
            row.id,
            seq,
            row.conversation_id,
            key,
            row.author.by,
            row.author.id,
            row.at,
            content,
            row.reply_to,
            row.edited_at,
            row.deleted_at,
            delivery,
            row.attempt.unwrap_or(1),
        ])?;
        if inserted > 0 {
            return self.index(row.id, content);
        }
        let held: Option<(String, Option<String>)> = self
            .db
            .prepare_cached(HELD_MESSAGE)?
            .query_row(params![row.id, seq], |held| Ok((held.get(0)?, held.get(1)?)))
            .optional()?;
        let Some((held_content, held_delivery)) = held else { return Ok(()) };
        let delivery = reports(&row.delivery, held_delivery.as_deref(), now_ms)?;
        self.db.prepare_cached(UPDATE_MESSAGE)?.execute(params![
            row.id,
            seq,
            row.conversation_id,
            key,
            row.author.by,
            row.author.id,
            row.at,
            content,
            row.reply_to,
            row.edited_at,
            row.deleted_at,
            delivery,
            row.attempt.unwrap_or(1),
        ])?;
        if content != held_content {
            self.db.prepare_cached(DELETE_WORDS)?.execute([row.id])?;
            self.index(row.id, content)?;
        }
        Ok(())
    }

    fn index(&mut self, id: i64, content: &str) -> Outcome<()> {
        let words = bench::message_words(&serde_json::from_str(content)?);
        if !words.is_empty() {
            self.insert_words.execute(params![id, words])?;
        }
        Ok(())
    }
}

/// The reports as they stand in their column: what was known before keeps since when.
fn reports(reports: &[Report<'_>], held: Option<&str>, now_ms: i64) -> Outcome<Option<String>> {
    if reports.is_empty() {
        return Ok(None);
    }
    let held: Vec<Report<'_>> = held.map_or(Ok(Vec::new()), serde_json::from_str)?;
    let known = |report: &Report<'_>| {
        let same = |held: &&Report<'_>| held.attempt == report.attempt && held.status == report.status;
        held.iter().find(same).map_or(now_ms, |held| held.known)
    };
    let with_known: Vec<Report<'_>> = reports.iter().map(|report| Report { known: known(report), ..*report }).collect();
    Ok(Some(serde_json::to_string(&with_known)?))
}

fn conversation(put: &mut CachedStatement<'_>, seq: i64, row: &Conversation<'_>) -> Outcome<()> {
    put.execute(params![
        row.id,
        seq,
        row.channel_id,
        row.contact_id,
        row.open,
        row.assignee,
        row.group,
        row.activity_at,
        row.preview.map(|json| json.get()),
        row.last_customer_message_id,
        row.waiting_since,
        row.window.last_customer_at,
        row.window.opened_at,
        row.window.refused_at,
        row.window.free_until,
        row.cover.map(|json| json.get()),
        row.visible_since,
        row.messages_seq,
        row.window.said.map(|json| json.get()),
    ])?;
    Ok(())
}

fn contact(db: &Connection, put: &mut CachedStatement<'_>, seq: i64, data: &str) -> Outcome<()> {
    let row: Contact<'_> = serde_json::from_str(data)?;
    let attributes = row.attributes.map_or("{}", |json| json.get());
    let inserted =
        put.execute(params![row.id, seq, row.name, row.phone, row.bsuid, row.username, row.language, attributes])?;
    if inserted > 0 {
        let words = bench::contact_words(&serde_json::from_str::<model::Contact>(data)?);
        db.prepare_cached(INSERT_CONTACT_WORDS)?.execute(params![row.id, words])?;
    }
    Ok(())
}

/// The directories are a handful of rows and are in no measurement: plainly written.
pub(super) fn directories(db: &Connection, rows: &[Versioned]) -> Outcome<()> {
    for Versioned { seq, row } in rows {
        let seq = seq.0;
        match row {
            Row::Channel(row) => db.execute(
                "INSERT INTO channel (id, seq, kind, name, address, state, policy, capabilities, tariff)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    row.id.0,
                    seq,
                    word(&row.kind)?,
                    row.name,
                    row.address,
                    word(&row.state)?,
                    serde_json::to_string(&row.window)?,
                    serde_json::to_string(&row.capabilities)?,
                    row.tariff.map(|id| id.0)
                ],
            )?,
            Row::Agent(row) => db.execute(
                "INSERT INTO agent (id, seq, name, status, status_since, administrator, member_of)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    row.id.0,
                    seq,
                    row.name,
                    word(&row.status)?,
                    row.status_since.timestamp_millis(),
                    row.administrator,
                    serde_json::to_string(&row.groups)?
                ],
            )?,
            Row::Group(row) => db.execute(
                "INSERT INTO agent_group (id, seq, name, public) VALUES (?1, ?2, ?3, ?4)",
                params![row.id.0, seq, row.name, row.public],
            )?,
            Row::SavedReply(row) => db.execute(
                "INSERT INTO saved_reply (id, seq, title, body) VALUES (?1, ?2, ?3, ?4)",
                params![row.id.0, seq, row.title, row.text],
            )?,
            Row::Template(row) => db.execute(
                "INSERT INTO template (id, seq, channel_id, name, language, category, source, status, components)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    row.id.0,
                    seq,
                    row.channel_id.0,
                    row.name,
                    row.language,
                    word(&row.category)?,
                    word(&row.source)?,
                    word(&row.status)?,
                    serde_json::to_string(&row.components)?
                ],
            )?,
            other => return Err(format!("no directory: {:?}", other.kind()).into()),
        };
    }
    Ok(())
}

fn word<T: serde::Serialize>(value: &T) -> Outcome<String> {
    Ok(serde_json::from_str(&serde_json::to_string(value)?)?)
}
