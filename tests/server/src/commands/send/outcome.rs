//! What came of asking the provider, written down.

use chrono::{DateTime, Utc};
use riposte::model::{
    AgentId, ChannelId, ChannelKind, ConversationId, DeliveryFact, DeliveryStatus, MessageId, ProviderError, RowKind,
};
use riposte::rules::failure::closes_window;
use riposte::rules::window::refusal_time;
use rusqlite::{OptionalExtension, params};

use super::Sending;
use crate::channels::provider::{ProviderContent, Sent};
use crate::commands::{Refs, State, keys};
use crate::db::DbError;
use crate::feed::Writer;
use crate::inbox;
use crate::problem::Problem;

fn refs(sending: &Sending) -> Result<Refs, DbError> {
    Refs::of(RowKind::Message, sending.message.0)?.and(RowKind::Conversation, sending.conversation.0)
}

/// The provider has it. WhatsApp reports what becomes of it from *sent* on; the others say with
/// their answer that it was sent. What WhatsApp holds back is not on its way yet.
pub(super) fn taken_on(w: &mut Writer<'_>, sending: &Sending, sent: &Sent) -> Result<State, DbError> {
    inbox::publish(w, sending.message)?;
    inbox::tried_again(w, sending.message, sending.attempt)?;
    w.mark_changed(sending.conversation);
    inbox::sent_as(w, &sending.channel, sending.message, sending.attempt, &sent.id)?;
    if let Some(held) = &sent.held {
        let (attempt, status, at) = (sending.attempt, DeliveryStatus::Other(held.clone()), w.now);
        inbox::add_fact(w, &sending.channel, sending.message, DeliveryFact { attempt, status, at, error: None })?;
    }
    match sending.channel.kind {
        ChannelKind::Whatsapp => Ok(State::Accepted(refs(sending)?)),
        ChannelKind::Messenger | ChannelKind::Instagram | ChannelKind::Widget | ChannelKind::Unknown => {
            let (attempt, status, at) = (sending.attempt, DeliveryStatus::Sent, w.now);
            let fact = DeliveryFact { attempt, status, at, error: None };
            inbox::add_fact(w, &sending.channel, sending.message, fact)?;
            inbox::below_watermarks(w, &sending.channel, sending.conversation)?;
            Ok(State::Applied(refs(sending)?))
        }
    }
}

/// The provider may have it or not. Its report may have been faster than our knowing that.
pub(super) fn lost(w: &mut Writer<'_>, sending: &Sending) -> Result<State, DbError> {
    inbox::publish(w, sending.message)?;
    inbox::tried_again(w, sending.message, sending.attempt)?;
    w.mark_changed(sending.conversation);
    match inbox::provider_id_by_reference(w, &sending.outbound.key)? {
        Some(provider_id) => taken_on(w, sending, &Sent::from(provider_id)),
        None => Ok(State::Ambiguous(refs(sending)?)),
    }
}

/// The same, for a server that stopped while it asked.
pub(in crate::commands) fn nobody_knows(
    w: &mut Writer<'_>,
    agent: AgentId,
    key: &str,
    message: MessageId,
) -> Result<(), DbError> {
    const WHERE: &str = "SELECT conversation_id, channel_id, attempt FROM message WHERE id = ?1";
    let found = w.tx.query_row(WHERE, [message.0], |row| {
        Ok((ConversationId(row.get(0)?), ChannelId(row.get(1)?), row.get::<_, u32>(2)?))
    });
    let Some((conversation, channel, attempt)) = found.optional()? else { return Ok(()) };
    inbox::publish(w, message)?;
    inbox::tried_again(w, message, attempt)?;
    w.mark_changed(conversation);
    let refs = Refs::of(RowKind::Message, message.0)?.and(RowKind::Conversation, conversation.0)?;
    keys::set(w, agent, key, &State::Ambiguous(refs))?;
    let early = inbox::provider_id_by_reference(w, &format!("{agent}.{key}"))?;
    if let (Some(provider_id), Some(channel)) = (early, inbox::channel(w.tx, channel)?) {
        inbox::sent_as(w, &channel, message, attempt, &provider_id)?;
    }
    Ok(())
}

/// Refused for good. The message is on everybody's screen all the same, with the reason, so that
/// every agent sees what the customer did not get. When the reason is the window, it is closed
/// here too, as of the attempt.
pub(super) fn provider_said_no(
    w: &mut Writer<'_>,
    sending: &Sending,
    error: ProviderError,
    sent_at: DateTime<Utc>,
) -> Result<Problem, Problem> {
    let closed = closes_window(sending.channel.kind, &error);
    if closed {
        inbox::refused(w, sending.conversation, refusal_time(sent_at))?;
    }
    if matches!(sending.outbound.content, ProviderContent::Reaction { .. }) {
        // An emoji that was not put on a message is not shown.
        take_back(w, sending)?;
    } else {
        inbox::publish(w, sending.message)?;
        inbox::tried_again(w, sending.message, sending.attempt)?;
        w.mark_changed(sending.conversation);
        let (attempt, error) = (sending.attempt, Some(error.clone()));
        let fact = DeliveryFact { attempt, status: DeliveryStatus::Failed, at: refusal_time(sent_at), error };
        inbox::add_fact(w, &sending.channel, sending.message, fact)?;
    }
    let code = if closed { "window_closed" } else { "provider_refused" };
    let mut problem = Problem::refused(code, format!("the provider said {}", error.code));
    problem.error.provider = Some(error);
    if closed && let Some(stored) = inbox::stored(w.tx, sending.conversation)? {
        problem.error.window = Some(inbox::window_now(w.tx, &sending.channel, &stored)?);
    }
    Ok(problem)
}

/// The attempt was none.
pub(super) fn take_back(w: &mut Writer<'_>, sending: &Sending) -> Result<(), DbError> {
    const BEFORE: &str = "UPDATE message SET attempt = ?2, attempt_at = ?3, failed = ?4 WHERE id = ?1";
    let Some(before) = &sending.before else { return inbox::drop_reserved(w, sending.message) };
    w.tx.execute(BEFORE, params![sending.message.0, sending.attempt - 1, before.at, before.failed])?;
    let sql = "DELETE FROM attempt WHERE message_id = ?1 AND attempt = ?2";
    w.tx.execute(sql, params![sending.message.0, sending.attempt])?;
    w.mark_changed(sending.conversation);
    Ok(())
}
