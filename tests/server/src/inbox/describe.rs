//! A conversation as its two screens need it, computed again from what is known.
//!
//! Nothing here remembers how things came about: the same facts in any order of arrival give the
//! same row. It runs once per transaction for each conversation that was touched.

use chrono::{DateTime, Utc};
use riposte::model::{
    ChannelAccount, Conversation, ConversationId, Message, MessageId, Preview, Row, RowKind, Seq, WindowFacts,
};
use riposte::rules::labels::preview_kind;
use riposte::rules::window::{window_breaks, window_facts_after_moves};
use rusqlite::{Connection, OptionalExtension, params};

use super::billing;
use super::conversation::{Stored, joined, stored};
use crate::db::DbError;
use crate::db::text::instant;
use crate::feed::{Writer, row};

/// A preview's text, in characters: a line in a list shows less.
const PREVIEW_MOST: usize = 160;

/// Describes every conversation that this transaction touched.
pub(crate) fn describe_changed(w: &mut Writer<'_>) -> Result<(), DbError> {
    for id in w.take_changed() {
        // One that was merged into another is gone by now.
        if let Some(stored) = stored(w.tx, id)? {
            describe(w, &stored)?;
        }
    }
    Ok(())
}

fn describe(w: &mut Writer<'_>, stored: &Stored) -> Result<(), DbError> {
    let Some(channel) = row::<ChannelAccount>(w.tx, RowKind::Channel, stored.channel_id.0)? else { return Ok(()) };
    let customer_at = customer_at(w.tx, stored.id)?;
    let refused_at = refused_at(w.tx, stored.id)?;
    let moved_at = number_changed_at(w.tx, stored.id)?;
    let window = window(w.tx, &channel, stored, &customer_at, &refused_at, &moved_at)?;
    let breaks = window_breaks(&channel.window, &refused_at, &moved_at);
    let cover = billing::fold(w, &channel, stored, &customer_at, &breaks)?;
    let (preview, activity_at) = newest_shown(w.tx, stored)?;
    let conversation = Conversation {
        id: stored.id,
        channel_id: stored.channel_id,
        contact_id: stored.contact_id,
        open: stored.open,
        assignee: stored.assignee,
        group: stored.group,
        activity_at,
        preview,
        last_customer_message_id: last_customer_message(w.tx, stored.id)?,
        waiting_since: waiting_since(w.tx, stored)?,
        window,
        cover,
        visible_since: Seq(0),
        messages_seq: messages_seq(w.tx, stored.id)?,
        joined: joined(w.tx, stored.id)?,
    };
    let place = "UPDATE conversation SET activity_at = ?2 WHERE id = ?1";
    w.tx.prepare_cached(place)?.execute(params![stored.id.0, activity_at.timestamp_millis()])?;
    w.put(&Row::Conversation(conversation))?;
    Ok(())
}

/// The provider's times of the customer messages that count for the window, oldest first.
fn customer_at(db: &Connection, id: ConversationId) -> Result<Vec<DateTime<Utc>>, DbError> {
    const SQL: &str = "SELECT at FROM message WHERE conversation_id = ?1 AND counts = 1 ORDER BY at";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([id.0], |row| Ok(instant(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Every attempt that the provider refused because the window was closed.
fn refused_at(db: &Connection, id: ConversationId) -> Result<Vec<DateTime<Utc>>, DbError> {
    const SQL: &str = "SELECT at FROM refusal WHERE conversation_id = ?1 ORDER BY at";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([id.0], |row| Ok(instant(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// When the customer moved to a new number. Of a message at the same time as the move, the id tells which
/// came first: one that came later is from the new number, and the move counts as just before it.
fn number_changed_at(db: &Connection, id: ConversationId) -> Result<Vec<DateTime<Utc>>, DbError> {
    const SQL: &str = "SELECT m.at - EXISTS (SELECT 1 FROM message c WHERE c.conversation_id = m.conversation_id
             AND c.counts = 1 AND c.at = m.at AND c.id > m.id) FROM message m
         JOIN feed f ON f.kind = 'message' AND f.row_id = m.id AND f.agent_id = 0
         WHERE m.conversation_id = ?1 AND m.from_customer = 0 AND m.counts = 0 AND m.charge IS NULL
           AND f.data ->> '$.content.event' IN ('user_changed_number', 'customer_changed_number')";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map([id.0], |row| Ok(instant(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What opened, closed or refused the window of a conversation, as of now.
fn window(
    db: &Connection,
    channel: &ChannelAccount,
    stored: &Stored,
    customer_at: &[DateTime<Utc>],
    refused_at: &[DateTime<Utc>],
    moved_at: &[DateTime<Utc>],
) -> Result<WindowFacts, DbError> {
    const FREE: &str = "SELECT max(ends_at) FROM free_entry WHERE conversation_id = ?1";
    let free: Option<i64> = db.prepare_cached(FREE)?.query_row([stored.id.0], |row| row.get(0))?;
    Ok(window_facts_after_moves(&channel.window, customer_at, refused_at, moved_at, free.map(instant)))
}

/// The window as it stands, for a command that asks before it sends.
pub(crate) fn window_now(db: &Connection, channel: &ChannelAccount, stored: &Stored) -> Result<WindowFacts, DbError> {
    let (customer_at, refused_at) = (customer_at(db, stored.id)?, refused_at(db, stored.id)?);
    window(db, channel, stored, &customer_at, &refused_at, &number_changed_at(db, stored.id)?)
}

/// The line in the list, and when the conversation last moved in it.
fn newest_shown(db: &Connection, stored: &Stored) -> Result<(Option<Preview>, DateTime<Utc>), DbError> {
    const SQL: &str = "SELECT id FROM message WHERE conversation_id = ?1 AND shows = 1 AND published = 1
         ORDER BY at DESC, id DESC LIMIT 1";
    let newest: Option<i64> = db.prepare_cached(SQL)?.query_row([stored.id.0], |row| row.get(0)).optional()?;
    let Some(message) = newest.map_or(Ok(None), |id| row::<Message>(db, RowKind::Message, id))? else {
        return Ok((None, stored.created_at));
    };
    let preview = Preview {
        message_id: message.id,
        author: message.author,
        at: message.at,
        kind: preview_kind(&message.content).to_owned(),
        text: message.content.text().chars().take(PREVIEW_MOST).collect(),
    };
    Ok((Some(preview), message.at))
}

fn last_customer_message(db: &Connection, id: ConversationId) -> Result<Option<MessageId>, DbError> {
    const SQL: &str = "SELECT max(id) FROM message WHERE conversation_id = ?1 AND from_customer = 1 AND shows = 1
         AND standby = 0";
    let id: Option<i64> = db.prepare_cached(SQL)?.query_row([id.0], |row| row.get(0))?;
    Ok(id.map(MessageId))
}

/// The oldest customer message that has no answer. An agent answers what was in the inbox then, so
/// an answer from here counts for the messages before it in the order of arrival. The company's own
/// phone and a bot have the provider's view, so theirs count by the provider's time. An answer that
/// failed is none.
fn waiting_since(db: &Connection, stored: &Stored) -> Result<Option<DateTime<Utc>>, DbError> {
    const SQL: &str = "SELECT min(at) FROM message WHERE conversation_id = ?1 AND asks = 1
         AND id > max(?2, coalesce((SELECT max(a.id) FROM message a WHERE a.conversation_id = ?1
                                    AND a.answers = 1 AND a.echo = 0 AND a.failed = 0 AND a.published = 1), 0))
         AND at > coalesce((SELECT max(a.at) FROM message a WHERE a.conversation_id = ?1
                            AND a.answers = 1 AND a.echo = 1 AND a.failed = 0), -1)";
    let at: Option<i64> =
        db.prepare_cached(SQL)?.query_row(params![stored.id.0, stored.settled_id], |row| row.get(0))?;
    Ok(at.map(instant))
}

fn messages_seq(db: &Connection, id: ConversationId) -> Result<Seq, DbError> {
    const SQL: &str = "SELECT coalesce(max(seq), 0) FROM feed WHERE conversation_id = ?1 AND kind = 'message'";
    Ok(Seq(db.prepare_cached(SQL)?.query_row([id.0], |row| row.get(0))?))
}
