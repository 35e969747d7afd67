//! Files: uploaded as a form, found by their id, fetched from an address.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use riposte::model::ChannelKind;
use serde_json::{Value, json};

use super::{account_of, answer, is_own};
use crate::sim::account::Account;
use crate::sim::errors::because;
use crate::sim::media::{FILE_MOST_BYTES, can_be_uploaded};
use crate::sim::simulator::Simulator;
use crate::sim::world::{SimFile, checksum};

/// The API's answer about a file of a message.
pub(super) fn described(id: &str, file: &SimFile, api: &str) -> Value {
    json!({
        "messaging_product": "whatsapp", "id": id, "mime_type": file.mime, "sha256": checksum(&file.bytes),
        "file_size": file.bytes.len(), "url": format!("{api}/files/{id}"),
    })
}

/// The bytes. WhatsApp asks for the token; those of a page's messages lie open, so both do here.
pub(super) async fn bytes(Extension(simulator): Extension<Simulator>, Path(id): Path<String>) -> Response {
    let found = simulator.change(|world| world.files.get(&id).cloned());
    match found {
        Some(file) => ([(header::CONTENT_TYPE, file.mime)], file.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn upload(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let boundary = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()?.split_once("boundary="));
    let parts = boundary.map(|(_, boundary)| parts(&body, boundary.trim_matches('"'))).unwrap_or_default();
    answer(simulator.change(|world| {
        let owner = |account: &Account| is_own(account, &object);
        let account = account_of(world, &headers, uri.query().unwrap_or_default(), &object, owner)?;
        let field = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.bytes.clone());
        let file =
            parts.iter().find(|part| part.is_file).ok_or_else(|| because(100, "The parameter file is required."))?;
        let mut mime = file.mime.clone();
        if account.kind == ChannelKind::Whatsapp {
            if field("messaging_product").as_deref() != Some(&b"whatsapp"[..]) {
                return Err(because(100, "The parameter messaging_product is required."));
            }
            if let Some(kind) = field("type") {
                mime = String::from_utf8_lossy(&kind).into_owned();
            }
            if !can_be_uploaded(&mime) {
                let why = format!(
                    "Param file must be a file with one of the supported types. Received file of type '{mime}'."
                );
                return Err(because(100, why));
            }
        }
        if file.bytes.is_empty() || file.bytes.len() > FILE_MOST_BYTES {
            return Err(because(131053, "The file is empty or too large."));
        }
        let id = world.add_file(mime, file.bytes.clone());
        // One field for WhatsApp, the other for pages.
        Ok(json!({ "id": id, "attachment_id": id }))
    }))
}

/// One part of a form.
struct Part {
    name: String,
    is_file: bool,
    mime: String,
    bytes: Bytes,
}

/// The parts of a form (RFC 7578), as far as they are whole.
fn parts(body: &Bytes, boundary: &str) -> Vec<Part> {
    let find = |what: &[u8], from: usize| -> Option<usize> {
        let rest = body.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|at| at + from)
    };
    let mark = format!("--{boundary}\r\n");
    let end = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(start) = find(mark.as_bytes(), from).map(|at| at + mark.len()) {
        let Some(content) = find(b"\r\n\r\n", start).map(|at| at + 4) else { break };
        let Some(stop) = find(end.as_bytes(), content.saturating_sub(2)) else { break };
        let head = String::from_utf8_lossy(body.get(start..content).unwrap_or_default()).into_owned();
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (field, value) = line.split_once(':')?;
                field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        let disposition = header("content-disposition").unwrap_or_default();
        let name = disposition.split("; name=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        parts.push(Part {
            name: name.to_owned(),
            is_file: disposition.contains("filename="),
            mime: header("content-type").unwrap_or_default(),
            bytes: body.slice(content..stop.max(content)),
        });
        from = stop + 2;
    }
    parts
}
