//! The examples of `core/PROTOCOL.md`, read with the core's own types and sent to the server.

use riposte::model::{ChannelAccount, Command, Conversation, Message, Row, RowKind, Tariff, Template};
use serde_json::Value;

use crate::support::Office;

/// The blocks that are marked `json NAME`.
fn examples() -> Vec<(String, Value)> {
    let page = include_str!("../../../../core/PROTOCOL.md");
    let blocks = page.split("```json ").skip(1);
    let read = |block: &str| {
        let (name, rest) = block.split_once('\n').unwrap();
        let (json, _) = rest.split_once("```").unwrap();
        (name.to_owned(), serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    blocks.map(read).collect()
}

fn example(name: &str) -> Value {
    let found = examples().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no example {name}")).1
}

fn reads<T: serde::de::DeserializeOwned + serde::Serialize>(name: &str) {
    let read: T = serde_json::from_value(example(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let again: T = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&again).unwrap());
}

#[test]
fn every_record_reads_with_the_types_of_the_core() {
    reads::<Conversation>("conversation");
    reads::<Message>("message");
    reads::<ChannelAccount>("channel");
    reads::<Template>("template");
    reads::<Tariff>("tariff");
    reads::<Command>("command");
}

#[test]
fn every_row_of_an_example_reads_as_its_kind() {
    for (name, example) in examples() {
        let rows = [&example["rows"], &example["items"]];
        for row in rows.into_iter().filter_map(Value::as_array).flatten().filter(|row| row["op"] != "del") {
            let kind: RowKind = serde_json::from_value(row["kind"].clone()).unwrap();
            let data = serde_json::value::to_raw_value(&row["data"]).unwrap();
            let read = Row::from_json(kind, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(Value::from(read.id()), row["id"], "{name}");
        }
    }
}

/// The fields of an answer, and of what is inside of it, are those of the example.
fn has_the_fields(example: &Value, answer: &Value, place: &str) {
    let Some(fields) = example.as_object() else { return };
    for (field, inner) in fields {
        assert!(answer.get(field).is_some(), "{place}.{field} is missing in {answer}");
        has_the_fields(inner, &answer[field], &format!("{place}.{field}"));
    }
}

#[tokio::test]
async fn the_server_understands_the_examples_and_answers_like_them() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;

    let mut sign_in = example("sign_in");
    sign_in["password"] = crate::support::PASSWORD.into();
    let (status, session) = phone.post("/v1/session", &sign_in).await;
    assert_eq!(status, 200, "{session}");
    has_the_fields(&example("session"), &session, "session");
    let (_, tokens) =
        phone.post("/v1/session/refresh", &serde_json::json!({ "refresh_token": session["refresh_token"] })).await;
    has_the_fields(&example("tokens"), &tokens, "tokens");
    has_the_fields(&example("about"), &phone.get("/v1/about").await.1, "about");
    has_the_fields(&example("snapshot_needed"), &phone.get("/v1/changes").await.1, "snapshot_needed");
    has_the_fields(&example("page"), &phone.get("/v1/changes?since=e1.0").await.1, "page");
    has_the_fields(&example("rows"), &phone.get("/v1/conversations").await.1, "rows");
    let (_, mut snapshot) = phone.get("/v1/snapshot").await;
    // The last page alone has no `next`; this office fits on few pages, and the first has one.
    has_the_fields(&example("snapshot"), &snapshot, "snapshot");
    snapshot.take();

    let mut command = example("command");
    let key = phone.key();
    let (status, refused) = phone.command_under(&key, command.clone()).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (422, Some("epoch_changed")));
    has_the_fields(&example("rejected"), &phone.get(&format!("/v1/commands/{key}")).await.1, "rejected");
    command["epoch"] = "e1".into();
    command["conversation_id"] = id.into();
    command["reply_to"] = phone.messages(id).await[0]["id"].clone();
    let (status, applied) = phone.command(command).await;
    assert_eq!(status, 202, "{applied}");
    has_the_fields(&example("applied"), &applied, "applied");

    office.wait(crate::support::hours(24)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    has_the_fields(&example("error"), &phone.reply(id, "Trop tard").await.1, "error");
}
