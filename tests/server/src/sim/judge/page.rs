//! Messages of a page or an Instagram account (Meta, "Send API", "Messenger Platform policy").

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::fields::Fields;
use crate::sim::errors::{Refusal, because, with_subcode};
use crate::sim::window::Standing;
use crate::sim::world::SimFile;

/// The longest text of Messenger and of Instagram, in characters.
const MESSENGER_MOST: usize = 2_000;
const INSTAGRAM_MOST: usize = 1_000;

/// What a page asks to be sent or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) enum AskedOfPage {
    /// A message.
    Message(PageMessage),
    /// Typing or reading is shown to this person.
    Action { recipient: String },
}

/// A message as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct PageMessage {
    pub(in crate::sim) recipient: String,
    pub(in crate::sim) kind: String,
    pub(in crate::sim) text: String,
    pub(in crate::sim) file: Option<String>,
    pub(in crate::sim) quotes: Option<String>,
    human_agent: bool,
}

/// Reads a request of a page.
pub(in crate::sim) fn read(body: &Value, instagram: bool) -> Result<AskedOfPage, Refusal> {
    let body = Fields::of(body, "")?;
    let known = ["recipient", "message", "messaging_type", "tag", "sender_action", "reply_to", "notification_type"];
    body.only(&known)?;
    let recipient = body.need("recipient")?.need_text("id")?.to_owned();
    if let Some(action) = body.text("sender_action")? {
        let known = ["mark_seen", "typing_on", "typing_off", "react", "unreact"].contains(&action);
        return if known {
            Ok(AskedOfPage::Action { recipient })
        } else {
            Err(body.not_valid("sender_action", "is not valid"))
        };
    }
    let message = body.need("message")?;
    message.only(&["text", "attachment", "attachments", "quick_replies", "metadata"])?;
    let most = if instagram { INSTAGRAM_MOST } else { MESSENGER_MOST };
    let text = message.text_up_to("text", most)?.unwrap_or_default().to_owned();
    let (kind, file) = match message.object("attachment")? {
        Some(attachment) => {
            let kind = attachment.need_text("type")?;
            if !["image", "video", "audio", "file", "template"].contains(&kind) {
                return Err(attachment.not_valid("type", "is not a type of attachments"));
            }
            let payload = attachment.need("payload")?;
            (kind.to_owned(), payload.text("attachment_id")?.map(str::to_owned))
        }
        None if text.is_empty() => {
            return Err(because(100, "Message cannot be empty, must provide valid attachment or text"));
        }
        None => ("text".to_owned(), None),
    };
    let human_agent = tag(&body)?;
    let quotes = match body.object("reply_to")? {
        Some(quoted) => Some(quoted.need_text("mid")?.to_owned()),
        None => None,
    };
    Ok(AskedOfPage::Message(PageMessage { recipient, kind, text, file, quotes, human_agent }))
}

/// Whether a person answers: the only tag that is left, and only with its type.
fn tag(body: &Fields<'_>) -> Result<bool, Refusal> {
    match (body.text("messaging_type")?.unwrap_or("RESPONSE"), body.text("tag")?) {
        ("RESPONSE" | "UPDATE", None) => Ok(false),
        ("MESSAGE_TAG", Some("HUMAN_AGENT")) => Ok(true),
        ("MESSAGE_TAG", None) => Err(body.missing("tag")),
        ("MESSAGE_TAG", Some(_)) => Err(body.not_valid("tag", "is not a valid tag")),
        (_, Some(_)) => Err(body.not_valid("tag", "needs the messaging_type MESSAGE_TAG")),
        (_, None) => Err(body.not_valid("messaging_type", "is not valid")),
    }
}

/// The verdict on a message; `file` is the uploaded one that it names.
pub(in crate::sim) fn judge(
    asked: &PageMessage,
    known: bool,
    file: Option<&SimFile>,
    standing: Standing,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if !known {
        return Err(with_subcode(100, 2_018_001, "No matching user found"));
    }
    if asked.file.is_some() && file.is_none() {
        return Err(with_subcode(100, 2_018_074, "Invalid Attachment ID"));
    }
    let open = if asked.human_agent { standing.is_open_to_a_person(now) } else { standing.is_open(now) };
    let closed = "This message is sent outside of allowed window.";
    if open { Ok(()) } else { Err(with_subcode(10, 2_018_278, closed)) }
}
