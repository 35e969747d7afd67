//! Tokens: which call carries one, and what happens when it has ended.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer};

use super::{NOW, at_ms, clock, config, empty_page, ok, refusal, signed_in};
use crate::backend::http::HttpBackend;
use crate::backend::{Backend, BackendError, SignIn};
use crate::model::Cursor;

fn cursor() -> Cursor {
    Cursor("e7.1".to_owned())
}

#[tokio::test]
async fn an_expired_token_is_mended_once_and_the_call_goes_again() {
    let server = MockServer::start().await;
    let old = Mock::given(header("authorization", "Bearer a.1")).respond_with(refusal(401, "token_expired"));
    old.expect(1).mount(&server).await;
    Mock::given(header("authorization", "Bearer a.2")).respond_with(ok(empty_page())).expect(1).mount(&server).await;
    let (backend, wallet) = signed_in(&server);
    backend.changes(&cursor(), 500).await.unwrap();
    assert_eq!(*wallet.shown.lock().unwrap(), ["a.1", "a.2"]);
}

#[tokio::test]
async fn a_server_that_calls_every_token_expired_is_asked_twice_and_no_more() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/changes")).respond_with(refusal(401, "token_expired")).expect(2).mount(&server).await;
    let (backend, _) = signed_in(&server);
    assert_eq!(backend.changes(&cursor(), 500).await, Err(BackendError::TokenExpired));
}

#[tokio::test]
async fn a_revoked_session_is_reported_to_its_keeper() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/changes")).respond_with(refusal(401, "session_revoked")).expect(1).mount(&server).await;
    let (backend, wallet) = signed_in(&server);
    assert_eq!(backend.changes(&cursor(), 500).await, Err(BackendError::SessionRevoked));
    assert_eq!(wallet.revoked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn head_has_no_words_and_its_401_is_taken_for_an_expired_token() {
    let server = MockServer::start().await;
    let old = Mock::given(method("HEAD")).and(header("authorization", "Bearer a.1"));
    old.respond_with(wiremock::ResponseTemplate::new(401)).mount(&server).await;
    let new = Mock::given(method("HEAD")).and(header("authorization", "Bearer a.2"));
    new.respond_with(wiremock::ResponseTemplate::new(200).insert_header("upload-offset", "42")).mount(&server).await;
    let (backend, _) = signed_in(&server);
    assert_eq!(backend.uploaded_bytes("ab12").await, Ok(42));
}

#[tokio::test]
async fn signing_in_carries_no_token_and_gives_the_first_ones() {
    let server = MockServer::start().await;
    let sent = json!({ "email": "marc@example.com", "password": "correct horse", "device_id": "d",
                       "device_name": "Marc's phone", "platform": "android" });
    let answer = json!({ "access_token": "a.8f", "access_until": NOW + 900_000, "refresh_token": "r.77",
        "agent": { "id": 3, "name": "Marc", "status": "online", "status_since": NOW },
        "account": { "id": 1, "name": "Atelier Nord", "conversations": true } });
    Mock::given(method("POST"))
        .and(path("/v1/session"))
        .and(body_json(sent))
        .respond_with(ok(answer))
        .mount(&server)
        .await;
    let backend = HttpBackend::new(config(&server.uri(), Arc::new(clock()))).unwrap();
    let request = SignIn {
        email: "marc@example.com".to_owned(),
        password: "correct horse".into(),
        device_id: "d".to_owned(),
        device_name: "Marc's phone".to_owned(),
        platform: "android".to_owned(),
    };
    let shown = format!("{request:?}");
    assert!(!shown.contains("marc") && !shown.contains("Marc") && !shown.contains("horse"), "{shown}");

    let session = backend.sign_in(request).await.unwrap();
    assert_eq!(session.tokens.access.expose_secret(), "a.8f");
    assert_eq!(session.tokens.access_until, at_ms(NOW + 900_000));
    assert_eq!(session.agent.name, "Marc");
    assert!(server.received_requests().await.unwrap()[0].headers.get("authorization").is_none());
    assert!(!format!("{session:?}").contains("r.77"));
}

#[tokio::test]
async fn wrong_words_to_sign_in_with_are_a_refusal() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/session/refresh")).respond_with(refusal(401, "token_expired")).mount(&server).await;
    Mock::given(path("/v1/session")).respond_with(refusal(401, "bad_credentials")).mount(&server).await;
    let backend = HttpBackend::new(config(&server.uri(), Arc::new(clock()))).unwrap();
    let request = SignIn {
        email: String::new(),
        password: "".into(),
        device_id: String::new(),
        device_name: String::new(),
        platform: String::new(),
    };
    let refused = backend.sign_in(request).await.unwrap_err();
    assert!(matches!(refused, BackendError::Refused { code, .. } if code == "bad_credentials"));
    // Nothing mends a refresh token that has ended.
    let ended = backend.refresh(&SecretString::from("r.77")).await;
    assert_eq!(ended.unwrap_err(), BackendError::SessionRevoked);
}

#[tokio::test]
async fn without_a_session_nothing_is_sent() {
    let server = MockServer::start().await;
    let backend = HttpBackend::new(config(&server.uri(), Arc::new(clock()))).unwrap();
    assert!(
        matches!(backend.changes(&cursor(), 500).await, Err(BackendError::Refused { code, .. }) if code == "no_token")
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}
