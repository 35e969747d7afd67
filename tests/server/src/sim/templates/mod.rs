//! Templates at the provider, kept in Meta's shape; [`submission`] judges new ones.

mod submission;

use riposte::model::{TemplateButton, TemplateCategory, TemplateComponent, TemplateStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use submission::submitted;

/// A template, from the provider's side. Where it was made is not known here.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SimTemplate {
    pub(super) id: String,
    pub(super) business_id: String,
    pub(super) name: String,
    pub(super) language: String,
    /// Meta's word.
    pub(super) category: String,
    /// Meta's word.
    pub(super) status: String,
    pub(super) reason: Option<String>,
    /// In Meta's shape.
    pub(super) components: Vec<Value>,
}

/// A template that is there from the beginning, in the words of the protocol.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct GivenTemplate {
    /// Its name.
    pub name: String,
    /// Its language in Meta's spelling.
    pub language: String,
    /// Its category.
    pub category: TemplateCategory,
    /// Its status at Meta.
    pub status: TemplateStatus,
    /// Why it was rejected.
    #[serde(default)]
    pub reason: Option<String>,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
}

impl SimTemplate {
    pub(super) fn given(given: &GivenTemplate, id: String, business_id: String) -> Self {
        Self {
            id,
            business_id,
            name: given.name.clone(),
            language: given.language.clone(),
            category: upper(&given.category),
            status: upper(&given.status),
            reason: given.reason.clone(),
            components: given.components.iter().map(component).collect(),
        }
    }

    /// As a listing shows it.
    pub(super) fn listed(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "language": self.language, "category": self.category,
            "status": self.status, "rejected_reason": self.reason.as_deref().unwrap_or("NONE"),
            "parameter_format": if self.is_named() { "NAMED" } else { "POSITIONAL" },
            "components": self.components,
        })
    }

    /// Its variables have names, not numbers.
    pub(super) fn is_named(&self) -> bool {
        self.components.iter().any(|part| variables(text(part, "text")).iter().any(|name| !is_number(name)))
    }

    /// The component of a type.
    pub(super) fn component(&self, kind: &str) -> Option<&Value> {
        self.components.iter().find(|component| text(component, "type") == kind)
    }

    pub(super) fn buttons(&self) -> Vec<&Value> {
        let buttons = self.component("BUTTONS").and_then(|component| component.get("buttons")?.as_array());
        buttons.into_iter().flatten().collect()
    }
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The variables of a text, each once: numbers in their order, names in the order of the text.
pub(super) fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim())) {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found.sort_by_key(|name| name.parse::<u32>().unwrap_or_default());
    found
}

fn is_number(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|digit| digit.is_ascii_digit())
}

/// The wire's word in capitals is Meta's word.
pub(super) fn upper(word: &impl Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|word| Some(word.as_str()?.to_uppercase())).unwrap_or_default()
}

fn component(part: &TemplateComponent) -> Value {
    match part {
        TemplateComponent::HeaderText { text } => {
            with_samples(json!({ "type": "HEADER", "format": "TEXT", "text": text }), "header_text", text)
        }
        TemplateComponent::HeaderMedia { kind } => {
            json!({ "type": "HEADER", "format": upper(kind), "example": { "header_handle": ["4::sample"] } })
        }
        TemplateComponent::HeaderGif => {
            json!({ "type": "HEADER", "format": "GIF", "example": { "header_handle": ["4::sample"] } })
        }
        TemplateComponent::HeaderLocation => json!({ "type": "HEADER", "format": "LOCATION" }),
        TemplateComponent::Body { text } => with_samples(json!({ "type": "BODY", "text": text }), "body_text", text),
        TemplateComponent::Footer { text } => json!({ "type": "FOOTER", "text": text }),
        TemplateComponent::Buttons { buttons } => {
            json!({ "type": "BUTTONS", "buttons": buttons.iter().map(button).collect::<Vec<_>>() })
        }
        TemplateComponent::Unknown => {
            let offer = json!({ "text": "Offer", "has_expiration": false });
            json!({ "type": "LIMITED_TIME_OFFER", "limited_time_offer": offer })
        }
    }
}

/// A sample stands beside every text with variables.
fn with_samples(mut part: Value, field: &str, words: &str) -> Value {
    let names = variables(words);
    let example = if names.is_empty() {
        return part;
    } else if names.iter().all(|name| is_number(name)) {
        let samples: Vec<String> = names.iter().map(|name| format!("sample {name}")).collect();
        if field == "body_text" { json!({ field: [samples] }) } else { json!({ field: samples }) }
    } else {
        let sample = |name: &String| json!({ "param_name": name, "example": "sample" });
        json!({ format!("{field}_named_params"): names.iter().map(sample).collect::<Vec<_>>() })
    };
    if let Some(fields) = part.as_object_mut() {
        fields.insert("example".to_owned(), example);
    }
    part
}

fn button(button: &TemplateButton) -> Value {
    match button {
        TemplateButton::QuickReply { text } => json!({ "type": "QUICK_REPLY", "text": text }),
        TemplateButton::Url { text, url } => match url.split_once("{{") {
            Some((start, _)) => {
                json!({ "type": "URL", "text": text, "url": url, "example": [format!("{start}sample")] })
            }
            None => json!({ "type": "URL", "text": text, "url": url }),
        },
        TemplateButton::Phone { text, phone } => json!({ "type": "PHONE_NUMBER", "text": text, "phone_number": phone }),
        TemplateButton::CopyCode { text } => json!({ "type": "COPY_CODE", "text": text, "example": "CODE25" }),
        TemplateButton::Flow { text } => json!({ "type": "FLOW", "text": text, "flow_id": 1000 }),
        TemplateButton::RequestContactInfo { text } => json!({ "type": "REQUEST_CONTACT_INFO", "text": text }),
        TemplateButton::Unknown => json!({ "type": "CATALOG" }),
    }
}
