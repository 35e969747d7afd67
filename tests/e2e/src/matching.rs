//! Does a screen show what the story expects? (`tests/scenarios/README.md`, "How things are compared")

use serde_json::{Map, Value};

/// Compares what is named in `expected` with what is there, and reports where they differ.
pub fn compare(expected: &Value, actual: &Value) -> Result<(), String> {
    differences(expected, actual, "")
}

fn differences(expected: &Value, actual: &Value, place: &str) -> Result<(), String> {
    match (expected, actual) {
        (Value::Null, _) if is_nothing(actual) => Ok(()),
        (Value::Object(expected), Value::Object(actual)) if expected.contains_key("say") => {
            whole_phrase(expected, actual, place)
        }
        // Comparing nothing is always true, and a field that no screen has is nothing for ever: both
        // are mistakes of the story.
        (Value::Object(expected), Value::Object(_)) if expected.is_empty() => {
            Err(format!("{place}: an empty expectation says nothing"))
        }
        (Value::Object(expected), Value::Object(actual)) => expected.iter().try_for_each(|(name, wanted)| {
            let found = actual.get(name).ok_or_else(|| {
                let known: Vec<&str> = actual.keys().map(String::as_str).collect();
                format!("{place}: no field is called {name:?} here; there are {}", known.join(", "))
            })?;
            differences(wanted, found, &format!("{place}.{name}"))
        }),
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.len() != actual.len() {
                let found = Value::Array(actual.clone());
                return Err(format!("{place}: {} expected, {} there: {found}", expected.len(), actual.len()));
            }
            expected
                .iter()
                .zip(actual)
                .enumerate()
                .try_for_each(|(index, (wanted, found))| differences(wanted, found, &format!("{place}[{index}]")))
        }
        (Value::String(word), Value::Object(object)) if named_by(object) == Some(word) => Ok(()),
        _ if expected == actual => Ok(()),
        _ => Err(format!("{place}: expected {expected}, there is {actual}")),
    }
}

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its beginning.
    First,
    /// Its end.
    Last,
}

impl Edge {
    /// As many things of this end as `wanted` names.
    pub fn of(self, list: &Value, wanted: &Value) -> Value {
        let (Value::Array(items), Value::Array(wanted)) = (list, wanted) else { return list.clone() };
        let from = match self {
            Self::First => 0,
            Self::Last => items.len().saturating_sub(wanted.len()),
        };
        Value::Array(items.iter().skip(from).take(wanted.len()).cloned().collect())
    }
}

/// Compares one end of a list with the things that are named.
pub fn compare_edge(expected: &Value, list: &Value, edge: Edge) -> Result<(), String> {
    if expected.as_array().is_some_and(Vec::is_empty) {
        return Err(": an empty end of a list says nothing".to_owned());
    }
    compare(expected, &edge.of(list, expected))
}

/// A phrase with its arguments: all of them and no other.
fn whole_phrase(expected: &Map<String, Value>, actual: &Map<String, Value>, place: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    Err(format!("{place}: expected {}, there is {}", Value::Object(expected.clone()), Value::Object(actual.clone())))
}

/// The word an object goes by: a phrase's key, a state's name.
fn named_by(object: &Map<String, Value>) -> Option<&String> {
    match object.get("say").or_else(|| object.get("is")) {
        Some(Value::String(word)) => Some(word),
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// The phrases that an expectation names and the screen shows, to be put into words.
pub fn phrases_met<'a>(expected: &Value, actual: &'a Value, met: &mut Vec<&'a Map<String, Value>>) {
    match (expected, actual) {
        (Value::String(_), Value::Object(object)) if object.contains_key("say") => met.push(object),
        (Value::Object(named), Value::Object(object)) if named.contains_key("say") => met.push(object),
        (Value::Object(named), Value::Object(object)) => {
            for (name, wanted) in named {
                if let Some(found) = object.get(name) {
                    phrases_met(wanted, found, met);
                }
            }
        }
        (Value::Array(named), Value::Array(items)) => {
            named.iter().zip(items).for_each(|(wanted, found)| phrases_met(wanted, found, met));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_named_is_compared() {
        let row = json!({ "who": "marc", "text": "Oui", "fill": "grey", "tick": true });
        assert_eq!(compare(&json!({ "who": "marc", "fill": "grey" }), &row), Ok(()));
        assert!(compare(&json!({ "fill": "white" }), &row).unwrap_err().contains(".fill"));
    }

    #[test]
    fn a_list_is_as_long_as_it_is_said_to_be() {
        assert!(compare(&json!([1]), &json!([1, 1])).is_err());
        assert_eq!(compare_edge(&json!([3]), &json!([1, 2, 3]), Edge::Last), Ok(()));
        assert_eq!(compare_edge(&json!([1, 2]), &json!([1, 2, 3]), Edge::First), Ok(()));
        assert!(compare_edge(&json!([1, 2]), &json!([2]), Edge::Last).is_err());
    }

    #[test]
    fn a_bare_word_names_a_phrase_or_a_state() {
        assert_eq!(compare(&json!("not_seen"), &json!({ "say": "not_seen" })), Ok(()));
        assert_eq!(compare(&json!("open"), &json!({ "is": "open", "left": "24h" })), Ok(()));
        assert!(compare(&json!("seen"), &json!({ "say": "not_seen" })).is_err());
    }

    #[test]
    fn a_phrase_with_arguments_has_these_and_no_others() {
        let shown = json!({ "say": "costs", "price": "0.05 EUR", "market": "france" });
        assert!(compare(&json!({ "say": "costs", "price": "0.05 EUR" }), &shown).is_err());
        assert_eq!(compare(&shown.clone(), &shown), Ok(()));
    }

    #[test]
    fn what_cannot_be_false_is_a_mistake_of_the_story() {
        let row = json!({ "note": null, "tick": false });
        assert!(compare(&json!({ "nots": null }), &row).unwrap_err().contains("no field is called \"nots\""));
        assert!(compare(&json!({ "row": { "nots": null } }), &json!({ "row": row })).unwrap_err().contains(".row"));
        assert!(compare(&json!({}), &row).is_err());
        assert!(compare(&json!([{}]), &json!([row])).is_err());
        assert!(compare_edge(&json!([]), &json!([row]), Edge::Last).is_err());
        assert_eq!(compare(&json!([]), &json!([])), Ok(()), "that there is nothing can be wrong");
    }

    #[test]
    fn nothing_is_what_is_absent_or_empty() {
        assert_eq!(compare(&json!({ "note": null }), &json!({ "note": null })), Ok(()));
        assert_eq!(compare(&json!({ "note": null, "tick": null }), &json!({ "note": "", "tick": false })), Ok(()));
        assert!(compare(&json!({ "note": null }), &json!({ "note": { "say": "seen" } })).is_err());
    }
}
