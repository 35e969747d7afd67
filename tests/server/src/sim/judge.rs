//! What becomes of a request to send: taken, or refused with which of Meta's errors.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::templates::SimTemplate;
use super::window::Standing;

/// A refusal in the API's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: i64,
    pub(super) subcode: Option<i64>,
}

pub(super) const NO_TOKEN: Refusal = Refusal { http: 401, code: 190, subcode: None };
pub(super) const NO_SUCH_OBJECT: Refusal = Refusal { http: 404, code: 100, subcode: Some(33) };
pub(super) const BAD_PARAMETER: Refusal = refusal(131009);
pub(super) const MISSING_PARAMETER: Refusal = refusal(131008);
pub(super) const TEMPLATE_EXISTS: Refusal = Refusal { http: 400, code: 100, subcode: Some(2_388_024) };
pub(super) const BAD_TEMPLATE: Refusal = Refusal { http: 400, code: 100, subcode: Some(2_388_043) };
const WINDOW_CLOSED: Refusal = refusal(131047);
const PAGE_WINDOW_CLOSED: Refusal = Refusal { http: 400, code: 10, subcode: Some(2_018_278) };

/// The longest text of WhatsApp and of Messenger, in characters.
const TEXT_MOST: usize = 4096;
const PAGE_TEXT_MOST: usize = 2000;

/// The refusal with a code and nothing special about it.
pub(super) const fn refusal(code: i64) -> Refusal {
    let http = match code {
        4 | 80007 | 130429 | 131056 => 429,
        1 | 2 | 131000 | 131016 => 500,
        _ => 400,
    };
    Refusal { http, code, subcode: None }
}

/// Meta's title of an error, near enough.
pub(super) fn words(code: i64) -> &'static str {
    match code {
        10 => "This message is sent outside of allowed window.",
        100 => "Invalid parameter",
        190 => "Access token has expired",
        130429 => "Rate limit hit",
        131008 => "Required parameter is missing",
        131009 => "Parameter value is not valid",
        131026 => "Message undeliverable",
        131047 => "Re-engagement message",
        131051 => "Unsupported message type",
        131056 => "(Business Account, Consumer Account) pair rate limit hit",
        132000 => "Template parameter count mismatch",
        132001 => "Template does not exist",
        132015 => "Template is paused",
        132016 => "Template is disabled",
        _ => "Something went wrong",
    }
}

impl Refusal {
    /// The body of the answer.
    pub(super) fn body(self) -> Value {
        let words = words(self.code);
        let mut error = json!({
            "message": format!("(#{}) {words}", self.code), "type": "OAuthException", "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": words }, "fbtrace_id": "simulated",
        });
        if let (Some(subcode), Some(fields)) = (self.subcode, error.as_object_mut()) {
            fields.insert("error_subcode".to_owned(), json!(subcode));
        }
        json!({ "error": error })
    }
}

/// A message as it was asked for, read as far as it can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) template: Option<(String, String)>,
    pub(super) values: Vec<(String, usize)>,
    pub(super) file: Option<String>,
    pub(super) reacts_to: Option<String>,
    pub(super) quotes: Option<String>,
    pub(super) key: Option<String>,
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

impl Asked {
    /// Reads a body of the WhatsApp API. None without a type.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let kind = text(body, "/type")?;
        let owned = |path: &str| text(body, path).map(str::to_owned);
        let mut asked = Self {
            kind: kind.to_owned(),
            quotes: owned("/context/message_id"),
            key: owned("/biz_opaque_callback_data"),
            ..Self::default()
        };
        match kind {
            "text" => asked.text = owned("/text/body").unwrap_or_default(),
            "reaction" => {
                asked.text = owned("/reaction/emoji").unwrap_or_default();
                asked.reacts_to = owned("/reaction/message_id");
            }
            "template" => asked.read_template(body),
            _ => {
                asked.text = owned(&format!("/{kind}/caption")).unwrap_or_default();
                asked.file = owned(&format!("/{kind}/id"));
            }
        }
        Some(asked)
    }

    fn read_template(&mut self, body: &Value) {
        let word = |path: &str| text(body, path).unwrap_or_default().to_owned();
        self.template = Some((word("/template/name"), word("/template/language/code")));
        let parts = body.pointer("/template/components").and_then(Value::as_array);
        let mut said = Vec::new();
        for part in parts.into_iter().flatten() {
            let values = part.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            said.extend(values.iter().filter_map(|value| text(value, "/text")));
            self.values.push((text(part, "/type").unwrap_or_default().to_uppercase(), values.len()));
        }
        self.text = said.join(" | ");
    }

    fn given(&self, part: &str) -> usize {
        self.values.iter().filter(|(of, _)| of == part).map(|(_, count)| count).sum()
    }
}

/// What is known about the other end.
pub(super) struct Facts<'a> {
    pub(super) standing: Standing,
    /// The templates of the account.
    pub(super) templates: &'a [&'a SimTemplate],
    /// The file was uploaded before.
    pub(super) file_known: bool,
    /// The message that is reacted to is one of this talk.
    pub(super) target_known: bool,
}

/// The verdict on a WhatsApp message: its pricing category, or a refusal.
pub(super) fn whatsapp(asked: &Asked, facts: &Facts<'_>, now: DateTime<Utc>) -> Result<String, Refusal> {
    if let Some((name, language)) = &asked.template {
        let found = facts.templates.iter().find(|known| known.name == *name && known.language == *language);
        return template(asked, found.copied());
    }
    if !facts.standing.is_open(now) {
        return Err(WINDOW_CLOSED);
    }
    match asked.kind.as_str() {
        "text" if asked.text.is_empty() => return Err(MISSING_PARAMETER),
        "text" if asked.text.chars().count() > TEXT_MOST => return Err(BAD_PARAMETER),
        "reaction" if !facts.target_known => return Err(BAD_PARAMETER),
        "image" | "video" | "audio" | "document" | "sticker" if !facts.file_known => return Err(BAD_PARAMETER),
        "text" | "reaction" | "image" | "video" | "audio" | "document" | "sticker" => {}
        _ => return Err(refusal(131051)),
    }
    Ok("service".to_owned())
}

fn template(asked: &Asked, found: Option<&SimTemplate>) -> Result<String, Refusal> {
    let Some(found) = found else { return Err(refusal(132001)) };
    match found.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(refusal(132015)),
        "DISABLED" => return Err(refusal(132016)),
        _ => return Err(refusal(132001)),
    }
    let fits = ["BODY", "HEADER"].iter().all(|part| asked.given(part) == found.asks_for(part));
    if fits { Ok(found.category.to_lowercase()) } else { Err(refusal(132000)) }
}

/// The verdict on a page's message.
pub(super) fn page(
    words: Option<&str>,
    file: Option<&str>,
    tag: Option<&str>,
    standing: Standing,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if words.or(file).is_none() || words.is_some_and(|words| words.chars().count() > PAGE_TEXT_MOST) {
        return Err(refusal(100));
    }
    let open = match tag {
        Some("HUMAN_AGENT") => standing.is_open_to_a_person(now),
        Some(_) => return Err(refusal(100)),
        None => standing.is_open(now),
    };
    if open { Ok(()) } else { Err(PAGE_WINDOW_CLOSED) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn wrote() -> Standing {
        let mut standing = Standing::default();
        standing.customer_wrote(DateTime::UNIX_EPOCH, false);
        standing
    }

    fn later(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn order(status: &str) -> SimTemplate {
        SimTemplate {
            id: "1".to_owned(),
            business_id: "2".to_owned(),
            name: "order".to_owned(),
            language: "fr".to_owned(),
            category: "UTILITY".to_owned(),
            status: status.to_owned(),
            reason: None,
            components: vec![json!({ "type": "BODY", "text": "Bonjour {{1}}, voici {{2}}. {{1}} !" })],
        }
    }

    fn judged(body: &Value, template: &SimTemplate, at: DateTime<Utc>) -> Result<String, i64> {
        let facts = Facts { standing: wrote(), templates: &[template], file_known: false, target_known: true };
        whatsapp(&Asked::read(body).unwrap(), &facts, at).map_err(|refusal| refusal.code)
    }

    fn sent(name: &str, values: &[&str]) -> Value {
        let parameters: Vec<Value> = values.iter().map(|value| json!({ "type": "text", "text": value })).collect();
        json!({ "type": "template", "template": { "name": name, "language": { "code": "fr" },
                "components": [{ "type": "body", "parameters": parameters }] } })
    }

    #[test]
    fn free_text_is_refused_once_the_window_is_closed() {
        let text = json!({ "type": "text", "text": { "body": "Bonjour" } });
        assert_eq!(judged(&text, &order("APPROVED"), later(23)), Ok("service".to_owned()));
        assert_eq!(judged(&text, &order("APPROVED"), later(24)), Err(131047));
    }

    #[test]
    fn an_approved_template_goes_at_any_time_and_no_other() {
        let body = sent("order", &["Léa", "4711"]);
        assert_eq!(judged(&body, &order("APPROVED"), later(400)), Ok("utility".to_owned()));
        assert_eq!(judged(&body, &order("PAUSED"), later(1)), Err(132015));
        assert_eq!(judged(&body, &order("DISABLED"), later(1)), Err(132016));
        assert_eq!(judged(&body, &order("PENDING"), later(1)), Err(132001));
        assert_eq!(judged(&sent("another", &[]), &order("APPROVED"), later(1)), Err(132001));
    }

    #[test]
    fn a_template_wants_as_many_values_as_it_has_variables() {
        assert_eq!(judged(&sent("order", &["Léa"]), &order("APPROVED"), later(1)), Err(132000));
        assert_eq!(judged(&sent("order", &["Léa", "4711", "x"]), &order("APPROVED"), later(1)), Err(132000));
    }

    #[test]
    fn a_page_answers_within_a_day_and_a_person_within_a_week() {
        let code =
            |tag, hours| page(Some("Bonjour"), None, tag, wrote(), later(hours)).map_err(|refusal| refusal.subcode);
        assert_eq!(code(None, 23), Ok(()));
        assert_eq!(code(None, 24), Err(Some(2_018_278)));
        assert_eq!(code(Some("HUMAN_AGENT"), 167), Ok(()));
        assert_eq!(code(Some("HUMAN_AGENT"), 168), Err(Some(2_018_278)));
    }
}
