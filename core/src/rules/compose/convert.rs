//! A file does not fit: what can be done, so that it does?
//!
//! Phones take photos and films in kinds that WhatsApp does not (HEIC, MOV, HEVC), and larger than
//! it takes. The app converts; what to convert to is said here. A document goes as it is.

use super::mime::takes_type;
use crate::model::{ChannelCapabilities, MediaKind, MediaLimit, Phrase, PhraseKey, PhraseValue};

/// What can be done with a file that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum MediaFix {
    /// Make this type of it.
    Convert {
        /// The type, in its usual name.
        to_mime: String,
    },
    /// Make it smaller, with less quality.
    Shrink {
        /// The most bytes that go.
        max_bytes: i64,
    },
    /// Send it as it is, as a document: give its type as `application/octet-stream`.
    AsDocument,
}

/// Types worth converting to, the best first.
const PICTURES: &[&str] = &["image/jpeg", "image/png"];
const FILMS: &[&str] = &["video/mp4"];
const SOUNDS: &[&str] = &["audio/mp4", "audio/ogg; codecs=opus", "audio/mpeg"];

/// What can be done with a file that [`check_media`](super::check_media) finds fault with, the
/// best first; empty when it fits, or when nothing helps.
pub fn media_fixes(
    kind: MediaKind,
    mime: &str,
    size_bytes: i64,
    channel: &ChannelCapabilities,
    server_most_bytes: Option<i64>,
) -> Vec<MediaFix> {
    let of_kind = |kind| channel.media.iter().find(|limit| limit.kind == kind);
    let most = |limit: &MediaLimit| limit.max_bytes.min(server_most_bytes.unwrap_or(i64::MAX));
    let mut fixes = Vec::new();
    if size_bytes <= 0 {
        return fixes;
    }
    let own = of_kind(kind);
    if own.is_some_and(|limit| takes_type(limit, mime) && size_bytes <= most(limit)) {
        return fixes;
    }
    if let Some(limit) = own {
        let better = match kind {
            MediaKind::Image => PICTURES,
            MediaKind::Video => FILMS,
            MediaKind::Audio => SOUNDS,
            MediaKind::Document | MediaKind::Sticker | MediaKind::Unknown => &[],
        };
        if !takes_type(limit, mime)
            && let Some(to_mime) = better.iter().find(|to| takes_type(limit, to))
        {
            fixes.push(MediaFix::Convert { to_mime: (*to_mime).to_owned() });
        }
        if size_bytes > most(limit) && !better.is_empty() {
            fixes.push(MediaFix::Shrink { max_bytes: most(limit) });
        }
    }
    let as_document = of_kind(MediaKind::Document)
        .is_some_and(|limit| takes_type(limit, "application/octet-stream") && size_bytes <= most(limit));
    if kind != MediaKind::Document && as_document {
        fixes.push(MediaFix::AsDocument);
    }
    fixes
}

/// What can be done, in words.
pub fn fix_phrase(fix: &MediaFix) -> Phrase {
    match fix {
        MediaFix::Convert { to_mime } => {
            Phrase::new(PhraseKey::MediaConvert).with("mime", PhraseValue::Text(to_mime.clone()))
        }
        MediaFix::Shrink { max_bytes } => {
            Phrase::new(PhraseKey::MediaShrink).with("most", PhraseValue::SizeBytes(*max_bytes))
        }
        MediaFix::AsDocument => Phrase::new(PhraseKey::MediaAsDocument),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ChannelKind;
    use crate::rules::policy::channel_policy;

    const MB: i64 = 1024 * 1024;

    fn on(channel: ChannelKind, kind: MediaKind, mime: &str, size: i64) -> Vec<MediaFix> {
        media_fixes(kind, mime, size, &channel_policy(channel).unwrap().capabilities, Some(200 * MB))
    }

    fn convert(to: &str) -> MediaFix {
        MediaFix::Convert { to_mime: to.to_owned() }
    }

    #[test]
    fn what_fits_needs_nothing() {
        assert_eq!(on(ChannelKind::Whatsapp, MediaKind::Image, "image/jpeg", 5 * MB), []);
        assert_eq!(on(ChannelKind::Whatsapp, MediaKind::Document, "application/x-odd", 100 * MB), []);
    }

    #[test]
    fn the_photos_and_films_of_an_iphone_are_converted() {
        let whatsapp = |kind, mime| on(ChannelKind::Whatsapp, kind, mime, MB);
        assert_eq!(whatsapp(MediaKind::Image, "image/heic"), [convert("image/jpeg"), MediaFix::AsDocument]);
        assert_eq!(whatsapp(MediaKind::Video, "video/quicktime"), [convert("video/mp4"), MediaFix::AsDocument]);
        let hevc = "video/mp4; codecs=hvc1.1.6.L93.B0";
        assert_eq!(whatsapp(MediaKind::Video, hevc), [convert("video/mp4"), MediaFix::AsDocument]);
    }

    #[test]
    fn a_recording_becomes_what_the_channel_plays() {
        let whatsapp = |mime| on(ChannelKind::Whatsapp, MediaKind::Audio, mime, MB);
        assert_eq!(whatsapp("audio/wav"), [convert("audio/mp4"), MediaFix::AsDocument]);
        assert_eq!(whatsapp("audio/ogg; codecs=vorbis"), [convert("audio/mp4"), MediaFix::AsDocument]);
        assert_eq!(whatsapp("audio/x-m4a"), []);
    }

    #[test]
    fn what_is_too_large_is_made_smaller_or_goes_as_a_document() {
        let photo = on(ChannelKind::Whatsapp, MediaKind::Image, "image/png", 9 * MB);
        assert_eq!(photo, [MediaFix::Shrink { max_bytes: 5 * MB }, MediaFix::AsDocument]);
        let raw = on(ChannelKind::Whatsapp, MediaKind::Image, "image/heic", 9 * MB);
        assert_eq!(raw, [convert("image/jpeg"), MediaFix::Shrink { max_bytes: 5 * MB }, MediaFix::AsDocument]);
        assert_eq!(on(ChannelKind::Whatsapp, MediaKind::Document, "application/pdf", 101 * MB), []);
    }

    #[test]
    fn where_nothing_helps_nothing_is_offered() {
        assert_eq!(on(ChannelKind::Instagram, MediaKind::Document, "application/pdf", MB), []);
        assert_eq!(on(ChannelKind::Widget, MediaKind::Image, "image/png", MB), []);
        assert_eq!(on(ChannelKind::Whatsapp, MediaKind::Image, "image/heic", 0), []);
        let small_server = media_fixes(
            MediaKind::Image,
            "image/png",
            4 * MB,
            &channel_policy(ChannelKind::Whatsapp).unwrap().capabilities,
            Some(MB),
        );
        assert_eq!(small_server, [MediaFix::Shrink { max_bytes: MB }]);
    }
}
