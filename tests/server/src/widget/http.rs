//! `/widget/messages`: a visitor writes, a visitor's page polls.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use riposte::model::{ChannelId, ChannelKind, Content};
use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use serde_json::{Value, json};

use super::origin::{Caller, caller};
use super::secret::{self, Visitor};
use crate::address::counted_as;
use crate::app::{App, Shared};
use crate::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed};
use crate::db::DbError;
use crate::inbox::Inbox;
use crate::rate::{Rate, Use};

/// Carries a visitor's secret; never the address, which histories and logs keep.
const SECRET: HeaderName = HeaderName::from_static("x-visitor-secret");
/// A visitor's message with room for its envelope.
const BODY_MOST_BYTES: usize = 64 * 1024;
/// A visitor's text, in characters.
const TEXT_MOST: usize = 10_000;
/// Names that a visitor's page makes up, in bytes.
const ID_MOST: usize = 100;
/// How long a browser remembers what a preflight said.
const PREFLIGHT_LASTS: &str = "600";

/// `/widget/messages`.
pub(crate) fn router(app: Shared) -> Router {
    Router::new()
        .route("/widget/messages", post(write).get(read).options(preflight))
        .layer(DefaultBodyLimit::max(BODY_MOST_BYTES))
        .with_state(app)
}

/// A widget, by its site key.
struct Site {
    channel: ChannelId,
    /// Its `account` in events.
    account: String,
    origins: String,
}

async fn site(app: &App, site_key: &str) -> Result<Option<Site>, DbError> {
    const SQL: &str =
        "SELECT channel_id, provider_id, origins FROM channel_link WHERE kind = 'widget' AND site_key = ?1";
    let site_key = site_key.to_owned();
    app.read(move |tx| {
        let found = tx.prepare_cached(SQL)?.query_row([site_key], |row| {
            Ok(Site { channel: ChannelId(row.get(0)?), account: row.get(1)?, origins: row.get(2)? })
        });
        Ok(found.optional()?)
    })
    .await
}

/// Why a call is refused.
enum Refusal {
    Status(StatusCode, &'static str),
    Wait(Duration),
    Failed(DbError),
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let said = |status, error: Value| (status, Json(json!({ "error": error }))).into_response();
        match self {
            Self::Status(status, why) => said(status, json!({ "detail": why })),
            Self::Wait(wait) => {
                let ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                let error = json!({ "detail": "too many calls", "retry_after_ms": ms });
                let mut response = said(StatusCode::TOO_MANY_REQUESTS, error);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
                response
            }
            Self::Failed(error) => {
                eprintln!("riposte-server: {error}");
                said(StatusCode::SERVICE_UNAVAILABLE, json!({ "detail": "the inbox could not be written" }))
            }
        }
    }
}

const NO_SITE: Refusal = Refusal::Status(StatusCode::UNAUTHORIZED, "no widget has this site key");
const NO_VISITOR: Refusal = Refusal::Status(StatusCode::UNAUTHORIZED, "no visitor of this widget has this secret");
const STRANGER: Refusal = Refusal::Status(StatusCode::FORBIDDEN, "this site key does not belong to this web site");

/// An answer that the calling page may read, and that no cache keeps: it is one visitor's.
fn answered(caller: Caller, answer: Result<Json<Value>, Refusal>) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Caller::Listed(origin) = caller {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// Does the call come from a page that may call? A refusal before that is not for the page to read.
async fn entered(app: &App, headers: &HeaderMap, site_key: &str) -> Result<(Site, Caller), Refusal> {
    let site = site(app, site_key).await?.ok_or(NO_SITE)?;
    match caller(headers, &site.origins) {
        Caller::Stranger => Err(STRANGER),
        caller => Ok((site, caller)),
    }
}

#[derive(Deserialize)]
struct Asked {
    site_key: Option<String>,
}

/// A browser asks before it lets a page call: for the site of the query, or else for any.
async fn preflight(State(app): State<Shared>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    const ALL: &str =
        "SELECT group_concat(origins, ' ') FROM channel_link WHERE kind = 'widget' AND site_key IS NOT NULL";
    let origins = match asked.site_key {
        Some(site_key) => site(&app, &site_key).await.map(|site| site.map(|site| site.origins)),
        None => app.read(|tx| Ok::<_, DbError>(tx.query_row(ALL, [], |row| row.get::<_, Option<String>>(0))?)).await,
    };
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin"));
    if let Ok(Some(origins)) = origins
        && let Caller::Listed(origin) = caller(&headers, &origins)
    {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers
            .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, x-visitor-secret"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_LASTS));
    }
    response
}

#[derive(Deserialize)]
struct Written {
    site_key: String,
    /// Made by the page for each message, so that sending again does no harm.
    id: String,
    text: String,
    #[serde(default)]
    name: Option<String>,
}

async fn write(
    State(app): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(written) = serde_json::from_slice::<Written>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "site_key, id and text are needed");
    };
    let text = written.text.trim();
    if text.is_empty() || !(1..=ID_MOST).contains(&written.id.len()) {
        return refused(StatusCode::BAD_REQUEST, "id has 1 to 100 bytes, text is not empty");
    }
    if text.chars().count() > TEXT_MOST {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "text has at most 10000 characters");
    }
    let from = app.proxies.client(peer, &headers);
    match entered(&app, &headers, &written.site_key).await {
        Ok((site, caller)) => answered(caller, store(&app, &site, from, shown(&headers), &written).await),
        Err(refusal) => answered(Caller::Own, Err(refusal)),
    }
}

/// The secret that the page shows.
fn shown(headers: &HeaderMap) -> Option<String> {
    headers.get(SECRET).and_then(|secret| secret.to_str().ok()).map(str::to_owned)
}

async fn store(
    app: &Shared,
    site: &Site,
    from: IpAddr,
    shown: Option<String>,
    written: &Written,
) -> Result<Json<Value>, Refusal> {
    let channel = site.channel;
    let known = match shown {
        Some(shown) => Some(app.read(move |tx| secret::visitor(tx, channel, &shown)).await?.ok_or(NO_VISITOR)?),
        None => None,
    };
    take_rates(app, site, from, known.as_ref(), written)?;
    let (visitor, made) = match known {
        Some(visitor) => (visitor, None),
        None => {
            let made = secret::new_secret().map_err(|_| {
                Refusal::Status(StatusCode::SERVICE_UNAVAILABLE, "no random numbers for the visitor's secret")
            })?;
            let (kept, now) = (made.clone(), app.now());
            (app.db.write(move |tx| secret::keep(tx, channel, &kept, now)).await?, Some(made))
        }
    };
    // Ids are made by pages: one visitor's must not stand for another's.
    let id = format!("{}/{}", visitor.scoped_id, written.id);
    let name = written.name.as_ref().map(|name| name.chars().take(ID_MOST).collect());
    let customer = Customer { scoped_id: Some(visitor.scoped_id), name, ..Customer::default() };
    let content = Content::Text { body: written.text.trim().to_owned() };
    let message = InboundMessage::plain(customer, id, app.now(), content);
    let events = vec![Addressed { account: site.account.clone(), event: Event::Message(Box::new(message)) }];
    let parsed = Parsed { events, unreadable: Vec::new() };
    let taken = Inbox::new(app.clone()).receive(ChannelKind::Widget, parsed).await;
    taken.map_err(|crate::inbox::InboxError::Storage(error)| Refusal::Failed(error))?;
    Ok(Json(match made {
        Some(made) => json!({ "secret": made }),
        None => json!({}),
    }))
}

fn take_rates(app: &App, site: &Site, from: IpAddr, known: Option<&Visitor>, written: &Written) -> Result<(), Refusal> {
    let limits = &app.limits.widget;
    let bytes = u32::try_from(written.text.len()).unwrap_or(u32::MAX);
    let (address, on) = (format!("widget {}", counted_as(from)), format!("widget {}", site.channel));
    let visitor = known.map_or_else(|| format!("new {address}"), |known| format!("visitor {}", known.scoped_id));
    let visitor_bytes = format!("bytes of {visitor}");
    let site_bytes = format!("bytes of {on}");
    let take = |name, rate: Rate, amount| Use { name, rate, amount };
    let mut uses = vec![
        take(address.as_str(), limits.address, 1),
        take(on.as_str(), limits.site, 1),
        take(site_bytes.as_str(), limits.site_bytes, bytes),
    ];
    if known.is_some() {
        uses.push(take(visitor.as_str(), limits.visitor, 1));
        uses.push(take(visitor_bytes.as_str(), limits.visitor_bytes, bytes));
    } else {
        uses.push(take(visitor.as_str(), limits.new_visitors, 1));
    }
    app.rates.take(&uses, app.clock.boot()).map_err(Refusal::Wait)
}

#[derive(Deserialize)]
struct Reads {
    site_key: String,
    /// The last message the page has; 0 from the beginning.
    #[serde(default)]
    after: i64,
}

/// What agents wrote to this visitor. Polled by the page.
async fn read(
    State(app): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(asked): Query<Reads>,
    headers: HeaderMap,
) -> Response {
    let from = app.proxies.client(peer, &headers);
    match entered(&app, &headers, &asked.site_key).await {
        Ok((site, caller)) => answered(caller, answers(&app, &site, from, shown(&headers), asked.after).await),
        Err(refusal) => answered(Caller::Own, Err(refusal)),
    }
}

async fn answers(
    app: &Shared,
    site: &Site,
    from: IpAddr,
    shown: Option<String>,
    after: i64,
) -> Result<Json<Value>, Refusal> {
    let (channel, account, limits) = (site.channel, site.account.clone(), app.limits.widget);
    let address = format!("widget reads {}", counted_as(from));
    let by_address = Use { name: &address, rate: limits.address_reads, amount: 1 };
    app.rates.take(&[by_address], app.clock.boot()).map_err(Refusal::Wait)?;
    let shown = shown.ok_or(NO_VISITOR)?;
    let known = app.read(move |tx: &rusqlite::Transaction<'_>| find(tx, channel, &shown)).await?.ok_or(NO_VISITOR)?;
    let name = format!("visitor reads {}", known.scoped_id);
    let by_visitor = Use { name: &name, rate: limits.reads, amount: 1 };
    app.rates.take(&[by_visitor], app.clock.boot()).map_err(Refusal::Wait)?;
    let messages = Inbox::new(app.clone()).widget_messages(&account, &known.scoped_id, after).await;
    let messages = messages.map_err(|crate::inbox::InboxError::Storage(error)| Refusal::Failed(error))?;
    Ok(Json(json!({ "messages": messages })))
}

fn find(db: &Connection, channel: ChannelId, shown: &str) -> Result<Option<Visitor>, DbError> {
    secret::visitor(db, channel, shown)
}

fn refused(status: StatusCode, why: &'static str) -> Response {
    answered(Caller::Own, Err(Refusal::Status(status, why)))
}
