//! `draft`: what the agent was writing.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, named_params};

use super::digest::Digest;
use crate::model::{ConversationId, MessageId};
use crate::store::StoreError;
use crate::store::column::{all, first, instant, ms, run};

/// In the digest of a row.
const TABLE: &str = "draft";

const GET: &str =
    "SELECT conversation_id, body, reply_to, changed_at, digest FROM draft WHERE conversation_id = :conversation_id";
const SAVE: &str = "
    INSERT INTO draft (conversation_id, body, reply_to, changed_at, digest)
    VALUES (:conversation_id, :body, :reply_to, :changed_at, :digest)
    ON CONFLICT (conversation_id) DO UPDATE SET
        body = excluded.body, reply_to = excluded.reply_to, changed_at = excluded.changed_at, digest = excluded.digest";
const ALL: &str = "SELECT conversation_id, body, reply_to, changed_at, digest FROM draft";
const FORGET: &str = "DELETE FROM draft WHERE conversation_id = :conversation_id";

/// What the agent was writing.
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
    let (reply_to, changed_at) = (draft.reply_to.map(|id| id.0), ms(draft.changed_at));
    let digest = Digest::of(TABLE).number(conversation.0).text(&draft.text).maybe_number(reply_to).number(changed_at);
    run(
        db,
        SAVE,
        named_params! {
            ":conversation_id": conversation.0,
            ":body": draft.text,
            ":reply_to": reply_to,
            ":changed_at": changed_at,
            ":digest": digest.end(),
        },
    )?;
    Ok(())
}

pub(super) fn get(db: &Connection, conversation: ConversationId) -> Result<Option<Draft>, StoreError> {
    first(db, GET, named_params! { ":conversation_id": conversation.0 }, |row| {
        if is_whole(row)? { read(row) } else { Err(StoreError::Corrupt) }
    })
}

/// Checks every draft. One that is not what was written stays, because no draft is sent without
/// seeing it, and so that its words are not lost; one that cannot be read goes. True when a draft was
/// damaged.
pub(super) fn repair(db: &Connection) -> Result<bool, StoreError> {
    let rows = all(db, ALL, [], |row| {
        let kept: Option<i64> = row.get(4).unwrap_or(Some(0));
        Ok((ConversationId(row.get(0)?), kept, is_whole(row).unwrap_or(false), read(row)))
    })?;
    let mut damaged = false;
    for (conversation, kept, whole, draft) in rows {
        if whole {
            continue;
        }
        // Without a digest it is an older build's.
        damaged |= kept.is_some() || draft.is_err();
        match draft {
            Ok(draft) => save(db, conversation, &draft)?,
            Err(_) => {
                run(db, FORGET, named_params! { ":conversation_id": conversation.0 })?;
            }
        }
    }
    Ok(damaged)
}

fn is_whole(row: &Row<'_>) -> Result<bool, StoreError> {
    let kept: Option<i64> = row.get(4)?;
    Ok(kept == Some(Digest::of(TABLE).columns(row, 0..4)?.end()))
}

fn read(row: &Row<'_>) -> Result<Draft, StoreError> {
    Ok(Draft {
        text: row.get(1)?,
        reply_to: row.get::<_, Option<i64>>(2)?.map(MessageId),
        changed_at: instant(row.get(3)?)?,
    })
}
