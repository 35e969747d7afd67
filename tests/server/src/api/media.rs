//! Files on their way out, whole or in part, for those who may see their message.

use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use riposte::model::AgentId;
use rusqlite::{Connection, OptionalExtension};
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};

use super::asked::Named;
use super::signed::Signed;
use crate::app::Shared;
use crate::db::DbError;
use crate::files::Hash;
use crate::problem::Problem;

const PIECE: usize = 64 * 1024;

/// `GET /v1/media/{id}`
pub(super) async fn media(
    State(app): State<Shared>,
    signed: Signed,
    named: Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (me, id) = (signed.agent(), named.id()?);
    let found = app.read(move |tx| find(tx, me, id)).await?;
    let (hash, mime) = found.ok_or_else(Problem::not_found)?;
    let size = app.files.size(&hash).await.ok_or_else(Problem::not_found)?;
    let asked = headers.get(header::RANGE).and_then(|header| header.to_str().ok());
    let (status, range) = match asked.map(|asked| range(asked, size)) {
        None | Some(Asked::Whole) => (StatusCode::OK, 0..size),
        Some(Asked::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Asked::Outside) => {
            let mut response = Problem::new(416, "bad_request", "the file ends before that").into_response();
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let mut file = app.files.open_file(&hash).await.map_err(|_| Problem::internal())?;
    file.seek(SeekFrom::Start(range.start)).await.map_err(|_| Problem::internal())?;
    let length = range.end - range.start;
    let mut response = (status, Body::from_stream(stream::try_unfold(file.take(length), piece))).into_response();
    let (mime, disposition) = served_as(&mime);
    insert(&mut response, header::CONTENT_TYPE, mime);
    insert(&mut response, header::CONTENT_DISPOSITION, disposition);
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    insert(&mut response, header::CONTENT_LENGTH, &length.to_string());
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::ETAG, &format!("\"{}\"", hash.as_str()));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = range.end.saturating_sub(1);
        insert(&mut response, header::CONTENT_RANGE, &format!("bytes {}-{last}/{size}", range.start));
    }
    Ok(response)
}

/// The types that a browser may show: none of them runs a script.
const SHOWN: [&str; 11] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "video/3gpp",
    "video/mp4",
];

/// The type and the disposition that a file goes out with. The sender chose its type: what is not on
/// the list is bytes to be saved, whatever it claims to be.
fn served_as(mime: &str) -> (&'static str, &'static str) {
    let essence = mime.split(';').next().unwrap_or_default().trim();
    match SHOWN.iter().find(|shown| essence.eq_ignore_ascii_case(shown)) {
        Some(shown) => (shown, "inline"),
        None => ("application/octet-stream", "attachment"),
    }
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

type Piece = (Bytes, tokio::io::Take<tokio::fs::File>);

async fn piece(mut file: tokio::io::Take<tokio::fs::File>) -> std::io::Result<Option<Piece>> {
    let mut buffer = vec![0; PIECE];
    let read = file.read(&mut buffer).await?;
    buffer.truncate(read);
    Ok((read > 0).then(|| (Bytes::from(buffer), file)))
}

fn find(db: &Connection, me: AgentId, id: i64) -> Result<Option<(Hash, String)>, DbError> {
    const SQL: &str = "SELECT d.sha256, d.mime FROM media d JOIN message m ON m.id = d.message_id AND m.published = 1
         JOIN view v ON v.conversation_id = m.conversation_id AND v.agent_id = ?2 WHERE d.id = ?1";
    let found: Option<(String, String)> =
        db.prepare_cached(SQL)?.query_row([id, me.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(found.and_then(|(hash, mime)| Some((Hash::read(&hash)?, mime))))
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Outside,
}

/// What a `Range` header asks of a file of this size. One that is not understood, or that asks
/// for several parts, gets the whole file.
fn range(header: &str, size: u64) -> Asked {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Asked::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..size.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Asked::Whole,
    };
    if range.is_empty() { Asked::Outside } else { Asked::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_may_not_run_is_bytes_to_be_saved() {
        assert_eq!(served_as("image/jpeg"), ("image/jpeg", "inline"));
        assert_eq!(served_as("Audio/OGG; codecs=opus"), ("audio/ogg", "inline"));
        for mime in [
            "text/html",
            "text/html; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "application/pdf",
            "text/xml",
            "",
            "application/javascript",
            "image/jpeg,text/html",
            "image/jpegx",
            "\u{202e}image/png",
        ] {
            assert_eq!(served_as(mime), ("application/octet-stream", "attachment"), "{mime}");
        }
    }

    #[test]
    fn a_range_is_read_as_http_means_it() {
        assert_eq!(range("bytes=0-99", 1000), Asked::Part(0..100));
        assert_eq!(range("bytes=900-", 1000), Asked::Part(900..1000));
        assert_eq!(range("bytes=-100", 1000), Asked::Part(900..1000));
        assert_eq!(range("bytes=900-5000", 1000), Asked::Part(900..1000));
        assert_eq!(range("bytes=1000-", 1000), Asked::Outside);
        for odd in ["", "bytes", "bytes=", "bytes=-", "bytes=9-1", "bytes=a-b", "bytes=0-1,5-6", "lines=1-2"] {
            assert_eq!(range(odd, 1000), Asked::Whole, "{odd}");
        }
    }
}
