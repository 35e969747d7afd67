//! The Graph-shaped API that the server calls.
//!
//! Every path is under `/{version}`; the object is a phone number id, a business account, a file,
//! a template, `me` (the page that the token belongs to) or a customer of a page.
//!
//! - [`messages`]: sending and marking as read; [`files`]: uploads, addresses, bytes
//! - [`templates`]: listing, submitting, deleting; [`subscription`]: where webhooks go

mod files;
mod messages;
mod subscription;
mod templates;

use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use riposte::model::ChannelKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::account::{Account, is_served};
use super::errors::{Refusal, no_such_object, no_token, refusal};
use super::simulator::{Absent, Simulator};
use super::world::World;

/// A document of 100 MB and its form.
const BODY_MOST_BYTES: usize = 101 * 1024 * 1024;

pub(super) fn router(simulator: Absent) -> Router {
    let under_version = Router::new()
        .route("/{version}/{object}", get(object).delete(delete))
        .route("/{version}/{object}/messages", post(messages::send))
        .route("/{version}/{object}/media", post(files::upload))
        .route("/{version}/{object}/message_attachments", post(files::upload))
        .route(
            "/{version}/{object}/message_templates",
            get(templates::list).post(templates::create).delete(templates::delete),
        )
        .route(
            "/{version}/{object}/subscribed_apps",
            get(subscription::show).post(subscription::change).delete(subscription::end),
        )
        .layer(middleware::from_fn(only_versions_that_are_served));
    Router::new()
        .route("/files/{id}", get(files::bytes))
        .merge(under_version)
        .layer(DefaultBodyLimit::max(BODY_MOST_BYTES))
        .layer(middleware::from_fn_with_state(simulator, count_calls))
}

/// Gives the simulator to the call, as long as it is still there; [`Simulator::idle`] waits for the
/// answer too.
async fn count_calls(State(simulator): State<Absent>, mut request: Request, next: Next) -> Response {
    let Some(simulator) = simulator.here() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let _open = simulator.open_call();
    request.extensions_mut().insert(simulator.clone());
    next.run(request).await
}

async fn only_versions_that_are_served(request: Request, next: Next) -> Response {
    let version = request.uri().path().split('/').nth(1).unwrap_or_default();
    if is_served(version) { next.run(request).await } else { refuse(&refusal(2500)) }
}

fn refuse(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.http).unwrap_or(StatusCode::BAD_REQUEST);
    (status, Json(refusal.body())).into_response()
}

/// The answer, or the refusal as one.
fn answer(result: Result<Value, Refusal>) -> Response {
    result.map_or_else(|refusal| refuse(&refusal), |body| Json(body).into_response())
}

/// What proves the caller: a header, or a parameter as in the addresses that the API gives out.
#[derive(Deserialize)]
struct Key {
    access_token: Option<String>,
}

fn token(headers: &HeaderMap, query: &str) -> Option<String> {
    let header = headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let of_query = || key_of(query).access_token;
    header.map(str::to_owned).or_else(of_query)
}

fn key_of(query: &str) -> Key {
    let uri = format!("/?{query}").parse::<axum::http::Uri>().ok();
    let read = uri.and_then(|uri| Query::<Key>::try_from_uri(&uri).ok());
    read.map_or(Key { access_token: None }, |Query(key)| key)
}

/// The account that the token belongs to, if the object is its own (`fits`).
fn account_of(
    world: &World,
    headers: &HeaderMap,
    query: &str,
    object: &str,
    fits: impl Fn(&Account) -> bool,
) -> Result<Account, Refusal> {
    let token = token(headers, query).ok_or_else(no_token)?;
    let mut owners = world.accounts().filter(|account| account.token == token).peekable();
    if owners.peek().is_none() {
        return Err(no_token());
    }
    owners.find(|account| fits(account)).cloned().ok_or_else(|| no_such_object(object))
}

/// The object is the account itself, by its id or as the one that the token belongs to.
fn is_own(account: &Account, object: &str) -> bool {
    account.provider_id == object || object == "me"
}

/// A number, a file's address, a template, or a customer's profile.
async fn object(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: axum::http::Uri,
    headers: HeaderMap,
) -> Response {
    let api = simulator.api();
    answer(simulator.change(|world| {
        let account = account_of(world, &headers, uri.query().unwrap_or_default(), &object, |_| true)?;
        if is_own(&account, &object) {
            return Ok(json!({ "id": account.provider_id, "verified_name": account.key,
                              "display_phone_number": account.address, "quality_rating": "GREEN" }));
        }
        if let Some(file) = world.files.get(&object) {
            return Ok(files::described(&object, file, &api));
        }
        let template =
            world.templates.iter().find(|known| known.id == object && known.business_id == account.business_id);
        if let Some(template) = template {
            return Ok(template.listed());
        }
        let known = world.known_to_pages_as(&object).and_then(|key| world.customer(key).ok());
        match known {
            Some(customer) if account.kind == ChannelKind::Instagram => {
                let username = customer.username.as_ref().unwrap_or(&customer.name);
                Ok(json!({ "id": object, "name": customer.name, "username": username }))
            }
            Some(customer) if account.kind == ChannelKind::Messenger => {
                let (first, last) = customer.name.split_once(' ').unwrap_or((&customer.name, ""));
                Ok(json!({ "id": object, "first_name": first, "last_name": last }))
            }
            _ => Err(no_such_object(&object)),
        }
    }))
}

/// A file goes. Templates go by their name, see [`templates::delete`].
async fn delete(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: axum::http::Uri,
    headers: HeaderMap,
) -> Response {
    answer(simulator.change(|world| {
        account_of(world, &headers, uri.query().unwrap_or_default(), &object, |_| true)?;
        world.files.remove(&object).ok_or_else(|| no_such_object(&object))?;
        Ok(json!({ "success": true }))
    }))
}
