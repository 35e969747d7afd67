//! Webhooks in the shapes that Meta documents.

use chrono::{DateTime, Utc};
use riposte::model::{AnswerKind, ChannelKind, MediaKind};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::customer::{Customer, Saying};
use super::post::Post;
use super::templates::SimTemplate;

/// A person at the other end of an account, as the account knows them.
pub(super) struct Person<'a> {
    pub(super) customer: &'a Customer,
    /// The page-scoped id.
    pub(super) scoped_id: &'a str,
}

fn seconds(at: DateTime<Utc>) -> String {
    at.timestamp().to_string()
}

fn post(account: &Account, body: &Value) -> Post {
    Post { path: account.webhook_path(), secret: account.app_secret.clone(), body: body.to_string() }
}

fn put(value: &mut Value, field: &str, what: Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.insert(field.to_owned(), what);
    }
}

// WhatsApp ---------------------------------------------------------------------------------

fn whatsapp(account: &Account, field: &str, mut value: Value) -> Post {
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

/// A customer's message on WhatsApp.
pub(super) fn whatsapp_message(
    account: &Account,
    customer: &Customer,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Post {
    if let Saying::Call { length_ms } = saying {
        return whatsapp_call(account, customer, id, at, *length_ms);
    }
    let (kind, content) = whatsapp_content(customer, saying, around);
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
    whatsapp(account, "messages", value)
}

fn whatsapp_content(customer: &Customer, saying: &Saying, around: &Around<'_>) -> (&'static str, Value) {
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

fn whatsapp_call(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, length: Option<i64>) -> Post {
    let mut call = json!({ "id": id, "to": account.address, "event": "terminate", "direction": "USER_INITIATED",
                           "timestamp": seconds(at), "status": if length.is_some() { "COMPLETED" } else { "FAILED" } });
    address(&mut call, customer, "from", "from_user_id");
    if let Some(length_ms) = length {
        put(&mut call, "start_time", json!(seconds(at)));
        put(&mut call, "duration", json!(length_ms / 1000));
    }
    whatsapp(account, "calls", json!({ "contacts": [card(customer)], "calls": [call] }))
}

/// What the company wrote on its own phone.
pub(super) fn whatsapp_echo(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, body: &str) -> Post {
    let mut item = json!({ "id": id, "from": account.address, "timestamp": seconds(at), "type": "text",
                           "text": { "body": body } });
    address(&mut item, customer, "to", "to_user_id");
    whatsapp(account, "smb_message_echoes", json!({ "contacts": [card(customer)], "message_echoes": [item] }))
}

/// What a report says beside the status.
pub(super) struct StatusNews<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'static str,
    pub(super) at: DateTime<Utc>,
    /// The number or user id it was sent to.
    pub(super) recipient: &'a str,
    pub(super) key: Option<&'a str>,
    /// What it is priced as (`service`, `utility`...) and, in a free entry point, its end.
    pub(super) category: &'a str,
    pub(super) free_until: Option<DateTime<Utc>>,
    pub(super) error: Option<i64>,
}

/// A report about a message of the business.
pub(super) fn whatsapp_status(account: &Account, news: &StatusNews<'_>) -> Post {
    let mut item = json!({ "id": news.id, "status": news.status, "timestamp": seconds(news.at) });
    // A user id has a dot after its country, a number has none.
    let field = if news.recipient.contains('.') { "recipient_user_id" } else { "recipient_id" };
    put(&mut item, field, json!(news.recipient));
    if let Some(key) = news.key {
        put(&mut item, "biz_opaque_callback_data", json!(key));
    }
    if let Some(code) = news.error {
        let words = super::judge::words(code);
        let error = json!({ "code": code, "title": words, "message": words, "error_data": { "details": words } });
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
    whatsapp(account, "messages", json!({ "statuses": [item] }))
}

/// Meta decided about a template.
pub(super) fn template_decided(account: &Account, template: &SimTemplate, at: DateTime<Utc>) -> Post {
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
pub(super) fn media_word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "image",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Sticker => "sticker",
        MediaKind::Document | MediaKind::Unknown => "document",
    }
}

// Messenger and Instagram ------------------------------------------------------------------

fn page(account: &Account, sender: &str, recipient: &str, at: DateTime<Utc>, field: &str, what: Value) -> Post {
    let object = if account.kind == ChannelKind::Instagram { "instagram" } else { "page" };
    let ms = at.timestamp_millis();
    let mut event = json!({ "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": ms });
    put(&mut event, field, what);
    let entry = json!({ "id": account.provider_id, "time": ms, "messaging": [event] });
    post(account, &json!({ "object": object, "entry": [entry] }))
}

/// A customer's message to a page; none for what Messenger has no word for.
pub(super) fn page_message(
    account: &Account,
    person: &Person<'_>,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
    file_url: &str,
) -> Option<Post> {
    let (field, mut what) = match saying {
        Saying::Text { body } => ("message", json!({ "mid": id, "text": body })),
        Saying::Media { kind, .. } => {
            let kind = match kind {
                MediaKind::Image | MediaKind::Sticker => "image",
                MediaKind::Video => "video",
                MediaKind::Audio => "audio",
                MediaKind::Document | MediaKind::Unknown => "file",
            };
            let attachment = json!({ "type": kind, "payload": { "url": file_url } });
            ("message", json!({ "mid": id, "attachments": [attachment] }))
        }
        Saying::Answer { title, .. } => ("postback", json!({ "mid": id, "title": title, "payload": title })),
        Saying::Reaction { emoji } => {
            let mut reaction =
                json!({ "mid": around.refers_to, "action": if emoji.is_some() { "react" } else { "unreact" } });
            if let Some(emoji) = emoji {
                put(&mut reaction, "emoji", json!(emoji));
            }
            ("reaction", reaction)
        }
        Saying::Edit { body } => ("message_edit", json!({ "mid": around.own, "text": body, "num_edit": 1 })),
        Saying::Revoke => ("message", json!({ "mid": around.own, "is_deleted": true })),
        Saying::Unsupported => ("message", json!({ "mid": id, "is_unsupported": true })),
        Saying::Location { .. }
        | Saying::Contacts { .. }
        | Saying::Order { .. }
        | Saying::Call { .. }
        | Saying::RequestWelcome
        | Saying::NumberChange { .. } => return None,
    };
    if let Some(quoted) = around.refers_to.filter(|_| field == "message") {
        put(&mut what, "reply_to", json!({ "mid": quoted }));
    }
    if around.by_advertisement && field == "message" {
        put(&mut what, "referral", json!({ "source": "ADS", "type": "OPEN_THREAD", "ad_id": "120000" }));
    }
    Some(page(account, person.scoped_id, &account.provider_id, at, field, what))
}

/// What the company wrote on the page itself.
pub(super) fn page_echo(account: &Account, person: &Person<'_>, id: &str, at: DateTime<Utc>, body: &str) -> Post {
    let what = json!({ "mid": id, "text": body, "is_echo": true });
    page(account, &account.provider_id, person.scoped_id, at, "message", what)
}

/// The customer's phone has a message of the page.
pub(super) fn page_delivered(account: &Account, person: &Person<'_>, id: &str, at: DateTime<Utc>) -> Post {
    let what = json!({ "mids": [id], "watermark": at.timestamp_millis() });
    page(account, person.scoped_id, &account.provider_id, at, "delivery", what)
}

/// The customer read: everything up to now on Messenger, one message on Instagram.
pub(super) fn page_read(account: &Account, person: &Person<'_>, newest: &str, at: DateTime<Utc>) -> Post {
    let what = match account.kind {
        ChannelKind::Instagram => json!({ "mid": newest }),
        _ => json!({ "watermark": at.timestamp_millis() }),
    };
    page(account, person.scoped_id, &account.provider_id, at, "read", what)
}
