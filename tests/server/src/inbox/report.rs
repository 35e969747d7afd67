//! What became of our messages. Reports are facts in a set: their order and repetition do not
//! matter, and one that comes before its message waits for it.

use chrono::{DateTime, Utc};
use riposte::model::{ChannelAccount, ConversationId, DeliveryFact, DeliveryStatus, Message, MessageId, Row};
use riposte::rules::delivery::{DeliveryState, join, progress};
use riposte::rules::failure::closes_window;
use riposte::rules::window::refusal_time;
use rusqlite::{OptionalExtension, params};

use super::conversation::refused;
use super::message::{by_provider_id, mend_dangling, message};
use super::{Outcome, early};
use crate::channels::event::StatusReport;
use crate::db::DbError;
use crate::db::text::{instant, word};
use crate::feed::Writer;

/// Takes a report, or keeps it until its message is known.
pub(super) fn take(w: &mut Writer<'_>, channel: &ChannelAccount, report: &StatusReport) -> Result<Outcome, DbError> {
    let report = &StatusReport { at: report.at.min(w.now), ..report.clone() };
    let known = match by_provider_id(w.tx, channel.id, &report.message_id)? {
        Some(known) => Some(known),
        None => by_reference(w, channel, report)?,
    };
    match known {
        Some((id, attempt)) => apply(w, channel, id, attempt, report),
        None => early::keep_report(w, channel.id, report),
    }
}

/// The answer to our call was lost, but the report hands our own reference back.
fn by_reference(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    report: &StatusReport,
) -> Result<Option<(MessageId, u32)>, DbError> {
    const FIND: &str = "SELECT a.message_id, a.attempt FROM attempt a JOIN message m ON m.id = a.message_id
         WHERE a.reference = ?1 AND a.channel_id = ?2 AND a.provider_id IS NULL AND m.published = 1";
    let Some(reference) = &report.key else { return Ok(None) };
    let found = w
        .tx
        .query_row(FIND, params![reference, channel.id.0], |row| Ok((MessageId(row.get(0)?), row.get::<_, u32>(1)?)));
    let Some((id, attempt)) = found.optional()? else { return Ok(None) };
    sent_as(w, channel, id, attempt, &report.message_id)?;
    Ok(Some((id, attempt)))
}

/// The provider has this attempt under this id. A command whose end was unknown is
/// accepted then, and what came early finds its message.
pub(crate) fn sent_as(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    id: MessageId,
    attempt: u32,
    provider_id: &str,
) -> Result<(), DbError> {
    const LEARN: &str = "UPDATE attempt SET provider_id = ?3 WHERE message_id = ?1 AND attempt = ?2";
    const KNOWN: &str = "UPDATE command SET state = 'accepted' WHERE message_id = ?1 AND state = 'ambiguous'";
    super::echo::give_way(w, channel, provider_id, id)?;
    w.tx.execute(LEARN, params![id.0, attempt, provider_id])?;
    w.tx.execute(KNOWN, [id.0])?;
    mend_dangling(w, channel.id, provider_id, id)?;
    early::catch_up(w, channel, provider_id, id, attempt)
}

/// Adds a report to what is known of a message.
pub(super) fn apply(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    id: MessageId,
    attempt: u32,
    report: &StatusReport,
) -> Result<Outcome, DbError> {
    let fact = DeliveryFact {
        attempt,
        status: report.status.clone(),
        at: instant(report.at.timestamp_millis()),
        error: report.error.clone(),
    };
    let attempt_at = attempt_at(w, id)?;
    let free = match (report.free_until, attempt_at) {
        (Some(until), Some((conversation, at))) => free_entry(w, conversation, at, until)?,
        _ => false,
    };
    let added = add_fact(w, channel, id, fact)?;
    let priced = report.billable.map_or(Ok(false), |billable| add_pricing(w, id, attempt, billable))?;
    Ok(if added || free || priced { Outcome::Stored } else { Outcome::Skipped })
}

/// Adds a fact to a message's set. Says whether it was new.
pub(crate) fn add_fact(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    id: MessageId,
    fact: DeliveryFact,
) -> Result<bool, DbError> {
    const NOTE: &str = "UPDATE message SET failed = ?2, confirmed = ?3 OR billable IS NOT NULL, delivered_at = ?4
         WHERE id = ?1";
    let Some(held) = message(w.tx, id)? else { return Ok(false) };
    let closed = fact.error.as_ref().is_some_and(|error| closes_window(channel.kind, error));
    let (of, reported) = (fact.attempt, fact.at);
    let of_attempt = || held.delivery.iter().filter(|known| known.attempt == fact.attempt);
    // A second refusal of one attempt says nothing new: the first one closed the window as of that attempt.
    let refused_before =
        of_attempt().any(|known| known.error.as_ref().is_some_and(|error| closes_window(channel.kind, error)));
    let first_known = of_attempt().map(|known| known.at).min();
    let delivery = join(&held.delivery, &[fact]);
    if delivery == held.delivery {
        return Ok(false);
    }
    // A late report about an earlier attempt says nothing about the one that is under way.
    let attempt: u32 = w.tx.query_row("SELECT attempt FROM message WHERE id = ?1", [id.0], |row| row.get(0))?;
    let current: Vec<DeliveryFact> = delivery.iter().filter(|fact| fact.attempt == attempt).cloned().collect();
    let failed = progress(&current).1 == DeliveryState::Failed;
    let delivered_at = current.iter().filter(|fact| arrived(&fact.status)).map(|fact| fact.at.timestamp_millis()).min();
    // What arrived is charged for, even if no pricing report ever comes.
    w.tx.execute(NOTE, params![id.0, failed, delivered_at.is_some(), delivered_at])?;
    if let (true, Some((conversation, at))) = (closed && !refused_before, attempt_at(w, id)?) {
        // Of an attempt before the newest one, only its reports say when it was.
        let at = if of == attempt { at } else { at.min(first_known.map_or(reported, |known| known.min(reported))) };
        refused(w, conversation, refusal_time(at))?;
    }
    // The report about a new attempt may be faster than the answer to our call.
    w.put(&Row::Message(Message { delivery, attempt: held.attempt.max(of), ..held }))?;
    Ok(true)
}

/// Whether the customer's phone has the message.
fn arrived(status: &DeliveryStatus) -> bool {
    match status {
        DeliveryStatus::Delivered | DeliveryStatus::Read | DeliveryStatus::Played => true,
        DeliveryStatus::Sent | DeliveryStatus::Failed | DeliveryStatus::Other(_) => false,
    }
}

/// Notes what the provider's pricing report says of a message's newest attempt. Of two that differ
/// the one that asks for money counts, whichever came first. Says whether it was news.
fn add_pricing(w: &mut Writer<'_>, id: MessageId, attempt: u32, billable: bool) -> Result<bool, DbError> {
    const NOTE: &str = "UPDATE message SET billable = ?3, confirmed = 1
         WHERE id = ?1 AND attempt = ?2 AND (billable IS NULL OR billable < ?3) RETURNING conversation_id";
    let noted = w.tx.query_row(NOTE, params![id.0, attempt, billable], |row| Ok(ConversationId(row.get(0)?)));
    let Some(conversation) = noted.optional()? else { return Ok(false) };
    w.mark_changed(conversation);
    Ok(true)
}

fn attempt_at(w: &Writer<'_>, id: MessageId) -> Result<Option<(ConversationId, DateTime<Utc>)>, DbError> {
    const SQL: &str = "SELECT conversation_id, attempt_at FROM message WHERE id = ?1";
    let found = w.tx.query_row(SQL, [id.0], |row| Ok((ConversationId(row.get(0)?), instant(row.get(1)?))));
    Ok(found.optional()?)
}

/// The answer began a free entry point, which ends at `until`.
fn free_entry(
    w: &mut Writer<'_>,
    conversation: ConversationId,
    starts_at: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    const SQL: &str = "INSERT INTO free_entry (conversation_id, starts_at, ends_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation_id, starts_at) DO UPDATE SET ends_at = excluded.ends_at
         WHERE excluded.ends_at > ends_at";
    let (starts_at, until) = (starts_at.timestamp_millis(), until.timestamp_millis());
    let new = w.tx.execute(SQL, params![conversation.0, starts_at, until])? > 0;
    if new {
        w.mark_changed(conversation);
    }
    Ok(new)
}

/// *All our messages up to this time*: Messenger's and Instagram's way of reporting.
pub(super) fn take_watermark(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    conversation: ConversationId,
    status: &DeliveryStatus,
    up_to: DateTime<Utc>,
) -> Result<Outcome, DbError> {
    const KEEP: &str = "INSERT INTO watermark (conversation_id, status, up_to) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation_id, status) DO UPDATE SET up_to = excluded.up_to WHERE excluded.up_to > up_to";
    let (word, ms) = (word(status)?, up_to.timestamp_millis());
    if w.tx.execute(KEEP, params![conversation.0, word, ms])? == 0 {
        return Ok(Outcome::Skipped);
    }
    below_watermarks(w, channel, conversation)?;
    Ok(Outcome::Stored)
}

/// Gives every message that lies below a watermark its fact, once.
pub(crate) fn below_watermarks(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    conversation: ConversationId,
) -> Result<(), DbError> {
    const SQL: &str = "SELECT m.id, m.attempt, k.status, k.up_to FROM watermark k
         JOIN message m ON m.conversation_id = k.conversation_id AND m.attempt_at <= k.up_to
         JOIN attempt a ON a.message_id = m.id AND a.attempt = m.attempt AND a.provider_id IS NOT NULL
         WHERE k.conversation_id = ?1 AND m.from_customer = 0 AND m.published = 1 AND m.answers = 1 ORDER BY m.id";
    let below: Vec<(i64, u32, String, i64)> = {
        let mut statement = w.tx.prepare_cached(SQL)?;
        let found =
            statement.query_map([conversation.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        found.collect::<Result<_, _>>()?
    };
    for (id, attempt, status, up_to) in below {
        let status: DeliveryStatus = crate::db::text::from_word(&status)?;
        let held = message(w.tx, MessageId(id))?;
        let has = |held: &Message| held.delivery.iter().any(|fact| fact.attempt == attempt && fact.status == status);
        if held.as_ref().is_some_and(|held| !has(held)) {
            let fact = DeliveryFact { attempt, status, at: instant(up_to), error: None };
            add_fact(w, channel, MessageId(id), fact)?;
        }
    }
    Ok(())
}
