//! Writing to a customer: checked and prepared in one transaction, handed to the provider outside
//! of any, and shown to everybody once the provider has answered.

use riposte::model::{
    Author, ChannelAccount, ChannelKind, Command, Content, ConversationId, DeliveryFact, DeliveryStatus, Media,
    MessageId, Outgoing, ProviderError, RowKind,
};
use riposte::rules::failure::closes_window;
use riposte::rules::window::refusal_time;
use rusqlite::{OptionalExtension, params};
use std::time::Duration;

use super::desk::seen;
use super::{Begun, Order, Refs, State, keys};
use crate::app::{App, Shared};
use crate::channels::provider::{Outbound, ProviderAccount, ProviderContent, Recipient, SendProblem};
use crate::db::DbError;
use crate::feed::Writer;
use crate::files::Hash;
use crate::inbox::{self, NewMessage, Stored};
use crate::problem::Problem;

mod check;

use check::{Checked, Permission};

/// How long a phone waits after the provider was too busy.
const PROVIDER_BUSY: Duration = Duration::from_secs(5);

/// A message on its way to the provider.
pub(super) struct Sending {
    conversation: ConversationId,
    channel: ChannelAccount,
    account: ProviderAccount,
    message: MessageId,
    attempt: u32,
    /// The time of the attempt before, to go back to when this one was none.
    attempt_before: Option<i64>,
    outbound: Outbound,
    /// The file that goes with it; read once the transaction is over.
    file: Option<Hash>,
}

/// The size of the uploaded file that a command speaks of; none when it is not here.
pub(super) async fn upload_size(app: &App, command: &Command) -> Option<u64> {
    match command {
        Command::SendMessage { content: Outgoing::Media { sha256, .. }, .. } => {
            app.files.size(&Hash::read(sha256)?).await
        }
        _ => None,
    }
}

pub(super) fn begin(
    w: &mut Writer<'_>,
    order: &Order,
    id: ConversationId,
    outgoing: &Outgoing,
    reply_to: Option<MessageId>,
    upload: Option<u64>,
) -> Result<Begun, Problem> {
    let stored = seen(w, order.agent, id)?;
    let (channel, account) = reached(w, &stored)?;
    let Checked { content, provider, file } = check::content(w, &channel, id, outgoing, upload)?;
    let quotes = check::quoted(w, &channel, id, reply_to)?;
    let permission = check::window(w, &channel, &stored, outgoing)?;
    let new = NewMessage {
        conversation_id: id,
        author: Author::Agent { id: order.agent },
        at: w.now,
        content,
        reply_to,
        client_key: Some(order.key),
    };
    let message = reserve(w, &channel, new, file.as_ref())?;
    let reference = reference(order);
    attempt(w, message, 1, &channel, &reference)?;
    keys::makes(w, order, message)?;
    let to = inbox::recipient(w.tx, stored.channel_id, stored.contact_id)?;
    let human_agent = permission == Permission::HumanAgent;
    Ok(Begun::Send(Box::new(Sending {
        conversation: id,
        channel,
        account,
        message,
        attempt: 1,
        attempt_before: None,
        outbound: Outbound { to, content: provider, quotes, key: reference, human_agent },
        file: file.map(|(hash, _)| hash),
    })))
}

/// A new attempt of a message that failed.
pub(super) fn begin_again(w: &mut Writer<'_>, order: &Order, id: MessageId) -> Result<Begun, Problem> {
    const HELD: &str = "SELECT attempt, attempt_at, failed FROM message WHERE id = ?1 AND published = 1";
    const AGAIN: &str = "UPDATE message SET attempt = ?2, attempt_at = ?3, failed = 0 WHERE id = ?1";
    let held = inbox::message(w.tx, id)?.ok_or_else(Problem::not_found)?;
    let stored = seen(w, order.agent, held.conversation_id)?;
    let (attempts, attempt_before, failed): (u32, i64, bool) =
        w.tx.query_row(HELD, [id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if !failed || !held.author.is_ours() {
        return Err(Problem::conflict("the message did not fail"));
    }
    let (channel, account) = reached(w, &stored)?;
    let (outgoing, size) = check::as_it_was(w, &held)?;
    let Checked { provider, file, .. } = check::content(w, &channel, stored.id, &outgoing, size)?;
    let quotes = check::quoted(w, &channel, stored.id, held.reply_to)?;
    let permission = check::window(w, &channel, &stored, &outgoing)?;
    let number = attempts + 1;
    w.tx.execute(AGAIN, params![id.0, number, w.now.timestamp_millis()])?;
    let reference = reference(order);
    attempt(w, id, number, &channel, &reference)?;
    keys::makes(w, order, id)?;
    let to = inbox::recipient(w.tx, stored.channel_id, stored.contact_id)?;
    let human_agent = permission == Permission::HumanAgent;
    Ok(Begun::Send(Box::new(Sending {
        conversation: stored.id,
        channel,
        account,
        message: id,
        attempt: number,
        attempt_before: Some(attempt_before),
        outbound: Outbound { to, content: provider, quotes, key: reference, human_agent },
        file: file.map(|(hash, _)| hash),
    })))
}

fn reached(w: &Writer<'_>, stored: &Stored) -> Result<(ChannelAccount, ProviderAccount), Problem> {
    let missing = || Problem::refused("channel_not_connected", "the channel has no provider");
    let channel = inbox::channel(w.tx, stored.channel_id)?.ok_or_else(missing)?;
    if channel.state != riposte::model::ChannelState::Connected {
        return Err(Problem::refused("channel_not_connected", "the channel is not connected"));
    }
    let account = inbox::provider_account(w.tx, stored.channel_id)?.ok_or_else(missing)?;
    Ok((channel, account))
}

/// What the provider hands back in its reports. Keys are scoped to the agent, and so is this.
fn reference(order: &Order) -> String {
    format!("{}.{}", order.agent, order.key)
}

fn reserve(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    mut new: NewMessage,
    file: Option<&(Hash, u64)>,
) -> Result<MessageId, DbError> {
    // The medium's row names its message, and the message its medium: the message's id is known
    // only once it is reserved, so the draft is written a second time.
    let media = match &new.content {
        Content::Media(media) => Some(media.clone()),
        _ => None,
    };
    let (Some(media), Some((hash, size))) = (media, file) else {
        return Ok(inbox::reserve(w, channel, new, false)?.id);
    };
    let size = i64::try_from(*size).unwrap_or(i64::MAX);
    new.content = Content::Media(Media { size_bytes: Some(size), ..media.clone() });
    let mut message = inbox::reserve(w, channel, new, false)?;
    let media_id = inbox::store_media(w, message.id, hash, size, &media.mime)?;
    message.content = Content::Media(Media { media_id: Some(media_id), size_bytes: Some(size), ..media });
    let draft = serde_json::to_string(&message)?;
    w.tx.execute("UPDATE message SET draft = ?2 WHERE id = ?1", params![message.id.0, draft])?;
    Ok(message.id)
}

fn attempt(
    w: &Writer<'_>,
    message: MessageId,
    number: u32,
    channel: &ChannelAccount,
    reference: &str,
) -> Result<(), DbError> {
    const SQL: &str = "INSERT INTO attempt (message_id, attempt, channel_id, reference) VALUES (?1, ?2, ?3, ?4)";
    w.tx.execute(SQL, params![message.0, number, channel.id.0, reference])?;
    Ok(())
}

/// Asks the provider, once, and writes down what came of it.
pub(super) async fn hand_over(app: &Shared, order: &Order, mut sending: Sending) -> Result<State, Problem> {
    let sent_at = app.now();
    let answer = match with_file(app, &mut sending).await {
        Ok(()) => match app.providers.of(sending.account.kind) {
            Some(provider) => provider.send(&sending.account, &sending.outbound).await,
            None => Err(SendProblem::NotSupported),
        },
        Err(problem) => Err(problem),
    };
    let order = order.clone();
    app.write(move |w| {
        let state = match answer {
            Ok(provider_id) => taken_on(w, &sending, &provider_id)?,
            Err(SendProblem::Lost) => lost(w, &sending)?,
            Err(SendProblem::Refused(error)) => State::Rejected(provider_said_no(w, &sending, error, sent_at)?),
            Err(SendProblem::NotSupported) => {
                take_back(w, &sending)?;
                State::Rejected(Problem::refused("not_supported", "this channel cannot send that"))
            }
            Err(SendProblem::Busy(_) | SendProblem::Unreachable) => {
                // Nothing was done. The transaction that says so is committed; the error tells
                // the phone to come again with the same key.
                take_back(w, &sending)?;
                keys::release(w, &order)?;
                return Ok(Err(Problem::busy(503, "the provider cannot be reached now", PROVIDER_BUSY)));
            }
        };
        keys::end(w, &order, &state)?;
        Ok::<_, Problem>(Ok(state))
    })
    .await?
}

async fn with_file(app: &App, sending: &mut Sending) -> Result<(), SendProblem> {
    let (Some(hash), ProviderContent::Media { bytes, .. }) = (&sending.file, &mut sending.outbound.content) else {
        return Ok(());
    };
    *bytes = app.files.read(hash).await.map_err(|_| SendProblem::Unreachable)?;
    Ok(())
}

fn refs(sending: &Sending) -> Result<Refs, DbError> {
    Refs::of(RowKind::Message, sending.message.0)?.and(RowKind::Conversation, sending.conversation.0)
}

/// The provider has it. WhatsApp reports what becomes of it from *sent* on; the others say with
/// their answer that it was sent.
fn taken_on(w: &mut Writer<'_>, sending: &Sending, provider_id: &str) -> Result<State, DbError> {
    inbox::publish(w, sending.message)?;
    w.mark_changed(sending.conversation);
    inbox::sent_as(w, &sending.channel, sending.message, sending.attempt, provider_id)?;
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
fn lost(w: &mut Writer<'_>, sending: &Sending) -> Result<State, DbError> {
    inbox::publish(w, sending.message)?;
    w.mark_changed(sending.conversation);
    match inbox::provider_id_by_reference(w, &sending.outbound.key)? {
        Some(provider_id) => taken_on(w, sending, &provider_id),
        None => Ok(State::Ambiguous(refs(sending)?)),
    }
}

/// The same, for a server that stopped while it asked.
pub(super) fn nobody_knows(
    w: &mut Writer<'_>,
    agent: riposte::model::AgentId,
    key: &str,
    message: MessageId,
) -> Result<(), DbError> {
    const WHERE: &str = "SELECT conversation_id, channel_id FROM message WHERE id = ?1";
    let found = w
        .tx
        .query_row(WHERE, [message.0], |row| Ok((ConversationId(row.get(0)?), riposte::model::ChannelId(row.get(1)?))));
    let Some((conversation, channel)) = found.optional()? else { return Ok(()) };
    inbox::publish(w, message)?;
    w.mark_changed(conversation);
    let refs = Refs::of(RowKind::Message, message.0)?.and(RowKind::Conversation, conversation.0)?;
    keys::set(w, agent, key, &State::Ambiguous(refs))?;
    let early = inbox::provider_id_by_reference(w, &format!("{agent}.{key}"))?;
    if let (Some(provider_id), Some(channel)) = (early, inbox::channel(w.tx, channel)?) {
        let sql = "SELECT attempt FROM message WHERE id = ?1";
        let attempt = w.tx.query_row(sql, [message.0], |row| row.get(0))?;
        inbox::sent_as(w, &channel, message, attempt, &provider_id)?;
    }
    Ok(())
}

/// Refused for good. When the reason is the window, it is closed here too, as of the attempt.
fn provider_said_no(
    w: &mut Writer<'_>,
    sending: &Sending,
    error: ProviderError,
    sent_at: chrono::DateTime<chrono::Utc>,
) -> Result<Problem, Problem> {
    let closed = closes_window(sending.channel.kind, &error);
    if closed {
        inbox::refused(w, sending.conversation, refusal_time(sent_at))?;
    }
    if sending.attempt == 1 {
        inbox::drop_reserved(w, sending.message)?;
    } else {
        // The message is on everybody's screen: the attempt failed there too.
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
fn take_back(w: &mut Writer<'_>, sending: &Sending) -> Result<(), DbError> {
    const BEFORE: &str = "UPDATE message SET attempt = ?2, attempt_at = ?3, failed = 1 WHERE id = ?1";
    let Some(before) = sending.attempt_before else { return inbox::drop_reserved(w, sending.message) };
    w.tx.execute(BEFORE, params![sending.message.0, sending.attempt - 1, before])?;
    let sql = "DELETE FROM attempt WHERE message_id = ?1 AND attempt = ?2";
    w.tx.execute(sql, params![sending.message.0, sending.attempt])?;
    w.mark_changed(sending.conversation);
    Ok(())
}

/// What the customer may be shown to have been read.
pub(super) struct TellRead {
    account: ProviderAccount,
    to: Recipient,
    provider_id: String,
}

/// The newest customer message up to a marker; none where the customer cannot be told.
pub(super) fn tell_read_to(w: &Writer<'_>, stored: &Stored, up_to: MessageId) -> Result<Option<TellRead>, DbError> {
    const NEWEST: &str =
        "SELECT max(id) FROM message WHERE conversation_id = ?1 AND id <= ?2 AND from_customer = 1 AND shows = 1";
    let tells = inbox::channel(w.tx, stored.channel_id)?.is_some_and(|held| held.capabilities.tells_customer_read);
    let newest: Option<i64> = w.tx.query_row(NEWEST, [stored.id.0, up_to.0], |row| row.get(0))?;
    let Some(newest) = newest.filter(|_| tells) else { return Ok(None) };
    let (Some(account), Some(provider_id)) =
        (inbox::provider_account(w.tx, stored.channel_id)?, inbox::provider_id(w.tx, MessageId(newest))?)
    else {
        return Ok(None);
    };
    let to = inbox::recipient(w.tx, stored.channel_id, stored.contact_id)?;
    Ok(Some(TellRead { account, to, provider_id }))
}

/// Best effort, in the background: the agent has read it whether or not the customer learns of it.
pub(super) fn tell_read(app: &Shared, tell: TellRead) {
    let shared = app.clone();
    drop(app.tasks.spawn(async move {
        if let Some(provider) = shared.providers.of(tell.account.kind) {
            // A lost blue tick is not worth a second call.
            let _ = provider.mark_read(&tell.account, &tell.to, &tell.provider_id).await;
        }
    }));
}
