//! How answers are written: JSON, and `now` in each.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::{App, Shared};
use crate::feed::Item;
use crate::problem::{Problem, Said};

/// A body with the server's clock beside it.
#[derive(Serialize)]
pub(super) struct Timed<T> {
    #[serde(flatten)]
    body: T,
    now: i64,
}

/// An answer without rows.
pub(super) fn timed<T: Serialize>(app: &App, body: T) -> Json<Timed<T>> {
    Json(Timed { body, now: app.now().timestamp_millis() })
}

/// A row as it goes over the wire.
#[derive(Serialize)]
pub(super) struct WireRow {
    pub(super) seq: i64,
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) op: Option<&'static str>,
    pub(super) id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<Box<RawValue>>,
}

/// Rows outside the feed: there is no `op`, a row that is gone is not among them.
pub(super) fn rows(items: Vec<Item>) -> Vec<WireRow> {
    let row = |item: Item| WireRow { seq: item.seq, kind: item.kind, op: None, id: item.id, data: item.data };
    items.into_iter().map(row).collect()
}

/// Items of the feed.
pub(super) fn changes(items: Vec<Item>) -> Vec<WireRow> {
    let row = |item: Item| {
        let op = Some(if item.data.is_some() { "put" } else { "del" });
        WireRow { seq: item.seq, kind: item.kind, op, id: item.id, data: item.data }
    };
    items.into_iter().map(row).collect()
}

impl IntoResponse for Problem {
    /// Its words are written by [`say_problem`], which knows the time.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a Said,
    now: i64,
}

/// Writes a problem in the wire's shape.
pub(super) async fn say_problem(State(app): State<Shared>, mut response: Response) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let body = Json(Body { error: &problem.error, now: app.now().timestamp_millis() });
    let mut said = (response.status(), body).into_response();
    if let Some(wait) = problem.error.retry_after_ms {
        said.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
    }
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH {
            said.headers_mut().insert(name.clone(), value.clone());
        }
    }
    said
}
