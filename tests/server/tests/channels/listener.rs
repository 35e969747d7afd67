//! A server that only listens: it checks signatures and keeps what it received.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use riposte_server::channels::event::Event;
use riposte_server::channels::{messenger, signature, whatsapp};
use riposte_server::sim::Simulator;

/// What came, in the order of arrival.
#[derive(Clone, Default)]
pub(crate) struct Webhooks {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    secrets: Vec<String>,
    events: Vec<Event>,
    posts: usize,
    /// So many calls more are answered with 503.
    trouble: usize,
}

impl Webhooks {
    pub(crate) fn events(&self) -> Vec<Event> {
        self.inner.lock().unwrap().events.clone()
    }

    /// How many posts brought them.
    pub(crate) fn posts(&self) -> usize {
        self.inner.lock().unwrap().posts
    }

    pub(crate) fn trouble(&self, calls: usize) {
        self.inner.lock().unwrap().trouble = calls;
    }

    fn take(&self, headers: &HeaderMap, body: &Bytes, whatsapp: bool) -> StatusCode {
        let mut inner = self.inner.lock().unwrap();
        let header = headers.get(signature::HEADER).and_then(|header| header.to_str().ok());
        if !inner.secrets.iter().any(|secret| signature::holds(secret, body, header)) {
            return StatusCode::UNAUTHORIZED;
        }
        if inner.trouble > 0 {
            inner.trouble -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        let parsed = if whatsapp { whatsapp::webhook::read(body) } else { messenger::webhook::read(body).1 };
        assert_eq!(parsed.unreadable, [], "the simulator writes what the server reads");
        inner.posts += 1;
        inner.events.extend(parsed.events.into_iter().map(|addressed| addressed.event));
        StatusCode::OK
    }
}

/// Listens to the simulator's webhooks from now on.
pub(crate) async fn webhooks(simulator: &Simulator) -> Webhooks {
    let webhooks = Webhooks::default();
    let secrets = simulator.accounts().into_iter().map(|account| account.app_secret).collect();
    webhooks.inner.lock().unwrap().secrets = secrets;
    let router = Router::new()
        .route(
            "/webhooks/whatsapp",
            post(|State(webhooks): State<Webhooks>, headers: HeaderMap, body: Bytes| async move {
                webhooks.take(&headers, &body, true)
            }),
        )
        .route(
            "/webhooks/messenger",
            post(|State(webhooks): State<Webhooks>, headers: HeaderMap, body: Bytes| async move {
                webhooks.take(&headers, &body, false)
            }),
        )
        .with_state(webhooks.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    simulator.serve(&format!("http://{}", listener.local_addr().unwrap())).await;
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    webhooks
}
