//! Webhooks in the shapes that Meta documents.
//!
//! - [`whatsapp`]: messages, echoes and calls; [`reports`]: what became of the business's messages
//! - [`news`]: of accounts and templates; [`page`]: Messenger and Instagram

pub(super) mod news;
pub(super) mod page;
mod reports;
pub(super) mod whatsapp;

use serde_json::{Value, json};

use super::account::Account;
use super::customer::Customer;
use super::post::Post;

/// A file that a customer sent.
pub(super) struct SentFile {
    pub(super) id: String,
    pub(super) url: String,
    /// Of its bytes, in base64.
    pub(super) sha256: String,
}

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
    pub(super) file: Option<&'a SentFile>,
    /// The user id that the customer has from now on.
    pub(super) new_user_id: Option<&'a str>,
}

fn post(account: &Account, body: Value) -> Post {
    let (path, secret) = (account.webhook_path(), account.app_secret.clone());
    Post { path, secret, business_id: account.business_id.clone(), body }
}

pub(super) fn put(value: &mut Value, field: &str, what: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(field.to_owned(), what);
    }
}

/// One change of a number.
fn of_number(account: &Account, field: &str, mut value: Value) -> Post {
    put(&mut value, "messaging_product", json!("whatsapp"));
    let metadata = json!({ "display_phone_number": account.address, "phone_number_id": account.provider_id });
    put(&mut value, "metadata", metadata);
    let entry = json!({ "id": account.business_id, "changes": [{ "field": field, "value": value }] });
    post(account, json!({ "object": "whatsapp_business_account", "entry": [entry] }))
}

/// The card of `contacts`.
fn card(customer: &Customer, with_username: bool) -> Value {
    let mut profile = json!({ "name": customer.name });
    if let Some(username) = customer.username.as_ref().filter(|_| with_username) {
        put(&mut profile, "username", json!(username));
    }
    let mut card = json!({ "profile": profile });
    put_ids(&mut card, customer, "wa_id", "user_id");
    card
}

/// Each of the customer's ids that the business may know.
fn put_ids(item: &mut Value, customer: &Customer, phone_field: &str, user_field: &str) {
    if let Some(phone) = &customer.phone {
        put(item, phone_field, json!(phone));
    }
    if let Some(bsuid) = &customer.bsuid {
        put(item, user_field, json!(bsuid));
    }
}

fn seconds(at: chrono::DateTime<chrono::Utc>) -> String {
    at.timestamp().to_string()
}
