//! Does Meta take this new template? (Meta, "Templates", "Template components", "Message template
//! guidelines".)

use serde_json::Value;

use super::{SimTemplate, is_number, variables};
use crate::sim::errors::{Refusal, because, with_subcode};
use crate::sim::judge::Fields;

/// What stands in a template's request.
const KNOWN: [&str; 10] = [
    "name",
    "language",
    "category",
    "parameter_format",
    "components",
    "allow_category_change",
    "message_send_ttl_seconds",
    "sub_category",
    "cta_url_link_tracking_opted_out",
    "degrees_of_freedom_spec",
];
const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];
const NAME_MOST: usize = 512;
const HEADER_MOST: usize = 60;
const BODY_MOST: usize = 1_024;
const FOOTER_MOST: usize = 60;
const BUTTON_MOST: usize = 25;
const BUTTONS_MOST: usize = 10;

/// Meta's subcodes of templates: it exists already, a sample is missing, a variable is not well
/// placed, and its form is wrong.
const EXISTS: i64 = 2_388_024;
const NO_SAMPLE: i64 = 2_388_043;
const AT_THE_EDGE: i64 = 2_388_299;
const WRONG_FORM: i64 = 2_388_019;

/// The template of a request, waiting for its review; `known` are those of the account.
pub(in crate::sim) fn submitted(
    body: &Value,
    id: String,
    business_id: &str,
    known: &[&SimTemplate],
) -> Result<SimTemplate, Refusal> {
    let body = Fields::of(body, "")?;
    body.only(&KNOWN)?;
    let name = body.need_text_up_to("name", NAME_MOST)?;
    if !name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_') {
        return Err(body.not_valid("name", "can only have lowercase letters, numbers and underscores"));
    }
    let language = body.need_text("language")?;
    if !is_language(language) {
        return Err(because(100, "Param language must be one of the supported languages, such as en_US"));
    }
    let category = body.need_text("category")?.to_uppercase();
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(because(100, format!("Param category must be one of {{{}}}", CATEGORIES.join(", "))));
    }
    let named = match body.text("parameter_format")?.unwrap_or("POSITIONAL").to_uppercase().as_str() {
        "NAMED" => true,
        "POSITIONAL" => false,
        _ => return Err(because(100, "Param parameter_format must be one of {NAMED, POSITIONAL}")),
    };
    if known.iter().any(|known| known.name == name && known.language == language) {
        return Err(with_subcode(100, EXISTS, "There is already content of this language for this template"));
    }
    let components = read_components(&body, named, category == "AUTHENTICATION")?;
    Ok(SimTemplate {
        id,
        business_id: business_id.to_owned(),
        name: name.to_owned(),
        language: language.to_owned(),
        category,
        status: "PENDING".to_owned(),
        reason: None,
        components,
    })
}

/// `fr`, `fil`, `en_US`.
fn is_language(code: &str) -> bool {
    let (language, region) = code.split_once('_').unwrap_or((code, "XX"));
    let small = (2..=3).contains(&language.len()) && language.bytes().all(|letter| letter.is_ascii_lowercase());
    small && (2..=3).contains(&region.len()) && region.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn wrong_form(why: &str) -> Refusal {
    with_subcode(100, WRONG_FORM, why)
}

fn read_components(body: &Fields<'_>, named: bool, authentication: bool) -> Result<Vec<Value>, Refusal> {
    let mut read: Vec<Value> = Vec::new();
    for part in body.need_list("components", 1, 10)? {
        let kind = part.need_text("type")?.to_uppercase();
        match kind.as_str() {
            "HEADER" => header(&part, named)?,
            "BODY" => {
                part.only(&["type", "text", "example", "add_security_recommendation"])?;
                if !authentication {
                    let words = part.need_text_up_to("text", BODY_MOST)?;
                    placed(words)?;
                    samples(&part, words, "body_text", named)?;
                }
            }
            "FOOTER" => {
                part.only(&["type", "text", "code_expiration_minutes"])?;
                if !authentication && !variables(part.need_text_up_to("text", FOOTER_MOST)?).is_empty() {
                    return Err(wrong_form("Footers cannot have variables"));
                }
            }
            "BUTTONS" => buttons(&part)?,
            "CAROUSEL" | "LIMITED_TIME_OFFER" | "CALL_PERMISSION_REQUEST" => {}
            _ => return Err(part.not_valid("type", "is not a component of templates")),
        }
        let mut kept = part_of(body, read.len());
        if let Some(fields) = kept.as_object_mut() {
            fields.insert("type".to_owned(), Value::from(kind.clone()));
        }
        if read.iter().any(|earlier| earlier.get("type") == kept.get("type")) {
            return Err(wrong_form("A component can stand once only"));
        }
        read.push(kept);
    }
    let has_body = read.iter().any(|part| part.get("type").and_then(Value::as_str) == Some("BODY"));
    if has_body { Ok(read) } else { Err(wrong_form("A template needs a body")) }
}

fn part_of(body: &Fields<'_>, at: usize) -> Value {
    body.value("components").and_then(|parts| parts.get(at)).cloned().unwrap_or_default()
}

fn header(part: &Fields<'_>, named: bool) -> Result<(), Refusal> {
    part.only(&["type", "format", "text", "example"])?;
    match part.need_text("format")?.to_uppercase().as_str() {
        "TEXT" => {
            let words = part.need_text_up_to("text", HEADER_MOST)?;
            if variables(words).len() > 1 {
                return Err(wrong_form("A header can have one variable only"));
            }
            samples(part, words, "header_text", named)
        }
        "IMAGE" | "VIDEO" | "GIF" | "DOCUMENT" => {
            let handles = part.object("example")?.and_then(|example| example.value("header_handle").cloned());
            match handles {
                Some(Value::Array(handles)) if !handles.is_empty() => Ok(()),
                _ => Err(with_subcode(100, NO_SAMPLE, "The header needs a sample")),
            }
        }
        "LOCATION" | "PRODUCT" => Ok(()),
        _ => Err(part.not_valid("format", "is not a format of headers")),
    }
}

/// A variable stands neither at the start nor at the end of the body.
fn placed(words: &str) -> Result<(), Refusal> {
    let words = words.trim();
    if words.starts_with("{{") || words.ends_with("}}") {
        let why = "Variables can't be at the start or end of the template.";
        return Err(with_subcode(100, AT_THE_EDGE, why));
    }
    Ok(())
}

/// The variables are well named, and each has a sample.
fn samples(part: &Fields<'_>, words: &str, field: &str, named: bool) -> Result<(), Refusal> {
    let names = variables(words);
    let well_named = |(at, name): (usize, &String)| {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        match named {
            true => !is_number(name) && !name.is_empty() && name.bytes().all(plain),
            false => name.parse::<usize>().is_ok_and(|number| number == at + 1),
        }
    };
    if !names.iter().enumerate().all(well_named) {
        let why = if named { "must be named in lowercase letters" } else { "must be numbered from {{1}}" };
        return Err(wrong_form(&format!("The variables {why}")));
    }
    if names.is_empty() {
        return Ok(());
    }
    let missing = || with_subcode(100, NO_SAMPLE, "A variable has no sample");
    let example = part.object("example")?.ok_or_else(missing)?;
    let (field, count) = match named {
        true => (format!("{field}_named_params"), example.list(&format!("{field}_named_params"))?.len()),
        false => {
            let given = example.value(field).and_then(Value::as_array).ok_or_else(missing)?;
            // The body's samples are a list of sets of samples, the header's a plain list.
            let set = given.first().and_then(Value::as_array).unwrap_or(given);
            (field.to_owned(), set.len())
        }
    };
    let blank = example.value(&field).is_none_or(is_blank);
    if blank || count != names.len() { Err(missing()) } else { Ok(()) }
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

fn buttons(part: &Fields<'_>) -> Result<(), Refusal> {
    part.only(&["type", "buttons"])?;
    for button in part.need_list("buttons", 1, BUTTONS_MOST)? {
        match button.need_text("type")?.to_uppercase().as_str() {
            "QUICK_REPLY" => {
                button.only(&["type", "text"])?;
                button.need_text_up_to("text", BUTTON_MOST)?;
            }
            "URL" => {
                button.only(&["type", "text", "url", "example", "app_deep_link"])?;
                button.need_text_up_to("text", BUTTON_MOST)?;
                let url = button.need_text_up_to("url", 2_000)?;
                let count = variables(url).len();
                if count > 1 || (count == 1 && !url.trim_end().ends_with("}}")) {
                    return Err(wrong_form("An address can have one variable, at its end"));
                }
                if count == 1 && button.value("example").is_none_or(is_blank) {
                    return Err(with_subcode(100, NO_SAMPLE, "A button has no sample"));
                }
            }
            "PHONE_NUMBER" => {
                button.only(&["type", "text", "phone_number"])?;
                button.need_text_up_to("text", BUTTON_MOST)?;
                button.need_text_up_to("phone_number", 20)?;
            }
            "COPY_CODE" => {
                button.only(&["type", "text", "example"])?;
                if button.value("example").is_none_or(is_blank) {
                    return Err(with_subcode(100, NO_SAMPLE, "A button has no sample"));
                }
            }
            "REQUEST_CONTACT_INFO" => button.only(&["type", "text"])?,
            "FLOW" | "OTP" | "CATALOG" | "MPM" | "SPM" | "VOICE_CALL" | "APP" | "ORDER_DETAILS" => {}
            _ => return Err(button.not_valid("type", "is not a type of buttons")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order() -> Value {
        json!({ "name": "order", "language": "fr", "category": "UTILITY", "components": [
            { "type": "BODY", "text": "Bonjour {{1}}, voici {{2}}.", "example": { "body_text": [["Léa", "4711"]] } }] })
    }

    fn judged(change: impl FnOnce(&mut Value)) -> Result<(), (i64, Option<i64>)> {
        let mut body = order();
        change(&mut body);
        submitted(&body, "1".to_owned(), "2", &[]).map(drop).map_err(|refusal| (refusal.code, refusal.subcode))
    }

    fn with_body(text: &str, samples: &[&str]) -> Result<(), (i64, Option<i64>)> {
        judged(|body| {
            body["components"][0] = json!({ "type": "BODY", "text": text, "example": { "body_text": [samples] } });
        })
    }

    #[test]
    fn a_body_with_a_sample_for_each_variable_is_taken() {
        assert_eq!(judged(|_| {}), Ok(()));
        assert_eq!(with_body("Bonjour {{1}}, voici {{2}}.", &["Léa"]), Err((100, Some(NO_SAMPLE))));
        assert_eq!(with_body("Bonjour {{1}}, voici {{2}}.", &["Léa", " "]), Err((100, Some(NO_SAMPLE))));
    }

    #[test]
    fn a_variable_at_the_start_or_the_end_of_the_body_is_refused() {
        assert_eq!(with_body("Bonjour {{1}}", &["Léa"]), Err((100, Some(AT_THE_EDGE))));
        assert_eq!(with_body("{{1}}, bonjour !", &["Léa"]), Err((100, Some(AT_THE_EDGE))));
    }

    #[test]
    fn variables_are_numbered_from_one_or_all_named() {
        assert_eq!(with_body("Bonjour {{2}}, merci.", &["Léa"]), Err((100, Some(WRONG_FORM))));
        assert_eq!(with_body("Bonjour {{name}}, merci.", &["Léa"]), Err((100, Some(WRONG_FORM))));
        let named = judged(|body| {
            body["parameter_format"] = json!("NAMED");
            body["components"][0] = json!({ "type": "body", "text": "Bonjour {{name}}, merci.",
                "example": { "body_text_named_params": [{ "param_name": "name", "example": "Léa" }] } });
        });
        assert_eq!(named, Ok(()));
    }

    #[test]
    fn an_unknown_category_language_or_key_is_refused() {
        assert_eq!(judged(|body| body["category"] = json!("TRANSACTIONAL")), Err((100, None)));
        assert_eq!(judged(|body| body["language"] = json!("fr-FR")), Err((100, None)));
        assert_eq!(judged(|body| body["colour"] = json!("red")), Err((100, None)));
        assert_eq!(judged(|body| body["components"][0]["txt"] = json!("x")), Err((100, None)));
    }

    #[test]
    fn a_name_has_small_letters_and_stands_once_per_language() {
        assert_eq!(judged(|body| body["name"] = json!("Order")), Err((131009, None)));
        let known = submitted(&order(), "1".to_owned(), "2", &[]).unwrap();
        let again = submitted(&order(), "3".to_owned(), "2", &[&known]).map_err(|refusal| refusal.subcode);
        assert_eq!(again.map(drop), Err(Some(EXISTS)));
    }
}
