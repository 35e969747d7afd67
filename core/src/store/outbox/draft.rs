//! `draft`: what somebody was writing.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, named_params};

use crate::model::{ConversationId, MessageId};
use crate::store::StoreError;
use crate::store::column::{first, instant, ms, run};

const GET: &str = "SELECT body, reply_to, changed_at FROM draft WHERE conversation_id = :conversation_id";
const SAVE: &str = "
    INSERT INTO draft (conversation_id, body, reply_to, changed_at)
    VALUES (:conversation_id, :body, :reply_to, :changed_at)
    ON CONFLICT (conversation_id) DO UPDATE SET
        body = excluded.body, reply_to = excluded.reply_to, changed_at = excluded.changed_at";
const FORGET: &str = "DELETE FROM draft WHERE conversation_id = :conversation_id";

/// What somebody was writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The words.
    pub text: String,
    /// The message being quoted.
    pub reply_to: Option<MessageId>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

pub(super) fn save(db: &Connection, conversation: ConversationId, draft: &Draft) -> Result<(), StoreError> {
    if draft.text.is_empty() && draft.reply_to.is_none() {
        run(db, FORGET, named_params! { ":conversation_id": conversation.0 })?;
        return Ok(());
    }
    run(
        db,
        SAVE,
        named_params! {
            ":conversation_id": conversation.0,
            ":body": draft.text,
            ":reply_to": draft.reply_to.map(|id| id.0),
            ":changed_at": ms(draft.changed_at),
        },
    )?;
    Ok(())
}

pub(super) fn get(db: &Connection, conversation: ConversationId) -> Result<Option<Draft>, StoreError> {
    first(db, GET, named_params! { ":conversation_id": conversation.0 }, |row| {
        Ok(Draft {
            text: row.get(0)?,
            reply_to: row.get::<_, Option<i64>>(1)?.map(MessageId),
            changed_at: instant(row.get(2)?)?,
        })
    })
}
