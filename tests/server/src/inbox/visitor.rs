use riposte::model::{ChannelKind, Message};
use rusqlite::{Connection, params};

use super::{channel, contact, conversation};
use crate::db::DbError;
use crate::db::text::from_json;

/// Messages of one answer: a page that asks again gets the rest.
const MOST: i64 = 200;

/// A message of ours, as a visitor of the web site reads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VisitorMessage {
    /// Its id; later ones are greater.
    pub id: i64,
    /// When it was written, in milliseconds UTC.
    pub at: i64,
    /// What it says.
    pub text: String,
}

/// What we wrote to a visitor since a message. Comments stay with us.
pub(super) fn messages(
    db: &Connection,
    account: &str,
    visitor: &str,
    after: i64,
) -> Result<Vec<VisitorMessage>, DbError> {
    const SQL: &str = "SELECT f.data FROM message m
         JOIN feed f ON f.kind = 'message' AND f.row_id = m.id AND f.agent_id = 0 AND f.data IS NOT NULL
         WHERE m.conversation_id = ?1 AND m.id > ?2 AND m.answers = 1 AND m.published = 1 ORDER BY m.id LIMIT ?3";
    let Some(channel) = channel::by_address(db, ChannelKind::Widget, account)? else { return Ok(Vec::new()) };
    let Some(contact) = contact::find(db, channel.id, visitor)? else { return Ok(Vec::new()) };
    let Some(id) = conversation::find(db, channel.id, contact)? else { return Ok(Vec::new()) };
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map(params![id.0, after, MOST], |row| row.get::<_, String>(0))?;
    found
        .map(|data| {
            let message: Message = from_json(&data?)?;
            let text = message.content.text().to_owned();
            Ok(VisitorMessage { id: message.id.0, at: message.at.timestamp_millis(), text })
        })
        .collect()
}
