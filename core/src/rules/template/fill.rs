//! What does a template say with these values, and how is the provider told?

use serde_json::{Value, json};

use super::variables::{HEADER_FILE, button_value, header_value, is_number, names, of_components};
use crate::model::{
    MediaKind, Phrase, PhraseKey, PhraseValue, Template, TemplateButton, TemplateComponent, TemplateValue,
};
use crate::rules::braces::{Piece, pieces};

/// A template as the customer reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Header, body and footer, a line each.
    pub text: String,
    /// The header's words.
    pub header: Option<String>,
    /// The body.
    pub body: String,
    /// The footer.
    pub footer: Option<String>,
    /// What the buttons say.
    pub buttons: Vec<String>,
}

/// The template with its values. Refused with a sentence per value that is missing, doubled or
/// surplus: missing ones in order of appearance, then the others as they were given.
pub fn fill(template: &Template, values: &[TemplateValue]) -> Result<Filled, Vec<Phrase>> {
    let faults = value_faults(template, values);
    if faults.is_empty() { Ok(put_together(template, values)) } else { Err(faults) }
}

fn value_faults(template: &Template, values: &[TemplateValue]) -> Vec<Phrase> {
    let wanted = of_components(&template.components);
    let named = |name: &str| PhraseValue::Text(name.to_owned());
    let missing = wanted
        .iter()
        .filter(|variable| !values.iter().any(|value| value.name == variable.name && !value.value.trim().is_empty()));
    let missing =
        missing.map(|variable| Phrase::new(PhraseKey::TemplateValueMissing).with("name", named(&variable.name)));
    let others = values.iter().enumerate().filter_map(|(place, value)| {
        if !wanted.iter().any(|variable| variable.name == value.name) {
            return Some(Phrase::new(PhraseKey::TemplateValueSurplus).with("name", named(&value.name)));
        }
        let doubled = values.iter().take(place).any(|earlier| earlier.name == value.name);
        doubled.then(|| Phrase::new(PhraseKey::TemplateValueTwice).with("name", named(&value.name)))
    });
    missing.chain(others).collect()
}

fn put_together(template: &Template, values: &[TemplateValue]) -> Filled {
    let mut filled =
        Filled { text: String::new(), header: None, body: String::new(), footer: None, buttons: Vec::new() };
    for component in &template.components {
        match component {
            TemplateComponent::HeaderText { text } => {
                filled.header = Some(with_values(text, |name| value(values, &header_value(name))));
            }
            TemplateComponent::Body { text } => filled.body = with_values(text, |name| value(values, name)),
            TemplateComponent::Footer { text } => filled.footer = Some(text.clone()),
            TemplateComponent::Buttons { buttons } => filled.buttons.extend(buttons.iter().filter_map(button_text)),
            TemplateComponent::HeaderMedia { .. } | TemplateComponent::Unknown => {}
        }
    }
    let lines = filled.header.iter().chain([&filled.body]).chain(&filled.footer);
    filled.text = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    filled
}

fn button_text(button: &TemplateButton) -> Option<String> {
    match button {
        TemplateButton::QuickReply { text } | TemplateButton::Url { text, .. } | TemplateButton::Phone { text, .. } => {
            Some(text.clone())
        }
        TemplateButton::Unknown => None,
    }
}

fn value<'v>(values: &'v [TemplateValue], name: &str) -> &'v str {
    values.iter().find(|value| value.name == name).map_or("", |value| value.value.as_str())
}

fn with_values<'v>(text: &str, value: impl Fn(&str) -> &'v str) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => words,
            Piece::Variable(name) => value(name),
        })
        .fold(String::with_capacity(text.len()), |text, piece| text + piece)
}

/// Meta's `template` object (Meta, "Send template messages"). Parts without values are left out.
/// For a template and values that [`fill`] takes.
pub fn provider_payload(template: &Template, values: &[TemplateValue]) -> Value {
    let components: Vec<Value> = template.components.iter().flat_map(|part| component(part, values)).collect();
    let mut payload = json!({ "name": template.name, "language": { "code": template.language } });
    if let (Some(object), false) = (payload.as_object_mut(), components.is_empty()) {
        object.insert("components".to_owned(), Value::Array(components));
    }
    payload
}

fn component(part: &TemplateComponent, values: &[TemplateValue]) -> Vec<Value> {
    match part {
        TemplateComponent::HeaderText { text } => {
            text_part("header", text, |name| value(values, &header_value(name))).into_iter().collect()
        }
        TemplateComponent::HeaderMedia { kind } => {
            vec![json!({ "type": "header", "parameters": [file(*kind, value(values, HEADER_FILE))] })]
        }
        TemplateComponent::Body { text } => text_part("body", text, |name| value(values, name)).into_iter().collect(),
        TemplateComponent::Buttons { buttons } => {
            let addresses = buttons.iter().enumerate().filter(|(_, button)| wants_value(button));
            addresses
                .map(|(index, _)| {
                    json!({ "type": "button", "sub_type": "url", "index": index.to_string(),
                            "parameters": [{ "type": "text", "text": value(values, &button_value(index)) }] })
                })
                .collect()
        }
        TemplateComponent::Footer { .. } | TemplateComponent::Unknown => Vec::new(),
    }
}

fn wants_value(button: &TemplateButton) -> bool {
    match button {
        TemplateButton::Url { url, .. } => !names(url).is_empty(),
        TemplateButton::QuickReply { .. } | TemplateButton::Phone { .. } | TemplateButton::Unknown => false,
    }
}

/// A part with text parameters: numbered ones go by their number, named ones carry their name.
fn text_part<'v>(part: &str, text: &str, value: impl Fn(&str) -> &'v str) -> Option<Value> {
    let mut names = names(text);
    names.sort_by_key(|name| name.parse::<u32>().unwrap_or_default());
    let parameters: Vec<Value> = names
        .into_iter()
        .map(|name| match is_number(name) {
            true => json!({ "type": "text", "text": value(name) }),
            false => json!({ "type": "text", "parameter_name": name, "text": value(name) }),
        })
        .collect();
    (!parameters.is_empty()).then(|| json!({ "type": part, "parameters": parameters }))
}

/// A file by its address, or by the id that the provider gave it.
fn file(kind: MediaKind, value: &str) -> Value {
    let kind = match kind {
        MediaKind::Image | MediaKind::Sticker => "image",
        MediaKind::Video => "video",
        MediaKind::Audio | MediaKind::Document | MediaKind::Unknown => "document",
    };
    let reference = if value.starts_with("https://") { "link" } else { "id" };
    json!({ "type": kind, kind: { reference: value } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::table::{order_update, values, with_parts};

    fn tracked_order() -> Template {
        with_parts(vec![
            TemplateComponent::HeaderText { text: "Commande {{1}}".to_owned() },
            TemplateComponent::Body { text: "Bonjour {{2}}, votre {{1}} est prête.".to_owned() },
            TemplateComponent::Footer { text: "Atelier Nord".to_owned() },
            TemplateComponent::Buttons {
                buttons: vec![
                    TemplateButton::QuickReply { text: "Merci".to_owned() },
                    TemplateButton::Url { text: "Suivre".to_owned(), url: "https://example.com/{{1}}".to_owned() },
                ],
            },
        ])
    }

    const WHOLE: [(&str, &str); 4] = [("header.1", "42"), ("1", "table"), ("2", "Léa"), ("button.2", "c42")];

    fn faults(template: &Template, given: &[(&str, &str)]) -> Vec<(PhraseKey, String)> {
        let faults = fill(template, &values(given)).unwrap_err();
        let name = |phrase: &Phrase| match &phrase.args[0].value {
            PhraseValue::Text(name) => name.clone(),
            other => panic!("{other:?}"),
        };
        faults.iter().map(|phrase| (phrase.key, name(phrase))).collect()
    }

    #[test]
    fn filled_in_it_reads_as_the_customer_will() {
        let filled = fill(&order_update(), &values(&[("1", "Léa")])).unwrap();
        assert_eq!(filled.text, "Bonjour Léa, votre commande est prête. À bientôt !\nAtelier Nord");
        assert_eq!(filled.buttons, ["Merci"]);
    }

    #[test]
    fn each_part_takes_its_own_values() {
        let filled = fill(&tracked_order(), &values(&WHOLE)).unwrap();
        assert_eq!(filled.text, "Commande 42\nBonjour Léa, votre table est prête.\nAtelier Nord");
    }

    #[test]
    fn missing_values_are_named_in_order_of_appearance() {
        use PhraseKey::TemplateValueMissing as Missing;
        let missing = |name: &str| (Missing, name.to_owned());
        assert_eq!(
            faults(&tracked_order(), &[("1", "table"), ("2", "  ")]),
            ["header.1", "2", "button.2"].map(missing)
        );
    }

    #[test]
    fn surplus_and_doubled_values_are_named() {
        let given = [("1", "Léa"), ("2", "?"), ("1", "Léo")];
        let expected = [(PhraseKey::TemplateValueSurplus, "2"), (PhraseKey::TemplateValueTwice, "1")];
        assert_eq!(faults(&order_update(), &given), expected.map(|(key, name)| (key, name.to_owned())));
    }

    #[test]
    fn what_a_value_says_is_not_filled_in_again() {
        assert_eq!(fill(&order_update(), &values(&[("1", "{{1}}")])).unwrap().body.matches("{{1}}").count(), 1);
    }

    #[test]
    fn the_provider_gets_numbered_values_in_the_order_of_their_numbers() {
        assert_eq!(
            provider_payload(&tracked_order(), &values(&WHOLE)),
            json!({ "name": "order_update", "language": { "code": "fr" }, "components": [
                { "type": "header", "parameters": [{ "type": "text", "text": "42" }] },
                { "type": "body", "parameters": [{ "type": "text", "text": "table" }, { "type": "text", "text": "Léa" }] },
                { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "c42" }] } ] })
        );
    }

    #[test]
    fn the_provider_gets_named_values_by_their_names() {
        let template = with_parts(vec![TemplateComponent::Body { text: "Bonjour {{first_name}}.".to_owned() }]);
        assert_eq!(
            provider_payload(&template, &values(&[("first_name", "Léa")]))["components"][0]["parameters"][0],
            json!({ "type": "text", "parameter_name": "first_name", "text": "Léa" })
        );
    }

    #[test]
    fn a_header_file_goes_by_its_address_or_its_id() {
        let template = with_parts(vec![TemplateComponent::HeaderMedia { kind: MediaKind::Image }]);
        let parameter =
            |file| provider_payload(&template, &values(&[("header", file)]))["components"][0]["parameters"][0].clone();
        assert_eq!(
            parameter("https://example.com/a.png"),
            json!({ "type": "image", "image": { "link": "https://example.com/a.png" } })
        );
        assert_eq!(parameter("123456"), json!({ "type": "image", "image": { "id": "123456" } }));
    }

    #[test]
    fn without_values_there_are_no_components() {
        let template = with_parts(vec![TemplateComponent::Body { text: "Bonjour.".to_owned() }]);
        assert_eq!(provider_payload(&template, &[]), json!({ "name": "order_update", "language": { "code": "fr" } }));
    }
}
