//! Reports about messages of the business (Meta, "Status messages webhook reference").

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{card, of_number, put, seconds};
use crate::sim::account::Account;
use crate::sim::customer::Customer;
use crate::sim::errors::reported;
use crate::sim::post::Post;
use crate::sim::pricing::Price;

/// What a message was addressed to.
#[derive(Clone, Copy)]
pub(in crate::sim) enum SentTo<'a> {
    /// Digits.
    Phone(&'a str),
    /// A business-scoped user id.
    UserId(&'a str),
}

/// What a report holds beside the status.
pub(in crate::sim) struct StatusNews<'a> {
    pub(in crate::sim) id: &'a str,
    pub(in crate::sim) status: &'static str,
    pub(in crate::sim) at: DateTime<Utc>,
    pub(in crate::sim) sent_to: SentTo<'a>,
    /// None if the number or id is unknown.
    pub(in crate::sim) customer: Option<&'a Customer>,
    pub(in crate::sim) key: Option<&'a str>,
    pub(in crate::sim) price: &'a Price,
    /// The end of a free entry point.
    pub(in crate::sim) free_until: Option<DateTime<Utc>>,
    pub(in crate::sim) error: Option<i64>,
}

/// A report about a message of the business.
pub(in crate::sim) fn status(account: &Account, news: &StatusNews<'_>) -> Post {
    let mut item = json!({ "id": news.id, "status": news.status, "timestamp": seconds(news.at) });
    if let Some(key) = news.key {
        put(&mut item, "biz_opaque_callback_data", json!(key));
    }
    put_recipient(&mut item, news);
    if let Some(code) = news.error {
        put(&mut item, "errors", json!([reported(code)]));
    }
    // The price stands in one report only.
    if news.status == "sent" {
        let Price { billable, kind, category, .. } = news.price;
        let pricing = json!({ "billable": billable, "pricing_model": "PMP", "type": kind, "category": category });
        put(&mut item, "pricing", pricing);
        if let Some(until) = news.free_until {
            let conversation = json!({ "id": "free-entry", "expiration_timestamp": seconds(until),
                                       "origin": { "type": "referral_conversion" } });
            put(&mut item, "conversation", conversation);
        }
    }
    let mut value = json!({ "statuses": [item] });
    // A failure comes without a card, and a username is not known before delivery.
    if let Some(customer) = news.customer.filter(|_| news.error.is_none()) {
        put(&mut value, "contacts", json!([card(customer, news.status != "sent")]));
    }
    of_number(account, "messages", value)
}

/// A failure names only what the message was addressed to; any other report both ids, if there are.
fn put_recipient(item: &mut Value, news: &StatusNews<'_>) {
    let (mut phone, mut user_id) = match news.sent_to {
        SentTo::Phone(phone) => (Some(phone), None),
        SentTo::UserId(id) => (None, Some(id)),
    };
    if let Some(customer) = news.customer.filter(|_| news.error.is_none()) {
        phone = customer.phone.as_deref().or(phone);
        user_id = customer.bsuid.as_deref().or(user_id);
    }
    if let Some(phone) = phone {
        put(item, "recipient_id", json!(phone));
    }
    if let Some(user_id) = user_id {
        put(item, "recipient_user_id", json!(user_id));
    }
}
