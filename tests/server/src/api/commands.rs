use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use riposte::model::{AgentId, ClientKey, Command};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::answer::{self, WireRow};
use super::asked::{Body, Named, wrong};
use super::signed::Signed;
use crate::app::Shared;
use crate::commands::{self, Order, Refs, State as Became};
use crate::problem::{Problem, Said};

/// The header that carries a command's key.
const KEY: &str = "idempotency-key";

/// The epoch of a command is written shorter than this; what is not is no epoch of ours.
const EPOCH_MOST: usize = 40;

fn key(text: &str) -> Result<ClientKey, Problem> {
    let read = Uuid::try_parse(text).ok().filter(|key| key.get_version_num() == 7).map(ClientKey);
    read.ok_or_else(|| Problem::bad_request("a key is a UUIDv7"))
}

/// `POST /v1/commands`
pub(super) async fn execute(
    State(app): State<Shared>,
    signed: Signed,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let header = headers.get(KEY).and_then(|header| header.to_str().ok());
    let key = key(header.ok_or_else(|| Problem::bad_request("the header Idempotency-Key is missing"))?)?;
    let body: Value = body.read()?;
    let epoch = body.get("epoch").and_then(Value::as_str).filter(|epoch| epoch.len() <= EPOCH_MOST);
    let epoch = epoch.ok_or_else(|| Problem::bad_request("epoch is missing"))?.to_owned();
    let command: Command = serde_json::from_value(body.clone()).map_err(|error| wrong(&error))?;
    let agent = signed.agent();
    let became = commands::execute(&app, Order { agent, key, epoch, command, body }).await?;
    match became {
        Became::Rejected(problem) => Err(problem),
        Became::Pending => Err(Problem::new(409, "pending", "this key is being executed")),
        Became::Cancelled => Err(Problem::new(409, "cancelled", "this key was burnt")),
        became => say(&app, agent, became).await,
    }
}

/// `GET /v1/commands/{key}`
pub(super) async fn find(State(app): State<Shared>, signed: Signed, named: Named) -> Result<Response, Problem> {
    let agent = signed.agent();
    let became = commands::find(&app, agent, key(&named.0)?).await?;
    said(&app, agent, became).await
}

/// `POST /v1/commands/{key}/cancel`
pub(super) async fn cancel(State(app): State<Shared>, signed: Signed, named: Named) -> Result<Response, Problem> {
    let agent = signed.agent();
    let became = commands::cancel(&app, agent, key(&named.0)?).await?;
    said(&app, agent, became).await
}

/// What a key became is the answer to the question: 200, whatever it is.
async fn said(app: &Shared, agent: AgentId, became: Became) -> Result<Response, Problem> {
    let mut response = say(app, agent, became).await?;
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}

#[derive(Serialize)]
struct Outcome {
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<WireRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Said>,
    now: i64,
}

async fn say(app: &Shared, agent: AgentId, became: Became) -> Result<Response, Problem> {
    let (status, result, refs, error): (_, _, Option<Refs>, _) = match became {
        Became::Applied(refs) => (StatusCode::OK, "applied", Some(refs), None),
        Became::Accepted(refs) => (StatusCode::ACCEPTED, "accepted", Some(refs), None),
        Became::Ambiguous(refs) => (StatusCode::OK, "ambiguous", Some(refs), None),
        Became::Pending => (StatusCode::OK, "pending", None, None),
        Became::Cancelled => (StatusCode::OK, "cancelled", None, None),
        Became::Rejected(problem) => (StatusCode::OK, "rejected", None, Some(*problem.error)),
    };
    let (at, rows) = match refs {
        Some(refs) => {
            let (at, rows) = commands::rows(app, agent, refs).await?;
            (Some(at.cursor().0), Some(answer::rows(rows)))
        }
        None => (None, None),
    };
    let now = app.now().timestamp_millis();
    Ok((status, Json(Outcome { result, at, rows, error, now })).into_response())
}
