//! May this draft go out, and what exactly goes out?

use std::path::PathBuf;
use std::sync::Arc;

use super::core::Core;
use super::{Composer, Draft, DraftCheck, Error, FileFix};
use crate::model::{
    ChannelAccount, ChannelCapabilities, MediaKind, MessageId, Outgoing, Phrase, PhraseKey, Template, TemplateId,
    TemplateValue, WindowFacts,
};
use crate::rules::compose::{
    MediaFault, canonical_type, carries_caption, check_caption, check_media, check_text, composer, fix_phrase,
    media_fixes, unfilled,
};
use crate::rules::failure::refusal;
use crate::rules::template::{Usability, fill, usability};
use crate::rules::window::{ReplyWindow, reply_window};
use crate::store::StoredConversation;

/// Where a draft would go: what has to be known to judge it.
#[derive(Debug, Clone)]
pub(super) struct DraftTarget {
    channel: Option<Arc<ChannelAccount>>,
    window: WindowFacts,
    most_bytes: i64,
    none: Arc<ChannelCapabilities>,
}

impl DraftTarget {
    pub(super) fn of(core: &Core, stored: &StoredConversation) -> Self {
        Self {
            channel: stored.channel.clone(),
            window: stored.conversation.window.clone(),
            most_bytes: core.record.upload_most_bytes,
            none: Arc::default(),
        }
    }

    pub(super) fn capabilities(&self) -> &ChannelCapabilities {
        self.channel.as_ref().map_or(&self.none, |channel| &channel.capabilities)
    }
}

/// Whether anything but a template may be written now.
pub(super) fn may_write(core: &Core, target: &DraftTarget) -> Result<(), Error> {
    match composer(target.channel.as_deref(), &target.window, core.now()).0 {
        Composer::Open { .. } => Ok(()),
        Composer::RestartOnly { why, .. } => Err(Error::refused_with("window_closed", why)),
        // Closed, on a channel without templates, or a channel that cannot be used.
        Composer::Blocked { why } => Err(Error::refused_with(blocked_code(core, target), why)),
    }
}

fn blocked_code(core: &Core, target: &DraftTarget) -> &'static str {
    let window = target.channel.as_ref().map(|channel| reply_window(&channel.window, &target.window, core.now()));
    match window {
        Some(ReplyWindow::Closed { .. }) => "window_closed",
        Some(ReplyWindow::Open { .. } | ReplyWindow::Unlimited) | None => "channel_not_connected",
    }
}

/// What is wrong with a draft, by what is in memory.
pub(super) fn check(core: &Core, target: &DraftTarget, draft: &Draft) -> DraftCheck {
    let closed = || match may_write(core, target) {
        Err(Error::Refused { phrase, .. }) => Some(phrase),
        _ => None,
    };
    match draft {
        Draft::Text { body, .. } => {
            let text = check_text(body, target.capabilities());
            let faults = closed().into_iter().chain(text.faults).collect();
            DraftCheck { length: text.length, max_length: text.most, faults, notes: unfilled(body), fixes: Vec::new() }
        }
        Draft::Media { path, mime, caption, .. } => {
            let size_bytes = std::fs::metadata(path).ok().and_then(|file| i64::try_from(file.len()).ok());
            let (faults, fixes) = match size_bytes {
                Some(size) => {
                    let faults = media_faults(target, mime, size, caption);
                    (faults.into_iter().map(|fault| fault.phrase).collect(), fixes(target, mime, size))
                }
                None => (vec![refusal("not_found")], Vec::new()),
            };
            let faults = closed().into_iter().chain(faults).collect();
            DraftCheck { faults, fixes, notes: unfilled(caption), ..DraftCheck::default() }
        }
        Draft::Template { template_id, values } => {
            let template = core.templates().get(template_id).cloned();
            let faults = template.map(|template| template_faults(target, &template, values)).unwrap_or_default();
            DraftCheck { faults, ..DraftCheck::default() }
        }
    }
}

fn media_faults(target: &DraftTarget, mime: &str, size_bytes: i64, caption: &str) -> Vec<MediaFault> {
    let kind = media_kind(mime);
    let mut faults = check_media(kind, mime, size_bytes, target.capabilities(), Some(target.most_bytes));
    let carried = target.channel.as_ref().is_none_or(|channel| carries_caption(channel.kind, kind));
    if !carried && !caption.trim().is_empty() {
        faults.push(MediaFault { code: "not_supported", phrase: Phrase::new(PhraseKey::CaptionNotHere) });
    }
    let caption = check_caption(caption, target.capabilities());
    faults.extend(caption.into_iter().map(|phrase| MediaFault { code: "too_long", phrase }));
    faults
}

fn fixes(target: &DraftTarget, mime: &str, size_bytes: i64) -> Vec<FileFix> {
    let fixes = media_fixes(media_kind(mime), mime, size_bytes, target.capabilities(), Some(target.most_bytes));
    fixes.into_iter().map(|fix| FileFix { phrase: fix_phrase(&fix), fix }).collect()
}

fn template_faults(target: &DraftTarget, template: &Template, values: &[TemplateValue]) -> Vec<Phrase> {
    let Some(channel) = &target.channel else { return vec![refusal("channel_not_connected")] };
    match usability(template, channel) {
        Usability::NotUsable { why } | Usability::NotOffered { why } => vec![why],
        Usability::Usable => fill(template, values).err().unwrap_or_default(),
    }
}

/// What a draft becomes on the wire, with the message it quotes and the attachment to bring first.
pub(super) async fn outgoing(
    core: &Arc<Core>,
    target: &DraftTarget,
    draft: Draft,
) -> Result<(Outgoing, Option<MessageId>, Option<String>), Error> {
    match draft {
        Draft::Text { body, reply_to } => {
            may_write(core, target)?;
            let text = check_text(&body, target.capabilities());
            let too_long = text.most.is_some_and(|most| text.length > most);
            first(text.faults, if too_long { "too_long" } else { "bad_request" })?;
            Ok((Outgoing::Text { body }, quote(target, reply_to), None))
        }
        Draft::Media { path, mime, name, caption, voice, reply_to } => {
            may_write(core, target)?;
            let source = PathBuf::from(&path);
            let (from, most) = (source.clone(), u64::try_from(target.most_bytes).unwrap_or(u64::MAX));
            let kept = core.files.at_work(move |files| files.copy_in(&from, most)).await?;
            if let Some(fault) = media_faults(target, &mime, kept.size_bytes, &caption).into_iter().next() {
                return Err(Error::refused_with(fault.code, fault.phrase));
            }
            let own_name = || source.file_name().map(|name| name.to_string_lossy().into_owned());
            let content = Outgoing::Media {
                kind: media_kind(&mime),
                sha256: kept.sha256,
                mime: canonical_type(&mime),
                size_bytes: kept.size_bytes,
                name: if name.is_empty() { own_name().unwrap_or_default() } else { name },
                caption,
                voice,
            };
            Ok((content, quote(target, reply_to), Some(kept.file)))
        }
        Draft::Template { template_id, values } => {
            let template = read_template(core, template_id).await?;
            first(template_faults(target, &template, &values), "template_not_usable")?;
            Ok((Outgoing::Template { template_id, values }, None, None))
        }
    }
}

/// A quote that the channel cannot show is left out: the words still say what they say.
fn quote(target: &DraftTarget, reply_to: Option<MessageId>) -> Option<MessageId> {
    reply_to.filter(|_| target.capabilities().quotes)
}

/// The first fault, under the code with which the server would refuse the same.
fn first(faults: impl IntoIterator<Item = Phrase>, code: &str) -> Result<(), Error> {
    match faults.into_iter().next() {
        Some(phrase) => Err(Error::refused_with(code, phrase)),
        None => Ok(()),
    }
}

pub(super) async fn read_template(core: &Core, id: TemplateId) -> Result<Template, Error> {
    let template = core.store.read(move |cache| cache.template(id)).await?.ok_or(Error::NotFound)?;
    core.templates().insert(id, template.clone());
    Ok(template)
}

/// The kind of attachment a MIME type is sent as.
fn media_kind(mime: &str) -> MediaKind {
    match mime.split('/').next().unwrap_or_default() {
        "image" => MediaKind::Image,
        "video" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}
