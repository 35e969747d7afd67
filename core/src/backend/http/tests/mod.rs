//! The port over HTTP, against servers that behave and servers that do not.

mod answers;
mod causes;
mod commands;
mod connections;
mod page;
mod tokens;
mod transport;
mod trust;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::DateTime;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use super::{HttpBackend, HttpConfig, ProxySetting};
use crate::backend::{BackendError, Credentials};
use crate::clock::{ManualClock, SharedClock};
use crate::log::Log;

/// Tokens `a.1`, `a.2`, ... : another one each time the last was called expired.
#[derive(Default)]
struct Wallet {
    spoilt: AtomicUsize,
    revoked: AtomicUsize,
    shown: Mutex<Vec<String>>,
}

#[async_trait]
impl Credentials for Wallet {
    async fn access_token(&self) -> Result<SecretString, BackendError> {
        let token = format!("a.{}", self.spoilt.load(Ordering::SeqCst) + 1);
        self.shown.lock().unwrap().push(token.clone());
        Ok(token.into())
    }

    async fn expired(&self, token: &SecretString) {
        assert_eq!(token.expose_secret(), format!("a.{}", self.spoilt.fetch_add(1, Ordering::SeqCst) + 1));
    }

    async fn revoked(&self) {
        self.revoked.fetch_add(1, Ordering::SeqCst);
    }
}

fn clock() -> ManualClock {
    ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap())
}

fn config(base_url: &str, clock: SharedClock) -> HttpConfig {
    HttpConfig {
        base_url: base_url.to_owned(),
        extra_roots_pem: None,
        proxy: ProxySetting::none(),
        log: Log::without_sink(clock.clone()),
        clock,
        credentials: None,
    }
}

fn signed_in_at(url: &str) -> (HttpBackend, Arc<Wallet>) {
    let wallet = Arc::new(Wallet::default());
    let backend = HttpBackend::new(config(url, Arc::new(clock()))).unwrap();
    (backend.with_credentials(wallet.clone()), wallet)
}

fn signed_in(server: &MockServer) -> (HttpBackend, Arc<Wallet>) {
    signed_in_at(&server.uri())
}

/// An error of the protocol.
fn refusal(status: u16, code: &str) -> ResponseTemplate {
    error(status, json!({ "code": code, "detail": "d" }))
}

fn error(status: u16, error: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({ "error": error, "now": NOW }))
}

fn ok(mut body: Value) -> ResponseTemplate {
    body["now"] = json!(NOW);
    ResponseTemplate::new(200).set_body_json(body)
}

const NOW: i64 = 1_790_000_000_123;

fn empty_page() -> Value {
    json!({ "from": "e7.1", "to": "e7.1", "more": false, "items": [] })
}

fn at_ms(ms: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_millis(ms).unwrap()
}
