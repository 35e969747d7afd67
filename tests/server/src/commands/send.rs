//! Writing to a customer: checked and prepared in one transaction, handed to the provider outside
//! of any, and shown to everybody once the provider has answered.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use riposte::model::{
    Author, ChannelAccount, ChannelState, Command, Content, ConversationId, Media, MessageId, Outgoing,
};
use rusqlite::params;

use super::desk::seen;
use super::finish::{Outcome, finish};
use super::{Begun, Order, State, keys};
use crate::app::{App, Shared};
use crate::channels::provider::{Outbound, ProviderAccount, ProviderContent, SendProblem, Sent};
use crate::channels::sniff;
use crate::db::DbError;
use crate::feed::Writer;
use crate::files::Hash;
use crate::inbox::{self, NewMessage, Stored};
use crate::problem::Problem;

mod check;
mod outcome;

use check::{Checked, Permission};
pub(super) use outcome::nobody_knows;
use outcome::{lost, provider_said_no, take_back, taken_on};

/// How long a phone waits after the provider was too busy.
const PROVIDER_BUSY: Duration = Duration::from_secs(5);

/// What the provider answered to a message.
#[derive(Clone)]
pub(super) struct Answered {
    sending: Arc<Sending>,
    answer: Result<Sent, SendProblem>,
    sent_at: DateTime<Utc>,
}

/// A message on its way to the provider.
#[derive(Clone)]
pub(super) struct Sending {
    conversation: ConversationId,
    channel: ChannelAccount,
    account: ProviderAccount,
    message: MessageId,
    attempt: u32,
    /// The attempt before, to go back to when this one was none.
    before: Option<Before>,
    outbound: Outbound,
    /// The file that goes with it; read once the transaction is over.
    file: Option<Hash>,
}

/// The attempt before: when it was, and whether it failed.
#[derive(Clone, Copy)]
struct Before {
    at: i64,
    failed: bool,
}

/// The size of the uploaded file that a command speaks of; none when it is not here, or not this agent's to send.
pub(super) async fn upload_size(app: &App, order: &Order) -> Result<Option<u64>, DbError> {
    let Command::SendMessage { content: Outgoing::Media { sha256, .. }, .. } = &order.command else { return Ok(None) };
    let Some(hash) = Hash::read(sha256) else { return Ok(None) };
    let Some(size) = app.files.size(&hash).await else { return Ok(None) };
    let agent = order.agent;
    let theirs = app.read(move |tx| inbox::owns(tx, agent, &hash)).await?;
    Ok(Some(size).filter(|_| theirs))
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
        standby: false,
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
        before: None,
        outbound: Outbound { to, content: provider, quotes, key: reference, human_agent },
        file: file.map(|(hash, _)| hash),
    })))
}

/// A new attempt of a message that failed, or whose outcome is ambiguous; `number`
/// when the caller says which attempt that would be.
pub(super) fn begin_again(
    w: &mut Writer<'_>,
    order: &Order,
    id: MessageId,
    number: Option<u32>,
) -> Result<Begun, Problem> {
    const HELD: &str = "SELECT attempt, attempt_at, failed,
             EXISTS (SELECT 1 FROM command WHERE message_id = ?1 AND state = 'ambiguous')
         FROM message WHERE id = ?1 AND published = 1";
    const AGAIN: &str = "UPDATE message SET attempt = ?2, attempt_at = ?3, failed = 0, confirmed = 0,
         delivered_at = NULL, billable = NULL WHERE id = ?1";
    let held = inbox::message(w.tx, id)?.ok_or_else(Problem::not_found)?;
    let stored = seen(w, order.agent, held.conversation_id)?;
    let (attempts, attempt_before, failed, unclear): (u32, i64, bool, bool) =
        w.tx.query_row(HELD, [id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    if !(failed || unclear && number.is_some()) || !held.author.is_ours() {
        return Err(Problem::conflict("the message did not fail"));
    }
    if number.is_some_and(|number| number != attempts + 1) {
        return Err(Problem::conflict(&format!("there are {attempts} attempts")));
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
        before: Some(Before { at: attempt_before, failed }),
        outbound: Outbound { to, content: provider, quotes, key: reference, human_agent },
        file: file.map(|(hash, _)| hash),
    })))
}

fn reached(w: &Writer<'_>, stored: &Stored) -> Result<(ChannelAccount, ProviderAccount), Problem> {
    let missing = || Problem::refused("channel_not_connected", "the channel has no provider");
    let channel = inbox::channel(w.tx, stored.channel_id)?.ok_or_else(missing)?;
    if channel.state != ChannelState::Connected {
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
    let answered = Answered { sending: Arc::new(sending), answer, sent_at };
    finish(app, order, Outcome::Sent(answered)).await
}

/// Writes down what the provider answered. `Err`: nothing was written.
pub(super) async fn write_down(
    app: &Shared,
    order: Order,
    answered: Answered,
) -> Result<Result<State, Problem>, Problem> {
    let Answered { sending, answer, sent_at } = answered;
    app.write(move |w| {
        // The conversation may have become part of another while the provider was asked.
        let conversation = inbox::current(w.tx, sending.conversation)?;
        let sending = Sending { conversation, ..(*sending).clone() };
        let state = match answer {
            Ok(sent) => taken_on(w, &sending, &sent)?,
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
    .await
}

async fn with_file(app: &App, sending: &mut Sending) -> Result<(), SendProblem> {
    let (Some(hash), ProviderContent::Media { bytes, mime, voice, .. }) =
        (&sending.file, &mut sending.outbound.content)
    else {
        return Ok(());
    };
    *bytes = app.files.read(hash).await.map_err(|_| SendProblem::Unreachable)?;
    *mime = sniff::actual(mime, bytes);
    // A sound in another codec would be played as none.
    *voice = *voice && (!mime.starts_with("audio/ogg") || sniff::is_voice(mime));
    Ok(())
}
