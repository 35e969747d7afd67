//! The doors that providers and visitors come in by. Open to the world: nothing is believed
//! before its signature holds, and nothing of a body reaches an answer or a log.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use riposte::clock::SharedClock;
use riposte::model::{ChannelKind, Content};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::event::{Addressed, Customer, Event, InboundMessage, Parsed};
use super::{messenger, signature, whatsapp};
use crate::inbox::{Inbox, InboxError};

/// Meta's webhooks have up to 3 MB.
const WEBHOOK_MOST_BYTES: usize = 4 * 1024 * 1024;
/// A visitor's message with room for its envelope.
const WIDGET_MOST_BYTES: usize = 64 * 1024;
/// A visitor's text, in characters.
const WIDGET_TEXT_MOST: usize = 10_000;
/// Names that a visitor's page makes up, in bytes.
const WIDGET_ID_MOST: usize = 100;

#[derive(Clone)]
struct Doors {
    inbox: Inbox,
    clock: SharedClock,
}

/// `/webhooks/...` and `/widget/messages`.
pub fn router(inbox: Inbox, clock: SharedClock) -> Router {
    let webhooks = Router::new()
        .route("/webhooks/whatsapp", get(verify_whatsapp).post(take_whatsapp))
        .route("/webhooks/messenger", get(verify_messenger).post(take_messenger))
        .layer(DefaultBodyLimit::max(WEBHOOK_MOST_BYTES));
    let widget = Router::new()
        .route("/widget/messages", post(visitor_writes).get(visitor_reads))
        .layer(DefaultBodyLimit::max(WIDGET_MOST_BYTES));
    webhooks.merge(widget).with_state(Doors { inbox, clock })
}

#[derive(Deserialize)]
struct Challenge {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

async fn verify_whatsapp(State(doors): State<Doors>, Query(asked): Query<Challenge>) -> Response {
    doors.verify(&[ChannelKind::Whatsapp], &asked).await
}

async fn verify_messenger(State(doors): State<Doors>, Query(asked): Query<Challenge>) -> Response {
    doors.verify(&[ChannelKind::Messenger, ChannelKind::Instagram], &asked).await
}

async fn take_whatsapp(State(doors): State<Doors>, headers: HeaderMap, body: Bytes) -> Response {
    match doors.genuine(&[ChannelKind::Whatsapp], &headers, &body).await {
        Ok(true) => doors.store(ChannelKind::Whatsapp, whatsapp::webhook::read(&body)).await,
        Ok(false) => StatusCode::UNAUTHORIZED.into_response(),
        Err(problem) => unavailable(&problem),
    }
}

async fn take_messenger(State(doors): State<Doors>, headers: HeaderMap, body: Bytes) -> Response {
    match doors.genuine(&[ChannelKind::Messenger, ChannelKind::Instagram], &headers, &body).await {
        Ok(true) => {
            let (kind, parsed) = messenger::webhook::read(&body);
            doors.store(kind.unwrap_or(ChannelKind::Messenger), parsed).await
        }
        Ok(false) => StatusCode::UNAUTHORIZED.into_response(),
        Err(problem) => unavailable(&problem),
    }
}

impl Doors {
    /// Meta asks whether this address is ours before it posts anything to it.
    async fn verify(&self, kinds: &[ChannelKind], asked: &Challenge) -> Response {
        for kind in kinds {
            let secrets = match self.inbox.webhook_secrets(*kind).await {
                Ok(secrets) => secrets,
                Err(problem) => return unavailable(&problem),
            };
            let known = secrets.iter().any(|account| {
                !account.verify_token.is_empty()
                    && bool::from(account.verify_token.as_bytes().ct_eq(asked.token.as_bytes()))
            });
            if known && asked.mode == "subscribe" {
                return asked.challenge.clone().into_response();
            }
        }
        StatusCode::FORBIDDEN.into_response()
    }

    async fn genuine(&self, kinds: &[ChannelKind], headers: &HeaderMap, body: &[u8]) -> Result<bool, InboxError> {
        let header = headers.get(signature::HEADER).and_then(|header| header.to_str().ok());
        for kind in kinds {
            let secrets = self.inbox.webhook_secrets(*kind).await?;
            // An empty secret would let anybody sign.
            let holds = |secret: &str| !secret.is_empty() && signature::holds(secret, body, header);
            if secrets.iter().any(|account| holds(&account.app_secret)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// 200 only once it is stored: anything else and the provider comes again.
    async fn store(&self, kind: ChannelKind, parsed: Parsed) -> Response {
        match self.inbox.receive(kind, parsed).await {
            Ok(_) => StatusCode::OK.into_response(),
            Err(problem) => unavailable(&problem),
        }
    }
}

fn unavailable(problem: &InboxError) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, problem.to_string()).into_response()
}

#[derive(Deserialize)]
struct VisitorWrites {
    site_key: String,
    /// Made once by the visitor's browser.
    visitor: String,
    /// Made by the page for each message, so that sending again does no harm.
    id: String,
    text: String,
    #[serde(default)]
    name: Option<String>,
}

async fn visitor_writes(State(doors): State<Doors>, body: Bytes) -> Response {
    let Ok(written) = serde_json::from_slice::<VisitorWrites>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "site_key, visitor, id and text are needed");
    };
    let text = written.text.trim();
    let name_fits = |name: &str| (1..=WIDGET_ID_MOST).contains(&name.len());
    if text.is_empty() || !name_fits(&written.visitor) || !name_fits(&written.id) {
        return refused(StatusCode::BAD_REQUEST, "visitor and id have 1 to 100 bytes, text is not empty");
    }
    if text.chars().count() > WIDGET_TEXT_MOST {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "text has at most 10000 characters");
    }
    let account = match doors.inbox.widget_of(&written.site_key).await {
        Ok(Some(account)) => account,
        Ok(None) => return refused(StatusCode::UNAUTHORIZED, "no widget has this site key"),
        Err(problem) => return unavailable(&problem),
    };
    let name = written.name.map(|name| name.chars().take(WIDGET_ID_MOST).collect());
    let message = InboundMessage {
        customer: Customer { scoped_id: Some(written.visitor.clone()), name, ..Customer::default() },
        // Ids are made by visitors: one visitor's must not stand for another's.
        message_id: format!("{}/{}", written.visitor, written.id),
        at: doors.clock.wall(),
        content: Content::Text { body: text.to_owned() },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
    };
    let events = vec![Addressed { account, event: Event::Message(Box::new(message)) }];
    doors.store(ChannelKind::Widget, Parsed { events, unreadable: Vec::new() }).await
}

#[derive(Deserialize)]
struct VisitorReads {
    site_key: String,
    visitor: String,
    /// The last message the page has; 0 from the beginning.
    #[serde(default)]
    after: i64,
}

/// What agents wrote to this visitor. Polled by the page: who knows the site key and the
/// visitor's made-up name may read, so a page keeps that name to itself.
async fn visitor_reads(State(doors): State<Doors>, Query(asked): Query<VisitorReads>) -> Response {
    let account = match doors.inbox.widget_of(&asked.site_key).await {
        Ok(Some(account)) => account,
        Ok(None) => return refused(StatusCode::UNAUTHORIZED, "no widget has this site key"),
        Err(problem) => return unavailable(&problem),
    };
    match doors.inbox.widget_messages(&account, &asked.visitor, asked.after).await {
        Ok(messages) => Json(json!({ "messages": messages })).into_response(),
        Err(problem) => unavailable(&problem),
    }
}

fn refused(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": { "detail": why } }))).into_response()
}
