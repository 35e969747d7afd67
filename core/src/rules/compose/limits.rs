//! Does this text or file fit the channel?

use chrono::{DateTime, Utc};

use super::composer::was_said;
use super::mime::{essence, takes_type};
use crate::model::{ChannelCapabilities, ChannelKind, MediaKind, Message, Phrase, PhraseKey, PhraseValue, TextUnit};
use crate::rules::time::plus_ms;

/// What a text weighs against the channel's limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCheck {
    /// Its length in the channel's own count.
    pub length: u32,
    /// The most that can be sent; none when there is no limit.
    pub most: Option<u32>,
    /// What is wrong with it; empty when it can go.
    pub faults: Vec<Phrase>,
}

/// Whether a text can be sent on a channel. Cheap: it runs at each keystroke.
pub fn check_text(body: &str, channel: &ChannelCapabilities) -> TextCheck {
    let unit = channel.text_limit.map_or(TextUnit::Characters, |limit| limit.unit);
    let length = match unit {
        TextUnit::Characters => body.chars().count(),
        TextUnit::Bytes => body.len(),
        TextUnit::Utf16 => body.encode_utf16().count(),
    };
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let most = channel.text_limit.map(|limit| limit.max);
    let mut faults = Vec::new();
    if body.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TextEmpty));
    }
    if let Some(most) = most.filter(|most| length > *most) {
        let (length, most) = (PhraseValue::Number(length.into()), PhraseValue::Number(most.into()));
        faults.push(Phrase::new(PhraseKey::TextTooLong).with("length", length).with("most", most));
    }
    TextCheck { length, most, faults }
}

/// Something that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFault {
    /// The code with which a server refuses the same (core/PROTOCOL.md 1).
    pub code: &'static str,
    /// In words, with the limit.
    pub phrase: Phrase,
}

/// What is wrong with a file for a channel; empty when it can go. Per file, the smaller of the
/// channel's and the server's limit counts.
pub fn check_media(
    kind: MediaKind,
    mime: &str,
    size_bytes: i64,
    channel: &ChannelCapabilities,
    server_most_bytes: Option<i64>,
) -> Vec<MediaFault> {
    let Some(limit) = channel.media.iter().find(|limit| limit.kind == kind) else {
        return vec![MediaFault { code: "not_supported", phrase: Phrase::new(PhraseKey::MediaKindRefused) }];
    };
    let mut faults = Vec::new();
    if !takes_type(limit, mime) {
        // Where it is the codec that does not go, it has to be said.
        let by_codec = limit.mime.iter().any(|taken| essence(taken).eq_ignore_ascii_case(essence(mime)));
        let mime = PhraseValue::Text(if by_codec { mime } else { essence(mime) }.to_owned());
        let phrase = Phrase::new(PhraseKey::MediaTypeRefused).with("mime", mime);
        faults.push(MediaFault { code: "not_supported", phrase });
    }
    if size_bytes <= 0 {
        faults.push(MediaFault { code: "bad_request", phrase: Phrase::new(PhraseKey::MediaEmpty) });
    }
    let most = limit.max_bytes.min(server_most_bytes.unwrap_or(i64::MAX));
    if size_bytes > most {
        let (size, most) = (PhraseValue::SizeBytes(size_bytes), PhraseValue::SizeBytes(most));
        let phrase = Phrase::new(PhraseKey::MediaTooLarge).with("size", size).with("most", most);
        faults.push(MediaFault { code: "too_large", phrase });
    }
    faults
}

/// What is wrong with the words under a file: they are counted as any text, and may be missing.
pub fn check_caption(caption: &str, channel: &ChannelCapabilities) -> Vec<Phrase> {
    let mut faults = check_text(caption, channel).faults;
    faults.retain(|fault| fault.key != PhraseKey::TextEmpty);
    faults
}

/// Whether words can stand under a file. WhatsApp takes none with sounds and stickers, Messenger and
/// Instagram with no file at all (Meta, "Send messages"; "Send API"). Words that cannot go with their
/// file are refused before anything is sent, never dropped.
pub fn carries_caption(channel: ChannelKind, kind: MediaKind) -> bool {
    match channel {
        ChannelKind::Whatsapp => matches!(kind, MediaKind::Image | MediaKind::Video | MediaKind::Document),
        ChannelKind::Messenger | ChannelKind::Instagram => false,
        ChannelKind::Widget | ChannelKind::Unknown => true,
    }
}

/// WhatsApp takes reactions to messages of the last 30 days.
const REACTION_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Why a reaction to a message at `now` is refused; none if it is allowed. An agent can react to what
/// was said to the other side: not to a note, an event, or another reaction.
pub fn check_reaction(target: &Message, channel: &ChannelCapabilities, now: DateTime<Utc>) -> Option<Phrase> {
    let said = was_said(&target.content) && target.deleted_at.is_none();
    if !channel.reactions || !said {
        return Some(Phrase::new(PhraseKey::ReactionNotHere));
    }
    (now > plus_ms(target.at, REACTION_MS)).then(|| Phrase::new(PhraseKey::ReactionTooOld))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{MediaLimit, TextLimit};
    use crate::rules::table::whatsapp;

    fn limited(max: u32, unit: TextUnit) -> ChannelCapabilities {
        ChannelCapabilities { text_limit: Some(TextLimit { max, unit }), ..ChannelCapabilities::default() }
    }

    #[test]
    fn a_text_is_counted_as_the_channel_counts() {
        let length = |unit| check_text("é👍", &limited(10, unit)).length;
        assert_eq!((length(TextUnit::Characters), length(TextUnit::Bytes), length(TextUnit::Utf16)), (2, 6, 3));
    }

    #[test]
    fn words_stand_under_what_can_carry_them() {
        let carried = |channel| {
            [MediaKind::Image, MediaKind::Video, MediaKind::Document, MediaKind::Audio, MediaKind::Sticker]
                .map(|kind| carries_caption(channel, kind))
        };
        assert_eq!(carried(ChannelKind::Whatsapp), [true, true, true, false, false]);
        assert_eq!(carried(ChannelKind::Messenger), [false; 5]);
        assert_eq!(carried(ChannelKind::Instagram), [false; 5]);
    }

    #[test]
    fn a_text_over_the_limit_names_the_limit() {
        let check = |body: &str| check_text(body, &limited(4, TextUnit::Characters)).faults;
        assert_eq!(check("abcd"), []);
        let too_long = Phrase::new(PhraseKey::TextTooLong)
            .with("length", PhraseValue::Number(5))
            .with("most", PhraseValue::Number(4));
        assert_eq!(check("abcde"), [too_long]);
        assert_eq!(check(" \n"), [Phrase::new(PhraseKey::TextEmpty)]);
        assert_eq!(check_text(&"a".repeat(100_000), &ChannelCapabilities::default()).faults, []);
    }

    #[test]
    fn a_file_goes_within_the_smaller_limit_of_channel_and_server() {
        let keys = |kind, mime: &str, size, server| {
            let faults = check_media(kind, mime, size, &whatsapp().capabilities, server);
            faults.into_iter().map(|fault| fault.phrase.key).collect::<Vec<_>>()
        };
        let five_mb = 5 * 1024 * 1024;
        let image = |size, server| keys(MediaKind::Image, "image/jpeg", size, server);
        assert_eq!(image(five_mb, None), []);
        assert_eq!(image(five_mb + 1, None), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(1_001, Some(1_000)), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(five_mb + 1, Some(i64::MAX)), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(0, None), [PhraseKey::MediaEmpty]);
        assert_eq!(keys(MediaKind::Image, "image/heic", 1, None), [PhraseKey::MediaTypeRefused]);
        assert_eq!(keys(MediaKind::Image, "IMAGE/JPEG; q=1", 1, None), []);
        let refused = check_media(MediaKind::Image, "image/heic", i64::MAX, &whatsapp().capabilities, None);
        assert_eq!(refused.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["not_supported", "too_large"]);
        assert_eq!(keys(MediaKind::Sticker, "image/webp", 1, None), [PhraseKey::MediaKindRefused]);
    }

    #[test]
    fn a_file_of_any_type_goes_where_no_type_is_listed() {
        let any = MediaLimit { kind: MediaKind::Document, max_bytes: 100, mime: Vec::new() };
        let channel = ChannelCapabilities { media: vec![any], ..ChannelCapabilities::default() };
        assert_eq!(check_media(MediaKind::Document, "text/x-odd", 100, &channel, None), []);
    }

    #[test]
    fn the_words_under_a_file_are_counted_and_may_be_missing() {
        let keys = |caption: &str| {
            let faults = check_caption(caption, &limited(4, TextUnit::Characters));
            faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        assert_eq!((keys(""), keys("abcd"), keys("abcde")), (vec![], vec![], vec![PhraseKey::TextTooLong]));
    }

    #[test]
    fn a_reaction_goes_to_messages_of_the_last_thirty_days() {
        let message = |content| {
            serde_json::from_value::<Message>(serde_json::json!({
                "id": 1, "conversation_id": 1, "author": { "by": "customer" }, "content": content,
                "at": crate::rules::table::at("2 10:00").timestamp_millis()
            }))
            .unwrap()
        };
        let whatsapp = whatsapp().capabilities;
        let said = message(serde_json::json!({ "type": "text", "body": "Bonjour" }));
        let after = |ms| check_reaction(&said, &whatsapp, plus_ms(said.at, REACTION_MS + ms)).map(|fault| fault.key);
        assert_eq!([-1, 0, 1].map(after), [None, None, Some(PhraseKey::ReactionTooOld)]);
        let not_here = Some(Phrase::new(PhraseKey::ReactionNotHere));
        let reaction = message(serde_json::json!({ "type": "reaction", "to": 1, "emoji": "👍" }));
        assert_eq!(check_reaction(&reaction, &whatsapp, said.at), not_here);
        let gone = Message { deleted_at: Some(said.at), ..said.clone() };
        assert_eq!(check_reaction(&gone, &whatsapp, said.at), not_here);
        assert_eq!(check_reaction(&said, &ChannelCapabilities::default(), said.at), not_here);
    }
}
