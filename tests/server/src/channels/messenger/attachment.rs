//! What a page's message carries beside its text: files, stickers, shared posts, places.

use riposte::model::{Content, Media, MediaKind};

use crate::channels::event::ProviderMedia;
use crate::channels::json::Node;

type Part = (Content, Option<ProviderMedia>);

/// The parts of a message, each once: Meta sends a sticker as two attachments of one address, and a
/// link in the text as an attachment too.
pub(super) fn read_all(attachments: &[Node<'_>], text: Option<&str>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut addresses: Vec<(String, usize)> = Vec::new();
    for attachment in attachments {
        let kind = attachment.text("type").unwrap_or_default();
        let address = address(attachment);
        let seen = address.and_then(|url| addresses.iter().find(|(seen, _)| seen == url)).map(|(_, index)| *index);
        match seen {
            // Of the two, the sticker says more than the picture.
            Some(index) => {
                if let (Some(part), true) = (parts.get_mut(index), kind == "sticker") {
                    *part = read(attachment, kind);
                }
            }
            None if is_link(kind) && address.is_some_and(|url| text.is_some_and(|text| text.contains(url))) => {}
            None => {
                addresses.extend(address.map(|url| (url.to_owned(), parts.len())));
                parts.push(read(attachment, kind));
            }
        }
    }
    parts
}

/// The address stands in the payload; that of an old `fallback` beside it.
fn address<'a>(attachment: &Node<'a>) -> Option<&'a str> {
    let payload = attachment.get("payload");
    payload.and_then(|payload| payload.text("url")).or(attachment.text("url"))
}

/// What is shown as its title and its address, which can be opened.
fn is_link(kind: &str) -> bool {
    matches!(kind, "fallback" | "share" | "post" | "ig_post" | "ig_story" | "story_share")
}

fn read(attachment: &Node<'_>, kind: &str) -> Part {
    if kind == "like_heart" {
        return (Content::Text { body: "❤️".to_owned() }, None);
    }
    if kind == "location" {
        return (place(attachment).unwrap_or(Content::Unsupported), None);
    }
    let payload = attachment.get("payload");
    let Some(url) = address(attachment) else { return (Content::Unsupported, None) };
    let title = payload.as_ref().and_then(|payload| payload.text("title")).or(attachment.text("title"));
    let is_sticker = payload.as_ref().is_some_and(|payload| payload.get("sticker_id").is_some());
    let kind = match kind {
        "image" if is_sticker => MediaKind::Sticker,
        "sticker" => MediaKind::Sticker,
        // A story in which the customer names the page is the picture of that story.
        "image" | "story_mention" => MediaKind::Image,
        "video" | "ig_reel" | "reel" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        "file" => MediaKind::Document,
        link if is_link(link) => {
            let body = title.map_or_else(|| url.to_owned(), |title| format!("{title}\n{url}"));
            return (Content::Text { body }, None);
        }
        _ => return (Content::Unsupported, None),
    };
    // What it really is, its download says.
    let media = Media {
        kind,
        media_id: None,
        mime: "application/octet-stream".to_owned(),
        size_bytes: None,
        name: title.unwrap_or_default().to_owned(),
        caption: String::new(),
        voice: false,
    };
    (Content::Media(media), Some(ProviderMedia::Url(url.to_owned())))
}

#[allow(clippy::cast_possible_truncation, reason = "at most 180 million: it fits")]
fn place(attachment: &Node<'_>) -> Option<Content> {
    let coordinates = attachment.get("payload")?.get("coordinates")?;
    let degrees = |field, most: f64| {
        let degrees = coordinates.get(field)?.value().as_f64().filter(|degrees| degrees.abs() <= most)?;
        Some((degrees * 1e6).round() as i32)
    };
    let (latitude_e6, longitude_e6) = (degrees("lat", 90.0)?, degrees("long", 180.0)?);
    Some(Content::Location { latitude_e6, longitude_e6, name: String::new(), address: String::new() })
}
