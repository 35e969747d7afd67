//! Which files fit which kind of message? (Meta, "Media", supported media types; the same for what
//! is sent and what is received.)

use super::world::SimFile;

const MB: usize = 1024 * 1024;
/// No file is larger, whatever its kind.
pub(super) const FILE_MOST_BYTES: usize = 100 * MB;

/// The type without its parameters, in small letters.
fn essence(mime: &str) -> String {
    mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// An upload needs a real type: Meta does not guess what an octet-stream is.
pub(super) fn can_be_uploaded(mime: &str) -> bool {
    let essence = essence(mime);
    let families = ["audio", "image", "video", "text", "application"];
    let known = essence.split_once('/').is_some_and(|(family, kind)| families.contains(&family) && !kind.is_empty());
    known && essence != "application/octet-stream"
}

/// Whether a file can be sent as `image`, `video`, `audio`, `sticker` or `document`.
pub(super) fn fits(kind: &str, file: &SimFile) -> bool {
    let mime = essence(&file.mime);
    let (types, most): (&[&str], usize) = match kind {
        "image" => (&["image/jpeg", "image/png"], 5 * MB),
        "video" | "gif" => (&["video/mp4", "video/3gpp", "video/3gp"], 16 * MB),
        "audio" => (&["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"], 16 * MB),
        "sticker" => (&["image/webp"], 500 * 1024),
        _ => (&[], FILE_MOST_BYTES),
    };
    let known = types.is_empty() || types.contains(&mime.as_str());
    known && file.bytes.len() <= most && !contradicts(&mime, &file.bytes)
}

/// The bytes are plainly those of another type; of Ogg only Opus is taken.
fn contradicts(mime: &str, bytes: &[u8]) -> bool {
    if mime == "audio/ogg" && bytes.starts_with(b"OggS") {
        return !bytes.windows(8).take(128).any(|window| window == b"OpusHead");
    }
    let is = match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return false,
    };
    mime != is && (mime.starts_with("image/") || mime.starts_with("audio/") || mime.starts_with("video/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mime: &str, bytes: &[u8]) -> SimFile {
        SimFile { mime: mime.to_owned(), bytes: bytes.to_vec().into() }
    }

    #[test]
    fn a_photo_is_an_image_and_a_document_never_one() {
        assert!(fits("image", &file("image/jpeg", &[0xff, 0xd8, 0xff, 0xe0])));
        assert!(!fits("image", &file("application/pdf", b"%PDF")));
        assert!(!fits("image", &file("image/jpeg", b"%PDF")), "its bytes are those of a PDF");
        assert!(fits("document", &file("image/jpeg", &[0xff, 0xd8, 0xff, 0xe0])));
    }

    #[test]
    fn of_ogg_only_opus_is_taken() {
        assert!(fits("audio", &file("audio/ogg; codecs=opus", b"OggS....................OpusHead")));
        assert!(!fits("audio", &file("audio/ogg", b"OggS....................\x01vorbis")));
    }

    #[test]
    fn an_image_has_five_megabytes_at_most() {
        let jpeg = |length: usize| SimFile { mime: "image/jpeg".to_owned(), bytes: vec![0; length].into() };
        assert!(fits("image", &jpeg(5 * MB)));
        assert!(!fits("image", &jpeg(5 * MB + 1)));
        assert!(fits("document", &jpeg(5 * MB + 1)));
    }

    #[test]
    fn an_octet_stream_cannot_be_uploaded() {
        assert!(can_be_uploaded("application/pdf") && can_be_uploaded("text/plain; charset=utf-8"));
        assert!(!can_be_uploaded("application/octet-stream") && !can_be_uploaded("photo"));
    }
}
