//! Several items in one post, as Meta sends them when there is much to report.

use serde_json::Value;

use super::Letter;

/// The same items in as few posts as can be. Those of one number and one field come to share a
/// change, those of one account an entry.
pub(super) fn joined(letters: Vec<Letter>) -> Vec<Letter> {
    let mut joined: Vec<Letter> = Vec::new();
    for letter in letters {
        let goes_along = |known: &&mut Letter| {
            (known.post.path, &known.post.secret, &known.to) == (letter.post.path, &letter.post.secret, &letter.to)
        };
        match joined.iter_mut().find(goes_along) {
            Some(known) => add(&mut known.post.body, letter.post.body),
            None => joined.push(letter),
        }
    }
    joined
}

fn add(body: &mut Value, other: Value) {
    for entry in list(other, "entry") {
        let Some(entries) = body.get_mut("entry").and_then(Value::as_array_mut) else { return };
        match entries.iter_mut().find(|known| known.get("id") == entry.get("id")) {
            Some(known) => add_entry(known, entry),
            None => entries.push(entry),
        }
    }
}

fn add_entry(entry: &mut Value, other: Value) {
    // A page's entry has `messaging`, a number's has `changes`.
    extend(entry, "messaging", list(other.clone(), "messaging"));
    for change in list(other, "changes") {
        let Some(changes) = entry.get_mut("changes").and_then(Value::as_array_mut) else { return };
        let number = |change: &Value| change.pointer("/value/metadata").cloned();
        let same = |known: &&mut Value| {
            known.get("field") == change.get("field") && number(known).is_some() && number(known) == number(&change)
        };
        match changes.iter_mut().find(same).and_then(|known| known.get_mut("value")) {
            Some(value) => add_items(value, &change),
            None => changes.push(change),
        }
    }
}

fn add_items(value: &mut Value, change: &Value) {
    let Some(fields) = change.get("value").and_then(Value::as_object) else { return };
    for (name, items) in fields.iter().filter_map(|(name, items)| Some((name, items.as_array()?))) {
        for item in items {
            let known = value.get(name).and_then(Value::as_array).is_some_and(|known| known.contains(item));
            // Two messages of one person come with one card.
            if name != "contacts" || !known {
                extend(value, name, vec![item.clone()]);
            }
        }
    }
}

fn extend(value: &mut Value, name: &str, more: Vec<Value>) {
    if more.is_empty() {
        return;
    }
    match value.get_mut(name).and_then(Value::as_array_mut) {
        Some(known) => known.extend(more),
        None => super::super::shapes::put(value, name, Value::Array(more)),
    }
}

fn list(mut value: Value, name: &str) -> Vec<Value> {
    match value.get_mut(name).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Post;
    use super::*;
    use serde_json::json;

    fn letter(number: &str, message: &str) -> Letter {
        let value = json!({ "metadata": { "phone_number_id": number }, "contacts": [{ "wa_id": "336" }],
                            "messages": [{ "id": message }] });
        let body = json!({ "entry": [{ "id": "waba", "changes": [{ "field": "messages", "value": value }] }] });
        let post = Post { path: "/webhooks/whatsapp", secret: "s".to_owned(), business_id: "waba".to_owned(), body };
        Letter { post, to: None }
    }

    #[test]
    fn items_of_one_number_share_a_change_and_a_card() {
        let joined = joined(vec![letter("1", "a"), letter("1", "b"), letter("2", "c")]);
        assert_eq!(joined.len(), 1);
        let changes = &joined[0].post.body["entry"][0]["changes"];
        assert_eq!(changes.as_array().unwrap().len(), 2);
        assert_eq!(changes[0]["value"]["messages"], json!([{ "id": "a" }, { "id": "b" }]));
        assert_eq!(changes[0]["value"]["contacts"], json!([{ "wa_id": "336" }]));
    }

    #[test]
    fn posts_of_two_apps_stay_apart() {
        let mut other = letter("1", "b");
        other.post.secret = "t".to_owned();
        assert_eq!(joined(vec![letter("1", "a"), other]).len(), 2);
    }
}
