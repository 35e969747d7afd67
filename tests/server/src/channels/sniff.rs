//! What a file is, by its bytes. A phone may not know, and a provider refuses or misplays a file of
//! the wrong type.

/// What is declared when nothing is known.
pub const UNKNOWN: &str = "application/octet-stream";

/// The type to send a file with: what its bytes say, in the declared words if these agree.
pub fn actual(declared: &str, bytes: &[u8]) -> String {
    let essence = |mime: &str| mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match by_bytes(bytes) {
        Some(found) if essence(found) == essence(declared) && essence(found) != OGG => declared.to_owned(),
        // The same container may hold a film or a sound: the declared one stands.
        Some("video/mp4")
            if ["audio/mp4", "audio/m4a", "audio/x-m4a", "video/quicktime"].contains(&essence(declared).as_str()) =>
        {
            declared.to_owned()
        }
        Some(found) => found.to_owned(),
        None if declared.trim().is_empty() => UNKNOWN.to_owned(),
        None => declared.to_owned(),
    }
}

/// Whether a sound can go out as a voice message: WhatsApp plays Opus in Ogg as one.
pub fn is_voice(mime: &str) -> bool {
    mime.to_ascii_lowercase().contains("opus")
}

const OGG: &str = "audio/ogg";
const OGG_OPUS: &str = "audio/ogg; codecs=opus";

fn by_bytes(bytes: &[u8]) -> Option<&'static str> {
    let at = |place: usize, magic: &[u8]| bytes.get(place..).is_some_and(|rest| rest.starts_with(magic));
    let starts: [(&[u8], &str); 9] = [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"#!AMR", "audio/amr"),
        (b"ID3", "audio/mpeg"),
        (b"\xff\xf1", "audio/aac"),
        (b"\xff\xf9", "audio/aac"),
    ];
    if let Some((_, found)) = starts.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(found);
    }
    if bytes.starts_with(b"RIFF") && at(8, b"WEBP") {
        return Some("image/webp");
    }
    if bytes.starts_with(b"OggS") {
        // The first packet of a stream names its codec.
        let head = bytes.get(..128).unwrap_or(bytes);
        return Some(if head.windows(8).any(|part| part == b"OpusHead") { OGG_OPUS } else { OGG });
    }
    if at(4, b"ftyp") {
        return Some(match bytes.get(8..12) {
            Some(b"M4A " | b"M4B ") => "audio/mp4",
            Some(brand) if brand.starts_with(b"3g") => "video/3gpp",
            Some(b"heic" | b"heix" | b"mif1" | b"msf1") => "image/heic",
            Some(b"qt  ") => "video/quicktime",
            _ => "video/mp4",
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ogg(codec: &[u8]) -> Vec<u8> {
        [b"OggS\x00\x02".as_slice(), &[0; 22], codec, &[0; 11]].concat()
    }

    #[test]
    fn a_photo_is_no_octet_stream() {
        assert_eq!(actual(UNKNOWN, b"\xff\xd8\xff\xe0rest"), "image/jpeg");
        assert_eq!(actual("", b"\x89PNG\r\n\x1a\nrest"), "image/png");
        assert_eq!(actual("image/jpeg", b"RIFF\x01\x02\x03\x04WEBPVP8 "), "image/webp");
    }

    #[test]
    fn ogg_is_opus_or_no_voice() {
        let opus = actual("audio/ogg", &ogg(b"OpusHead"));
        assert_eq!((opus.as_str(), is_voice(&opus)), (OGG_OPUS, true));
        let vorbis = actual("audio/ogg; codecs=opus", &ogg(b"\x01vorbis"));
        assert_eq!((vorbis.as_str(), is_voice(&vorbis)), (OGG, false));
    }

    #[test]
    fn what_the_bytes_do_not_say_is_as_declared() {
        assert_eq!(actual("application/pdf", b"no magic"), "application/pdf");
        assert_eq!(actual("audio/mp4", b"\0\0\0\x18ftypisom"), "audio/mp4");
        assert_eq!(actual(UNKNOWN, b""), UNKNOWN);
        assert_eq!(actual("", b""), UNKNOWN);
    }
}
