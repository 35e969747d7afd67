//! What is a message called whose words do not say it?

use crate::model::{Author, Content, MediaKind, Phrase, PhraseKey, PhraseValue, Preview};

/// What a content is called where its words are not enough; none for plain words. A file's
/// caption is shown beside it.
pub fn content(content: &Content) -> Option<Phrase> {
    Some(match content {
        Content::Text { .. } => return None,
        Content::Template { text, .. } | Content::Answer { title: text, .. } if !text.is_empty() => return None,
        Content::Contacts { cards } => {
            let count = i64::try_from(cards.len()).unwrap_or(i64::MAX);
            Phrase::new(PhraseKey::ContentContacts).with("count", PhraseValue::Number(count))
        }
        Content::Reaction { emoji: Some(emoji), .. } => reacted_with(emoji),
        Content::Order { products, .. } => {
            Phrase::new(PhraseKey::ContentOrderOf).with("count", PhraseValue::Number((*products).into()))
        }
        Content::Call { length_ms: Some(length) } => {
            Phrase::new(PhraseKey::ContentCallLasted).with("length", PhraseValue::DurationMs(*length))
        }
        Content::Call { length_ms: None } => Phrase::new(PhraseKey::ContentCallMissed),
        Content::System { event } => system(event),
        Content::Template { .. }
        | Content::Answer { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Reaction { .. }
        | Content::Comment { .. }
        | Content::RequestWelcome
        | Content::Unsupported
        | Content::Unknown => kind_called(preview_kind(content)),
    })
}

/// The kind to write into a conversation's preview: the wire's word, finer for media
/// (`image`, `video`, `voice`, `audio`, `document`, `sticker`).
pub fn preview_kind(content: &Content) -> &'static str {
    match content {
        Content::Media(media) => match media.kind {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Audio if media.voice => "voice",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
            MediaKind::Unknown => "media",
        },
        other => other.kind(),
    }
}

/// What a preview's content is called where its words are not enough; none for plain words. Its
/// text, when there is one, is shown beside it.
pub fn preview(preview: &Preview) -> Option<Phrase> {
    match preview.kind.as_str() {
        "text" => None,
        "template" | "answer" if !preview.text.is_empty() => None,
        "reaction" if !preview.text.is_empty() => Some(reacted_with(&preview.text)),
        kind => Some(kind_called(kind)),
    }
}

fn reacted_with(emoji: &str) -> Phrase {
    if emoji.is_empty() {
        return Phrase::new(PhraseKey::ContentReactionRemoved);
    }
    Phrase::new(PhraseKey::ContentReaction).with("emoji", PhraseValue::Text(emoji.to_owned()))
}

/// A kind by the wire's word, when nothing more is known of it.
fn kind_called(kind: &str) -> Phrase {
    Phrase::new(match kind {
        "image" => PhraseKey::ContentPhoto,
        "video" => PhraseKey::ContentVideo,
        "voice" => PhraseKey::ContentVoice,
        "audio" => PhraseKey::ContentAudio,
        "document" => PhraseKey::ContentDocument,
        "sticker" => PhraseKey::ContentSticker,
        "media" => PhraseKey::ContentFile,
        "location" => PhraseKey::ContentLocation,
        "contacts" => PhraseKey::ContentContact,
        "reaction" => PhraseKey::ContentReactionRemoved,
        "template" => PhraseKey::ContentTemplate,
        "answer" => PhraseKey::ContentAnswer,
        "order" => PhraseKey::ContentOrder,
        "call" => PhraseKey::ContentCall,
        "comment" => PhraseKey::ContentComment,
        "system" => PhraseKey::ContentSystem,
        "request_welcome" => PhraseKey::ContentRequestWelcome,
        "unsupported" => PhraseKey::ContentUnsupported,
        _ => PhraseKey::ContentUnknown,
    })
}

/// Something that happened, by the provider's word.
fn system(event: &str) -> Phrase {
    Phrase::new(match event {
        "user_changed_number" | "customer_changed_number" => PhraseKey::ContentNumberChanged,
        "customer_identity_changed" => PhraseKey::ContentIdentityChanged,
        "user_changed_user_id" => PhraseKey::ContentUserIdChanged,
        "control_passed_to_inbox" => PhraseKey::ContentPassedToInbox,
        "control_taken_by_automation" => PhraseKey::ContentTakenByAutomation,
        _ => PhraseKey::ContentSystem,
    })
}

/// A file that the server still fetches from the provider.
pub fn media_coming() -> Phrase {
    Phrase::new(PhraseKey::ContentMediaComing)
}

/// A message that its author took back.
pub fn deleted(author: &Author) -> Phrase {
    Phrase::new(if author.is_ours() { PhraseKey::ContentDeletedByUs } else { PhraseKey::ContentDeleted })
}

/// A message its customer changed.
pub fn edited() -> Phrase {
    Phrase::new(PhraseKey::ContentEdited)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ContactCard, Media, MessageId};
    use crate::rules::table::at;

    fn media(kind: MediaKind, voice: bool) -> Content {
        Content::Media(Media {
            kind,
            media_id: None,
            mime: String::new(),
            size_bytes: None,
            name: String::new(),
            caption: "Devant la porte".to_owned(),
            voice,
        })
    }

    #[test]
    fn plain_words_need_no_label() {
        assert_eq!(content(&Content::Text { body: "Bonjour".to_owned() }), None);
    }

    #[test]
    fn every_other_content_is_named() {
        let key = |what: &Content| content(what).unwrap().key;
        assert_eq!(key(&media(MediaKind::Image, false)), PhraseKey::ContentPhoto);
        assert_eq!(key(&media(MediaKind::Audio, true)), PhraseKey::ContentVoice);
        assert_eq!(key(&media(MediaKind::Audio, false)), PhraseKey::ContentAudio);
        assert_eq!(key(&media(MediaKind::Unknown, false)), PhraseKey::ContentFile);
        assert_eq!(key(&Content::Reaction { to: None, emoji: Some("👍".to_owned()) }), PhraseKey::ContentReaction);
        assert_eq!(key(&Content::Reaction { to: None, emoji: Some(String::new()) }), PhraseKey::ContentReactionRemoved);
        assert_eq!(key(&Content::Reaction { to: None, emoji: None }), PhraseKey::ContentReactionRemoved);
        assert_eq!(key(&Content::Call { length_ms: None }), PhraseKey::ContentCallMissed);
        assert_eq!(key(&Content::Call { length_ms: Some(125_000) }), PhraseKey::ContentCallLasted);
        assert_eq!(key(&Content::System { event: "user_changed_number".to_owned() }), PhraseKey::ContentNumberChanged);
        assert_eq!(key(&Content::System { event: "new_event".to_owned() }), PhraseKey::ContentSystem);
        assert_eq!(key(&Content::Unsupported), PhraseKey::ContentUnsupported);
    }

    #[test]
    fn cards_and_products_are_counted() {
        let name = "Nora".to_owned();
        let card = ContactCard { name, phones: Vec::new(), company: String::new(), emails: Vec::new() };
        let counted = |key, count| Some(Phrase::new(key).with("count", PhraseValue::Number(count)));
        let two = Content::Contacts { cards: vec![card.clone(), card] };
        assert_eq!(content(&two), counted(PhraseKey::ContentContacts, 2));
        let order = Content::Order { products: 1, body: String::new() };
        assert_eq!(content(&order), counted(PhraseKey::ContentOrderOf, 1));
    }

    #[test]
    fn events_say_what_happened_and_a_deleted_message_says_by_whom() {
        let key = |event: &str| content(&Content::System { event: event.to_owned() }).map(|phrase| phrase.key);
        assert_eq!(key("user_changed_user_id"), Some(PhraseKey::ContentUserIdChanged));
        assert_eq!(key("control_passed_to_inbox"), Some(PhraseKey::ContentPassedToInbox));
        assert_eq!(key("control_taken_by_automation"), Some(PhraseKey::ContentTakenByAutomation));
        assert_eq!(deleted(&Author::Customer).key, PhraseKey::ContentDeleted);
        assert_eq!(deleted(&Author::PhoneApp).key, PhraseKey::ContentDeletedByUs);
    }

    fn previewed(kind: &str, text: &str) -> Option<PhraseKey> {
        let shortened = Preview {
            message_id: MessageId(1),
            author: Author::Customer,
            at: at("2 10:00"),
            kind: kind.to_owned(),
            text: text.to_owned(),
        };
        preview(&shortened).map(|phrase| phrase.key)
    }

    #[test]
    fn a_preview_reads_as_its_content() {
        for what in [media(MediaKind::Video, false), media(MediaKind::Sticker, false), Content::Unsupported] {
            assert_eq!(previewed(preview_kind(&what), ""), content(&what).map(|phrase| phrase.key));
        }
        assert_eq!(previewed("text", "Bonjour"), None);
        assert_eq!(previewed("template", "Bonjour Léa"), None);
        assert_eq!(previewed("reaction", "👍"), Some(PhraseKey::ContentReaction));
        assert_eq!(previewed("media", ""), Some(PhraseKey::ContentFile), "from a server that does not say more");
        assert_eq!(previewed("hologram", ""), Some(PhraseKey::ContentUnknown));
    }
}
