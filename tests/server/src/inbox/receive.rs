//! What a webhook brought becomes rows.

use riposte::model::{Author, ChannelAccount, ChannelId, ChannelKind, ContactId, Content, Message, Row};

use super::message::{self, NewMessage};
use super::{Outcome, change, channel, contact, conversation, early, fetch, report, template};
use crate::channels::event::{Addressed, Event, InboundMessage};
use crate::db::DbError;
use crate::feed::Writer;

/// Why an event is set aside whose webhook another account signed.
pub(super) const NOT_ITS_OWN: &str = "another account's secret signed it";

/// Takes one event. `Aside` is said before anything of it was written. With `signers`, only events on these channel
/// accounts are believed.
pub(super) fn take(
    w: &mut Writer<'_>,
    kind: ChannelKind,
    addressed: &Addressed,
    signers: Option<&[ChannelId]>,
) -> Result<Outcome, DbError> {
    match &addressed.event {
        Event::Ignored => return Ok(Outcome::Skipped),
        Event::Template(news) => return template::take_news(w, kind, &addressed.account, news, signers),
        _ => {}
    }
    let Some(channel) = channel::by_address(w.tx, kind, &addressed.account)? else {
        return Ok(Outcome::Aside("it belongs to no connected account"));
    };
    if signers.is_some_and(|signers| !signers.contains(&channel.id)) {
        return Ok(Outcome::Aside(NOT_ITS_OWN));
    }
    match &addressed.event {
        Event::Message(inbound) => take_message(w, &channel, inbound),
        Event::Status(status) => report::take(w, &channel, status),
        Event::Watermark { customer, status, up_to } => {
            let contact = contact::find(w.tx, channel.id, customer)?;
            let found = contact.map(|contact| conversation::find(w.tx, channel.id, contact)).transpose()?.flatten();
            match found {
                Some(conversation) => report::take_watermark(w, &channel, conversation, status, *up_to),
                None => Ok(Outcome::Skipped),
            }
        }
        Event::Edited { message_id, at, content } => match message::by_provider_id(w.tx, channel.id, message_id)? {
            Some((id, _)) => change::edit(w, id, *at, content),
            None => early::keep_edit(w, channel.id, message_id, *at, content),
        },
        Event::Revoked { message_id, at } => match message::by_provider_id(w.tx, channel.id, message_id)? {
            Some((id, _)) => change::revoke(w, id, *at),
            None => early::keep_revocation(w, channel.id, message_id, *at),
        },
        Event::Template(_) | Event::Ignored => Ok(Outcome::Skipped),
    }
}

fn take_message(w: &mut Writer<'_>, channel: &ChannelAccount, inbound: &InboundMessage) -> Result<Outcome, DbError> {
    if message::by_provider_id(w.tx, channel.id, &inbound.message_id)?.is_some() {
        return Ok(Outcome::Skipped);
    }
    let Some(contact) = contact::find_or_make(w, channel.id, &inbound.customer)? else {
        return Ok(Outcome::Aside("nothing says who wrote it"));
    };
    let conversation = conversation::find_or_begin(w, channel.id, contact)?;
    let author = author(inbound);
    let content = inbound.content.clone();
    let written = message::insert(
        w,
        channel,
        NewMessage { conversation_id: conversation, author, at: inbound.at, content, reply_to: None, client_key: None },
    )?;
    refer(w, channel, inbound, &written)?;
    if let (Some(source), Content::Media(_)) = (&inbound.media, &written.content) {
        fetch::media_later(w, channel.id, written.id, source)?;
    }
    message::provider_id_learnt(w, channel.id, &inbound.message_id, written.id)?;
    early::catch_up(w, channel, &inbound.message_id, written.id, 1)?;
    if reopens(author, &written.content) {
        conversation::set_open(w, conversation, true)?;
    }
    contact::address_changed(w, contact, inbound.new_phone.as_deref(), inbound.new_bsuid.as_deref())?;
    ask_name(w, channel, contact)?;
    Ok(Outcome::Stored)
}

fn author(inbound: &InboundMessage) -> Author {
    match (&inbound.content, inbound.echo) {
        (Content::System { .. }, _) => Author::System,
        (_, true) => Author::PhoneApp,
        (_, false) => Author::Customer,
    }
}

/// A customer who says something opens a closed conversation again; one who reacts does not.
fn reopens(author: Author, content: &Content) -> bool {
    author == Author::Customer && !matches!(content, Content::Reaction { .. })
}

fn refer(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    inbound: &InboundMessage,
    written: &Message,
) -> Result<(), DbError> {
    let Some(target) = &inbound.refers_to else { return Ok(()) };
    match message::by_provider_id(w.tx, channel.id, target)? {
        Some((id, _)) => {
            w.put(&Row::Message(message::refer_to(written.clone(), id)))?;
            Ok(())
        }
        None => message::dangles(w, channel.id, target, written.id),
    }
}

/// Messenger and Instagram say an id only: the name is asked for once the webhook is answered.
fn ask_name(w: &mut Writer<'_>, channel: &ChannelAccount, contact: ContactId) -> Result<(), DbError> {
    let silent = matches!(channel.kind, ChannelKind::Messenger | ChannelKind::Instagram);
    if silent && contact::is_nameless(w.tx, contact)? {
        fetch::name_later(w, channel.id, contact)?;
    }
    Ok(())
}
