//! Whatever is sent, the answer is a typed and worded error with the time in it; never a 500.

use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Office, Phone};

async fn refused(phone: &Phone, method: Method, path: &str, body: Option<&[u8]>) -> (u16, Value) {
    let mut request = phone.request(method.clone(), path).header("Idempotency-Key", phone.key());
    if let Some(body) = body {
        request = request.header("Content-Type", "application/json").body(body.to_vec());
    }
    let (status, answer) = phone.ask(request).await;
    let context = format!("{method} {path}: {status} {answer}");
    assert!((400..500).contains(&status), "{context}");
    assert!(answer["error"]["code"].is_string() && answer["error"]["detail"].is_string(), "{context}");
    assert!(answer["now"].is_i64(), "{context}");
    (status, answer)
}

#[tokio::test]
async fn odd_addresses_cursors_and_tokens_are_worded_errors() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    for path in [
        "/v1/nothing",
        "/v1/changes?since=tomorrow",
        "/v1/changes?since=e1.-1",
        "/v1/changes?since=e1.99999999999999999999999",
        "/v1/changes?since=e1.1&limit=0",
        "/v1/changes?since=e1.1&limit=many",
        "/v1/changes?since=%ff%fe",
        "/v1/snapshot?page=",
        "/v1/snapshot?page=nothing",
        "/v1/snapshot?page=d1-1.%00",
        "/v1/snapshot?page=c18446744073709551615.00000000000000000000000000000000",
        "/v1/conversations/0",
        "/v1/conversations/-1",
        "/v1/conversations/abc",
        "/v1/conversations/%ff",
        "/v1/conversations/99999999999999999999",
        "/v1/conversations/1/messages",
        "/v1/conversations?before=1",
        "/v1/conversations?before=a,b",
        "/v1/ledger",
        "/v1/ledger?month=2026-13",
        "/v1/ledger?month=-0001-1",
        "/v1/ledger?month=999999-01",
        "/v1/media/0",
        "/v1/media/x",
        "/v1/commands/not-a-key",
        "/v1/commands/00000000-0000-0000-0000-000000000000",
    ] {
        refused(&phone, Method::GET, path, None).await;
    }
    assert_eq!(refused(&phone, Method::PUT, "/v1/changes", None).await.0, 405);
    assert_eq!(refused(&phone, Method::POST, "/v1/commands/no/cancel", None).await.0, 400);
    assert_eq!(refused(&phone, Method::PUT, "/v1/uploads/..%2f..%2fetc", Some(b"x")).await.0, 400);
}

#[tokio::test]
async fn odd_bodies_are_worded_errors() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let bodies: [&[u8]; 14] = [
        b"",
        b"null",
        b"[]",
        b"42",
        b"\"text\"",
        b"{",
        b"{\"epoch\":\"e1\"}",
        b"{\"epoch\":\"e1\",\"kind\":\"world.end\"}",
        b"{\"epoch\":1,\"kind\":\"message.retry\",\"message_id\":1}",
        b"{\"epoch\":\"e1\",\"kind\":\"message.retry\",\"message_id\":\"one\"}",
        b"{\"epoch\":\"e1\",\"kind\":\"message.retry\",\"message_id\":1e99}",
        b"{\"epoch\":\"e1\",\"kind\":\"message.send\",\"conversation_id\":1,\"content\":{\"type\":\"telepathy\"}}",
        b"\xff\xfe{}",
        b"{\"epoch\":\"e1\",\"kind\":\"comment.add\",\"body\":\"\xff\"}",
    ];
    for path in ["/v1/commands", "/v1/session", "/v1/session/refresh"] {
        for body in bodies {
            refused(&phone, Method::POST, path, Some(body)).await;
        }
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        refused(&phone, Method::POST, "/v1/commands", Some(deep.as_bytes())).await.1["error"]["code"],
        "bad_request"
    );
    let huge = vec![b' '; 300_000];
    let (status, answer) = refused(&phone, Method::POST, "/v1/commands", Some(&huge)).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (413, Some("too_large")));
    refused(&phone, Method::PUT, "/v1/devices/d", Some(b"{\"platform\":\"android\",\"transport\":\"pigeon\"}")).await;
    refused(&phone, Method::POST, "/v1/presence", Some(b"{\"conversation_id\":\"x\"}")).await;
}

#[tokio::test]
async fn a_key_is_a_uuid_of_version_seven_and_there_is_one() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let body = json!({ "epoch": "e1", "kind": "agent.set_status", "status": "online" });
    let (status, answer) = phone.post("/v1/commands", &body).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (400, Some("bad_request")));
    for key in ["", "1", "7e8b6d2e-6f0b-4f0e-9a39-0242ac120002"] {
        assert_eq!(phone.command_under(key, body.clone()).await.0, 400, "{key}");
    }
}

#[tokio::test]
async fn absurd_numbers_in_commands_are_refused_like_any_other() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    for id in [i64::MAX, i64::MIN, 0, -1] {
        for body in [
            json!({ "kind": "message.retry", "message_id": id }),
            json!({ "kind": "conversation.set_open", "conversation_id": id, "open": true }),
            json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": id, "tell_customer": true }),
            json!({ "kind": "template.refresh", "channel_id": id }),
        ] {
            assert_eq!(phone.command(body).await.0, 404);
        }
    }
}

/// JSON that looks a little like a command.
fn almost_a_command() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(json!("message.send")),
        Just(json!("text")),
        Just(json!("e1")),
    ];
    let field = prop_oneof![
        Just("epoch"),
        Just("kind"),
        Just("content"),
        Just("conversation_id"),
        Just("type"),
        Just("body"),
        Just("to"),
        Just("mentions"),
        Just("components"),
        Just("x")
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(field.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn no_body_makes_the_server_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (office, phone) = runtime.block_on(async {
        let office = Office::open().await;
        let phone = office.phone("marc").await;
        office.lea_wrote(&phone).await;
        (office, phone)
    });
    proptest!(ProptestConfig::with_cases(128), |(body in almost_a_command())| {
        let (status, answer) = runtime.block_on(async {
            let request = phone.request(Method::POST, "/v1/commands").header("Idempotency-Key", phone.key());
            phone.ask(request.json(&body)).await
        });
        prop_assert!(status < 500, "{status} {answer}");
        prop_assert!(answer["now"].is_i64());
    });
    drop(office);
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_it() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    office.lea_wrote(&phone).await;
    // A client that leaves what it gets as it is.
    let client = riposte_server::channels::graph::client().unwrap().no_gzip().build().unwrap();
    let request = client.get(format!("{}/v1/changes?since=e1.0", office.running.url())).bearer_auth(&phone.access);
    let answer = request.header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.bytes().await.unwrap().starts_with(&[0x1f, 0x8b]));
}
