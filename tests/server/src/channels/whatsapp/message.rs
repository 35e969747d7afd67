//! One item of `messages[]`, `message_echoes[]` or `calls[]` (field.md says where Meta is silent).

use riposte::model::{AnswerKind, ContactCard, Content, Media, MediaKind};

use crate::channels::event::{Customer, Event, InboundMessage, ProviderMedia};
use crate::channels::json::{Fault, Node};

/// Who wrote it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Customer,
    /// The company, from its own phone: `from` and `to` change places.
    Company,
}

pub(super) fn read(value: &Node<'_>, item: &Node<'_>, from: From) -> Result<Event, Fault> {
    let kind = item.need_text("type")?;
    let at = item.need("timestamp")?.seconds()?;
    match kind {
        "edit" => {
            let edit = item.need("edit")?;
            let body = edit.need("message")?;
            let (content, _) = content(&body, body.need_text("type")?)?;
            return Ok(Event::Edited { message_id: edit.need_id("original_message_id")?, at, content });
        }
        "revoke" => {
            let message_id = item.need("revoke")?.need_id("original_message_id")?;
            return Ok(Event::Revoked { message_id, at });
        }
        _ => {}
    }
    if item.get("group_id").is_some() {
        return Err(item.fault("a message of a group, which the inbox does not take part in"));
    }
    let (content, media) = content_or_unsupported(value, item, kind)?;
    let refers_to = match item.get("reaction") {
        Some(reaction) if kind == "reaction" => Some(reaction.need_id("message_id")?),
        _ => item.get("context").and_then(|context| context.get("id")).and_then(|id| id.id()),
    };
    let system = item.get("system").filter(|_| kind == "system");
    Ok(Event::Message(Box::new(InboundMessage {
        customer: customer(value, item, from)?,
        message_id: item.need_id("id")?,
        at,
        content,
        media,
        refers_to,
        echo: from == From::Company,
        free_entry: from == From::Customer && item.get("referral").is_some(),
        new_phone: system
            .as_ref()
            .and_then(|system| system.text("wa_id").or(system.text("new_wa_id")))
            .and_then(digits),
        new_bsuid: system.as_ref().and_then(|system| system.text("user_id")).map(str::to_owned),
    })))
}

/// A call. It opens the window like a message; Meta tells of its beginning and of its end under
/// one id, and only the end says how long it was.
pub(super) fn read_call(value: &Node<'_>, item: &Node<'_>) -> Result<Event, Fault> {
    let by_customer = item.text("direction") == Some("USER_INITIATED");
    if item.text("event") != Some("terminate") || !by_customer {
        return Ok(Event::Ignored);
    }
    let began = item.get("start_time").map_or_else(|| item.need("timestamp"), Ok)?;
    let seconds = item.get("duration").map(|duration| duration.number()).transpose()?;
    Ok(Event::Message(Box::new(InboundMessage {
        customer: customer(value, item, From::Customer)?,
        message_id: item.need_id("id")?,
        at: began.seconds()?,
        content: Content::Call { length_ms: seconds.map(|seconds| seconds.saturating_mul(1000)) },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
    })))
}

/// The customer's ids stand on the item, the name in `contacts`. Either id may be missing: a
/// customer with a username has no number here, an older message no BSUID.
fn customer(value: &Node<'_>, item: &Node<'_>, from: From) -> Result<Customer, Fault> {
    let (phone_field, bsuid_field) = match from {
        From::Customer => ("from", "from_user_id"),
        From::Company => ("to", "to_user_id"),
    };
    let phone = item.text(phone_field).and_then(digits);
    let bsuid = item.text(bsuid_field);
    let contacts = value.list("contacts");
    let is_theirs = |card: &&Node<'_>| {
        let same = |field, id: Option<&str>| id.is_some() && card.text(field) == id;
        same("wa_id", phone.as_deref()) || same("user_id", bsuid)
    };
    // Brazilian and Argentinian numbers may be written differently in the two places: a single
    // card is the sender's in any case. An echo's card may be the company's own.
    let card = contacts.iter().find(is_theirs).or(match contacts.as_slice() {
        [only] if from == From::Customer => Some(only),
        _ => None,
    });
    let profile = card.and_then(|card| card.get("profile"));
    let of_profile = |field| profile.as_ref().and_then(|profile| profile.text(field)).map(str::to_owned);
    let found = Customer {
        phone: phone.or_else(|| card.and_then(|card| card.text("wa_id")).and_then(digits)),
        bsuid: bsuid.or_else(|| card.and_then(|card| card.text("user_id"))).map(str::to_owned),
        scoped_id: None,
        name: of_profile("name"),
        username: of_profile("username"),
    };
    if found.phone.is_none() && found.bsuid.is_none() {
        return Err(item.fault("neither a phone number nor a user id of the customer"));
    }
    Ok(found)
}

fn digits(phone: &str) -> Option<String> {
    let phone = phone.strip_prefix('+').unwrap_or(phone);
    let plausible = (5..=20).contains(&phone.len()) && phone.bytes().all(|digit| digit.is_ascii_digit());
    plausible.then(|| phone.to_owned())
}

/// What Meta could not hand over whole still came from the customer, and still opens the window.
fn content_or_unsupported(
    value: &Node<'_>,
    item: &Node<'_>,
    kind: &str,
) -> Result<(Content, Option<ProviderMedia>), Fault> {
    match content(item, kind) {
        Err(_) if item.get("errors").is_some() || value.get("errors").is_some() => Ok((Content::Unsupported, None)),
        read => read,
    }
}

fn content(item: &Node<'_>, kind: &str) -> Result<(Content, Option<ProviderMedia>), Fault> {
    let content = match kind {
        "text" => Content::Text { body: item.need("text")?.need_text("body")?.to_owned() },
        "image" => return media(&item.need("image")?, MediaKind::Image),
        "video" => return media(&item.need("video")?, MediaKind::Video),
        "audio" => return media(&item.need("audio")?, MediaKind::Audio),
        "document" => return media(&item.need("document")?, MediaKind::Document),
        "sticker" => return media(&item.need("sticker")?, MediaKind::Sticker),
        "location" => location(&item.need("location")?)?,
        "contacts" => Content::Contacts { cards: item.need("contacts")?.entries().iter().map(card).collect() },
        "reaction" => {
            let emoji = item.need("reaction")?.text("emoji").map(str::to_owned);
            Content::Reaction { to: None, emoji }
        }
        "interactive" => answer(&item.need("interactive")?)?,
        "button" => {
            let title = item.need("button")?.need_text("text")?.to_owned();
            Content::Answer { kind: AnswerKind::Button, title }
        }
        "order" => {
            let order = item.need("order")?;
            let products = u32::try_from(order.list("product_items").len()).unwrap_or(u32::MAX);
            Content::Order { products, body: order.text("text").unwrap_or_default().to_owned() }
        }
        "system" => Content::System { event: item.need("system")?.need_text("type")?.to_owned() },
        "request_welcome" => Content::RequestWelcome,
        // A type that is new to us: the customer did write, and the agent is told that much.
        _ => Content::Unsupported,
    };
    Ok((content, None))
}

fn media(file: &Node<'_>, kind: MediaKind) -> Result<(Content, Option<ProviderMedia>), Fault> {
    // The address of a webhook runs out within minutes, the id does not.
    let source = match (file.get("id").and_then(|id| id.id()), file.text("url")) {
        (Some(id), _) => ProviderMedia::Id(id),
        (None, Some(url)) => ProviderMedia::Url(url.to_owned()),
        (None, None) => return Err(file.fault("neither an id nor an address of the file")),
    };
    let words = |field| file.text(field).unwrap_or_default().to_owned();
    let content = Media {
        kind,
        media_id: None,
        mime: file.text("mime_type").unwrap_or("application/octet-stream").to_owned(),
        size_bytes: None,
        name: words("filename"),
        caption: words("caption"),
        voice: file.get("voice").is_some_and(|voice| voice.value() == true),
    };
    Ok((Content::Media(content), Some(source)))
}

fn location(place: &Node<'_>) -> Result<Content, Fault> {
    let words = |field| place.text(field).unwrap_or_default().to_owned();
    Ok(Content::Location {
        latitude_e6: degrees(&place.need("latitude")?, 90.0)?,
        longitude_e6: degrees(&place.need("longitude")?, 180.0)?,
        name: words("name"),
        address: words("address"),
    })
}

#[allow(clippy::cast_possible_truncation, reason = "at most 180 million: it fits")]
fn degrees(node: &Node<'_>, most: f64) -> Result<i32, Fault> {
    let degrees = node.value().as_f64().filter(|degrees| degrees.abs() <= most);
    let degrees = degrees.ok_or_else(|| node.fault("degrees were expected"))?;
    Ok((degrees * 1e6).round() as i32)
}

fn card(card: &Node<'_>) -> ContactCard {
    let name = card.get("name");
    let part = |field| name.as_ref().and_then(|name| name.text(field));
    let parts = || [part("first_name"), part("last_name")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let phone = |phone: &Node<'_>| phone.text("phone").or(phone.text("wa_id")).map(str::to_owned);
    ContactCard {
        name: part("formatted_name").map_or_else(parts, str::to_owned),
        phones: card.list("phones").iter().filter_map(phone).collect(),
    }
}

fn answer(interactive: &Node<'_>) -> Result<Content, Fault> {
    let (kind, title) = match interactive.need_text("type")? {
        "button_reply" => (AnswerKind::Button, interactive.need("button_reply")?.need_text("title")?),
        "list_reply" => (AnswerKind::List, interactive.need("list_reply")?.need_text("title")?),
        "nfm_reply" => {
            let form = interactive.need("nfm_reply")?;
            (AnswerKind::Flow, form.text("body").or(form.text("name")).unwrap_or_default())
        }
        // A permission to call, an address: nothing the inbox could show as an answer.
        _ => return Ok(Content::Unsupported),
    };
    Ok(Content::Answer { kind, title: title.to_owned() })
}
