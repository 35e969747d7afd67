//! The place where faults happen: around every call of the protocol, outside of compression.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use riposte::clock::SharedClock;
use serde_json::{Value, json};

use super::{Endpoint, Fault, Faults, RetryAfter};

/// More than any answer has.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// What no clock can follow, and what is no number or date at all.
const ABSURD: [&str; 5] = ["soon", "-5", "99999999999999999999", "Mon, 31 Feb 2026 25:61:00 GMT", ""];

/// Lets a call through, or lets happen to it what the plan says.
pub(crate) async fn apply(
    State((faults, clock)): State<(Faults, SharedClock)>,
    mut request: Request,
    next: Next,
) -> Response {
    let endpoint = Endpoint::of(request.method(), request.uri().path());
    let Some((fault, before)) = faults.fate(endpoint) else { return next.run(request).await };
    match fault {
        Fault::Delay { ms } => {
            tokio::select! {
                () = clock.sleep(Duration::from_millis(ms)) => {}
                () = faults.until_calm(before) => {}
            }
            next.run(request).await
        }
        Fault::DroppedBefore => broken(),
        Fault::DroppedAfter => {
            next.run(request).await;
            broken()
        }
        Fault::Status { status, retry_after } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let unhandled = matches!(status.as_u16(), 408 | 429 | 503);
            if !unhandled && faults.throw(2) == 1 {
                next.run(request).await;
            }
            in_trouble(status, &faults, &clock, retry_after)
        }
        Fault::Truncated => truncated(next.run(request).await).await,
        Fault::Closed if endpoint == Endpoint::Live => closed(next.run(request).await),
        Fault::Closed => truncated(next.run(request).await).await,
        Fault::NotJson => page(StatusCode::OK),
        Fault::HalfOpen => half_open(next.run(request).await, faults, before),
        Fault::Gone => snapshot_needed(&clock),
        Fault::ClockMoved { ms } => {
            // Compressed, its time could not be found.
            request.headers_mut().remove(header::ACCEPT_ENCODING);
            with_another_time(next.run(request).await, ms).await
        }
    }
}

/// No answer: the connection breaks.
fn broken() -> Response {
    Body::from_stream(stream::once(async { Err::<Bytes, _>(reset()) })).into_response()
}

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

fn in_trouble(status: StatusCode, faults: &Faults, clock: &SharedClock, retry_after: RetryAfter) -> Response {
    let mut response = match status.as_u16() {
        429 | 503 => said(status, json!({ "code": "busy", "detail": "a fault on request" }), clock),
        _ => page(status),
    };
    let header = match retry_after {
        RetryAfter::Absent => None,
        RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
        RetryAfter::Date(seconds) => {
            let at = clock.wall() + TimeDelta::seconds(i64::from(seconds));
            Some(at.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
        RetryAfter::Absurd => {
            let which = usize::try_from(faults.throw(ABSURD.len() as u64)).unwrap_or_default();
            ABSURD.get(which).map(|absurd| (*absurd).to_owned())
        }
    };
    if let Some(value) = header.and_then(|header| HeaderValue::from_str(&header).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn snapshot_needed(clock: &SharedClock) -> Response {
    let error = json!({ "code": "snapshot_needed", "reason": "too_old", "detail": "a fault on request" });
    said(StatusCode::GONE, error, clock)
}

fn said(status: StatusCode, error: Value, clock: &SharedClock) -> Response {
    let body = json!({ "error": error, "now": clock.wall().timestamp_millis() });
    (status, axum::Json(body)).into_response()
}

/// Another server's page.
fn page(status: StatusCode) -> Response {
    const PAGE: &str = "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>";
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}

/// Half of the answer, then the connection breaks.
async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else { return broken() };
    parts.headers.remove(header::CONTENT_LENGTH);
    let half = bytes.slice(..bytes.len() / 2);
    Response::from_parts(parts, Body::from_stream(stream::iter([Ok(half), Err(reset())])))
}

/// The answer with another time in it. An answer without a time, a stream or a file, stays as it was.
async fn with_another_time(response: Response, ms: i64) -> Response {
    let is_json = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/json");
    if !response.headers().get(header::CONTENT_TYPE).is_some_and(is_json) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else { return broken() };
    let Ok(mut answer) = serde_json::from_slice::<Value>(&bytes) else { return (parts, bytes).into_response() };
    if let Some(now) = answer.get_mut("now")
        && let Some(then) = now.as_i64()
    {
        *now = then.saturating_add(ms).into();
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, answer.to_string()).into_response()
}

/// The first event of a stream, and its end.
fn closed(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, Body::from_stream(body.into_data_stream().take(1)))
}

/// The head of the answer and silence. Calm breaks the connection.
fn half_open(response: Response, faults: Faults, before: u64) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let silence = stream::once(async move {
        faults.until_calm(before).await;
        Err::<Bytes, _>(reset())
    });
    Response::from_parts(parts, Body::from_stream(silence))
}
