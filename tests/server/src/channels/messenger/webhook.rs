//! A page's webhook: `{object, entry: [{id, messaging: [event]}]}` (Meta, "Messenger Platform
//! webhooks"). The page is the one of `entry`; the customer is whoever of sender and recipient
//! is not the page.

use riposte::model::{AnswerKind, ChannelKind, Content, DeliveryStatus, Media, MediaKind};
use serde_json::Value;

use crate::channels::event::{
    Addressed, Customer, Event, InboundMessage, Parsed, ProviderMedia, StatusReport, Unreadable,
};
use crate::channels::json::{Fault, Node};

/// Reads a webhook's body. Which of the two channels it is for stands in `object`; none when it
/// is neither. Never fails: what cannot be read stands in `unreadable`.
pub fn read(body: &[u8]) -> (Option<ChannelKind>, Parsed) {
    let mut parsed = Parsed::default();
    let document: Value = match serde_json::from_slice(body) {
        Ok(document) => document,
        Err(error) => {
            let why = format!("not JSON, at line {} column {}", error.line(), error.column());
            let raw = String::from_utf8_lossy(body).into_owned();
            parsed.unreadable.push(Unreadable { place: String::new(), why, raw });
            return (None, parsed);
        }
    };
    let root = Node::root(&document);
    let kind = match root.text("object") {
        Some("page") => ChannelKind::Messenger,
        Some("instagram") => ChannelKind::Instagram,
        _ => {
            parsed.set_aside(&root, root.fault("neither a page's nor an Instagram account's webhook"));
            return (None, parsed);
        }
    };
    for entry in root.list("entry") {
        for item in entry.list("messaging") {
            if let Err(fault) = read_item(&entry, &item, &mut parsed) {
                parsed.set_aside(&item, fault);
            }
        }
    }
    (Some(kind), parsed)
}

fn read_item(entry: &Node<'_>, item: &Node<'_>, parsed: &mut Parsed) -> Result<(), Fault> {
    let page = entry.need_id("id")?;
    let events = events(&page, item)?;
    parsed.events.extend(events.into_iter().map(|event| Addressed { account: page.clone(), event }));
    Ok(())
}

fn events(page: &str, item: &Node<'_>) -> Result<Vec<Event>, Fault> {
    if let Some(message) = item.get("message") {
        return read_message(page, item, &message);
    }
    if let Some(tap) = item.get("postback") {
        let title = tap.text("title").unwrap_or_default().to_owned();
        let id = tap.need_id("mid")?;
        return Ok(vec![written(page, item, id, Content::Answer { kind: AnswerKind::Button, title })?]);
    }
    if let Some(reaction) = item.get("reaction") {
        return Ok(vec![read_reaction(page, item, &reaction)?]);
    }
    if let Some(edit) = item.get("message_edit") {
        let content = Content::Text { body: edit.need_text("text")?.to_owned() };
        return Ok(vec![Event::Edited { message_id: edit.need_id("mid")?, at: at(item)?, content }]);
    }
    if let Some(delivery) = item.get("delivery") {
        return read_delivery(item, &delivery);
    }
    if let Some(read) = item.get("read") {
        return Ok(vec![read_seen(item, &read)?]);
    }
    // Typing, opt-ins, referrals without a message: of no consequence here.
    Ok(vec![Event::Ignored])
}

fn read_message(page: &str, item: &Node<'_>, message: &Node<'_>) -> Result<Vec<Event>, Fault> {
    let id = message.need_id("mid")?;
    if message.get("is_deleted").is_some_and(|deleted| deleted.value() == true) {
        return Ok(vec![Event::Revoked { message_id: id, at: at(item)? }]);
    }
    let text = message.text("text");
    let attachments = message.list("attachments");
    let mut events = Vec::new();
    if let Some(text) = text {
        // A quick reply is a tap; its text is what was tapped.
        let content = match message.get("quick_reply") {
            Some(_) => Content::Answer { kind: AnswerKind::Button, title: text.to_owned() },
            None => Content::Text { body: text.to_owned() },
        };
        events.push(written(page, item, id.clone(), content)?);
    }
    // One message may carry several files and a text. Each becomes a message of the inbox; the
    // first keeps the provider's id, by which the message is quoted and taken back.
    for (index, attachment) in attachments.iter().enumerate() {
        let part = events.len();
        let id = if part == 0 { id.clone() } else { format!("{id}#{}", index + 1) };
        let (content, media) = file(attachment);
        let mut event = written(page, item, id, content)?;
        if let Event::Message(message) = &mut event {
            message.media = media;
        }
        events.push(event);
    }
    if events.is_empty() {
        events.push(written(page, item, id, Content::Unsupported)?);
    }
    Ok(events)
}

fn file(attachment: &Node<'_>) -> (Content, Option<ProviderMedia>) {
    let kind = match attachment.text("type") {
        Some("image") => MediaKind::Image,
        Some("video" | "ig_reel" | "reel") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        Some("file") => MediaKind::Document,
        _ => return (Content::Unsupported, None),
    };
    let payload = attachment.get("payload");
    let Some(url) = payload.as_ref().and_then(|payload| payload.text("url")) else {
        return (Content::Unsupported, None);
    };
    // What it really is, its download will say.
    let media = Media {
        kind,
        media_id: None,
        mime: "application/octet-stream".to_owned(),
        size_bytes: None,
        name: payload.as_ref().and_then(|payload| payload.text("title")).unwrap_or_default().to_owned(),
        caption: String::new(),
        voice: false,
    };
    (Content::Media(media), Some(ProviderMedia::Url(url.to_owned())))
}

fn read_reaction(page: &str, item: &Node<'_>, reaction: &Node<'_>) -> Result<Event, Fault> {
    let to = reaction.need_id("mid")?;
    let taken_away = reaction.text("action") == Some("unreact");
    let emoji = reaction.text("emoji").filter(|_| !taken_away).map(str::to_owned);
    // Reactions have no id of their own: who, to what and when is one.
    let id = format!("{}#{to}#{}", item.need("sender")?.need_id("id")?, at(item)?.timestamp_millis());
    let mut event = written(page, item, id, Content::Reaction { to: None, emoji })?;
    if let Event::Message(message) = &mut event {
        message.refers_to = Some(to);
    }
    Ok(event)
}

fn read_delivery(item: &Node<'_>, delivery: &Node<'_>) -> Result<Vec<Event>, Fault> {
    let customer = item.need("sender")?.need_id("id")?;
    let mids: Vec<String> = delivery.list("mids").iter().filter_map(Node::id).collect();
    let mut events = Vec::new();
    if let Some(watermark) = delivery.get("watermark") {
        let up_to = watermark.milliseconds()?;
        for message_id in mids {
            events.push(Event::Status(report(message_id, DeliveryStatus::Delivered, up_to)));
        }
        events.push(Event::Watermark { customer, status: DeliveryStatus::Delivered, up_to });
        return Ok(events);
    }
    let at = at(item)?;
    events.extend(mids.into_iter().map(|id| Event::Status(report(id, DeliveryStatus::Delivered, at))));
    Ok(events)
}

/// Messenger says *up to this time*, Instagram names the message.
fn read_seen(item: &Node<'_>, read: &Node<'_>) -> Result<Event, Fault> {
    if let Some(watermark) = read.get("watermark") {
        let customer = item.need("sender")?.need_id("id")?;
        return Ok(Event::Watermark { customer, status: DeliveryStatus::Read, up_to: watermark.milliseconds()? });
    }
    Ok(Event::Status(report(read.need_id("mid")?, DeliveryStatus::Read, at(item)?)))
}

fn report(message_id: String, status: DeliveryStatus, at: chrono::DateTime<chrono::Utc>) -> StatusReport {
    StatusReport { message_id, key: None, status, at, error: None, billable: None, free_until: None }
}

fn written(page: &str, item: &Node<'_>, message_id: String, content: Content) -> Result<Event, Fault> {
    let message = item.get("message");
    let sender = item.need("sender")?.need_id("id")?;
    let is_echo = message.as_ref().and_then(|message| message.get("is_echo"));
    let echo = sender == page || is_echo.is_some_and(|echo| echo.value() == true);
    let customer = if echo { item.need("recipient")?.need_id("id")? } else { sender };
    let reply_to = message.as_ref().and_then(|message| message.get("reply_to"));
    let referral = item.get("referral").or_else(|| message.as_ref()?.get("referral"));
    Ok(Event::Message(Box::new(InboundMessage {
        customer: Customer { scoped_id: Some(customer), ..Customer::default() },
        message_id,
        at: at(item)?,
        content,
        media: None,
        refers_to: reply_to.and_then(|quoted| quoted.get("mid")?.id()),
        echo,
        free_entry: !echo && referral.is_some(),
        new_phone: None,
        new_bsuid: None,
    })))
}

fn at(item: &Node<'_>) -> Result<chrono::DateTime<chrono::Utc>, Fault> {
    item.need("timestamp")?.milliseconds()
}
