//! Webhooks in the shapes that Meta documents.

pub(super) mod page;
pub(super) mod whatsapp;

use serde_json::Value;

use super::account::Account;
use super::post::Post;

/// What else a customer's message carries.
#[derive(Default)]
pub(super) struct Around<'a> {
    /// The id of the business's message that is quoted, tapped or reacted to.
    pub(super) refers_to: Option<&'a str>,
    /// The tapped message was a template.
    pub(super) to_template: bool,
    /// The customer's own message that is changed or taken back.
    pub(super) own: Option<&'a str>,
    pub(super) by_advertisement: bool,
    /// The id of the uploaded file.
    pub(super) file: Option<&'a str>,
}

fn post(account: &Account, body: &Value) -> Post {
    Post { path: account.webhook_path(), secret: account.app_secret.clone(), body: body.to_string() }
}

fn put(value: &mut Value, field: &str, what: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(field.to_owned(), what);
    }
}
