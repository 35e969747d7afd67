//! Templates at the provider: kept in Meta's shape, approved or rejected when a story says so.

use riposte::model::{TemplateButton, TemplateCategory, TemplateComponent, TemplateStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

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
    /// What Meta says of it.
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
            "components": self.components,
        })
    }

    /// A body is there, and every variable of header and body has a sample.
    pub(super) fn is_complete(&self) -> bool {
        let has_body =
            self.components.iter().any(|part| text(part, "type") == "BODY" && !text(part, "text").is_empty());
        let has_samples = |part: &Value| {
            variables(text(part, "text")) == 0 || part.get("example").is_some_and(|given| !is_blank(given))
        };
        has_body && self.components.iter().all(has_samples)
    }

    /// How many values a part (`HEADER`, `BODY`) asks for. A file above the body is one.
    pub(super) fn asks_for(&self, part: &str) -> usize {
        let of_part = self.components.iter().filter(|component| text(component, "type") == part);
        let asks = |component: &Value| match text(component, "format") {
            "" | "TEXT" => variables(text(component, "text")),
            _ => 1,
        };
        of_part.map(asks).sum()
    }
}

/// A sample is missing somewhere in it.
fn is_blank(sample: &Value) -> bool {
    match sample {
        Value::String(words) => words.trim().is_empty(),
        Value::Array(samples) => samples.is_empty() || samples.iter().any(is_blank),
        Value::Object(fields) => fields.values().any(is_blank),
        _ => false,
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// How many different variables stand in a text.
fn variables(text: &str) -> usize {
    let names = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(name, _)| name.trim()));
    names.collect::<std::collections::BTreeSet<_>>().len()
}

/// The wire's word in capitals is Meta's word.
fn upper(word: &impl Serialize) -> String {
    serde_json::to_value(word).ok().and_then(|word| Some(word.as_str()?.to_uppercase())).unwrap_or_default()
}

fn component(part: &TemplateComponent) -> Value {
    match part {
        TemplateComponent::HeaderText { text } => json!({ "type": "HEADER", "format": "TEXT", "text": text }),
        TemplateComponent::HeaderMedia { kind } => json!({ "type": "HEADER", "format": upper(kind) }),
        TemplateComponent::HeaderGif => json!({ "type": "HEADER", "format": "GIF" }),
        TemplateComponent::HeaderLocation => json!({ "type": "HEADER", "format": "LOCATION" }),
        TemplateComponent::Body { text } => json!({ "type": "BODY", "text": text }),
        TemplateComponent::Footer { text } => json!({ "type": "FOOTER", "text": text }),
        TemplateComponent::Buttons { buttons } => {
            json!({ "type": "BUTTONS", "buttons": buttons.iter().map(button).collect::<Vec<_>>() })
        }
        TemplateComponent::Unknown => json!({ "type": "LIMITED_TIME_OFFER" }),
    }
}

fn button(button: &TemplateButton) -> Value {
    match button {
        TemplateButton::QuickReply { text } => json!({ "type": "QUICK_REPLY", "text": text }),
        TemplateButton::Url { text, url } => json!({ "type": "URL", "text": text, "url": url }),
        TemplateButton::Phone { text, phone } => json!({ "type": "PHONE_NUMBER", "text": text, "phone_number": phone }),
        TemplateButton::CopyCode { text } => json!({ "type": "COPY_CODE", "text": text }),
        TemplateButton::Flow { text } => json!({ "type": "FLOW", "text": text }),
        TemplateButton::RequestContactInfo { text } => json!({ "type": "REQUEST_CONTACT_INFO", "text": text }),
        TemplateButton::Unknown => json!({ "type": "CATALOG" }),
    }
}
