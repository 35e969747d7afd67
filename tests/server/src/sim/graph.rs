//! The Graph-shaped API that the server calls: messages, reading, files, templates, profiles.
//!
//! Every path is under `/{version}`; the object is a phone number id, a business account, a
//! file, `me` (the page that the token belongs to) or a customer of a page.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use riposte::model::ChannelKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::Account;
use super::judge::{self, Asked, Facts, Refusal};
use super::simulator::{Absent, Simulator};
use super::templates::SimTemplate;
use super::world::{Send, World};

/// A document of 100 MB and its form.
const BODY_MOST_BYTES: usize = 101 * 1024 * 1024;
/// Templates on one page of a listing: few, so that paging is exercised.
const PAGE: usize = 25;

pub(super) fn router(simulator: Absent) -> Router {
    Router::new()
        .route("/files/{id}", get(file))
        .route("/{version}/{object}", get(object))
        .route("/{version}/{object}/messages", axum::routing::post(messages))
        .route("/{version}/{object}/media", axum::routing::post(upload))
        .route("/{version}/{object}/message_attachments", axum::routing::post(upload))
        .route("/{version}/{object}/message_templates", get(list_templates).post(create_template))
        .layer(DefaultBodyLimit::max(BODY_MOST_BYTES))
        .layer(middleware::from_fn_with_state(simulator, count_calls))
}

/// Hands the simulator to the call, as long as anybody else holds it; and somebody who waits for
/// quiet waits for the answer too.
async fn count_calls(State(simulator): State<Absent>, mut request: Request, next: Next) -> Response {
    let Some(simulator) = simulator.here() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let _open = simulator.open_call();
    request.extensions_mut().insert(simulator.clone());
    next.run(request).await
}

fn refuse(refusal: Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(refusal.body())).into_response()
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The account whose token it is, if `fits` says that the object is its own.
fn account_of(world: &World, headers: &HeaderMap, fits: impl Fn(&Account) -> bool) -> Result<Account, Refusal> {
    let token = token(headers).ok_or(judge::NO_TOKEN)?;
    let mut owners = world.accounts().filter(|account| account.token == token).peekable();
    if owners.peek().is_none() {
        return Err(judge::NO_TOKEN);
    }
    owners.find(|account| fits(account)).cloned().ok_or(judge::NO_SUCH_OBJECT)
}

/// The object is the account itself, by its id or as *whoever the token is of*.
fn is_own(account: &Account, object: &str) -> bool {
    account.provider_id == object || object == "me"
}

async fn messages(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return refuse(judge::MISSING_PARAMETER) };
    let now = simulator.now();
    let (answer, posts) = simulator.change(|world| {
        let account = match account_of(world, &headers, |account| is_own(account, &object)) {
            Ok(account) => account,
            Err(refusal) => return (refuse(refusal), Vec::new()),
        };
        if account.kind != ChannelKind::Whatsapp {
            return page_message(world, &account, &body, now);
        }
        if body.get("status").and_then(Value::as_str) == Some("read") {
            return (business_reads(world, &account, &body), Vec::new());
        }
        whatsapp_message(world, &account, &body, now)
    });
    simulator.post(posts);
    answer
}

type Answered = (Response, Vec<super::post::Post>);

fn business_reads(world: &mut World, account: &Account, body: &Value) -> Response {
    let id = body.get("message_id").and_then(Value::as_str).unwrap_or_default();
    if world.business_reads(&account.key, id) {
        Json(json!({ "success": true })).into_response()
    } else {
        refuse(judge::BAD_PARAMETER)
    }
}

fn whatsapp_message(
    world: &mut World,
    account: &Account,
    body: &Value,
    now: chrono::DateTime<chrono::Utc>,
) -> Answered {
    let Some(asked) = Asked::read(body) else { return (refuse(judge::MISSING_PARAMETER), Vec::new()) };
    let recipient = body.get("to").or(body.get("recipient")).and_then(Value::as_str).unwrap_or_default().to_owned();
    if recipient.is_empty() || body.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
        return (refuse(judge::MISSING_PARAMETER), Vec::new());
    }
    let input = recipient;
    let recipient = input.strip_prefix('+').unwrap_or(&input).to_owned();
    let customer = world.known_as(&recipient).map(str::to_owned);
    let templates: Vec<&SimTemplate> =
        world.templates.iter().filter(|template| template.business_id == account.business_id).collect();
    let target = |id: &String| world.knows_message(&account.key, customer.as_deref(), id);
    let facts = Facts {
        standing: world.standing(&account.key, customer.as_deref()),
        templates: &templates,
        file_known: asked.file.as_ref().is_some_and(|id| world.files.contains_key(id)),
        target_known: asked.reacts_to.as_ref().is_some_and(target),
    };
    let verdict = judge::whatsapp(&asked, &facts, now);
    let judged = match world.whims.refuse.take() {
        Some(code) => Err(judge::refusal(code)),
        None => verdict,
    };
    let send = Send {
        kind: asked.kind,
        text: asked.text,
        template: asked.template.map(|(name, _)| name),
        file: asked.file,
        quotes: asked.quotes,
        key: asked.key,
        recipient: recipient.clone(),
        judged: judged.clone(),
    };
    let field = if body.get("to").is_some() { "wa_id" } else { "user_id" };
    written(world, account, send, judged, now, |id| {
        json!({ "messaging_product": "whatsapp", "contacts": [{ "input": input, field: recipient }],
                "messages": [{ "id": id }] })
    })
}

fn page_message(world: &mut World, account: &Account, body: &Value, now: chrono::DateTime<chrono::Utc>) -> Answered {
    let word = |path: &str| body.pointer(path).and_then(Value::as_str);
    let recipient = word("/recipient/id").unwrap_or_default().to_owned();
    if word("/sender_action").is_some() {
        return (Json(json!({ "recipient_id": recipient })).into_response(), Vec::new());
    }
    let customer = world.known_as(&recipient).map(str::to_owned);
    let standing = world.standing(&account.key, customer.as_deref());
    let file = word("/message/attachment/payload/attachment_id").filter(|id| world.files.contains_key(*id));
    let verdict = judge::page(word("/message/text"), file, word("/tag"), standing, now);
    let judged = match world.whims.refuse.take() {
        Some(code) => Err(judge::refusal(code)),
        None => verdict.map(|()| "page".to_owned()),
    };
    let send = Send {
        kind: word("/message/attachment/type").unwrap_or("text").to_owned(),
        text: word("/message/text").unwrap_or_default().to_owned(),
        template: None,
        file: file.map(str::to_owned),
        quotes: word("/reply_to/mid").map(str::to_owned),
        key: None,
        recipient: recipient.clone(),
        judged: judged.clone(),
    };
    written(world, account, send, judged, now, |id| json!({ "recipient_id": recipient, "message_id": id }))
}

fn written(
    world: &mut World,
    account: &Account,
    send: Send,
    judged: Result<String, Refusal>,
    now: chrono::DateTime<chrono::Utc>,
    says: impl Fn(&str) -> Value,
) -> Answered {
    let loses = world.whims.lose_answer && judged.is_ok();
    let (id, posts) = world.write_down(&account.key, send, now);
    let answer = match judged {
        Err(refusal) => refuse(refusal),
        Ok(_) if loses => broken_off(),
        Ok(_) => Json(says(id.as_deref().unwrap_or_default())).into_response(),
    };
    (answer, posts)
}

/// An answer that begins and never ends: the connection breaks under it.
fn broken_off() -> Response {
    let torn = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the answer is lost");
    let stream = futures_util::stream::once(async move { Err::<Bytes, _>(torn) });
    Body::from_stream(stream).into_response()
}

/// A file's address, or a customer's profile.
async fn object(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    simulator.change(|world| {
        let account = match account_of(world, &headers, |_| true) {
            Ok(account) => account,
            Err(refusal) => return refuse(refusal),
        };
        if let Some(file) = world.files.get(&object) {
            return Json(json!({
                "messaging_product": "whatsapp", "id": object, "mime_type": file.mime,
                "file_size": file.bytes.len(), "url": format!("{}/files/{object}", simulator.api()),
            }))
            .into_response();
        }
        let known = world.known_as(&object).and_then(|key| world.customer(key).ok());
        match known {
            Some(customer) if account.kind == ChannelKind::Instagram => {
                let username = customer.username.as_ref().unwrap_or(&customer.name);
                Json(json!({ "id": object, "name": customer.name, "username": username })).into_response()
            }
            Some(customer) if account.kind == ChannelKind::Messenger => {
                let (first, last) = customer.name.split_once(' ').unwrap_or((&customer.name, ""));
                Json(json!({ "id": object, "first_name": first, "last_name": last })).into_response()
            }
            _ => refuse(judge::NO_SUCH_OBJECT),
        }
    })
}

/// The bytes. WhatsApp's want the token; those of a page's messages lie open, so both do here.
async fn file(Extension(simulator): Extension<Simulator>, Path(id): Path<String>) -> Response {
    let found = simulator.change(|world| world.files.get(&id).cloned());
    match found {
        Some(file) => ([(header::CONTENT_TYPE, file.mime)], file.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn upload(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let owner = simulator.change(|world| account_of(world, &headers, |account| is_own(account, &object)));
    if let Err(refusal) = owner {
        return refuse(refusal);
    }
    let boundary = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()?.split_once("boundary="));
    let Some((mime, bytes)) = boundary.and_then(|(_, boundary)| file_of(&body, boundary)) else {
        return refuse(judge::MISSING_PARAMETER);
    };
    let id = simulator.change(|world| world.add_file(mime, bytes));
    // One field for WhatsApp, the other for pages.
    Json(json!({ "id": id, "attachment_id": id })).into_response()
}

/// The part of a form that is a file: its type and its bytes.
fn file_of(body: &Bytes, boundary: &str) -> Option<(String, Bytes)> {
    let find = |what: &[u8], from: usize| -> Option<usize> {
        let rest = body.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|at| at + from)
    };
    let head = find(b"filename=", 0)?;
    let start = find(b"\r\n\r\n", head)? + 4;
    let headers = String::from_utf8_lossy(body.get(head..start)?).into_owned();
    let mime = headers.lines().find_map(|line| line.strip_prefix("Content-Type: "))?.trim().to_owned();
    let end = find(format!("\r\n--{boundary}").as_bytes(), start)?;
    Some((mime, body.slice(start..end)))
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    after: String,
}

async fn list_templates(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    Query(asked): Query<Listing>,
    headers: HeaderMap,
) -> Response {
    simulator.change(|world| {
        if let Err(refusal) = account_of(world, &headers, |account| account.business_id == object) {
            return refuse(refusal);
        }
        let from: usize = asked.after.parse().unwrap_or(0);
        let all: Vec<&SimTemplate> = world.templates.iter().filter(|known| known.business_id == object).collect();
        let page: Vec<Value> = all.iter().skip(from).take(PAGE).map(|template| template.listed()).collect();
        let after = from + page.len();
        let mut paging = json!({ "cursors": { "before": from.to_string(), "after": after.to_string() } });
        if let Some(fields) = paging.as_object_mut().filter(|_| after < all.len()) {
            fields.insert("next".to_owned(), json!("there is more"));
        }
        Json(json!({ "data": page, "paging": paging })).into_response()
    })
}

async fn create_template(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return refuse(judge::MISSING_PARAMETER) };
    simulator.change(|world| {
        let made = account_of(world, &headers, |account| account.business_id == object)
            .and_then(|_| new_template(world, &object, &body));
        match made {
            Ok(template) => {
                let answer = json!({ "id": template.id, "status": template.status, "category": template.category });
                world.templates.push(template);
                Json(answer).into_response()
            }
            Err(refusal) => refuse(refusal),
        }
    })
}

fn new_template(world: &mut World, business_id: &str, body: &Value) -> Result<SimTemplate, Refusal> {
    let word = |field: &str| body.get(field).and_then(Value::as_str).filter(|word| !word.is_empty());
    let (Some(name), Some(language), Some(category)) = (word("name"), word("language"), word("category")) else {
        return Err(judge::MISSING_PARAMETER);
    };
    let components = body.get("components").and_then(Value::as_array).cloned().unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.chars().all(plain) {
        return Err(judge::BAD_TEMPLATE);
    }
    let same =
        |known: &SimTemplate| known.business_id == business_id && known.name == name && known.language == language;
    if world.templates.iter().any(same) {
        return Err(judge::TEMPLATE_EXISTS);
    }
    let template = SimTemplate {
        id: format!("{}", 700_000_000 + world.count()),
        business_id: business_id.to_owned(),
        name: name.to_owned(),
        language: language.to_owned(),
        category: category.to_owned(),
        status: "PENDING".to_owned(),
        reason: None,
        components,
    };
    if template.is_complete() { Ok(template) } else { Err(judge::BAD_TEMPLATE) }
}
