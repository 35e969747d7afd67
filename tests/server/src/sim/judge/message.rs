//! Reading a request to send: which keys it may have, and what each type asks for (Meta, "Send
//! messages" and the page of each type).

use serde_json::Value;

use super::fields::Fields;
use super::{Asked, AskedTemplate, FileRef, Recipient, interactive, template};
use crate::sim::errors::{Refusal, because};

const TYPES: [&str; 11] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
];
/// What a request may have beside the content of its type.
const ENVELOPE: [&str; 8] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
];
const TEXT_MOST: usize = 4_096;
const CAPTION_MOST: usize = 1_024;
const KEY_MOST: usize = 512;
/// The form of `{country}.{letters and digits}`, up to 128 of them; a parent id has `ENT` between.
const USER_ID_MOST: usize = 128;

/// Reads a request to send.
pub(in crate::sim) fn read(body: &Value) -> Result<Asked, Refusal> {
    let body = Fields::of(body, "")?;
    product(&body)?;
    let kind = body.text("type")?.unwrap_or("text");
    if !TYPES.contains(&kind) {
        return Err(because(100, format!("Param type must be one of {{{}}}.", TYPES.join(", "))));
    }
    let known: Vec<&str> = ENVELOPE.into_iter().chain([kind]).collect();
    body.only(&known)?;
    match body.text("recipient_type")? {
        None | Some("individual") => {}
        Some(_) => return Err(body.not_valid("recipient_type", "must be individual")),
    }
    let (input, to) = recipient(&body)?;
    let quotes = match body.object("context")? {
        Some(context) => {
            context.only(&["message_id"])?;
            Some(context.need_text("message_id")?.to_owned())
        }
        None => None,
    };
    let key = body.text_up_to("biz_opaque_callback_data", KEY_MOST)?.map(str::to_owned);
    let kind = kind.to_owned();
    let mut asked =
        Asked { input, to, kind, text: String::new(), template: None, file: None, reacts_to: None, quotes, key };
    content(&body, &mut asked)?;
    Ok(asked)
}

/// Reads a mark as read, with or without a typing notice: the id of the customer's message.
pub(in crate::sim) fn read_mark(body: &Value) -> Result<&str, Refusal> {
    let body = Fields::of(body, "")?;
    product(&body)?;
    body.only(&["messaging_product", "status", "message_id", "typing_indicator"])?;
    if body.need_text("status")? != "read" {
        return Err(body.not_valid("status", "must be read"));
    }
    if let Some(typing) = body.object("typing_indicator")? {
        typing.only(&["type"])?;
        if typing.need_text("type")? != "text" {
            return Err(typing.not_valid("type", "must be text"));
        }
    }
    body.need_text("message_id")
}

fn product(body: &Fields<'_>) -> Result<(), Refusal> {
    match body.text("messaging_product")? {
        Some("whatsapp") => Ok(()),
        Some(_) => Err(because(100, "Param messaging_product must be one of {WHATSAPP}.")),
        None => Err(because(100, "The parameter messaging_product is required.")),
    }
}

/// A number goes in `to`, a user id in `recipient`. If both are there, the number is used.
fn recipient(body: &Fields<'_>) -> Result<(String, Recipient), Refusal> {
    if let Some(input) = body.text("to")?.filter(|input| !input.is_empty()) {
        let number = input.trim();
        let separators = ['+', '-', '(', ')', ' ', '.'];
        let digits: String = number.chars().filter(|c| !separators.contains(c)).collect();
        let is_number = (5..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number || number.rfind('+').is_some_and(|at| at > 0) {
            return Err(body.not_valid("to", "is not a phone number"));
        }
        return Ok((input.to_owned(), Recipient::Phone { digits, with_plus: number.starts_with('+') }));
    }
    let input = body.text("recipient")?.filter(|input| !input.is_empty()).ok_or_else(|| body.missing("to"))?;
    let well_formed = input.split_once('.').is_some_and(|(country, id)| {
        let id = id.strip_prefix("ENT.").unwrap_or(id);
        let country_ok = country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_uppercase());
        country_ok && (1..=USER_ID_MOST).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric())
    });
    if !well_formed {
        return Err(body.not_valid("recipient", "is not a business-scoped user ID"));
    }
    Ok((input.to_owned(), Recipient::UserId(input.to_owned())))
}

fn content(body: &Fields<'_>, asked: &mut Asked) -> Result<(), Refusal> {
    match asked.kind.as_str() {
        "text" => {
            let text = body.need("text")?;
            text.only(&["body", "preview_url"])?;
            text.flag("preview_url")?;
            asked.text = text.need_text_up_to("body", TEXT_MOST)?.to_owned();
        }
        "location" => {
            let place = body.need("location")?;
            location(&place)?;
            asked.text = place.text("name")?.unwrap_or_default().to_owned();
        }
        "contacts" => asked.text = contacts(body)?.join(", "),
        "reaction" => {
            let reaction = body.need("reaction")?;
            reaction.only(&["message_id", "emoji"])?;
            asked.reacts_to = Some(reaction.need_text("message_id")?.to_owned());
            // An empty emoji takes the reaction away.
            asked.text = reaction.text("emoji")?.ok_or_else(|| reaction.missing("emoji"))?.to_owned();
        }
        "interactive" => asked.text = interactive::read(&body.need("interactive")?)?,
        "template" => {
            let given = template::read(&body.need("template")?)?;
            asked.text = words_of(&given);
            asked.template = Some(given);
        }
        kind => {
            let content = body.need(kind)?;
            asked.text = match kind {
                "image" | "video" => {
                    content.only(&["id", "link", "caption"])?;
                    content.text_up_to("caption", CAPTION_MOST)?.unwrap_or_default().to_owned()
                }
                "document" => {
                    content.only(&["id", "link", "caption", "filename"])?;
                    content.text("filename")?;
                    content.text_up_to("caption", CAPTION_MOST)?.unwrap_or_default().to_owned()
                }
                "audio" => {
                    content.only(&["id", "link", "voice"])?;
                    content.flag("voice")?;
                    String::new()
                }
                _ => {
                    content.only(&["id", "link"])?;
                    String::new()
                }
            };
            asked.file = Some(file(&content)?);
        }
    }
    Ok(())
}

fn words_of(given: &AskedTemplate) -> String {
    let texts = given.parts.iter().flat_map(|part| &part.parameters).filter_map(|value| value.text.as_deref());
    texts.collect::<Vec<_>>().join(" | ")
}

/// A file is uploaded before or lies somewhere on the web: one of the two.
pub(super) fn file(content: &Fields<'_>) -> Result<FileRef, Refusal> {
    match (content.text("id")?, content.text("link")?) {
        (Some(id), None) if !id.is_empty() => Ok(FileRef::Id(id.to_owned())),
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => Ok(FileRef::Link),
        (None, Some(_)) => Err(content.not_valid("link", "is not a valid URI")),
        (Some(_), Some(_)) => Err(content.not_valid("link", "cannot stand beside id")),
        _ => Err(content.missing("id")),
    }
}

pub(super) fn location(place: &Fields<'_>) -> Result<(), Refusal> {
    place.only(&["latitude", "longitude", "name", "address"])?;
    for (name, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        if place.need_number(name)?.abs() > most {
            return Err(place.not_valid(name, "is out of range"));
        }
    }
    place.text("name")?;
    place.text("address")?;
    Ok(())
}

/// The names of the cards.
fn contacts(body: &Fields<'_>) -> Result<Vec<String>, Refusal> {
    const PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
    let mut names = Vec::new();
    for card in body.need_list("contacts", 1, 257)? {
        card.only(&["addresses", "birthday", "emails", "name", "org", "phones", "urls"])?;
        let name = card.need("name")?;
        let known: Vec<&str> = ["formatted_name"].into_iter().chain(PARTS).collect();
        name.only(&known)?;
        names.push(name.need_text("formatted_name")?.to_owned());
        if !PARTS.iter().any(|part| name.has(part)) {
            return Err(name.not_valid("formatted_name", "needs another part of the name beside it"));
        }
        for (list, known) in [
            ("phones", &["phone", "type", "wa_id"][..]),
            ("emails", &["email", "type"]),
            ("urls", &["url", "type"]),
            ("addresses", &["street", "city", "state", "zip", "country", "country_code", "type"]),
        ] {
            for item in card.list(list)? {
                item.only(known)?;
                for field in known {
                    item.text(field)?;
                }
            }
        }
        if let Some(org) = card.object("org")? {
            org.only(&["company", "department", "title"])?;
        }
    }
    Ok(names)
}
