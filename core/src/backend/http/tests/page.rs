//! The examples of `core/PROTOCOL.md`, read with the types that read the wire.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::backend::http::wire::{
    AboutAnswer, Answer, CommandBody, ErrorAnswer, Item, PageAnswer, ResultAnswer, RowsAnswer, SessionAnswer,
    SignInBody, SnapshotAnswer, TokensAnswer,
};
use crate::backend::{About, CommandState, Page, Rows, Session, SnapshotPage, SnapshotReason, Tokens};
use crate::model::{Op, Row, RowKind};

const PROTOCOL: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/PROTOCOL.md"));

/// The blocks that are tagged `json NAME`, with their names.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = PROTOCOL.split("\n```json ").skip(1);
    blocks
        .map(|block| {
            let (name, rest) = block.split_once('\n').unwrap();
            (name.trim(), rest.split("\n```").next().unwrap())
        })
        .collect()
}

#[test]
fn every_example_is_read_to_its_last_field() {
    let examples = examples();
    assert!(examples.len() >= 17, "the page has lost examples: {}", examples.len());
    for (name, json) in examples {
        check(name, json);
    }
}

fn check(name: &str, json: &str) {
    let bytes = json.as_bytes();
    match name {
        "about" => {
            About::read(bytes).unwrap();
            keeps_all::<AboutAnswer>(name, json);
        }
        "sign_in" => keeps_all::<SignInBody<'_>>(name, json),
        "session" => {
            Session::read(bytes).unwrap();
            keeps_all::<SessionAnswer>(name, json);
        }
        "tokens" => {
            Tokens::read(bytes).unwrap();
            keeps_all::<TokensAnswer>(name, json);
        }
        "error" | "snapshot_needed" => keeps_all::<ErrorAnswer>(name, json),
        "conversation" => row(name, RowKind::Conversation, json),
        "message" => row(name, RowKind::Message, json),
        "channel" => row(name, RowKind::Channel, json),
        "template" => row(name, RowKind::Template, json),
        "tariff" => row(name, RowKind::Tariff, json),
        "page" => {
            let page = Page::read(bytes).unwrap().value;
            assert!(page.items.iter().all(|item| item.op != Op::Skip), "an item of `{name}` cannot be read");
            let answer: PageAnswer<&RawValue> = serde_json::from_str(json).unwrap();
            same(name, json, &answer);
            items(name, json, "items");
        }
        "snapshot" => {
            let rows = SnapshotPage::read(bytes).unwrap().value.rows;
            let answer: SnapshotAnswer<'_> = serde_json::from_str(json).unwrap();
            same(name, json, &answer);
            assert_eq!(rows.len(), items(name, json, "rows"));
        }
        "rows" => {
            let rows = Rows::read(bytes).unwrap().value.rows;
            let answer: RowsAnswer<'_> = serde_json::from_str(json).unwrap();
            same(name, json, &answer);
            assert_eq!(rows.len(), items(name, json, "rows"));
        }
        "command" => keeps_all::<CommandBody<'_>>(name, json),
        "applied" => {
            let CommandState::Applied(rows) = CommandState::read(bytes).unwrap().value else { panic!("not applied") };
            result(name, json);
            assert_eq!(rows.rows.len(), items(name, json, "rows"));
        }
        "rejected" => {
            let CommandState::Rejected(rejection) = CommandState::read(bytes).unwrap().value else {
                panic!("not rejected")
            };
            assert_eq!(rejection.code, "template_not_usable");
            result(name, json);
        }
        _ => panic!("`{name}` of PROTOCOL.md has no reader in this test"),
    }
}

fn result(name: &str, json: &str) {
    let answer: ResultAnswer<'_> = serde_json::from_str(json).unwrap();
    same(name, json, &answer);
}

fn row(name: &str, kind: RowKind, json: &str) {
    let raw: &RawValue = serde_json::from_str(json).unwrap();
    let row = Row::from_json(kind, raw).unwrap_or_else(|error| panic!("`{name}`: {error}"));
    kept(name, &value(json), &value(row.to_json().unwrap().get()));
}

/// Each item of a list and each row in it, to the last field.
fn items(name: &str, json: &str, list: &str) -> usize {
    let whole = value(json);
    let items = whole[list].as_array().unwrap();
    for item in items {
        let text = item.to_string();
        let read: Item<'_> = serde_json::from_str(&text).unwrap();
        same(name, &text, &read);
        if let Some(data) = item.get("data") {
            let kind: RowKind = serde_json::from_value(item["kind"].clone()).unwrap();
            row(name, kind, &data.to_string());
        }
    }
    items.len()
}

fn keeps_all<T: DeserializeOwned + Serialize>(name: &str, json: &str) {
    let read: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("`{name}`: {error}"));
    same(name, json, &read);
}

fn same(name: &str, json: &str, read: &impl Serialize) {
    kept(name, &value(json), &serde_json::to_value(read).unwrap());
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// Everything the page writes is still there. More may be: a default that is spelt out.
fn kept(place: &str, written: &Value, read: &Value) {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            for (name, value) in written {
                let place = format!("{place}.{name}");
                kept(&place, value, read.get(name).unwrap_or_else(|| panic!("{place} is read by nobody")));
            }
        }
        (Value::Array(written), Value::Array(read)) => {
            assert_eq!(written.len(), read.len(), "{place}");
            for (n, (written, read)) in written.iter().zip(read).enumerate() {
                kept(&format!("{place}[{n}]"), written, read);
            }
        }
        _ => assert_eq!(written, read, "{place}"),
    }
}

#[test]
fn the_reason_of_a_snapshot_is_read() {
    let (_, json) = examples().into_iter().find(|(name, _)| *name == "snapshot_needed").unwrap();
    let answer: ErrorAnswer = serde_json::from_str(json).unwrap();
    assert_eq!(answer.error.reason, Some(SnapshotReason::TooOld));
}
