//! Webhooks for tests: those of `tests/fixtures`, and the same after an accident.

use std::path::PathBuf;

use serde_json::{Value, json};

fn folder(channel: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(channel)
}

/// The names of all fixtures of a channel.
pub(super) fn fixtures(channel: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder(channel)).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(super) fn body(channel: &str, name: &str) -> Vec<u8> {
    std::fs::read(folder(channel).join(format!("{name}.json"))).unwrap()
}

/// Replaces or takes away values in it: which ones and by what, `damage` says.
pub(super) fn damaged(body: &[u8], damage: &[(u16, u8)]) -> String {
    let mut document: Value = serde_json::from_slice(body).unwrap();
    for (place, how) in damage {
        let mut left = usize::from(*place) % count(&document);
        damage_at(&mut document, &mut left, *how);
    }
    document.to_string()
}

fn children(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn damage_at(value: &mut Value, left: &mut usize, how: u8) -> bool {
    if *left == 0 {
        *value = match how {
            0 => Value::Null,
            1 => json!(""),
            2 => json!(-1),
            3 => json!(i64::MAX),
            4 => json!(1e300),
            5 => json!([[]]),
            6 => json!({ "id": { "id": [] } }),
            _ => json!("99999999999999999999"),
        };
        return true;
    }
    *left -= 1;
    children(value).into_iter().any(|child| damage_at(child, left, how))
}
