//! Messages with buttons, lists, links and forms (Meta, "Interactive messages").

use std::collections::BTreeSet;

use super::fields::Fields;
use super::message::file;
use crate::sim::errors::Refusal;

const BODY_MOST: usize = 1_024;
const LIST_BODY_MOST: usize = 4_096;
const SHORT_MOST: usize = 60;
const LABEL_MOST: usize = 20;

/// Reads the content; gives the words of its body.
pub(super) fn read(content: &Fields<'_>) -> Result<String, Refusal> {
    content.only(&["type", "header", "body", "footer", "action"])?;
    let kind = content.need_text("type")?;
    let most = if kind == "list" { LIST_BODY_MOST } else { BODY_MOST };
    let body = match content.object("body")? {
        Some(body) => {
            body.only(&["text"])?;
            body.need_text_up_to("text", most)?.to_owned()
        }
        // A product speaks for itself, a carousel's cards too.
        None if matches!(kind, "product" | "call_permission_request") => String::new(),
        None => return Err(content.missing("body")),
    };
    if let Some(footer) = content.object("footer")? {
        footer.only(&["text"])?;
        footer.need_text_up_to("text", SHORT_MOST)?;
    }
    if let Some(header) = content.object("header")? {
        read_header(&header, kind)?;
    }
    let action = content.need("action")?;
    match kind {
        "button" => buttons(&action)?,
        "list" => list(&action)?,
        "cta_url" => link(&action)?,
        "location_request_message"
        | "flow"
        | "catalog_message"
        | "call_permission_request"
        | "voice_call"
        | "request_contact_info" => {
            action.need_text("name")?;
        }
        "product" => {
            action.need_text("catalog_id")?;
            action.need_text("product_retailer_id")?;
        }
        "product_list" => {
            action.need_text("catalog_id")?;
            action.need_list("sections", 1, 10)?;
        }
        "carousel" => {
            action.need_list("cards", 2, 10)?;
        }
        _ => return Err(content.not_valid("type", "is not a type of interactive messages")),
    }
    Ok(body)
}

fn read_header(header: &Fields<'_>, kind: &str) -> Result<(), Refusal> {
    header.only(&["type", "text", "sub_text", "image", "video", "document"])?;
    match header.need_text("type")? {
        "text" => header.need_text_up_to("text", SHORT_MOST).map(drop),
        "image" | "video" | "document" if kind == "list" => Err(header.not_valid("type", "must be text for a list")),
        media @ ("image" | "video" | "document") => {
            let content = header.need(media)?;
            content.only(&["id", "link", "filename"])?;
            file(&content).map(drop)
        }
        _ => Err(header.not_valid("type", "must be text, image, video or document")),
    }
}

fn buttons(action: &Fields<'_>) -> Result<(), Refusal> {
    action.only(&["buttons"])?;
    let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
    for button in action.need_list("buttons", 1, 3)? {
        button.only(&["type", "reply"])?;
        if button.need_text("type")? != "reply" {
            return Err(button.not_valid("type", "must be reply"));
        }
        let reply = button.need("reply")?;
        reply.only(&["id", "title"])?;
        let unique =
            ids.insert(reply.need_text_up_to("id", 256)?) && titles.insert(reply.need_text_up_to("title", LABEL_MOST)?);
        if !unique {
            return Err(reply.not_valid("title", "must be unique, and so must id"));
        }
    }
    Ok(())
}

fn list(action: &Fields<'_>) -> Result<(), Refusal> {
    action.only(&["button", "sections"])?;
    action.need_text_up_to("button", LABEL_MOST)?;
    let sections = action.need_list("sections", 1, 10)?;
    let (mut rows, mut ids) = (0_usize, BTreeSet::new());
    for section in &sections {
        section.only(&["title", "rows"])?;
        if sections.len() > 1 {
            section.need_text("title")?;
        }
        section.text_up_to("title", 24)?;
        for row in section.need_list("rows", 1, 10)? {
            row.only(&["id", "title", "description"])?;
            rows += 1;
            row.need_text_up_to("title", 24)?;
            row.text_up_to("description", 72)?;
            if !ids.insert(row.need_text_up_to("id", 200)?) {
                return Err(row.not_valid("id", "must be unique"));
            }
        }
    }
    if rows > 10 { Err(action.not_valid("sections", "must have 10 rows at most")) } else { Ok(()) }
}

fn link(action: &Fields<'_>) -> Result<(), Refusal> {
    action.only(&["name", "parameters"])?;
    if action.need_text("name")? != "cta_url" {
        return Err(action.not_valid("name", "must be cta_url"));
    }
    let parameters = action.need("parameters")?;
    parameters.only(&["display_text", "url"])?;
    parameters.need_text_up_to("display_text", LABEL_MOST)?;
    let url = parameters.need_text("url")?;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    if is_web { Ok(()) } else { Err(parameters.not_valid("url", "is not a valid URI")) }
}
