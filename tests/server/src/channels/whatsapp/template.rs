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

pub(super) fn read_news(field: &str, entry: &Node<'_>, value: &Node<'_>) -> Result<Event, Fault> {
    let change = match field {
        STATUS => match status(value.need_text("event")?) {
            // FLAGGED, LOCKED, UNARCHIVED and what Meta adds say nothing of whether it can be sent.
            TemplateStatus::Unknown => return Err(value.fault("this event changes no template's status")),
            status => TemplateChange::Status { status, reason: reason(value) },
        },
        COMPONENTS => TemplateChange::Components(news_components(value)?),
        // A notice of a change to come has no `new_category` yet.
        _ => match value.text("new_category") {
            Some(word) => TemplateChange::Category(category(word)),
            None => return Ok(Event::Ignored),
        },
    };
    Ok(Event::Template(TemplateNews {
        provider_id: value.need_id("message_template_id")?,
        // Either may be missing: the id says which template it is.
        name: value.text("message_template_name").unwrap_or_default().to_owned(),
        language: value.text("message_template_language").map(language).unwrap_or_default(),
        at: entry.get("time").and_then(|time| time.instant().ok()),
        change,
    }))
}

/// A language in the spelling of the list of templates: webhooks write `en-US` for `en_US`.
fn language(code: &str) -> String {
    code.replace('-', "_")
}

fn reason(value: &Node<'_>) -> Option<String> {
    let given = value.get("rejection_info").and_then(|info| info.text("reason"));
    let other = value.get("other_info").and_then(|info| info.text("description"));
    given.or(other).or(value.text("reason")).filter(|reason| *reason != "NONE").map(str::to_owned)
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
        language: language(node.need_text("language")?),
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
            "VIDEO" => TemplateComponent::HeaderMedia { kind: MediaKind::Video },
            "GIF" => TemplateComponent::HeaderGif,
            "LOCATION" => TemplateComponent::HeaderLocation,
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
        "COPY_CODE" => TemplateButton::CopyCode { text: words("text") },
        "FLOW" => TemplateButton::Flow { text: words("text") },
        "REQUEST_CONTACT_INFO" => TemplateButton::RequestContactInfo { text: words("text") },
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
        "COPY_CODE" => TemplateButton::CopyCode { text },
        "FLOW" => TemplateButton::Flow { text },
        "REQUEST_CONTACT_INFO" => TemplateButton::RequestContactInfo { text },
        _ => TemplateButton::Unknown,
    }
}

/// The body of a submission. None when it has a part that cannot be submitted this way: Meta
/// wants a file header's sample uploaded to an app first.
pub(super) fn submission(template: &NewTemplate) -> Option<Value> {
    let samples = Samples::of(template);
    let parts: Option<Vec<Value>> = template.components.iter().map(|part| written(part, &samples)).collect();
    Some(json!({
        "name": template.name,
        "language": template.language,
        "category": category_word(template.category),
        "parameter_format": if samples.named { "NAMED" } else { "POSITIONAL" },
        "components": parts?,
    }))
}

/// The samples by the names that `riposte::rules::template` gives to variables: a name or a
/// number of the body goes by itself, a number of the header by `header.1`, the end of the first
/// button's address by `button.1`.
struct Samples<'a> {
    values: &'a [TemplateValue],
    /// The variables have names, not numbers.
    named: bool,
}

impl<'a> Samples<'a> {
    fn of(template: &'a NewTemplate) -> Self {
        let has_name = |part: &TemplateComponent| match part {
            TemplateComponent::HeaderText { text } | TemplateComponent::Body { text } => {
                variables(text).iter().any(|name| name.parse::<u32>().is_err())
            }
            _ => false,
        };
        Self { values: &template.samples, named: template.components.iter().any(has_name) }
    }

    fn get(&self, name: &str) -> &'a str {
        self.values.iter().find(|sample| sample.name == name).map_or("", |sample| sample.value.as_str())
    }

    /// Adds the samples of a text's variables to its part, in the shape Meta wants for it.
    fn put_into(&self, part: &mut Value, field: &str, text: &str) {
        let names = variables(text);
        let key = |name: &&str| match field {
            "header_text" if !self.named => format!("header.{name}"),
            _ => (*name).to_owned(),
        };
        let example = if names.is_empty() {
            return;
        } else if self.named {
            let sample = |name: &&str| json!({ "param_name": name, "example": self.get(&key(name)) });
            json!({ format!("{field}_named_params"): names.iter().map(sample).collect::<Vec<_>>() })
        } else {
            let values: Vec<&str> = names.iter().map(|name| self.get(&key(name))).collect();
            // The body's samples are a list of sets of samples, the header's a plain list.
            if field == "body_text" { json!({ field: [values] }) } else { json!({ field: values }) }
        };
        if let Some(fields) = part.as_object_mut() {
            fields.insert("example".to_owned(), example);
        }
    }
}

/// The names or numbers in braces, each once: numbers in their order, names in the text's.
fn variables(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for name in text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim())) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.sort_by_key(|name| name.parse::<u32>().unwrap_or_default());
    found
}

fn written(part: &TemplateComponent, samples: &Samples<'_>) -> Option<Value> {
    Some(match part {
        TemplateComponent::HeaderText { text } => {
            let mut header = json!({ "type": "HEADER", "format": "TEXT", "text": text });
            samples.put_into(&mut header, "header_text", text);
            header
        }
        TemplateComponent::Body { text } => {
            let mut body = json!({ "type": "BODY", "text": text });
            samples.put_into(&mut body, "body_text", text);
            body
        }
        TemplateComponent::Footer { text } => json!({ "type": "FOOTER", "text": text }),
        TemplateComponent::Buttons { buttons } => {
            let written = |(index, button)| written_button(button, samples.get(&format!("button.{}", index + 1)));
            let buttons: Option<Vec<Value>> = buttons.iter().enumerate().map(written).collect();
            json!({ "type": "BUTTONS", "buttons": buttons? })
        }
        TemplateComponent::HeaderLocation => json!({ "type": "HEADER", "format": "LOCATION" }),
        TemplateComponent::HeaderMedia { .. } | TemplateComponent::HeaderGif | TemplateComponent::Unknown => {
            return None;
        }
    })
}

/// Meta wants the whole address as the sample of one that ends in a variable.
fn written_button(button: &TemplateButton, sample: &str) -> Option<Value> {
    Some(match button {
        TemplateButton::QuickReply { text } => json!({ "type": "QUICK_REPLY", "text": text }),
        TemplateButton::Phone { text, phone } => json!({ "type": "PHONE_NUMBER", "text": text, "phone_number": phone }),
        TemplateButton::Url { text, url } => match url.split_once("{{") {
            Some((start, _)) => {
                json!({ "type": "URL", "text": text, "url": url, "example": [format!("{start}{sample}")] })
            }
            None => json!({ "type": "URL", "text": text, "url": url }),
        },
        TemplateButton::CopyCode { .. } => json!({ "type": "COPY_CODE", "example": sample }),
        TemplateButton::RequestContactInfo { .. } => json!({ "type": "REQUEST_CONTACT_INFO" }),
        TemplateButton::Flow { .. } | TemplateButton::Unknown => return None,
    })
}
