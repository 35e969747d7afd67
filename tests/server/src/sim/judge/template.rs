//! Do the parameters of a request fit the template? (Meta, "Send template messages", "Template
//! components", "Error codes" 132000 to 132018.)

use serde_json::Value;

use super::fields::Fields;
use super::message::{file, location};
use super::{AskedTemplate, FileRef, Recipient};
use crate::sim::errors::{Refusal, because, refusal};
use crate::sim::media;
use crate::sim::templates::{SimTemplate, text, variables};
use crate::sim::world::SimFile;

const BODY_MOST: usize = 1_024;
const HEADER_MOST: usize = 60;

/// A component of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Part {
    /// `HEADER`, `BODY`, `BUTTON` or one that the simulator does not look into.
    pub(in crate::sim) kind: String,
    /// Which button, and what it is.
    button: Option<(usize, String)>,
    pub(in crate::sim) parameters: Vec<Parameter>,
}

/// A value of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) struct Parameter {
    kind: String,
    name: Option<String>,
    pub(in crate::sim) text: Option<String>,
    file: Option<FileRef>,
}

/// Reads the `template` object.
pub(super) fn read(content: &Fields<'_>) -> Result<AskedTemplate, Refusal> {
    content.only(&["name", "language", "components"])?;
    let language = content.need("language")?;
    language.only(&["code", "policy"])?;
    if language.text("policy")?.is_some_and(|policy| policy != "deterministic") {
        return Err(language.not_valid("policy", "must be deterministic"));
    }
    let parts = content.list("components")?.iter().map(read_part).collect::<Result<_, _>>()?;
    let name = content.need_text("name")?.to_owned();
    Ok(AskedTemplate { name, language: language.need_text("code")?.to_owned(), parts })
}

fn read_part(part: &Fields<'_>) -> Result<Part, Refusal> {
    let kind = part.need_text("type")?.to_uppercase();
    if !["HEADER", "BODY", "BUTTON"].contains(&kind.as_str()) {
        return match kind.as_str() {
            "CAROUSEL" | "LIMITED_TIME_OFFER" | "ORDER_STATUS" => {
                Ok(Part { kind, button: None, parameters: Vec::new() })
            }
            _ => Err(part.not_valid("type", "is not a component of templates")),
        };
    }
    part.only(&["type", "sub_type", "index", "parameters"])?;
    let button = match kind.as_str() {
        "BUTTON" => {
            let index = part.need_number("index")?;
            let index =
                (0..10).find(|at| f64::from(*at) == index).ok_or_else(|| part.not_valid("index", "is not valid"))?;
            Some((usize::try_from(index).unwrap_or_default(), part.need_text("sub_type")?.to_lowercase()))
        }
        _ => None,
    };
    let parameters = part.list("parameters")?.iter().map(read_parameter).collect::<Result<_, _>>()?;
    Ok(Part { kind, button, parameters })
}

fn read_parameter(value: &Fields<'_>) -> Result<Parameter, Refusal> {
    let kind = value.need_text("type")?.to_lowercase();
    let mut read = Parameter { kind, name: value.text("parameter_name")?.map(str::to_owned), text: None, file: None };
    match read.kind.as_str() {
        "text" => {
            value.only(&["type", "text", "parameter_name"])?;
            read.text = Some(value.need_text("text")?.to_owned());
        }
        "payload" => {
            value.only(&["type", "payload"])?;
            value.need_text("payload")?;
        }
        "coupon_code" => {
            value.only(&["type", "coupon_code"])?;
            value.need_text_up_to("coupon_code", 20)?;
        }
        kind @ ("image" | "video" | "gif" | "document") => {
            value.only(&["type", kind])?;
            let content = value.need(kind)?;
            content.only(if kind == "document" { &["id", "link", "filename"] } else { &["id", "link"] })?;
            read.file = Some(file(&content)?);
        }
        "location" => {
            value.only(&["type", "location"])?;
            location(&value.need("location")?)?;
        }
        "currency" | "date_time" => {
            value.only(&["type", "currency", "date_time", "parameter_name"])?;
            read.text = Some(value.need(&read.kind)?.need_text("fallback_value")?.to_owned());
        }
        "action" => {
            value.only(&["type", "action"])?;
            value.need("action")?;
        }
        _ => return Err(value.not_valid("type", "is not a type of parameters")),
    }
    Ok(read)
}

/// A file that was never uploaded.
pub(super) fn unknown_file(path: &str) -> Refusal {
    because(100, format!("Param {path} is not a valid whatsapp business account media attachment ID"))
}

/// Refuses what does not fit the template or may not be sent now.
pub(super) fn check<'f>(
    given: &AskedTemplate,
    to: &Recipient,
    known: &SimTemplate,
    files: &dyn Fn(&str) -> Option<&'f SimFile>,
) -> Result<(), Refusal> {
    match known.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(refusal(132015)),
        "DISABLED" => return Err(refusal(132016)),
        _ => return Err(refusal(132001)),
    }
    let of_kind = |kind: &str| -> Vec<&Parameter> {
        given.parts.iter().filter(|part| part.kind == kind).flat_map(|part| &part.parameters).collect()
    };
    check_header(&of_kind("HEADER"), known, files)?;
    let body = known.component("BODY");
    check_texts("body", &of_kind("BODY"), body, known, BODY_MOST)?;
    let asks_code = known.category == "AUTHENTICATION" && known.buttons().iter().any(|button| is_code(button));
    if asks_code && matches!(to, Recipient::UserId(_)) {
        return Err(refusal(131062));
    }
    check_buttons(given, known)
}

fn is_code(button: &Value) -> bool {
    ["OTP", "COPY_CODE"].contains(&text(button, "type"))
}

fn check_header<'f>(
    given: &[&Parameter],
    known: &SimTemplate,
    files: &dyn Fn(&str) -> Option<&'f SimFile>,
) -> Result<(), Refusal> {
    let header = known.component("HEADER");
    let wanted = match header.map(|header| text(header, "format")) {
        None | Some("" | "TEXT") => return check_texts("header", given, header, known, HEADER_MOST),
        Some(format) => format,
    };
    let received = given.first().map_or("UNKNOWN".to_owned(), |value| value.kind.to_uppercase());
    if received != wanted || given.len() != 1 {
        return Err(because(132012, format!("header: Format mismatch, expected {wanted}, received {received}")));
    }
    let Some(FileRef::Id(id)) = given.first().and_then(|value| value.file.as_ref()) else { return Ok(()) };
    let kind = wanted.to_lowercase();
    let file = files(id).ok_or_else(|| unknown_file(&format!("{kind}['id']")))?;
    if media::fits(&kind, file) { Ok(()) } else { Err(refusal(131053)) }
}

/// As many values as variables, named as they are, of one line, and short enough when filled in.
fn check_texts(
    part: &str,
    given: &[&Parameter],
    component: Option<&Value>,
    known: &SimTemplate,
    most: usize,
) -> Result<(), Refusal> {
    let words = component.map(|component| text(component, "text")).unwrap_or_default();
    let mut wanted = variables(words);
    // A code is the one value of an authentication template, whose text Meta writes.
    if words.is_empty() && known.category == "AUTHENTICATION" && part == "body" {
        wanted.push("1".to_owned());
    }
    if given.len() != wanted.len() {
        return Err(because(
            132000,
            format!(
                "{part}: number of localizable_params ({}) does not match the expected number of params ({})",
                given.len(),
                wanted.len()
            ),
        ));
    }
    let mut filled = words.to_owned();
    for (at, value) in given.iter().enumerate() {
        let Some(of_value) = &value.text else {
            return Err(because(132012, format!("{part}: a text was expected, not {}", value.kind)));
        };
        let name = match (&value.name, known.is_named()) {
            (Some(name), true) if wanted.contains(name) => name.clone(),
            (None, false) => (at + 1).to_string(),
            (None, true) => return Err(because(100, format!("{part}: Parameter name is missing or empty"))),
            (Some(name), _) => return Err(because(132012, format!("{part}: there is no variable called {name}"))),
        };
        if of_value.contains(['\n', '\r', '\t']) || of_value.contains("     ") {
            let why = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces";
            return Err(because(132018, why));
        }
        filled = fill(&filled, &name, of_value);
    }
    let mut names: Vec<&String> = given.iter().filter_map(|value| value.name.as_ref()).collect();
    names.sort();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(because(132012, format!("{part}: a variable has two values")));
    }
    if filled.chars().count() > most { Err(refusal(132005)) } else { Ok(()) }
}

fn fill(words: &str, name: &str, value: &str) -> String {
    let mut filled = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((variable, after)) = after.split_once("}}") else { break };
        filled.push_str(before);
        match variable.trim() == name {
            true => filled.push_str(value),
            false => filled.push_str(&format!("{{{{{variable}}}}}")),
        }
        rest = after;
    }
    filled + rest
}

/// A button that needs a value has one; a value belongs to a button that takes it.
fn check_buttons(given: &AskedTemplate, known: &SimTemplate) -> Result<(), Refusal> {
    let buttons = known.buttons();
    let mut seen = Vec::new();
    for part in &given.parts {
        let Some((index, sub_type)) = &part.button else { continue };
        let at = |why: &str| because(132018, format!("buttons: Button at index {index} {why}"));
        let button = buttons.get(*index).ok_or_else(|| at("does not exist"))?;
        let (types, value): (&[&str], &str) = match text(button, "type") {
            "QUICK_REPLY" => (&["quick_reply"], "payload"),
            "URL" if variables(text(button, "url")).is_empty() => {
                return Err(at("of type Url does not require parameters"));
            }
            "URL" => (&["url"], "text"),
            "OTP" => (&["url", "copy_code"], "text"),
            "COPY_CODE" => (&["copy_code"], "coupon_code"),
            "FLOW" => (&["flow"], "action"),
            "PHONE_NUMBER" | "REQUEST_CONTACT_INFO" => return Err(at("does not take parameters")),
            _ => continue,
        };
        let fits = match part.parameters.as_slice() {
            [only] => only.kind == value || (only.kind == "coupon_code" && text(button, "type") == "OTP"),
            _ => false,
        };
        if !types.contains(&sub_type.as_str()) || !fits || seen.contains(index) {
            return Err(at(&format!("takes one parameter of type {value}")));
        }
        seen.push(*index);
    }
    for (index, button) in buttons.iter().enumerate() {
        let needs = match text(button, "type") {
            "URL" => !variables(text(button, "url")).is_empty(),
            "OTP" | "COPY_CODE" => true,
            _ => false,
        };
        if needs && !seen.contains(&index) {
            return Err(because(131008, format!("buttons: Button at index {index} requires a parameter")));
        }
    }
    Ok(())
}
