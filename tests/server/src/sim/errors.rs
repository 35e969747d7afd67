//! The provider's errors: their codes, titles and details, as answers and failure reports carry
//! them (Meta, "Error codes").

use serde_json::{Value, json};

/// Where Meta explains its codes; every failure report names it.
const HREF: &str = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/";

/// A refusal in the API's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: i64,
    pub(super) subcode: Option<i64>,
    pub(super) details: String,
}

/// The refusal with a code and its usual details.
pub(super) fn refusal(code: i64) -> Refusal {
    let http = match code {
        4 | 80007 | 130429 | 131056 => 429,
        1 | 2 | 131000 | 131016 => 500,
        _ => 400,
    };
    Refusal { http, code, subcode: None, details: words(code).1.to_owned() }
}

/// The refusal with a code, and exactly what is wrong.
pub(super) fn because(code: i64, details: impl Into<String>) -> Refusal {
    Refusal { details: details.into(), ..refusal(code) }
}

/// A refusal that the subcode tells apart.
pub(super) fn with_subcode(code: i64, subcode: i64, details: &str) -> Refusal {
    Refusal { subcode: Some(subcode), ..because(code, details) }
}

pub(super) fn no_token() -> Refusal {
    Refusal { http: 401, ..refusal(190) }
}

pub(super) fn no_such_object(id: &str) -> Refusal {
    let details = format!(
        "Unsupported request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, \
         or does not support this operation"
    );
    Refusal { http: 404, ..with_subcode(100, 33, &details) }
}

/// Title and usual details of a code.
fn words(code: i64) -> (&'static str, &'static str) {
    match code {
        10 => (
            "This message is sent outside of allowed window.",
            "The person has to write first; see the policy for the standard messaging window.",
        ),
        100 => ("Invalid parameter", "A parameter is not valid."),
        190 => ("Error validating access token", "The access token is missing, wrong or has expired."),
        2500 => ("Unknown path components", "This version of the API does not exist or has ended."),
        130429 => ("Rate limit hit", "Cloud API message throughput has been reached."),
        130472 => (
            "User's number is part of an experiment",
            "Failed to send message because this user's phone number is part of an experiment",
        ),
        130497 => (
            "Business account is restricted from messaging users in this country.",
            "Business account is restricted from messaging users in this country.",
        ),
        131000 => ("Something went wrong", "Message failed to send due to an unknown error."),
        131008 => ("Required parameter is missing", "A required parameter is missing."),
        131009 => ("Parameter value is not valid", "One or more parameter values are not valid."),
        131016 => ("Service unavailable", "A service is temporarily unavailable."),
        131026 => ("Message undeliverable", "Message Undeliverable."),
        131031 => ("Business Account locked", "The account is restricted or disabled for violating a policy."),
        131047 => (
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer last replied to this \
             number.",
        ),
        131049 => (
            "This message was not delivered to maintain healthy ecosystem engagement.",
            "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
        ),
        131050 => (
            "User has stopped receiving marketing messages",
            "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp \
             from your business.",
        ),
        131051 => ("Unsupported message type", "Message type is not currently supported."),
        131053 => ("Media upload error", "Unable to upload the media used in the message."),
        131056 => (
            "(Business Account, Consumer Account) pair rate limit hit",
            "Too many messages sent from the sender phone number to the same recipient phone number.",
        ),
        131062 => (
            "Business-scoped User ID (BSUID) recipients are not supported for this message.",
            "Authentication templates with a code button go to phone numbers only.",
        ),
        132000 => (
            "Number of parameters does not match the expected number of params",
            "The number of variable parameter values does not match the template.",
        ),
        132001 => (
            "Template name does not exist in the translation",
            "The template does not exist in the specified language or the template has not been approved.",
        ),
        132005 => ("Translated text too long", "The translated text is too long."),
        132012 => ("Parameter format does not match format in the created template", "A parameter has another format."),
        132015 => ("Template is paused", "Template is paused due to low quality so it cannot be sent."),
        132016 => ("Template is disabled", "Template has been paused too many times and is permanently disabled."),
        132018 => {
            ("There's an issue with the parameters in your template", "The parameters of the template are not valid.")
        }
        _ => ("Something went wrong", "Something went wrong."),
    }
}

impl Refusal {
    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, words(self.code).0), "type": "OAuthException", "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details }, "fbtrace_id": "simulated",
        });
        if let (Some(subcode), Some(fields)) = (self.subcode, error.as_object_mut()) {
            fields.insert("error_subcode".to_owned(), json!(subcode));
            fields.insert("is_transient".to_owned(), json!(false));
            fields.insert("error_user_title".to_owned(), json!(words(self.code).0));
            fields.insert("error_user_msg".to_owned(), json!(self.details));
        }
        json!({ "error": error })
    }
}

/// One entry of `errors`, in a report or beside a message that could not be handed over.
pub(super) fn reported(code: i64) -> Value {
    let (title, details) = words(code);
    json!({ "code": code, "title": title, "message": title, "error_data": { "details": details }, "href": HREF })
}
