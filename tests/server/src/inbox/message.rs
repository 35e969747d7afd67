//! Writing messages down, with what follows from each: whether it counts for the window, asks
//! for an answer, is one, moves the conversation, costs something.

use chrono::{DateTime, Utc};
use riposte::model::{
    Author, ChannelAccount, ChannelId, ChargeKind, ClientKey, Content, ConversationId, Message, MessageId, Row,
    RowKind, Template,
};
use riposte::rules::billing::charge_kind;
use riposte::rules::window;
use rusqlite::{Connection, OptionalExtension, params};

use crate::db::DbError;
use crate::db::text::{instant, word};
use crate::feed::{Writer, row};

/// A message about to be written down.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage {
    pub(crate) conversation_id: ConversationId,
    pub(crate) author: Author,
    pub(crate) at: DateTime<Utc>,
    pub(crate) content: Content,
    pub(crate) reply_to: Option<MessageId>,
    pub(crate) client_key: Option<ClientKey>,
    /// A bot had the conversation when it came.
    pub(crate) standby: bool,
}

/// What follows from who wrote it and what it says.
struct Meaning {
    counts: bool,
    asks: bool,
    answers: bool,
    shows: bool,
    charge: Option<String>,
}

fn meaning(
    db: &Connection,
    channel: &ChannelAccount,
    author: Author,
    content: &Content,
    standby: bool,
) -> Result<Meaning, DbError> {
    let customer = author == Author::Customer;
    let aside = matches!(content, Content::Reaction { .. } | Content::System { .. });
    let said = !aside && !matches!(content, Content::Comment { .. } | Content::RequestWelcome);
    // Only what an agent sends from here is ours to charge; the company's own phone is not.
    let charge = match author {
        Author::Agent { .. } => charged_as(db, content)?.map(|kind| word(&kind)).transpose()?,
        _ => None,
    };
    Ok(Meaning {
        counts: window::counts(&channel.window, author, content),
        asks: customer && said && !standby,
        answers: author.is_ours() && said,
        shows: !aside,
        charge,
    })
}

/// What a message is charged as: a template by its category as it is now, which Meta may change.
fn charged_as(db: &Connection, content: &Content) -> Result<Option<ChargeKind>, DbError> {
    let Content::Template { template_id, .. } = content else { return Ok(charge_kind(content)) };
    let template: Option<Template> = row(db, RowKind::Template, template_id.0)?;
    Ok(template.map(|template| ChargeKind::of_template(template.category)).or(charge_kind(content)))
}

/// Writes a message down for all to see.
pub(crate) fn insert(w: &mut Writer<'_>, channel: &ChannelAccount, new: NewMessage) -> Result<Message, DbError> {
    let message = reserve(w, channel, new, true)?;
    w.put(&Row::Message(message.clone()))?;
    Ok(message)
}

/// Gives a message its id and notes what follows from it; `published` only once there is
/// something to show, which is after the provider answered.
pub(crate) fn reserve(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    new: NewMessage,
    published: bool,
) -> Result<Message, DbError> {
    const SQL: &str = "INSERT INTO message (id, conversation_id, channel_id, at, from_customer, counts, asks, answers,
             shows, charge, attempt_at, published, draft, standby, echo)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?4, ?11, ?12, ?13, ?14)";
    let meaning = meaning(w.tx, channel, new.author, &new.content, new.standby)?;
    let message = Message {
        id: MessageId(w.next_id("message")?),
        conversation_id: new.conversation_id,
        client_key: new.client_key,
        author: new.author,
        at: instant(new.at.timestamp_millis()),
        content: new.content,
        reply_to: new.reply_to,
        edited_at: None,
        deleted_at: None,
        attempt: 1,
        delivery: Vec::new(),
    };
    let draft = if published { None } else { Some(serde_json::to_string(&message)?) };
    w.tx.prepare_cached(SQL)?.execute(params![
        message.id.0,
        message.conversation_id.0,
        channel.id.0,
        message.at.timestamp_millis(),
        message.author == Author::Customer,
        meaning.counts,
        meaning.asks,
        meaning.answers,
        meaning.shows,
        meaning.charge,
        published,
        draft,
        new.standby,
        matches!(message.author, Author::PhoneApp | Author::Automation),
    ])?;
    Ok(message)
}

/// Shows a message that was reserved.
pub(crate) fn publish(w: &mut Writer<'_>, id: MessageId) -> Result<Option<Message>, DbError> {
    const DRAFT: &str = "SELECT draft, conversation_id FROM message WHERE id = ?1 AND published = 0";
    let draft: Option<(String, i64)> =
        w.tx.query_row(DRAFT, [id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((draft, conversation)) = draft else { return Ok(None) };
    // Its conversation may have become part of another meanwhile.
    let draft: Message = serde_json::from_str(&draft)?;
    let message = Message { conversation_id: ConversationId(conversation), ..draft };
    w.tx.execute("UPDATE message SET published = 1, draft = NULL WHERE id = ?1", [id.0])?;
    w.put(&Row::Message(message.clone()))?;
    Ok(Some(message))
}

/// Shows that a message is being tried again: what is known of the attempt before says nothing of
/// this one.
pub(crate) fn tried_again(w: &mut Writer<'_>, id: MessageId, attempt: u32) -> Result<(), DbError> {
    if let Some(held) = message(w.tx, id)?.filter(|held| held.attempt < attempt) {
        w.put(&Row::Message(Message { attempt, ..held }))?;
    }
    Ok(())
}

/// Forgets a message that was reserved and that the provider refused. Its id stays unused.
pub(crate) fn drop_reserved(w: &Writer<'_>, id: MessageId) -> Result<(), DbError> {
    w.tx.execute("DELETE FROM message WHERE id = ?1 AND published = 0", [id.0])?;
    w.tx.execute("DELETE FROM attempt WHERE message_id = ?1", [id.0])?;
    w.tx.execute("DELETE FROM media WHERE message_id = ?1", [id.0])?;
    Ok(())
}

/// A message as it stands.
pub(crate) fn message(db: &Connection, id: MessageId) -> Result<Option<Message>, DbError> {
    row(db, RowKind::Message, id.0)
}

/// The message that a provider's id means, and which attempt of it.
pub(crate) fn by_provider_id(
    db: &Connection,
    channel: ChannelId,
    provider_id: &str,
) -> Result<Option<(MessageId, u32)>, DbError> {
    const SQL: &str = "SELECT message_id, attempt FROM attempt WHERE channel_id = ?1 AND provider_id = ?2";
    let found = db
        .prepare_cached(SQL)?
        .query_row(params![channel.0, provider_id], |row| Ok((MessageId(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

/// The other parts of a message that came as several.
pub(super) fn parts(db: &Connection, channel: ChannelId, provider_id: &str) -> Result<Vec<MessageId>, DbError> {
    // '#' is the character before '$'.
    const SQL: &str = "SELECT message_id FROM attempt
         WHERE channel_id = ?1 AND provider_id > ?2 || '#' AND provider_id < ?2 || '$' ORDER BY message_id";
    let mut statement = db.prepare_cached(SQL)?;
    let found = statement.query_map(params![channel.0, provider_id], |row| Ok(MessageId(row.get(0)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The provider's id of a message's newest attempt that has one.
pub(crate) fn provider_id(db: &Connection, id: MessageId) -> Result<Option<String>, DbError> {
    const SQL: &str = "SELECT provider_id FROM attempt WHERE message_id = ?1 AND provider_id IS NOT NULL
         ORDER BY attempt DESC LIMIT 1";
    Ok(db.prepare_cached(SQL)?.query_row([id.0], |row| row.get(0)).optional()?)
}

/// Notes the provider's id of a customer's message, and corrects what referred to it before it was
/// known.
pub(super) fn provider_id_learnt(
    w: &mut Writer<'_>,
    channel: ChannelId,
    provider: &str,
    id: MessageId,
) -> Result<(), DbError> {
    const LEARN: &str = "INSERT INTO attempt (message_id, attempt, channel_id, provider_id) VALUES (?1, 1, ?2, ?3)";
    w.tx.prepare_cached(LEARN)?.execute(params![id.0, channel.0, provider])?;
    mend_dangling(w, channel, provider, id)
}

/// Remembers that a message refers to one that is not known yet.
pub(super) fn dangles(w: &Writer<'_>, channel: ChannelId, provider: &str, id: MessageId) -> Result<(), DbError> {
    const SQL: &str = "INSERT OR IGNORE INTO dangling (channel_id, provider_id, message_id) VALUES (?1, ?2, ?3)";
    w.tx.prepare_cached(SQL)?.execute(params![channel.0, provider, id.0])?;
    Ok(())
}

/// A message is known now: those that quote it or react to it can say so.
pub(super) fn mend_dangling(
    w: &mut Writer<'_>,
    channel: ChannelId,
    provider: &str,
    target: MessageId,
) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM dangling WHERE channel_id = ?1 AND provider_id = ?2 RETURNING message_id";
    let waiting: Vec<i64> = {
        let mut statement = w.tx.prepare_cached(SQL)?;
        let found = statement.query_map(params![channel.0, provider], |row| row.get(0))?;
        found.collect::<Result<_, _>>()?
    };
    for id in waiting {
        if let Some(held) = message(w.tx, MessageId(id))? {
            w.put(&Row::Message(refer_to(held, target)))?;
        }
    }
    Ok(())
}

/// A reaction is *to* its message; anything else quotes it.
pub(super) fn refer_to(mut message: Message, target: MessageId) -> Message {
    match &mut message.content {
        Content::Reaction { to, .. } => *to = Some(target),
        _ => message.reply_to = Some(target),
    }
    message
}
