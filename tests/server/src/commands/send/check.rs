//! May this be sent here now? Each answer is the wire's code with the limit it names.

use bytes::Bytes;
use riposte::model::{
    ChannelAccount, Content, ConversationId, Media, MediaKind, Message, MessageId, Outgoing, RowKind, Template,
};
use riposte::rules::compose::{carries_caption, check_text, takes_type};
use riposte::rules::template::{Usability, fill, provider_payload, usability};
use riposte::rules::window::{ClosedWhy, ReplyWindow, reply_window};
use rusqlite::OptionalExtension;

use crate::channels::provider::ProviderContent;
use crate::db::text::word;
use crate::feed::{Writer, row};
use crate::files::Hash;
use crate::inbox::{self, Stored};
use crate::problem::Problem;

/// An emoji with all its joiners and tones, in bytes.
const EMOJI_MOST: usize = 64;

/// What goes into the row, what goes to the provider, and the file that goes along.
pub(super) struct Checked {
    pub(super) content: Content,
    pub(super) provider: ProviderContent,
    pub(super) file: Option<(Hash, u64)>,
}

pub(super) fn content(
    w: &Writer<'_>,
    channel: &ChannelAccount,
    conversation: ConversationId,
    outgoing: &Outgoing,
    upload: Option<u64>,
) -> Result<Checked, Problem> {
    match outgoing {
        Outgoing::Text { body } => text(channel, body),
        Outgoing::Media { .. } => media(channel, outgoing, upload),
        Outgoing::Template { template_id, values } => {
            let template: Option<Template> = row(w.tx, RowKind::Template, template_id.0)?;
            let template = template.filter(|held| held.channel_id == channel.id).ok_or_else(Problem::not_found)?;
            let unusable = |why: String| Problem::refused("template_not_usable", why);
            match usability(&template, channel) {
                Usability::Usable => {}
                Usability::NotUsable { why } | Usability::NotOffered { why } => {
                    return Err(unusable(word(&why.key)?));
                }
            }
            let filled = fill(&template, values).map_err(|faults| {
                let first = faults.first().and_then(|fault| word(&fault.key).ok());
                unusable(first.unwrap_or_else(|| "its values do not fit".to_owned()))
            })?;
            let content = Content::Template {
                template_id: *template_id,
                name: template.name.clone(),
                text: filled.text,
                values: values.clone(),
            };
            let provider = ProviderContent::Template { payload: provider_payload(&template, values) };
            Ok(Checked { content, provider, file: None })
        }
        Outgoing::Reaction { to, emoji } => reaction(w, channel, conversation, *to, emoji.as_deref()),
    }
}

fn text(channel: &ChannelAccount, body: &str) -> Result<Checked, Problem> {
    if body.trim().is_empty() {
        return Err(Problem::bad_request("the text is empty"));
    }
    fits(channel, body)?;
    let content = Content::Text { body: body.to_owned() };
    Ok(Checked { content, provider: ProviderContent::Text { body: body.to_owned() }, file: None })
}

fn fits(channel: &ChannelAccount, body: &str) -> Result<(), Problem> {
    let check = check_text(body, &channel.capabilities);
    match check.most {
        Some(most) if check.length > most => {
            Err(Problem::refused("too_long", format!("{} of at most {most}", check.length)))
        }
        _ => Ok(()),
    }
}

fn media(channel: &ChannelAccount, outgoing: &Outgoing, upload: Option<u64>) -> Result<Checked, Problem> {
    let Outgoing::Media { kind, sha256, mime, name, caption, voice, .. } = outgoing else {
        return Err(Problem::internal());
    };
    let limit = channel.capabilities.media.iter().find(|limit| limit.kind == *kind && *kind != MediaKind::Unknown);
    let limit = limit.ok_or_else(|| Problem::refused("not_supported", "this channel takes no such file"))?;
    if !takes_type(limit, mime) {
        return Err(Problem::refused("not_supported", "this channel takes no file of this type"));
    }
    fits(channel, caption)?;
    let hash = Hash::read(sha256).ok_or_else(|| Problem::bad_request("sha256 is 64 hexadecimal digits"))?;
    let size = upload.ok_or_else(|| Problem::refused("upload_missing", "the file was not uploaded"))?;
    let most = u64::try_from(limit.max_bytes).unwrap_or(0);
    if size > most {
        return Err(Problem::too_large(most));
    }
    if !caption.is_empty() && !carries_caption(channel.kind, *kind) {
        let why = "no words go under such a file on this channel: send them as a message of their own";
        return Err(Problem::refused("not_supported", why));
    }
    let content = Content::Media(Media {
        kind: *kind,
        media_id: None,
        mime: mime.clone(),
        size_bytes: None,
        name: name.clone(),
        caption: caption.clone(),
        voice: *voice,
    });
    let provider = ProviderContent::Media {
        kind: *kind,
        mime: mime.clone(),
        name: name.clone(),
        caption: caption.clone(),
        voice: *voice,
        // A transaction reads no files.
        bytes: Bytes::new(),
    };
    Ok(Checked { content, provider, file: Some((hash, size)) })
}

fn reaction(
    w: &Writer<'_>,
    channel: &ChannelAccount,
    conversation: ConversationId,
    to: MessageId,
    emoji: Option<&str>,
) -> Result<Checked, Problem> {
    if !channel.capabilities.reactions {
        return Err(Problem::refused("not_supported", "this channel has no reactions"));
    }
    if emoji.is_some_and(|emoji| emoji.is_empty() || emoji.len() > EMOJI_MOST) {
        return Err(Problem::bad_request("emoji is one emoji, or absent"));
    }
    let target = in_conversation(w, conversation, to)?;
    let known = inbox::provider_id(w.tx, target.id)?;
    let known = known.ok_or_else(|| Problem::refused("not_supported", "the provider does not know that message"))?;
    let emoji = emoji.map(str::to_owned);
    let content = Content::Reaction { to: Some(to), emoji: emoji.clone() };
    Ok(Checked { content, provider: ProviderContent::Reaction { to: known, emoji }, file: None })
}

fn in_conversation(w: &Writer<'_>, conversation: ConversationId, id: MessageId) -> Result<Message, Problem> {
    let found = inbox::message(w.tx, id)?;
    found.filter(|message| message.conversation_id == conversation).ok_or_else(Problem::not_found)
}

/// The provider's id of the quoted message. One that the provider does not know is quoted here
/// only.
pub(super) fn quoted(
    w: &Writer<'_>,
    channel: &ChannelAccount,
    conversation: ConversationId,
    reply_to: Option<MessageId>,
) -> Result<Option<String>, Problem> {
    let Some(id) = reply_to else { return Ok(None) };
    if !channel.capabilities.quotes {
        return Err(Problem::refused("not_supported", "this channel has no quotes"));
    }
    let target = in_conversation(w, conversation, id)?;
    Ok(inbox::provider_id(w.tx, target.id)?)
}

/// How the window lets it through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permission {
    Free,
    /// After the standard window, because a person writes.
    HumanAgent,
}

/// Whether the window is open for it. A template needs none. The provider has the last word.
pub(super) fn window(
    w: &Writer<'_>,
    channel: &ChannelAccount,
    stored: &Stored,
    outgoing: &Outgoing,
) -> Result<Permission, Problem> {
    if matches!(outgoing, Outgoing::Template { .. }) {
        return Ok(Permission::Free);
    }
    let facts = inbox::window_now(w.tx, channel, stored)?;
    let detail = match reply_window(&channel.window, &facts, w.now) {
        ReplyWindow::Unlimited | ReplyWindow::Open { human_agent: false, .. } => return Ok(Permission::Free),
        ReplyWindow::Open { human_agent: true, .. } => return Ok(Permission::HumanAgent),
        ReplyWindow::Closed { why: ClosedWhy::NeverOpened, .. } => "the customer has never written",
        ReplyWindow::Closed { why: ClosedWhy::Ended, .. } => "its time is over",
        ReplyWindow::Closed { why: ClosedWhy::Refused, .. } => "the provider refused a reply",
        ReplyWindow::Closed { why: ClosedWhy::ServerSays, .. } => "it was said to be closed",
    };
    let mut problem = Problem::refused("window_closed", detail);
    problem.error.window = Some(facts);
    Err(problem)
}

/// A message that was sent, as it would be given today, and the size of its file.
pub(super) fn as_it_was(w: &Writer<'_>, held: &Message) -> Result<(Outgoing, Option<u64>), Problem> {
    const FILE: &str = "SELECT m.sha256, f.size_bytes FROM media m JOIN file f ON f.sha256 = m.sha256
         WHERE m.message_id = ?1 ORDER BY m.id DESC LIMIT 1";
    let nothing = || Problem::conflict("there is nothing to send again");
    match held.content.clone() {
        Content::Text { body } => Ok((Outgoing::Text { body }, None)),
        Content::Template { template_id, values, .. } => Ok((Outgoing::Template { template_id, values }, None)),
        Content::Reaction { to: Some(to), emoji } => Ok((Outgoing::Reaction { to, emoji }, None)),
        Content::Media(media) => {
            let found: Option<(String, i64)> =
                w.tx.query_row(FILE, [held.id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let (sha256, size_bytes) = found.ok_or_else(nothing)?;
            let Media { kind, mime, name, caption, voice, .. } = media;
            let size = u64::try_from(size_bytes).ok();
            Ok((Outgoing::Media { kind, sha256, mime, size_bytes, name, caption, voice }, size))
        }
        _ => Err(nothing()),
    }
}
