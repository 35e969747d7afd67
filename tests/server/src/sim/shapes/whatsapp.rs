//! What a number on WhatsApp is told.

use chrono::{DateTime, Utc};
use riposte::model::{AnswerKind, MediaKind};
use serde_json::{Map, Value, json};

use super::{Around, post, put};
use crate::sim::account::Account;
use crate::sim::customer::{Customer, Saying};
use crate::sim::judge::words;
use crate::sim::post::Post;
use crate::sim::templates::SimTemplate;

fn seconds(at: DateTime<Utc>) -> String {
    at.timestamp().to_string()
}

fn wrapped(account: &Account, field: &str, mut value: Value) -> Post {
    put(&mut value, "messaging_product", json!("whatsapp"));
    let metadata = json!({ "display_phone_number": account.address, "phone_number_id": account.provider_id });
    put(&mut value, "metadata", metadata);
    let entry = json!({ "id": account.business_id, "changes": [{ "field": field, "value": value }] });
    post(account, &json!({ "object": "whatsapp_business_account", "entry": [entry] }))
}

fn card(customer: &Customer) -> Value {
    let mut profile = Map::from_iter([("name".to_owned(), json!(customer.name))]);
    if let Some(username) = &customer.username {
        profile.insert("username".to_owned(), json!(username));
    }
    let mut card = json!({ "profile": profile });
    if let Some(phone) = &customer.phone {
        put(&mut card, "wa_id", json!(phone));
    }
    if let Some(bsuid) = &customer.bsuid {
        put(&mut card, "user_id", json!(bsuid));
    }
    card
}

fn address(item: &mut Value, customer: &Customer, phone_field: &str, bsuid_field: &str) {
    if let Some(phone) = &customer.phone {
        put(item, phone_field, json!(phone));
    }
    if let Some(bsuid) = &customer.bsuid {
        put(item, bsuid_field, json!(bsuid));
    }
}

/// A customer's message on WhatsApp.
pub(in crate::sim) fn message(
    account: &Account,
    customer: &Customer,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Post {
    if let Saying::Call { length_ms } = saying {
        return call(account, customer, id, at, *length_ms);
    }
    let (kind, content) = content(customer, saying, around);
    let mut item = json!({ "id": id, "timestamp": seconds(at), "type": kind });
    address(&mut item, customer, "from", "from_user_id");
    if !content.is_null() {
        put(&mut item, kind, content);
    }
    if matches!(saying, Saying::Unsupported) {
        let error = json!({ "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
                            "error_data": { "details": "Message type is currently not supported." } });
        put(&mut item, "errors", json!([error]));
    }
    if let Some(quoted) = around.refers_to.filter(|_| !matches!(saying, Saying::Reaction { .. })) {
        put(&mut item, "context", json!({ "from": account.address, "id": quoted }));
    }
    if around.by_advertisement {
        let referral = json!({ "source_type": "ad", "source_id": "120000", "source_url": "https://ad.example/1",
                               "headline": "An advertisement", "ctwa_clid": "click-1" });
        put(&mut item, "referral", referral);
    }
    let mut value = json!({ "messages": [item] });
    // The notice of a new number comes without a card.
    if !matches!(saying, Saying::NumberChange { .. }) {
        put(&mut value, "contacts", json!([card(customer)]));
    }
    wrapped(account, "messages", value)
}

fn content(customer: &Customer, saying: &Saying, around: &Around<'_>) -> (&'static str, Value) {
    match saying {
        Saying::Text { body } => ("text", json!({ "body": body })),
        Saying::Media { kind, mime, caption, name, voice, .. } => {
            let kind = media_word(*kind);
            let mut file = json!({ "id": around.file, "mime_type": mime, "sha256": "bm90IGxvb2tlZCBhdA==" });
            if !caption.is_empty() {
                put(&mut file, "caption", json!(caption));
            }
            if kind == "document" {
                put(&mut file, "filename", json!(name));
            }
            if kind == "audio" {
                put(&mut file, "voice", json!(voice));
            }
            (kind, file)
        }
        Saying::Location { latitude_e6, longitude_e6, name, address } => {
            let degrees = |e6: i32| f64::from(e6) / 1e6;
            let mut place = json!({ "latitude": degrees(*latitude_e6), "longitude": degrees(*longitude_e6) });
            if !name.is_empty() {
                put(&mut place, "name", json!(name));
                put(&mut place, "address", json!(address));
            }
            ("location", place)
        }
        Saying::Contacts { cards } => {
            let card = |card: &riposte::model::ContactCard| {
                let phones: Vec<Value> = card.phones.iter().map(|phone| json!({ "phone": phone })).collect();
                json!({ "name": { "formatted_name": card.name }, "phones": phones })
            };
            ("contacts", cards.iter().map(card).collect())
        }
        Saying::Reaction { emoji } => {
            let mut reaction = json!({ "message_id": around.refers_to });
            if let Some(emoji) = emoji {
                put(&mut reaction, "emoji", json!(emoji));
            }
            ("reaction", reaction)
        }
        Saying::Answer { title, .. } if around.to_template => ("button", json!({ "text": title, "payload": title })),
        Saying::Answer { title, kind } => ("interactive", interactive(title, *kind)),
        Saying::Order { products, body } => {
            let item = |number: u32| {
                json!({ "product_retailer_id": format!("product-{number}"), "quantity": 1,
                                             "item_price": 10, "currency": "EUR" })
            };
            let items: Vec<Value> = (1..=*products).map(item).collect();
            ("order", json!({ "catalog_id": "3000", "text": body, "product_items": items }))
        }
        Saying::Unsupported => ("unsupported", Value::Null),
        Saying::RequestWelcome => ("request_welcome", Value::Null),
        Saying::Edit { body } => {
            let message = json!({ "type": "text", "text": { "body": body } });
            ("edit", json!({ "original_message_id": around.own, "message": message }))
        }
        Saying::Revoke => ("revoke", json!({ "original_message_id": around.own })),
        Saying::NumberChange { phone } => {
            let old = customer.phone.as_deref().unwrap_or_default();
            let body = format!("The customer changed from {old} to {phone}");
            ("system", json!({ "type": "user_changed_number", "wa_id": phone, "body": body }))
        }
        // A call has a webhook of its own.
        Saying::Call { .. } => ("unsupported", Value::Null),
    }
}

fn interactive(title: &str, kind: AnswerKind) -> Value {
    match kind {
        AnswerKind::List => json!({ "type": "list_reply", "list_reply": { "id": title, "title": title } }),
        AnswerKind::Flow => {
            json!({ "type": "nfm_reply", "nfm_reply": { "name": "flow", "body": title, "response_json": "{}" } })
        }
        AnswerKind::Button | AnswerKind::Unknown => {
            json!({ "type": "button_reply", "button_reply": { "id": title, "title": title } })
        }
    }
}

fn call(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, length: Option<i64>) -> Post {
    let mut call = json!({ "id": id, "to": account.address, "event": "terminate", "direction": "USER_INITIATED",
                           "timestamp": seconds(at), "status": if length.is_some() { "COMPLETED" } else { "FAILED" } });
    address(&mut call, customer, "from", "from_user_id");
    if let Some(length_ms) = length {
        put(&mut call, "start_time", json!(seconds(at)));
        put(&mut call, "duration", json!(length_ms / 1000));
    }
    wrapped(account, "calls", json!({ "contacts": [card(customer)], "calls": [call] }))
}

/// What the company wrote on its own phone.
pub(in crate::sim) fn echo(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, body: &str) -> Post {
    let mut item = json!({ "id": id, "from": account.address, "timestamp": seconds(at), "type": "text",
                           "text": { "body": body } });
    address(&mut item, customer, "to", "to_user_id");
    wrapped(account, "smb_message_echoes", json!({ "contacts": [card(customer)], "message_echoes": [item] }))
}

/// What a report says beside the status.
pub(in crate::sim) struct StatusNews<'a> {
    pub(in crate::sim) id: &'a str,
    pub(in crate::sim) status: &'static str,
    pub(in crate::sim) at: DateTime<Utc>,
    /// The number or user id it was sent to.
    pub(in crate::sim) recipient: &'a str,
    pub(in crate::sim) key: Option<&'a str>,
    /// What it is priced as (`service`, `utility`...) and, in a free entry point, its end.
    pub(in crate::sim) category: &'a str,
    pub(in crate::sim) free_until: Option<DateTime<Utc>>,
    pub(in crate::sim) error: Option<i64>,
}

/// A report about a message of the business.
pub(in crate::sim) fn status(account: &Account, news: &StatusNews<'_>) -> Post {
    let mut item = json!({ "id": news.id, "status": news.status, "timestamp": seconds(news.at) });
    // A user id has a dot after its country, a number has none.
    let field = if news.recipient.contains('.') { "recipient_user_id" } else { "recipient_id" };
    put(&mut item, field, json!(news.recipient));
    if let Some(key) = news.key {
        put(&mut item, "biz_opaque_callback_data", json!(key));
    }
    if let Some(code) = news.error {
        let title = words(code);
        let error = json!({ "code": code, "title": title, "message": title, "error_data": { "details": title } });
        put(&mut item, "errors", json!([error]));
    } else if matches!(news.status, "sent" | "delivered") {
        let (billable, kind, category) = match news.free_until {
            Some(_) => (false, "free_entry_point", "referral_conversion"),
            None => (true, "regular", news.category),
        };
        let pricing = json!({ "billable": billable, "pricing_model": "PMP", "type": kind, "category": category });
        put(&mut item, "pricing", pricing);
    }
    if let Some(until) = news.free_until.filter(|_| news.status == "sent") {
        let conversation = json!({ "id": "free-entry", "expiration_timestamp": seconds(until),
                                   "origin": { "type": "referral_conversion" } });
        put(&mut item, "conversation", conversation);
    }
    wrapped(account, "messages", json!({ "statuses": [item] }))
}

/// Meta decided about a template.
pub(in crate::sim) fn template_decided(account: &Account, template: &SimTemplate, at: DateTime<Utc>) -> Post {
    let value = json!({
        "event": template.status, "message_template_id": template.id.parse::<i64>().unwrap_or_default(),
        "message_template_name": template.name, "message_template_language": template.language,
        "message_template_category": template.category, "reason": template.reason.as_deref().unwrap_or("NONE"),
    });
    let change = json!({ "field": "message_template_status_update", "value": value });
    let entry = json!({ "id": account.business_id, "time": at.timestamp(), "changes": [change] });
    post(account, &json!({ "object": "whatsapp_business_account", "entry": [entry] }))
}

/// The word of the API for a kind of file.
fn media_word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Sticker => "sticker",
        MediaKind::Document | MediaKind::Unknown => "document",
    }
}
