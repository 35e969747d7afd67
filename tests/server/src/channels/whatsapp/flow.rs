//! What a customer filled in: the answers of a flow, in lines that an agent can read.
//!
//! A flow's answers come as JSON inside a string. Its keys are the names that the flow's editor made
//! (`screen_0_Note_0`), a chosen option is its id (`0_Excellent`), and the token is not the
//! customer's.

use serde_json::Value;

use crate::channels::json::Node;

/// The most answers of one form that are shown, and the deepest nesting.
const ANSWERS_MOST: usize = 100;
const DEPTH_MOST: usize = 4;

/// A line for each answer: `question: answer`. Without any, what the form is called.
pub(super) fn answers(form: &Node<'_>) -> String {
    let read = form.get("response_json").and_then(|response| match response.value() {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    });
    let mut lines = Vec::new();
    if let Some(read) = read {
        collect(&read, "", 0, &mut lines);
    }
    if lines.is_empty() {
        return form.text("body").or(form.text("name")).unwrap_or_default().to_owned();
    }
    lines.join("\n")
}

fn collect(value: &Value, question: &str, depth: usize, lines: &mut Vec<String>) {
    if lines.len() >= ANSWERS_MOST || depth > DEPTH_MOST {
        return;
    }
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(key, _)| !is_ours(key)).collect();
            fields.sort_by_key(|(key, _)| (order(key), *key));
            for (key, value) in fields {
                collect(value, &asked(key), depth + 1, lines);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| collect(item, question, depth + 1, lines));
        }
        other => {
            let answer = answered(other);
            if !answer.is_empty() {
                lines.push(if question.is_empty() { answer } else { format!("{question}: {answer}") });
            }
        }
    }
}

/// Keys that the business gave along, not the customer.
fn is_ours(key: &str) -> bool {
    ["flow_token", "flow_id", "wa_flow_response_params"].contains(&key)
}

/// Where the editor put the question: its screen and its number. A key of another form says nothing.
fn order(key: &str) -> (u32, u32) {
    let number = |text: &str| text.parse().ok();
    let screen = key.strip_prefix("screen_").and_then(|rest| number(rest.split_once('_')?.0));
    let place = screen.and_then(|_| number(key.rsplit_once('_')?.1));
    (screen.unwrap_or(0), place.unwrap_or(0))
}

/// The question in a key: without the screen before it and the number after it.
fn asked(key: &str) -> String {
    let without_screen = key
        .strip_prefix("screen_")
        .and_then(|rest| rest.split_once('_'))
        .filter(|(number, _)| number.bytes().all(|digit| digit.is_ascii_digit()))
        .map_or(key, |(_, rest)| rest);
    let without_number = without_screen
        .rsplit_once('_')
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
        .map_or(without_screen, |(rest, _)| rest);
    without_number.replace('_', " ").trim().to_owned()
}

fn answered(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => option(text).to_owned(),
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(answered).filter(|part| !part.is_empty()).collect();
            parts.join(", ")
        }
        Value::Bool(yes) => if *yes { "✓" } else { "✗" }.to_owned(),
        other => other.to_string(),
    }
}

/// A chosen option without the number before it.
fn option(text: &str) -> &str {
    let numbered = text.split_once('_').filter(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) && !rest.is_empty()
    });
    numbered.map_or(text, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(form: &Value) -> String {
        answers(&Node::root(form))
    }

    #[test]
    fn each_answer_is_a_line_with_its_question() {
        let response =
            r#"{"flow_token":"tok-1","screen_0_Note_0":"0_Excellent","screen_0_Commentaire_1":"Livraison rapide"}"#;
        let form = json!({ "name": "flow", "body": "Sent", "response_json": response });
        assert_eq!(read(&form), "Note: Excellent\nCommentaire: Livraison rapide");
    }

    #[test]
    fn lists_numbers_and_nested_answers_are_read_too() {
        let response = json!({ "tailles": ["0_S", "1_M"], "count": 2, "accept": true, "nothing": null,
                               "values": { "city": "Lyon", "in_pin_code": 69001 } });
        let form = json!({ "response_json": response.to_string() });
        assert_eq!(read(&form), "accept: ✓\ncount: 2\ntailles: S, M\ncity: Lyon\nin pin code: 69001");
    }

    #[test]
    fn without_answers_it_is_what_the_form_is_called() {
        for response in [json!(null), json!("{}"), json!("no json"), json!("{\"flow_token\":\"t\"}")] {
            assert_eq!(read(&json!({ "name": "flow", "body": "Sent", "response_json": response })), "Sent");
        }
    }
}
