//! How does a template with its values go to the provider?

use serde_json::{Value, json};

use super::variables::{HEADER_FILE, LocationPart, button_value, header_value, is_number, names};
use crate::model::{MediaKind, Template, TemplateButton, TemplateComponent, TemplateValue};

/// Meta's `template` object (Meta, "Send template messages"). Parts without values are left out.
/// For a template and values that [`fill`](super::fill()) takes.
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
            buttons.iter().enumerate().filter_map(|(index, button)| button_part(index, button, values)).collect()
        }
        TemplateComponent::HeaderGif => {
            let reference = reference(value(values, HEADER_FILE));
            vec![json!({ "type": "header", "parameters": [{ "type": "gif", "gif": reference }] })]
        }
        TemplateComponent::HeaderLocation => {
            let part = |part: LocationPart| value(values, part.value_name()).trim();
            vec![json!({ "type": "header", "parameters": [{ "type": "location", "location": {
                "latitude": part(LocationPart::Latitude), "longitude": part(LocationPart::Longitude),
                "name": part(LocationPart::Name), "address": part(LocationPart::Address) } }] })]
        }
        TemplateComponent::Footer { .. } | TemplateComponent::Unknown => Vec::new(),
    }
}

/// Only buttons that carry a value are sent.
fn button_part(index: usize, button: &TemplateButton, values: &[TemplateValue]) -> Option<Value> {
    let value = value(values, &button_value(index));
    let (sub_type, parameter) = match button {
        TemplateButton::Url { url, .. } if !names(url).is_empty() => ("url", json!({ "type": "text", "text": value })),
        TemplateButton::CopyCode { .. } => ("copy_code", json!({ "type": "coupon_code", "coupon_code": value })),
        // Meta wants a token for the form; the inbox has no use for one, and `unused` is Meta's word.
        TemplateButton::Flow { .. } => ("flow", json!({ "type": "action", "action": { "flow_token": "unused" } })),
        TemplateButton::Url { .. }
        | TemplateButton::QuickReply { .. }
        | TemplateButton::Phone { .. }
        | TemplateButton::RequestContactInfo { .. }
        | TemplateButton::Unknown => return None,
    };
    Some(json!({ "type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [parameter] }))
}

fn value<'v>(values: &'v [TemplateValue], name: &str) -> &'v str {
    values.iter().find(|value| value.name == name).map_or("", |value| value.value.as_str())
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
    json!({ "type": kind, kind: reference(value) })
}

fn reference(value: &str) -> Value {
    let by = if value.starts_with("https://") { "link" } else { "id" };
    json!({ by: value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::table::{values, with_parts};

    fn parts(components: Vec<TemplateComponent>, given: &[(&str, &str)]) -> Value {
        provider_payload(&with_parts(components), &values(given))["components"].clone()
    }

    #[test]
    fn a_place_goes_with_its_degrees_its_name_and_its_address() {
        let given = [
            ("header.latitude", "48.8566"),
            ("header.longitude", " 2.3522"),
            ("header.name", "Atelier Nord"),
            ("header.address", "1 rue du Nord"),
        ];
        let place = json!({ "latitude": "48.8566", "longitude": "2.3522", "name": "Atelier Nord",
                            "address": "1 rue du Nord" });
        assert_eq!(
            parts(vec![TemplateComponent::HeaderLocation], &given),
            json!([{ "type": "header", "parameters": [{ "type": "location", "location": place }] }])
        );
    }

    #[test]
    fn a_short_film_is_no_video() {
        assert_eq!(
            parts(vec![TemplateComponent::HeaderGif], &[("header", "https://example.com/a.mp4")]),
            json!([{ "type": "header", "parameters": [{ "type": "gif", "gif": { "link": "https://example.com/a.mp4" } }] }])
        );
    }

    #[test]
    fn a_code_and_a_form_go_along_and_other_buttons_are_left_out() {
        let words = |text: &str| text.to_owned();
        let buttons = vec![
            TemplateButton::QuickReply { text: words("Merci") },
            TemplateButton::CopyCode { text: words("Copier le code") },
            TemplateButton::RequestContactInfo { text: words("Donner mon numéro") },
            TemplateButton::Flow { text: words("Réserver") },
            TemplateButton::Phone { text: words("Appeler"), phone: words("+33199000001") },
            TemplateButton::Url { text: words("Voir"), url: words("https://example.com") },
        ];
        assert_eq!(
            parts(vec![TemplateComponent::Buttons { buttons }], &[("button.2", "NOEL25")]),
            json!([
                { "type": "button", "sub_type": "copy_code", "index": "1",
                  "parameters": [{ "type": "coupon_code", "coupon_code": "NOEL25" }] },
                { "type": "button", "sub_type": "flow", "index": "3",
                  "parameters": [{ "type": "action", "action": { "flow_token": "unused" } }] } ])
        );
    }
}
