//! The doors that providers come in by. Open to the world: nothing is believed before its signature
//! holds, and nothing of a body reaches an answer or a log.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use riposte::model::{ChannelId, ChannelKind};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::event::Parsed;
use super::{messenger, signature, whatsapp};
use crate::inbox::{Inbox, InboxError, Taken};

/// Meta's webhooks have up to 3 MB.
const WEBHOOK_MOST_BYTES: usize = 4 * 1024 * 1024;

#[derive(Clone)]
struct Doors {
    inbox: Inbox,
}

/// `/webhooks/...`.
pub fn router(inbox: Inbox) -> Router {
    Router::new()
        .route("/webhooks/whatsapp", get(verify_whatsapp).post(take_whatsapp))
        .route("/webhooks/messenger", get(verify_messenger).post(take_messenger))
        .layer(DefaultBodyLimit::max(WEBHOOK_MOST_BYTES))
        .with_state(Doors { inbox })
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
        Ok(signers) if !signers.is_empty() => {
            doors.store_signed(ChannelKind::Whatsapp, whatsapp::webhook::read(&body), signers).await
        }
        Ok(_) => StatusCode::UNAUTHORIZED.into_response(),
        Err(problem) => unavailable(&problem),
    }
}

async fn take_messenger(State(doors): State<Doors>, headers: HeaderMap, body: Bytes) -> Response {
    match doors.genuine(&[ChannelKind::Messenger, ChannelKind::Instagram], &headers, &body).await {
        Ok(signers) if !signers.is_empty() => {
            let (kind, parsed) = messenger::webhook::read(&body);
            doors.store_signed(kind.unwrap_or(ChannelKind::Messenger), parsed, signers).await
        }
        Ok(_) => StatusCode::UNAUTHORIZED.into_response(),
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

    /// The channel accounts whose secret signed the body; none: it is not genuine. Only what happened on these
    /// accounts is believed: another's secret proves nothing about them.
    async fn genuine(
        &self,
        kinds: &[ChannelKind],
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Vec<ChannelId>, InboxError> {
        let mut signers = Vec::new();
        let header = headers.get(signature::HEADER).and_then(|header| header.to_str().ok());
        for kind in kinds {
            let secrets = self.inbox.webhook_secrets(*kind).await?;
            // An empty secret would let anybody sign.
            let holds = |secret: &str| !secret.is_empty() && signature::holds(secret, body, header);
            signers.extend(secrets.iter().filter(|account| holds(&account.app_secret)).map(|account| account.channel));
        }
        Ok(signers)
    }

    /// 200 only once it is stored: anything else and the provider comes again.
    async fn store_signed(&self, kind: ChannelKind, parsed: Parsed, signers: Vec<ChannelId>) -> Response {
        stored(self.inbox.receive_signed(kind, parsed, signers).await)
    }
}

fn stored(taken: Result<Taken, InboxError>) -> Response {
    match taken {
        Ok(_) => StatusCode::OK.into_response(),
        Err(problem) => unavailable(&problem),
    }
}

fn unavailable(problem: &InboxError) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, problem.to_string()).into_response()
}
