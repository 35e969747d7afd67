//! An answer that is given before the body was read.
//!
//! HTTP/1.1 reuses a connection only after the whole request was read. Where a call is refused at
//! once (no token, wrong address, too large), what is left of the body is not read any more: the
//! connection ends after the answer, and `Connection: close` tells the client so before it sends the
//! next request into it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::header::{CONNECTION, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{StreamExt, stream};

/// Says `Connection: close` where the body of the request was not read to its end.
pub(crate) async fn close(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let read = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| watched(body, read.clone()));
    let mut response = next.run(request).await;
    if !read.load(Ordering::Acquire) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The same body, which notes when it was read to its end.
fn watched(body: Body, read: Arc<AtomicBool>) -> Body {
    let end = stream::poll_fn(move |_| {
        read.store(true, Ordering::Release);
        Poll::Ready(None)
    });
    Body::from_stream(body.into_data_stream().chain(end))
}
