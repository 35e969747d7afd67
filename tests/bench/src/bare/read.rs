//! Rows out of tables, read into records of the same types as ours where a column holds JSON.

use riposte::model::{ChannelCapabilities, Content, PaidCover, Preview, ServerWindow, WindowPolicy};
use riposte::store::bench;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;

use super::Bare;
use crate::Outcome;

const PAGE: &str = "
    SELECT id, seq, conversation_id, client_key, author, author_id, at, content, reply_to, edited_at, deleted_at, delivery,
           attempt
    FROM message WHERE conversation_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
const INBOX: &str = "
    SELECT c.id, c.seq, c.fed_seq, c.channel_id, c.contact_id, c.open, c.assignee, c.agent_group, c.activity_at,
           c.preview, c.last_customer_message_id, c.waiting_since, c.last_customer_at, c.opened_at, c.refused_at,
           c.free_until, c.cover, c.visible_since, c.messages_seq, m.up_to,
           c.window_said, p.name, p.phone, p.bsuid, p.username, p.language, p.attributes
    FROM conversation c LEFT JOIN read_marker m ON m.conversation_id = c.id LEFT JOIN contact p ON p.id = c.contact_id
    WHERE c.open = 1 ORDER BY c.activity_at DESC, c.id DESC LIMIT ?1";
const CONVERSATION: &str = "
    SELECT c.id, c.seq, c.fed_seq, c.channel_id, c.contact_id, c.open, c.assignee, c.agent_group, c.activity_at,
           c.preview, c.last_customer_message_id, c.waiting_since, c.last_customer_at, c.opened_at, c.refused_at,
           c.free_until, c.cover, c.visible_since, c.messages_seq, m.up_to,
           c.window_said, p.name, p.phone, p.bsuid, p.username, p.language, p.attributes
    FROM conversation c LEFT JOIN read_marker m ON m.conversation_id = c.id LEFT JOIN contact p ON p.id = c.contact_id
    WHERE c.id = ?1";
const CHANNELS: &str = "SELECT id, kind, name, address, state, policy, capabilities, tariff FROM channel";
const AGENTS: &str = "
    SELECT id, name, status, status_since, administrator, member_of FROM agent ORDER BY name, id";
const GROUPS: &str = "SELECT id, name, public FROM agent_group ORDER BY name, id";
const ALLOWANCES: &str = "SELECT id, kind, total, units_left, until FROM allowance ORDER BY id";
const LEDGER: &str = "
    SELECT id, message_id, at, kind, price_micros, price_currency, state FROM ledger
    WHERE conversation_id = ?1 ORDER BY at, id";
const RANGES: &str = "SELECT first, last, stale FROM held_range WHERE conversation_id = ?1 ORDER BY first";
const MESSAGES_WITH: &str = "
    SELECT m.id, m.conversation_id FROM message_words w CROSS JOIN message m ON m.id = w.rowid
    WHERE w.message_words MATCH ?1 ORDER BY w.rowid DESC LIMIT ?2";
const CONTACTS_WITH: &str = "
    SELECT c.id FROM contact_words w CROSS JOIN conversation c ON c.contact_id = w.rowid
    WHERE w.contact_words MATCH ?1 ORDER BY w.rowid DESC LIMIT ?2";
const FOUND_MESSAGE: &str = "
    SELECT m.at, m.content, p.name, ch.kind, ch.name FROM message m JOIN conversation c ON c.id = m.conversation_id
    LEFT JOIN contact p ON p.id = c.contact_id LEFT JOIN channel ch ON ch.id = c.channel_id WHERE m.id = ?1";
const FOUND_CONVERSATION: &str = "
    SELECT c.activity_at, c.preview, p.name, ch.kind, ch.name FROM conversation c
    LEFT JOIN contact p ON p.id = c.contact_id LEFT JOIN channel ch ON ch.id = c.channel_id WHERE c.id = ?1";
const WAITING: &str = "
    SELECT position, key, once_key, conversation_id, command, epoch, created_at, attempts, state, file
    FROM command ORDER BY position";
const DRAFT: &str = "SELECT body, reply_to FROM draft WHERE conversation_id = ?1";

/// A message as a screen needs it. Fields are read and not used: reading them is the work.
#[expect(dead_code, reason = "reading is what is measured")]
pub(crate) struct Message {
    id: i64,
    seq: i64,
    conversation: i64,
    key: Option<[u8; 16]>,
    author: String,
    author_id: Option<i64>,
    at: i64,
    content: Content,
    reply_to: Option<i64>,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    delivery: Vec<Report>,
    attempt: u32,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "reading is what is measured")]
struct Report {
    attempt: u32,
    status: String,
    at: i64,
    known: i64,
}

/// A conversation as a list needs it.
#[expect(dead_code, reason = "reading is what is measured")]
pub(crate) struct Conversation {
    numbers: [Option<i64>; 17],
    preview: Option<Preview>,
    cover: Option<PaidCover>,
    window_said: Option<ServerWindow>,
    contact: [Option<String>; 6],
}

impl Bare {
    /// The newest messages of a conversation, one more than asked for.
    pub(crate) fn page(&self, conversation: i64, limit: i64) -> Outcome<Vec<Message>> {
        let mut statement = self.db.prepare_cached(PAGE)?;
        let mut rows = statement.query(params![conversation, i64::MAX, limit + 1])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            page.push(Message {
                id: row.get(0)?,
                seq: row.get(1)?,
                conversation: row.get(2)?,
                key: row.get(3)?,
                author: row.get(4)?,
                author_id: row.get(5)?,
                at: row.get(6)?,
                content: serde_json::from_str(row.get_ref(7)?.as_str()?)?,
                reply_to: row.get(8)?,
                edited_at: row.get(9)?,
                deleted_at: row.get(10)?,
                delivery: match row.get_ref(11)?.as_str_or_null()? {
                    Some(json) => serde_json::from_str(json)?,
                    None => Vec::new(),
                },
                attempt: row.get(12)?,
            });
        }
        Ok(page)
    }

    /// The first page of the inbox with the names in it, one row more than asked for.
    pub(crate) fn inbox(&self, limit: i64) -> Outcome<Vec<Conversation>> {
        let page = all(&self.db, INBOX, [limit + 1], conversation)?;
        self.directories()?;
        Ok(page)
    }

    fn directories(&self) -> Outcome<()> {
        all(&self.db, CHANNELS, [], |row| {
            let policy: WindowPolicy = serde_json::from_str(row.get_ref(5)?.as_str()?)?;
            let capabilities: ChannelCapabilities = serde_json::from_str(row.get_ref(6)?.as_str()?)?;
            Ok((strings::<4>(row, 1)?, policy, capabilities, row.get::<_, Option<i64>>(7)?))
        })?;
        all(&self.db, AGENTS, [], |row| {
            let groups: Vec<i64> = serde_json::from_str(row.get_ref(5)?.as_str()?)?;
            Ok((strings::<2>(row, 1)?, row.get::<_, i64>(3)?, groups))
        })?;
        all(&self.db, GROUPS, [], |row| Ok((row.get::<_, i64>(0)?, strings::<1>(row, 1)?)))?;
        Ok(())
    }

    /// Everything that stands on the screen of one conversation. `outbox` holds what waits.
    pub(crate) fn screen(&self, outbox: &Self, id: i64, limit: i64) -> Outcome<usize> {
        all(&outbox.db, WAITING, [], |row| Ok((row.get::<_, i64>(0)?, strings::<1>(row, 4)?)))?;
        outbox.db.prepare_cached(DRAFT)?.query_row([id], |row| row.get::<_, String>(0)).optional()?;
        // Of one moment, as a screen must be.
        let moment = self.db.unchecked_transaction()?;
        all(&self.db, CONVERSATION, [id], conversation)?;
        let messages = self.page(id, limit)?.len();
        all(&self.db, RANGES, [id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        all(&self.db, LEDGER, [id], |row| Ok(row.get::<_, i64>(0)?))?;
        all(&self.db, ALLOWANCES, [], |row| Ok(row.get::<_, i64>(0)?))?;
        self.directories()?;
        moment.finish()?;
        Ok(messages)
    }

    /// What a text finds: customers, then messages.
    pub(crate) fn search(&self, text: &str, limit: i64) -> Outcome<(Vec<i64>, Vec<i64>)> {
        let (contacts, messages) = bench::questions(text);
        let found = |statement: &str, words: Option<String>, limit: i64| match words {
            Some(words) => all(&self.db, statement, params![words, limit], |row| Ok(row.get::<_, i64>(0)?)),
            None => Ok(Vec::new()),
        };
        let conversations = found(CONTACTS_WITH, contacts, limit)?;
        let left = limit - i64::try_from(conversations.len()).unwrap_or(0);
        Ok((conversations, found(MESSAGES_WITH, messages, left)?))
    }

    /// The same with what a list of hits shows of each.
    pub(crate) fn search_shown(&self, text: &str, limit: i64) -> Outcome<usize> {
        let (conversations, messages) = self.search(text, limit)?;
        for id in &conversations {
            all(&self.db, FOUND_CONVERSATION, [id], |row| {
                let preview: Option<Preview> =
                    row.get_ref(1)?.as_str_or_null()?.map(serde_json::from_str).transpose()?;
                Ok((row.get::<_, i64>(0)?, preview, strings::<3>(row, 2)?))
            })?;
        }
        for id in &messages {
            all(&self.db, FOUND_MESSAGE, [id], |row| {
                let content: Content = serde_json::from_str(row.get_ref(1)?.as_str()?)?;
                Ok((row.get::<_, i64>(0)?, content, strings::<3>(row, 2)?))
            })?;
        }
        Ok(conversations.len() + messages.len())
    }
}

fn conversation(row: &Row<'_>) -> Outcome<Conversation> {
    // All but the two columns of JSON.
    let places = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 17, 18];
    let mut numbers = [None; 17];
    for (number, place) in numbers.iter_mut().zip(places) {
        *number = row.get(place)?;
    }
    Ok(Conversation {
        numbers,
        preview: row.get_ref(9)?.as_str_or_null()?.map(serde_json::from_str).transpose()?,
        cover: row.get_ref(16)?.as_str_or_null()?.map(serde_json::from_str).transpose()?,
        window_said: row.get_ref(20)?.as_str_or_null()?.map(serde_json::from_str).transpose()?,
        contact: strings(row, 21)?,
    })
}

/// So many columns of text, from one on.
fn strings<const N: usize>(row: &Row<'_>, from: usize) -> Outcome<[Option<String>; N]> {
    let mut texts = [const { None }; N];
    for (text, place) in texts.iter_mut().zip(from..) {
        *text = row.get(place)?;
    }
    Ok(texts)
}

fn all<T>(
    db: &Connection,
    statement: &str,
    params: impl rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Outcome<T>,
) -> Outcome<Vec<T>> {
    let mut statement = db.prepare_cached(statement)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}
