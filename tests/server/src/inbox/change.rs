//! A customer changes what they wrote, or takes it back.

use chrono::{DateTime, Utc};
use riposte::model::{ChannelId, Content, Media, Message, MessageId, Row};

use super::Outcome;
use super::message::{message, parts};
use crate::db::DbError;
use crate::db::text::instant;
use crate::feed::Writer;

/// The newest change counts, and none after it was taken back.
pub(super) fn edit(
    w: &mut Writer<'_>,
    id: MessageId,
    at: DateTime<Utc>,
    content: &Content,
) -> Result<Outcome, DbError> {
    let at = instant(at.timestamp_millis());
    let Some(held) = message(w.tx, id)? else { return Ok(Outcome::Skipped) };
    if held.deleted_at.is_some() || held.edited_at.is_some_and(|edited| edited >= at) {
        return Ok(Outcome::Skipped);
    }
    let content = match (held.content, content.clone()) {
        // What changes about a file is what is written under it.
        (Content::Media(media), Content::Text { body }) => Content::Media(Media { caption: body, ..media }),
        (Content::Media(media), Content::Media(new)) => Content::Media(Media { caption: new.caption, ..media }),
        (_, new) => new,
    };
    w.put(&Row::Message(Message { content, edited_at: Some(at), ..held }))?;
    Ok(Outcome::Stored)
}

/// Nothing of it is kept, of none of its parts, files neither; that it was once written still counts
/// for the window.
pub(super) fn revoke_whole(
    w: &mut Writer<'_>,
    channel: ChannelId,
    provider_id: &str,
    id: MessageId,
    at: DateTime<Utc>,
) -> Result<Outcome, DbError> {
    for part in parts(w.tx, channel, provider_id)? {
        revoke(w, part, at)?;
    }
    revoke(w, id, at)
}

/// The same for one part.
pub(super) fn revoke(w: &mut Writer<'_>, id: MessageId, at: DateTime<Utc>) -> Result<Outcome, DbError> {
    let at = instant(at.timestamp_millis());
    let Some(held) = message(w.tx, id)? else { return Ok(Outcome::Skipped) };
    if held.deleted_at.is_some() {
        return Ok(Outcome::Skipped);
    }
    w.tx.execute("UPDATE message SET asks = 0 WHERE id = ?1", [id.0])?;
    w.tx.execute("INSERT OR IGNORE INTO file_gone SELECT sha256 FROM media WHERE message_id = ?1", [id.0])?;
    w.tx.execute("DELETE FROM media WHERE message_id = ?1", [id.0])?;
    w.tx.execute("DELETE FROM media_to_fetch WHERE message_id = ?1", [id.0])?;
    let content = Content::Text { body: String::new() };
    w.put(&Row::Message(Message { content, deleted_at: Some(at), ..held }))?;
    Ok(Outcome::Stored)
}
