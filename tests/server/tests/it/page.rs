//! `core/PROTOCOL.md` against the server: its examples are sent, and what comes back is on it.

use std::collections::BTreeSet;

use riposte_server::NewAgent;
use serde_json::{Value, json};

use crate::support::{Office, Phone};

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/PROTOCOL.md"));

/// The example of a name.
fn example(name: &str) -> Value {
    let (_, rest) = PAGE.split_once(&format!("\n```json {name}\n")).unwrap_or_else(|| panic!("no example `{name}`"));
    serde_json::from_str(rest.split("\n```").next().unwrap()).unwrap()
}

/// A phone that signed in with the page's own words.
async fn signed_in(office: &Office) -> (Phone, Value) {
    let words = example("sign_in");
    let word = |name: &str| words[name].as_str().unwrap().to_owned();
    let marc = NewAgent {
        name: "Marc".into(),
        email: word("email"),
        password: word("password"),
        administrator: true,
        groups: Vec::new(),
    };
    let agent = office.admin.add_agent(marc).await.unwrap();
    let mut phone = Phone::new(office, agent);
    let (status, answer) = phone.post("/v1/session", &words).await;
    assert_eq!(status, 200, "{answer}");
    phone.take_tokens(&answer);
    (phone, answer)
}

/// The page's command, to a conversation and a message that exist.
async fn command(office: &Office, phone: &Phone) -> (i64, (u16, Value)) {
    let id = office.lea_wrote(phone).await;
    let (_, messages) = phone.get(&format!("/v1/conversations/{id}/messages")).await;
    let mut body = example("command");
    body["epoch"] = json!("e1");
    body["conversation_id"] = json!(id);
    body["reply_to"] = messages["rows"][0]["id"].clone();
    (id, phone.command(body).await)
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Every name of a field, however deep.
fn all_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inside) in fields {
                names.insert(name.clone());
                // The names of attributes are the operator's own.
                if name != "attributes" {
                    all_names(inside, names);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all_names(item, names)),
        _ => {}
    }
}

#[tokio::test]
async fn the_examples_that_a_phone_sends_are_understood() {
    let office = Office::open().await;
    let (phone, _) = signed_in(&office).await;
    let (_, (status, answer)) = command(&office, &phone).await;
    assert_eq!((status, answer["result"].as_str()), (202, Some("accepted")), "{answer}");
}

#[tokio::test]
async fn answers_have_the_fields_of_the_examples() {
    let office = Office::open().await;
    let (phone, session) = signed_in(&office).await;
    let (id, _) = command(&office, &phone).await;
    let (_, tokens) = phone.post("/v1/session/refresh", &json!({ "refresh_token": phone.refresh })).await;
    let (_, about) = phone.get("/v1/about").await;
    let (_, page) = phone.get("/v1/changes?since=e1.0").await;
    let (_, snapshot_needed) = phone.get("/v1/changes").await;
    let (_, snapshot) = phone.get("/v1/snapshot").await;
    let (_, rows) = phone.get(&format!("/v1/conversations/{id}/messages")).await;
    let marked = json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": rows["rows"][0]["id"], "tell_customer": false });
    let (_, applied) = phone.command(marked).await;
    let answers = [
        ("session", session),
        ("tokens", tokens),
        ("about", about),
        ("page", page),
        ("snapshot_needed", snapshot_needed),
        ("rows", rows),
        ("applied", applied),
    ];
    for (name, answer) in &answers {
        assert_eq!(names(answer), names(&example(name)), "{name}: {answer}");
    }
    // The last page of a snapshot has no next one.
    let mut expected = example("snapshot");
    if snapshot.get("next").is_none() {
        expected.as_object_mut().unwrap().remove("next");
    }
    assert_eq!(names(&snapshot), names(&expected), "{snapshot}");
}

#[tokio::test]
async fn the_page_names_every_field_that_the_server_sends() {
    let office = Office::open().await;
    let (phone, session) = signed_in(&office).await;
    let (id, answer) = command(&office, &phone).await;
    office.world.idle().await;
    let (_, snapshot) = phone.get("/v1/snapshot").await;
    let (_, page) = phone.get("/v1/changes?since=e1.0").await;
    let (_, messages) = phone.get(&format!("/v1/conversations/{id}/messages")).await;
    let (_, ledger) = phone.get("/v1/ledger?month=2026-11").await;

    let mut sent = BTreeSet::new();
    for answer in [session, answer.1, snapshot, page, messages, ledger] {
        all_names(&answer, &mut sent);
    }
    assert!(sent.len() > 60, "only {} names: is everything there? {sent:?}", sent.len());
    let words: BTreeSet<&str> = PAGE.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let missing: Vec<&String> = sent.iter().filter(|name| !words.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "not on the page: {missing:?}");
}
