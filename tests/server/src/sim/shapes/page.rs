//! The webhooks of a page or an Instagram account. `customer` is the id that pages know them by.

use chrono::{DateTime, Utc};
use riposte::model::{ChannelKind, MediaKind};
use serde_json::{Value, json};

use super::{Around, post, put};
use crate::sim::account::Account;
use crate::sim::customer::Saying;
use crate::sim::post::Post;

fn wrapped(account: &Account, sender: &str, recipient: &str, at: DateTime<Utc>, field: &str, what: Value) -> Post {
    let object = if account.kind == ChannelKind::Instagram { "instagram" } else { "page" };
    let ms = at.timestamp_millis();
    let mut event = json!({ "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": ms });
    put(&mut event, field, what);
    let entry = json!({ "id": account.provider_id, "time": ms, "messaging": [event] });
    post(account, json!({ "object": object, "entry": [entry] }))
}

/// A customer's message to a page; none for what pages do not know.
pub(in crate::sim) fn message(
    account: &Account,
    customer: &str,
    id: &str,
    at: DateTime<Utc>,
    saying: &Saying,
    around: &Around<'_>,
) -> Option<Post> {
    let (field, mut what) = match saying {
        Saying::Text { body } => ("message", json!({ "mid": id, "text": body })),
        Saying::Media { kind, .. } => {
            let kind = match kind {
                MediaKind::Image => "image",
                // A page gets stickers under a type of their own since 30 August 2026.
                MediaKind::Sticker => "sticker",
                MediaKind::Video => "video",
                MediaKind::Audio => "audio",
                MediaKind::Document | MediaKind::Unknown => "file",
            };
            let url = around.file.map(|file| file.url.as_str());
            let attachment = json!({ "type": kind, "payload": { "url": url } });
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
        | Saying::NumberChange { .. }
        | Saying::UserIdChange => return None,
    };
    if let Some(quoted) = around.refers_to.filter(|_| field == "message") {
        put(&mut what, "reply_to", json!({ "mid": quoted }));
    }
    if around.by_advertisement && field == "message" {
        put(&mut what, "referral", json!({ "source": "ADS", "type": "OPEN_THREAD", "ad_id": "120000" }));
    }
    Some(wrapped(account, customer, &account.provider_id, at, field, what))
}

/// What the company wrote on the page itself.
pub(in crate::sim) fn echo(account: &Account, customer: &str, id: &str, at: DateTime<Utc>, body: &str) -> Post {
    let what = json!({ "mid": id, "text": body, "is_echo": true });
    wrapped(account, &account.provider_id, customer, at, "message", what)
}

/// The customer's phone has a message of the page.
pub(in crate::sim) fn delivered(account: &Account, customer: &str, id: &str, at: DateTime<Utc>) -> Post {
    let what = json!({ "mids": [id], "watermark": at.timestamp_millis() });
    wrapped(account, customer, &account.provider_id, at, "delivery", what)
}

/// The customer read: everything up to now on Messenger, one message on Instagram.
pub(in crate::sim) fn read(account: &Account, customer: &str, newest: &str, at: DateTime<Utc>) -> Post {
    let what = match account.kind {
        ChannelKind::Instagram => json!({ "mid": newest }),
        _ => json!({ "watermark": at.timestamp_millis() }),
    };
    wrapped(account, customer, &account.provider_id, at, "read", what)
}
