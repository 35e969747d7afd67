//! Templates in Meta's words: listed, submitted, and what webhooks tell of them.

use riposte::model::{MediaKind, TemplateButton, TemplateCategory, TemplateComponent, TemplateStatus, TemplateValue};
use serde_json::{Value, json};

use crate::channels::event::{Event, TemplateChange, TemplateNews};
use crate::channels::json::{Fault, Node};
use crate::channels::provider::{NewTemplate, ProviderTemplate};

const STATUS: &str = "message_template_status_update";
const COMPONENTS: &str = "message_template_components_update";
const CATEGORY: &str = "template_category_update";

/// Whether a webhook's field tells of templates.
pub(super) fn is_news(field: &str) -> bool {
    [STATUS, COMPONENTS, CATEGORY].contains(&field)
}

pub(super) fn read_news(field: &str, value: &Node<'_>) -> Result<Event, Fault> {
    let change = match field {
        STATUS => TemplateChange::Status { status: status(value.need_text("event")?), reason: reason(value) },
        COMPONENTS => TemplateChange::Components(news_components(value)?),
        // A notice of a change to come has no `new_category` yet.
        _ => match value.text("new_category") {
            Some(word) => TemplateChange::Category(category(word)),
            None => return Ok(Event::Ignored),
        },
    };
    Ok(Event::Template(TemplateNews {
        provider_id: value.need_id("message_template_id")?,
        name: value.need_text("message_template_name")?.to_owned(),
        language: value.need_text("message_template_language")?.to_owned(),
        change,
    }))
}

fn reason(value: &Node<'_>) -> Option<String> {
    let told = value.get("rejection_info").and_then(|info| info.text("reason"));
    let other = value.get("other_info").and_then(|info| info.text("description"));
    told.or(other).or(value.text("reason")).filter(|reason| *reason != "NONE").map(str::to_owned)
}

/// Meta's word for a status, in a listing or a webhook.
pub fn status(word: &str) -> TemplateStatus {
    match word {
        "PENDING" | "IN_APPEAL" => TemplateStatus::Pending,
        "APPROVED" | "REINSTATED" => TemplateStatus::Approved,
        "REJECTED" => TemplateStatus::Rejected,
        "PAUSED" | "LIMIT_EXCEEDED" => TemplateStatus::Paused,
        "DISABLED" | "DELETED" | "PENDING_DELETION" | "ARCHIVED" => TemplateStatus::Disabled,
        _ => TemplateStatus::Unknown,
    }
}

/// Meta's word for a category.
pub fn category(word: &str) -> TemplateCategory {
    match word {
        "MARKETING" => TemplateCategory::Marketing,
        "UTILITY" => TemplateCategory::Utility,
        "AUTHENTICATION" => TemplateCategory::Authentication,
        _ => TemplateCategory::Unknown,
    }
}

fn category_word(category: TemplateCategory) -> &'static str {
    match category {
        TemplateCategory::Marketing => "MARKETING",
        TemplateCategory::Authentication => "AUTHENTICATION",
        TemplateCategory::Utility | TemplateCategory::Unknown => "UTILITY",
    }
}

/// One template of a listing.
pub(super) fn read_listed(node: &Node<'_>) -> Result<ProviderTemplate, Fault> {
    Ok(ProviderTemplate {
        provider_id: node.need_id("id")?,
        name: node.need_text("name")?.to_owned(),
        language: node.need_text("language")?.to_owned(),
        category: category(node.text("category").unwrap_or_default()),
        status: status(node.need_text("status")?),
        reason: node.text("rejected_reason").filter(|reason| *reason != "NONE").map(str::to_owned),
        components: node.list("components").iter().map(component).collect(),
    })
}

fn component(node: &Node<'_>) -> TemplateComponent {
    let text = || node.text("text").unwrap_or_default().to_owned();
    match node.text("type").unwrap_or_default() {
        "BODY" => TemplateComponent::Body { text: text() },
        "FOOTER" => TemplateComponent::Footer { text: text() },
        "BUTTONS" => TemplateComponent::Buttons { buttons: node.list("buttons").iter().map(button).collect() },
        "HEADER" => match node.text("format").unwrap_or("TEXT") {
            "TEXT" => TemplateComponent::HeaderText { text: text() },
            "IMAGE" => TemplateComponent::HeaderMedia { kind: MediaKind::Image },
            "VIDEO" | "GIF" => TemplateComponent::HeaderMedia { kind: MediaKind::Video },
            "DOCUMENT" => TemplateComponent::HeaderMedia { kind: MediaKind::Document },
            _ => TemplateComponent::Unknown,
        },
        _ => TemplateComponent::Unknown,
    }
}

fn button(node: &Node<'_>) -> TemplateButton {
    let words = |field| node.text(field).unwrap_or_default().to_owned();
    match node.text("type").unwrap_or_default() {
        "QUICK_REPLY" => TemplateButton::QuickReply { text: words("text") },
        "URL" => TemplateButton::Url { text: words("text"), url: words("url") },
        "PHONE_NUMBER" => TemplateButton::Phone { text: words("text"), phone: words("phone_number") },
        _ => TemplateButton::Unknown,
    }
}

/// A change of components has names of its own for the same parts.
fn news_components(value: &Node<'_>) -> Result<Vec<TemplateComponent>, Fault> {
    let mut parts = Vec::new();
    if let Some(text) = value.text("message_template_title") {
        parts.push(TemplateComponent::HeaderText { text: text.to_owned() });
    }
    parts.push(TemplateComponent::Body { text: value.need_text("message_template_element")?.to_owned() });
    if let Some(text) = value.text("message_template_footer") {
        parts.push(TemplateComponent::Footer { text: text.to_owned() });
    }
    let buttons: Vec<TemplateButton> = value.list("message_template_buttons").iter().map(news_button).collect();
    if !buttons.is_empty() {
        parts.push(TemplateComponent::Buttons { buttons });
    }
    Ok(parts)
}

fn news_button(node: &Node<'_>) -> TemplateButton {
    let words = |field| node.text(field).unwrap_or_default().to_owned();
    let text = words("message_template_button_text");
    match node.text("message_template_button_type").unwrap_or_default() {
        "QUICK_REPLY" => TemplateButton::QuickReply { text },
        "URL" => TemplateButton::Url { text, url: words("message_template_button_url") },
        "PHONE_NUMBER" => TemplateButton::Phone { text, phone: words("message_template_button_phone_number") },
        _ => TemplateButton::Unknown,
    }
}

/// The body of a submission. None when it has a part that cannot be submitted this way: Meta
/// wants a file header's sample uploaded to an app first.
pub(super) fn submission(template: &NewTemplate) -> Option<Value> {
    let named = template.samples.iter().any(|sample| !sample.name.bytes().all(|digit| digit.is_ascii_digit()));
    let parts: Option<Vec<Value>> =
        template.components.iter().map(|part| written(part, &template.samples, named)).collect();
    Some(json!({
        "name": template.name,
        "language": template.language,
        "category": category_word(template.category),
        "parameter_format": if named { "NAMED" } else { "POSITIONAL" },
        "components": parts?,
    }))
}

fn written(part: &TemplateComponent, samples: &[TemplateValue], named: bool) -> Option<Value> {
    Some(match part {
        TemplateComponent::HeaderText { text } => with_example(
            json!({ "type": "HEADER", "format": "TEXT", "text": text }),
            "header_text",
            text,
            samples,
            named,
        ),
        TemplateComponent::Body { text } => {
            with_example(json!({ "type": "BODY", "text": text }), "body_text", text, samples, named)
        }
        TemplateComponent::Footer { text } => json!({ "type": "FOOTER", "text": text }),
        TemplateComponent::Buttons { buttons } => {
            let buttons: Option<Vec<Value>> = buttons.iter().map(|button| written_button(button, samples)).collect();
            json!({ "type": "BUTTONS", "buttons": buttons? })
        }
        TemplateComponent::HeaderMedia { .. } | TemplateComponent::Unknown => return None,
    })
}

/// Meta wants a sample for each variable, in a shape that depends on the part and on whether
/// the variables have names.
fn with_example(mut part: Value, field: &str, text: &str, samples: &[TemplateValue], named: bool) -> Value {
    let used = used_in(text, samples);
    if used.is_empty() {
        return part;
    }
    let example = if named {
        let params: Vec<Value> =
            used.iter().map(|sample| json!({ "param_name": sample.name, "example": sample.value })).collect();
        json!({ format!("{field}_named_params"): params })
    } else {
        let values: Vec<&str> = used.iter().map(|sample| sample.value.as_str()).collect();
        // The body's samples are a list of sets of samples, the header's a plain list.
        if field == "body_text" { json!({ field: [values] }) } else { json!({ field: values }) }
    };
    if let Some(fields) = part.as_object_mut() {
        fields.insert("example".to_owned(), example);
    }
    part
}

fn written_button(button: &TemplateButton, samples: &[TemplateValue]) -> Option<Value> {
    Some(match button {
        TemplateButton::QuickReply { text } => json!({ "type": "QUICK_REPLY", "text": text }),
        TemplateButton::Phone { text, phone } => json!({ "type": "PHONE_NUMBER", "text": text, "phone_number": phone }),
        TemplateButton::Url { text, url } => match used_in(url, samples).first() {
            Some(sample) => json!({ "type": "URL", "text": text, "url": url, "example": [sample.value] }),
            None => json!({ "type": "URL", "text": text, "url": url }),
        },
        TemplateButton::Unknown => return None,
    })
}

/// The samples of the variables in a text, in the order of the variables' first appearance.
fn used_in<'a>(text: &str, samples: &'a [TemplateValue]) -> Vec<&'a TemplateValue> {
    let place = |sample: &TemplateValue| text.find(&format!("{{{{{}}}}}", sample.name));
    let mut used: Vec<(usize, &TemplateValue)> =
        samples.iter().filter_map(|sample| Some((place(sample)?, sample))).collect();
    used.sort_by_key(|(place, _)| *place);
    used.into_iter().map(|(_, sample)| sample).collect()
}
