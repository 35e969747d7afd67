//! A page's webhook: `{object, entry: [{id, messaging: [event]}]}` (Meta, "Messenger Platform
//! webhooks"). The page is the one of `entry`; the customer is the one of sender and recipient
//! that is not the page. `standby` holds the same events while a bot has the conversation.

use riposte::model::{AnswerKind, ChannelKind, Content, DeliveryStatus};

use super::attachment;
use crate::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed, StatusReport};
use crate::channels::json::{Fault, Node};
use crate::channels::repair;

/// Reads a webhook's body. Which of the two channels it is for stands in `object`; none when it
/// is neither. Never fails: what cannot be read stands in `unreadable`.
pub fn read(body: &[u8]) -> (Option<ChannelKind>, Parsed) {
    let mut parsed = Parsed::default();
    let document = match repair::document(body) {
        Ok(document) => document,
        Err(error) => {
            parsed.set_aside_whole(body, &error);
            return (None, parsed);
        }
    };
    let root = Node::root(&document);
    let kind = match root.text("object") {
        Some("page") => ChannelKind::Messenger,
        Some("instagram") => ChannelKind::Instagram,
        _ => {
            parsed.set_aside("", &root, root.fault("neither a page's nor an Instagram account's webhook"));
            return (None, parsed);
        }
    };
    for entry in root.list("entry") {
        let page = entry.get("id").and_then(|id| id.id());
        let take = |parsed: &mut Parsed, name: &str, item: &Node<'_>, standby: bool| {
            if let Err(fault) = read_item(page.as_deref(), &entry, item, standby, parsed) {
                parsed.set_aside(name, item, fault);
            }
        };
        for item in entry.list("messaging") {
            take(&mut parsed, key_of(&item), &item, false);
        }
        for item in entry.list("standby") {
            take(&mut parsed, "standby", &item, true);
        }
        for change in entry.list("changes") {
            let field = change.text("field").unwrap_or_default();
            // Instagram may post a message as a change; comments and mentions are no conversation.
            match change.get("value").filter(|value| value.get("sender").is_some()) {
                Some(item) => take(&mut parsed, field, &item, field == "standby"),
                None => parsed.set_aside(field, &change, change.fault("the inbox has no use for this field")),
            }
        }
        if ["messaging", "standby", "changes"].iter().all(|list| entry.list(list).is_empty()) {
            parsed.set_aside("", &entry, entry.fault("an entry without events"));
        }
    }
    (Some(kind), parsed)
}

/// What an event is: its key beside those that every event has.
fn key_of<'a>(item: &Node<'a>) -> &'a str {
    let keys = item.value().as_object().map(|fields| fields.keys());
    let own = |key: &&String| !["sender", "recipient", "timestamp"].contains(&key.as_str());
    keys.and_then(|mut keys| keys.find(own)).map_or("", String::as_str)
}

fn read_item(
    page: Option<&str>,
    entry: &Node<'_>,
    item: &Node<'_>,
    standby: bool,
    parsed: &mut Parsed,
) -> Result<(), Fault> {
    let page = page.ok_or_else(|| entry.need("id").err().unwrap_or_else(|| entry.fault("no id of the page")))?;
    let events = events(page, item)?;
    let events = events.into_iter().map(|mut event| {
        if let Event::Message(message) = &mut event {
            message.standby = standby;
        }
        Addressed { account: page.to_owned(), event }
    });
    parsed.events.extend(events);
    Ok(())
}

fn events(page: &str, item: &Node<'_>) -> Result<Vec<Event>, Fault> {
    if let Some(message) = item.get("message") {
        return read_message(page, item, &message);
    }
    if let Some(tap) = item.get("postback") {
        return Ok(vec![read_tap(page, item, &tap)?]);
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
    if let Some(referral) = item.get("referral") {
        return Ok(vec![read_referral(page, item, &referral)?]);
    }
    for (key, event) in HANDOVERS {
        if item.get(key).is_some() {
            let id = derived_id(item, key, "")?;
            return Ok(vec![written(page, item, id, Content::System { event: event.to_owned() })?]);
        }
    }
    if item.get("typing").is_some() {
        return Ok(vec![Event::Ignored]);
    }
    Err(item.fault("the inbox has no use for this event"))
}

/// Who has the conversation now: the app that receives `pass_thread_control` does, the one that
/// receives `take_thread_control` no longer (Meta, "Handover protocol").
const HANDOVERS: [(&str, &str); 2] =
    [("pass_thread_control", "control_passed_to_inbox"), ("take_thread_control", "control_taken_by_automation")];

fn read_message(page: &str, item: &Node<'_>, message: &Node<'_>) -> Result<Vec<Event>, Fault> {
    let id = message.need_id("mid")?;
    let is = |field| message.get(field).is_some_and(|flag| flag.value() == true);
    if is("is_deleted") {
        return Ok(vec![Event::Revoked { message_id: id, at: at(item)? }]);
    }
    let text = message.text("text");
    let mut parts = Vec::new();
    if let Some(text) = text {
        // A quick reply is a tap; its text is what was tapped.
        let content = match message.get("quick_reply") {
            Some(_) => Content::Answer { kind: AnswerKind::Button, title: text.to_owned() },
            None => Content::Text { body: text.to_owned() },
        };
        parts.push((content, None));
    }
    parts.extend(attachment::read_all(&message.list("attachments"), text));
    if parts.is_empty() {
        parts.push((Content::Unsupported, None));
    }
    // One message may carry several files and a text. Each becomes a message of the inbox; the
    // first keeps the provider's id, by which the message is quoted and taken back.
    let mut events = Vec::new();
    for (index, (content, media)) in parts.into_iter().enumerate() {
        let part = if index == 0 { id.clone() } else { format!("{id}#{index}") };
        let mut event = written(page, item, part, content)?;
        if let Event::Message(written) = &mut event {
            written.media = media;
            written.part_of = (index > 0).then(|| id.clone());
        }
        events.push(event);
    }
    Ok(events)
}

/// A tap on a button. Meta may leave `mid` out.
fn read_tap(page: &str, item: &Node<'_>, tap: &Node<'_>) -> Result<Event, Fault> {
    let title = tap.text("title").or(tap.text("payload")).unwrap_or_default().to_owned();
    let id = match tap.get("mid").and_then(|mid| mid.id()) {
        Some(id) => id,
        None => derived_id(item, "postback", tap.text("payload").unwrap_or_default())?,
    };
    written(page, item, id, Content::Answer { kind: AnswerKind::Button, title })
}

/// A customer whom the page knows came by a link or an advertisement. It counts as a message (Meta,
/// "Messenger Platform policy").
fn read_referral(page: &str, item: &Node<'_>, referral: &Node<'_>) -> Result<Event, Fault> {
    let ad = referral.get("ads_context_data");
    let title = ad.as_ref().and_then(|ad| ad.text("ad_title")).or(referral.text("ref")).or(referral.text("source"));
    let title = title.unwrap_or_default().to_owned();
    let id = derived_id(item, "referral", referral.text("ref").unwrap_or_default())?;
    written(page, item, id, Content::Answer { kind: AnswerKind::Unknown, title })
}

/// The id of an event that has none: what it is, whose, about what, and when.
fn derived_id(item: &Node<'_>, kind: &str, about: &str) -> Result<String, Fault> {
    let sender = item.need("sender")?.need_id("id")?;
    Ok(format!("{kind}#{sender}#{about}#{}", at(item)?.timestamp_millis()))
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
        let up_to = watermark.instant()?;
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
        return Ok(Event::Watermark { customer, status: DeliveryStatus::Read, up_to: watermark.instant()? });
    }
    Ok(Event::Status(report(read.need_id("mid")?, DeliveryStatus::Read, at(item)?)))
}

fn report(message_id: String, status: DeliveryStatus, at: chrono::DateTime<chrono::Utc>) -> StatusReport {
    StatusReport { message_id, key: None, status, at, error: None, billable: None, free_until: None }
}

fn written(page: &str, item: &Node<'_>, message_id: String, content: Content) -> Result<Event, Fault> {
    let message = item.get("message");
    let sender = item.need("sender")?.need_id("id")?;
    let recipient = item.get("recipient").and_then(|recipient| recipient.get("id")?.id());
    let is_echo = message.as_ref().and_then(|message| message.get("is_echo"));
    let echo = sender == page || is_echo.is_some_and(|echo| echo.value() == true);
    // An echo with its sides swapped names the page as recipient.
    let other = recipient.filter(|recipient| recipient != page);
    let customer = match (echo, other) {
        (true, Some(other)) => other,
        (true, None) if sender == page => return Err(item.fault("the page wrote to itself")),
        _ => sender,
    };
    let reply_to = message.as_ref().and_then(|message| message.get("reply_to"));
    let referral = item.get("referral").or_else(|| message.as_ref()?.get("referral"));
    let postback = item.get("postback").and_then(|postback| postback.get("referral"));
    let customer = Customer { scoped_id: Some(customer), ..Customer::default() };
    Ok(Event::Message(Box::new(InboundMessage {
        refers_to: reply_to.and_then(|quoted| quoted.get("mid")?.id()),
        echo,
        free_entry: !echo && (referral.is_some() || postback.is_some()),
        ..InboundMessage::plain(customer, message_id, at(item)?, content)
    })))
}

fn at(item: &Node<'_>) -> Result<chrono::DateTime<chrono::Utc>, Fault> {
    item.need("timestamp")?.instant()
}
