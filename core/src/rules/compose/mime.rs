//! Which type of file is this, whatever it calls itself, and does a channel take it?

use crate::model::MediaLimit;

/// `audio/ogg; codecs=opus` is an `audio/ogg`.
pub(super) fn essence(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default().trim()
}

/// The name that providers know a type by: phones and browsers have others for the same. Its
/// codecs stay with it.
pub fn canonical_type(mime: &str) -> String {
    let kind = essence(mime).to_ascii_lowercase();
    let known = match kind.as_str() {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "audio/mp3" | "audio/x-mp3" => "audio/mpeg",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "audio/x-aac" | "audio/aacp" => "audio/aac",
        "video/3gp" => "video/3gpp",
        other => other,
    };
    match mime.split_once(';') {
        Some((_, parameters)) => format!("{known};{parameters}"),
        None => known.to_owned(),
    }
}

/// Whether a channel takes a type. Where it names codecs, a file that says which it has must have
/// those; one that does not say is given the benefit of the doubt.
pub fn takes_type(limit: &MediaLimit, mime: &str) -> bool {
    let mime = canonical_type(mime);
    limit.mime.is_empty()
        || limit.mime.iter().any(|taken| {
            let (wanted, found) = (codecs(taken), codecs(&mime));
            let known = |codec: &String| wanted.iter().any(|wanted| codec.starts_with(wanted.as_str()));
            essence(taken).eq_ignore_ascii_case(essence(&mime)) && (wanted.is_empty() || found.iter().all(known))
        })
}

/// The codecs that a type names: `video/mp4; codecs="hvc1.1.6, mp4a.40.2"`.
fn codecs(mime: &str) -> Vec<String> {
    let named = mime.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("codecs").then_some(value)
    });
    let list = named.unwrap_or_default().trim().trim_matches('"');
    list.split(',').map(|codec| codec.trim().to_ascii_lowercase()).filter(|codec| !codec.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MediaKind;

    fn takes(listed: &[&str], mime: &str) -> bool {
        let mime_list = listed.iter().map(|mime| (*mime).to_owned()).collect();
        takes_type(&MediaLimit { kind: MediaKind::Audio, max_bytes: 1, mime: mime_list }, mime)
    }

    #[test]
    fn a_type_goes_by_any_of_its_names() {
        assert_eq!(canonical_type("image/JPG"), "image/jpeg");
        assert_eq!(canonical_type("audio/x-m4a; codecs=mp4a.40.2"), "audio/mp4; codecs=mp4a.40.2");
        assert!(takes(&["audio/mp4"], "audio/x-m4a"));
        assert!(takes(&["audio/mpeg"], "audio/mp3"));
        assert!(!takes(&["audio/mp4"], "audio/wav"));
        assert!(takes(&[], "audio/wav"), "no list: any type");
    }

    #[test]
    fn of_ogg_only_opus_goes_and_of_films_not_those_of_new_phones() {
        let ogg = ["audio/ogg; codecs=opus"];
        assert!(takes(&ogg, "audio/ogg; codecs=opus") && takes(&ogg, "audio/ogg; codecs=\"OPUS\""));
        assert!(takes(&ogg, "audio/ogg"), "it does not say");
        assert!(!takes(&ogg, "audio/ogg; codecs=vorbis"));
        let film = ["video/mp4; codecs=\"avc1, mp4a\""];
        assert!(takes(&film, "video/mp4; codecs=\"avc1.64001f, mp4a.40.2\""));
        assert!(!takes(&film, "video/mp4; codecs=\"hvc1.1.6.L93.B0, mp4a.40.2\""));
    }
}
