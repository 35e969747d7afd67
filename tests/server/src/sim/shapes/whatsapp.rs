//! Messages, echoes and calls of a number on WhatsApp.

use chrono::{DateTime, TimeDelta, Utc};
use riposte::model::{AnswerKind, MediaKind};
use serde_json::{Value, json};

use super::{Around, card, of_number, put, put_ids, seconds};
use crate::sim::account::Account;
use crate::sim::customer::{Customer, Saying};
use crate::sim::errors::reported;
use crate::sim::post::Post;

pub(in crate::sim) use super::reports::{SentTo, StatusNews, status};

/// What a customer does on WhatsApp: one webhook, two for a call.
pub(in crate::sim) fn said(
    account: &Account,
    customer: &Customer,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Vec<Post> {
    match saying {
        Saying::Call { length_ms } => calls(account, customer, id, at, *length_ms),
        Saying::NumberChange { .. } | Saying::UserIdChange => vec![system(account, customer, id, at, saying, around)],
        _ => vec![message(account, customer, id, at, saying, around)],
    }
}

fn message(
    account: &Account,
    customer: &Customer,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Post {
    let (kind, content) = content(saying, around);
    let mut item = json!({ "id": id, "timestamp": seconds(at), "type": kind });
    put_ids(&mut item, customer, "from", "from_user_id");
    if !content.is_null() {
        put(&mut item, kind, content);
    }
    if matches!(saying, Saying::Unsupported) {
        put(&mut item, "errors", json!([reported(131051)]));
    }
    if let Some(quoted) = around.refers_to.filter(|_| !matches!(saying, Saying::Reaction { .. })) {
        put(&mut item, "context", json!({ "from": account.address, "id": quoted }));
    }
    if around.by_advertisement {
        let referral = json!({ "source_type": "ad", "source_id": "120000", "source_url": "https://ad.example/1",
                               "headline": "An advertisement", "body": "Come and see", "media_type": "image",
                               "image_url": "https://ad.example/1.jpg", "ctwa_clid": "click-1" });
        put(&mut item, "referral", referral);
    }
    of_number(account, "messages", json!({ "messages": [item], "contacts": [card(customer, true)] }))
}

/// A new number or user id. It comes without a card; a new user id alone without any number.
fn system(
    account: &Account,
    customer: &Customer,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Post {
    let mut item = json!({ "id": id, "timestamp": seconds(at), "type": "system" });
    let name = &customer.name;
    let mut system = match saying {
        Saying::NumberChange { phone } => {
            let old = customer.phone.as_deref().unwrap_or_default();
            if customer.phone.is_some() {
                put(&mut item, "from", json!(old));
            }
            let body = format!("User {name} changed from {old} to {phone}");
            json!({ "type": "user_changed_number", "wa_id": phone, "body": body })
        }
        _ => json!({ "type": "user_changed_user_id", "body": format!("User {name} changed their user ID") }),
    };
    put(&mut system, "user_id", json!(around.new_user_id));
    put(&mut system, "previous_user_id", json!(customer.bsuid));
    put(&mut item, "system", system);
    of_number(account, "messages", json!({ "messages": [item] }))
}

fn content(saying: &Saying, around: &Around<'_>) -> (&'static str, Value) {
    match saying {
        Saying::Text { body } => ("text", json!({ "body": body })),
        Saying::Media { kind, mime, caption, name, voice, .. } => {
            let kind = media_word(*kind);
            let mut file = json!({ "mime_type": mime });
            if let Some(sent) = around.file {
                put(&mut file, "id", json!(sent.id));
                put(&mut file, "sha256", json!(sent.sha256));
                put(&mut file, "url", json!(sent.url));
            }
            if !caption.is_empty() {
                put(&mut file, "caption", json!(caption));
            }
            match kind {
                "document" => put(&mut file, "filename", json!(name)),
                "audio" => put(&mut file, "voice", json!(voice)),
                "sticker" => put(&mut file, "animated", json!(false)),
                _ => {}
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
        Saying::Contacts { cards } => ("contacts", cards.iter().map(contact).collect()),
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
                json!({ "product_retailer_id": format!("product-{number}"), "quantity": 1, "item_price": 10,
                        "currency": "EUR" })
            };
            let items: Vec<Value> = (1..=*products).map(item).collect();
            ("order", json!({ "catalog_id": "3000", "text": body, "product_items": items }))
        }
        Saying::RequestWelcome => ("request_welcome", Value::Null),
        Saying::Edit { body } => {
            let message = json!({ "type": "text", "text": { "body": body } });
            ("edit", json!({ "original_message_id": around.own, "message": message }))
        }
        Saying::Revoke => ("revoke", json!({ "original_message_id": around.own })),
        Saying::Unsupported | Saying::Call { .. } | Saying::NumberChange { .. } | Saying::UserIdChange => {
            ("unsupported", json!({ "type": "unknown" }))
        }
    }
}

fn contact(card: &riposte::model::ContactCard) -> Value {
    let phones: Vec<Value> = card.phones.iter().map(|phone| json!({ "phone": phone, "type": "CELL" })).collect();
    let first = card.name.split_whitespace().next().unwrap_or_default();
    let mut shared = json!({ "name": { "formatted_name": card.name, "first_name": first }, "phones": phones });
    if !card.company.is_empty() {
        put(&mut shared, "org", json!({ "company": card.company }));
    }
    let emails: Vec<Value> = card.emails.iter().map(|email| json!({ "email": email, "type": "WORK" })).collect();
    if !emails.is_empty() {
        put(&mut shared, "emails", emails.into());
    }
    shared
}

fn interactive(title: &str, kind: AnswerKind) -> Value {
    match kind {
        AnswerKind::List => {
            json!({ "type": "list_reply", "list_reply": { "id": title, "title": title, "description": "" } })
        }
        AnswerKind::Flow => {
            let answers = json!({ "flow_token": "unused", "answer": title }).to_string();
            json!({ "type": "nfm_reply", "nfm_reply": { "name": "flow", "body": title, "response_json": answers } })
        }
        AnswerKind::Button | AnswerKind::Unknown => {
            json!({ "type": "button_reply", "button_reply": { "id": title, "title": title } })
        }
    }
}

/// A call rings (`connect`), then ends (`terminate`). It ends now, so it began its length ago.
fn calls(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, length_ms: Option<i64>) -> Vec<Post> {
    let began = at - TimeDelta::seconds(length_ms.unwrap_or_default() / 1000);
    let call = |event: &str, at: DateTime<Utc>| {
        let mut call = json!({ "id": id, "to": account.address, "event": event, "direction": "USER_INITIATED",
                               "timestamp": seconds(at) });
        put_ids(&mut call, customer, "from", "from_user_id");
        call
    };
    let mut rings = call("connect", began);
    put(&mut rings, "session", json!({ "sdp_type": "offer", "sdp": "v=0\r\n" }));
    let mut ends = call("terminate", at);
    put(&mut ends, "status", json!(if length_ms.is_some() { "COMPLETED" } else { "FAILED" }));
    if let Some(length_ms) = length_ms {
        put(&mut ends, "start_time", json!(seconds(began)));
        put(&mut ends, "end_time", json!(seconds(at)));
        put(&mut ends, "duration", json!(length_ms / 1000));
    }
    let post =
        |call: Value| of_number(account, "calls", json!({ "contacts": [card(customer, true)], "calls": [call] }));
    vec![post(rings), post(ends)]
}

/// What the company wrote on its own phone.
pub(in crate::sim) fn echo(account: &Account, customer: &Customer, id: &str, at: DateTime<Utc>, body: &str) -> Post {
    let mut item = json!({ "id": id, "from": account.address, "timestamp": seconds(at), "type": "text",
                           "text": { "body": body } });
    put_ids(&mut item, customer, "to", "to_user_id");
    of_number(account, "smb_message_echoes", json!({ "contacts": [card(customer, true)], "message_echoes": [item] }))
}

/// The customer stops or resumes the marketing of a number.
pub(in crate::sim) fn marketing(account: &Account, customer: &Customer, wanted: bool, at: DateTime<Utc>) -> Post {
    let value = if wanted { "resume" } else { "stop" };
    let mut preference = json!({ "category": "marketing_messages", "value": value, "timestamp": at.timestamp(),
                                 "detail": format!("User requested to {value} marketing messages") });
    put_ids(&mut preference, customer, "wa_id", "user_id");
    let value = json!({ "contacts": [card(customer, true)], "user_preferences": [preference] });
    of_number(account, "user_preferences", value)
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
