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
/// accounts are believed. A time in the future comes from a clock that runs ahead: it counts as of its arrival.
pub(super) fn take(
    w: &mut Writer<'_>,
    kind: ChannelKind,
    addressed: &Addressed,
    signers: Option<&[ChannelId]>,
) -> Result<Outcome, DbError> {
    match &addressed.event {
        Event::Ignored => return Ok(Outcome::Skipped),
        Event::Template(news) => return template::take_news(w, kind, &addressed.account, news, signers),
        Event::Account(news) => return channel::take_news(w, kind, &addressed.account, news, signers),
        _ => {}
    }
    let Some(channel) = channel::by_address(w.tx, kind, &addressed.account)? else {
        return Ok(Outcome::Aside("it belongs to no connected account"));
    };
    if signers.is_some_and(|signers| !signers.contains(&channel.id)) {
        return Ok(Outcome::Aside(NOT_ITS_OWN));
    }
    match &addressed.event {
        Event::Message(inbound) => take_message(w, &channel, &addressed.account, inbound),
        Event::Status(status) => report::take(w, &channel, status),
        Event::Watermark { customer, status, up_to } => {
            let up_to = (*up_to).min(w.now);
            let contact = contact::find(w.tx, channel.id, customer)?;
            let found = contact.map(|contact| conversation::find(w.tx, channel.id, contact)).transpose()?.flatten();
            match found {
                Some(conversation) => report::take_watermark(w, &channel, conversation, status, up_to),
                None => early::keep_watermark(w, channel.id, customer, status, up_to),
            }
        }
        Event::Edited { message_id, at, content } => {
            let at = (*at).min(w.now);
            match message::by_provider_id(w.tx, channel.id, message_id)? {
                Some((id, _)) => change::edit(w, id, at, content),
                None => early::keep_edit(w, channel.id, message_id, at, content),
            }
        }
        Event::Revoked { message_id, at } => {
            let at = (*at).min(w.now);
            match message::by_provider_id(w.tx, channel.id, message_id)? {
                Some((id, _)) => change::revoke_whole(w, channel.id, message_id, id, at),
                None => early::keep_revocation(w, channel.id, message_id, at),
            }
        }
        Event::Template(_) | Event::Account(_) | Event::Ignored => Ok(Outcome::Skipped),
    }
}

fn take_message(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    account: &str,
    inbound: &InboundMessage,
) -> Result<Outcome, DbError> {
    if message::by_provider_id(w.tx, channel.id, &inbound.message_id)?.is_some() {
        return Ok(Outcome::Skipped);
    }
    if contact::is_company(channel, account, &inbound.customer) {
        return Ok(Outcome::Aside("the company itself stands in the customer's place"));
    }
    let at = inbound.at.min(w.now);
    let notice = inbound.new_phone.is_some() || inbound.new_bsuid.is_some();
    let seen_at = if notice { contact::before_change(at) } else { at };
    let Some(contact) = contact::find_or_make(w, channel.id, &inbound.customer, seen_at)? else {
        return Ok(Outcome::Aside("nothing says who wrote it"));
    };
    let (new_phone, new_bsuid) = (inbound.new_phone.as_deref(), inbound.new_bsuid.as_deref());
    let contact = if notice { contact::address_changed(w, contact, new_phone, new_bsuid, at)? } else { contact };
    let conversation = conversation::find_or_begin(w, channel.id, contact)?;
    let author = author(inbound);
    let new = NewMessage {
        conversation_id: conversation,
        author,
        at,
        content: inbound.content.clone(),
        reply_to: None,
        client_key: None,
        standby: inbound.standby,
    };
    let written = message::insert(w, channel, new)?;
    refer(w, channel, inbound, &written)?;
    if let (Some(source), Content::Media(_)) = (&inbound.media, &written.content) {
        fetch::media_later(w, channel.id, written.id, source)?;
    }
    message::provider_id_learnt(w, channel.id, &inbound.message_id, written.id)?;
    early::catch_up(w, channel, &inbound.message_id, written.id, 1)?;
    goes_with_its_message(w, channel, inbound, &written)?;
    if let Some(customer) = &inbound.customer.scoped_id {
        early::watermarks(w, channel, customer, conversation)?;
    }
    if inbound.echo {
        report::below_watermarks(w, channel, conversation)?;
    }
    if reopens(author, &written.content) && !inbound.standby {
        conversation::set_open(w, conversation, true)?;
    }
    ask_name(w, channel, contact)?;
    Ok(Outcome::Stored)
}

/// A part of a message that was taken back meanwhile is taken back too.
fn goes_with_its_message(
    w: &mut Writer<'_>,
    channel: &ChannelAccount,
    inbound: &InboundMessage,
    written: &Message,
) -> Result<(), DbError> {
    let Some(whole) = &inbound.part_of else { return Ok(()) };
    let Some((id, _)) = message::by_provider_id(w.tx, channel.id, whole)? else { return Ok(()) };
    match message::message(w.tx, id)?.and_then(|whole| whole.deleted_at) {
        Some(deleted_at) => change::revoke(w, written.id, deleted_at).map(drop),
        None => Ok(()),
    }
}

fn author(inbound: &InboundMessage) -> Author {
    match (&inbound.content, inbound.echo) {
        (Content::System { .. }, _) => Author::System,
        (_, true) if inbound.standby => Author::Automation,
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
