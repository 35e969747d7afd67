//! What became of a command.

use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{NOW, at_ms, error, ok, refusal, signed_in};
use crate::backend::{Backend, BackendError, CommandState, Rejection};
use crate::model::{AgentStatus, ClientKey, Command, Row};

const KEY: &str = "0192f3a0-5c1e-7cc3-98a4-0242ac120003";

fn key() -> ClientKey {
    ClientKey(KEY.parse::<Uuid>().unwrap())
}

fn rows() -> Value {
    json!([{ "seq": 104241, "kind": "read_marker", "id": 4711, "data": { "conversation_id": 4711, "up_to": 88 } }])
}

async fn execute_when(answer: ResponseTemplate) -> Result<CommandState, BackendError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/commands"))
        .and(header("idempotency-key", KEY))
        .and(body_json(json!({ "epoch": "e7", "kind": "agent.set_status", "status": "online" })))
        .respond_with(answer)
        .mount(&server)
        .await;
    let (backend, _) = signed_in(&server);
    backend.execute(key(), "e7", &Command::SetStatus { status: AgentStatus::Online }).await
}

fn rejected(code: &str) -> CommandState {
    CommandState::Rejected(Rejection { code: code.to_owned(), detail: "d".to_owned(), window: None })
}

#[tokio::test]
async fn an_applied_command_brings_its_rows() {
    let answer = ok(json!({ "result": "applied", "at": "e7.104241", "rows": rows() }));
    let Ok(CommandState::Applied(rows)) = execute_when(answer).await else { panic!("not applied") };
    assert_eq!(rows.at.0, "e7.104241");
    assert!(matches!(rows.rows[0].row, Row::ReadMarker(_)));
}

#[tokio::test]
async fn a_refusal_is_an_outcome_and_not_an_error() {
    let codes = [
        (400, "bad_request"),
        (403, "not_allowed"),
        (404, "not_found"),
        (409, "conflict"),
        (410, "key_expired"),
        (413, "too_large"),
        (422, "template_not_usable"),
        (422, "key_reused"),
        (422, "epoch_changed"),
    ];
    for (status, code) in codes {
        assert_eq!(execute_when(refusal(status, code)).await, Ok(rejected(code)), "{status} {code}");
    }
    assert_eq!(execute_when(refusal(409, "pending")).await, Ok(CommandState::Pending));
    assert_eq!(execute_when(refusal(409, "cancelled")).await, Ok(CommandState::Cancelled));
}

#[tokio::test]
async fn a_closed_window_comes_with_the_window_as_the_server_sees_it() {
    let answer =
        error(422, json!({ "code": "window_closed", "window": { "last_customer_at": NOW, "opened_at": NOW } }));
    let Ok(CommandState::Rejected(rejection)) = execute_when(answer).await else { panic!("not rejected") };
    assert_eq!(rejection.window.unwrap().last_customer_at, Some(at_ms(NOW)));
}

#[tokio::test]
async fn what_says_nothing_about_the_key_stays_an_error() {
    let html = |status| ResponseTemplate::new(status).set_body_raw("<html>", "text/html");
    assert_eq!(execute_when(refusal(429, "busy")).await, Err(BackendError::Busy { retry_after: None }));
    assert_eq!(execute_when(refusal(500, "internal")).await, Err(BackendError::NoAnswer));
    assert_eq!(execute_when(html(404)).await, Err(BackendError::NotOurs("it is not JSON")));
    assert_eq!(execute_when(html(200)).await, Err(BackendError::NotOurs("it is not JSON")));
    // A proxy also says 503 when the server went away in the middle: it may have been executed.
    assert_eq!(execute_when(html(503)).await, Err(BackendError::NoAnswer));
    let word = ok(json!({ "result": "pondered" }));
    assert_eq!(execute_when(word).await, Err(BackendError::NotOurs("it is not the protocol's JSON")));
}

#[tokio::test]
async fn a_key_is_asked_for_by_its_name() {
    let cases = [
        (ok(json!({ "result": "pending" })), Ok(CommandState::Pending)),
        (ok(json!({ "result": "cancelled" })), Ok(CommandState::Cancelled)),
        (
            ok(json!({ "result": "rejected", "error": { "code": "no_credit", "detail": "d" } })),
            Ok(rejected("no_credit")),
        ),
        (refusal(404, "not_found"), Ok(CommandState::NotFound)),
        // A stranger's 404 must not be read as "never executed".
        (ResponseTemplate::new(404).set_body_raw("<html>", "text/html"), Err(BackendError::NotOurs("it is not JSON"))),
        (refusal(503, "busy"), Err(BackendError::Busy { retry_after: None })),
    ];
    for (n, (answer, meaning)) in cases.into_iter().enumerate() {
        let server = MockServer::start().await;
        Mock::given(method("GET")).and(path(format!("/v1/commands/{KEY}"))).respond_with(answer).mount(&server).await;
        let (backend, _) = signed_in(&server);
        assert_eq!(backend.command(key()).await, meaning, "case {n}");
    }
}

#[tokio::test]
async fn a_question_that_is_refused_says_nothing_of_the_command() {
    for (status, code) in [
        (400, "bad_request"),
        (403, "not_allowed"),
        (409, "conflict"),
        (409, "pending"),
        (409, "cancelled"),
        (410, "key_expired"),
        (413, "too_large"),
        (422, "provider_refused"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET")).respond_with(refusal(status, code)).mount(&server).await;
        Mock::given(method("POST")).respond_with(refusal(status, code)).mount(&server).await;
        let (backend, _) = signed_in(&server);
        let refused = Err(BackendError::Refused { code: code.to_owned(), detail: "d".to_owned() });
        assert_eq!(backend.command(key()).await, refused, "asked, {status} {code}");
        assert_eq!(backend.cancel(key()).await, refused, "cancelled, {status} {code}");
    }
}

#[tokio::test]
async fn cancelling_says_what_the_key_became() {
    let server = MockServer::start().await;
    let answer = ok(json!({ "result": "ambiguous", "at": "e7.104241", "rows": rows() }));
    let cancel = format!("/v1/commands/{KEY}/cancel");
    Mock::given(method("POST")).and(path(cancel)).respond_with(answer).mount(&server).await;
    let (backend, _) = signed_in(&server);
    assert!(matches!(backend.cancel(key()).await, Ok(CommandState::Ambiguous(rows)) if rows.rows.len() == 1));
}
