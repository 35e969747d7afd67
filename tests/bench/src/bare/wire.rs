//! The rows of a page as they go into columns, borrowed from its bytes wherever that can be.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Page<'a> {
    pub(super) to: &'a str,
    #[serde(borrow)]
    pub(super) items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Item<'a> {
    pub(super) seq: i64,
    pub(super) kind: &'a str,
    #[serde(borrow)]
    pub(super) data: &'a RawValue,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    pub(super) id: i64,
    pub(super) conversation_id: i64,
    pub(super) client_key: Option<&'a str>,
    #[serde(borrow)]
    pub(super) author: Author<'a>,
    pub(super) at: i64,
    #[serde(borrow)]
    pub(super) content: &'a RawValue,
    pub(super) reply_to: Option<i64>,
    pub(super) edited_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
    #[serde(borrow, default)]
    pub(super) delivery: Vec<Report<'a>>,
    /// Absent on the first.
    pub(super) attempt: Option<u32>,
}

#[derive(Deserialize)]
pub(super) struct Author<'a> {
    pub(super) by: &'a str,
    pub(super) id: Option<i64>,
}

/// A delivery report; in its column it has `known` too.
#[derive(Serialize, Deserialize)]
pub(super) struct Report<'a> {
    pub(super) attempt: u32,
    pub(super) status: &'a str,
    pub(super) at: i64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a RawValue>,
    #[serde(default)]
    pub(super) known: i64,
}

#[derive(Deserialize)]
pub(super) struct Conversation<'a> {
    pub(super) id: i64,
    pub(super) channel_id: i64,
    pub(super) contact_id: i64,
    pub(super) open: bool,
    pub(super) assignee: Option<i64>,
    pub(super) group: Option<i64>,
    pub(super) activity_at: i64,
    #[serde(borrow)]
    pub(super) preview: Option<&'a RawValue>,
    pub(super) last_customer_message_id: Option<i64>,
    pub(super) waiting_since: Option<i64>,
    #[serde(borrow)]
    pub(super) window: Window<'a>,
    #[serde(borrow)]
    pub(super) cover: Option<&'a RawValue>,
    pub(super) visible_since: i64,
    pub(super) messages_seq: i64,
}

#[derive(Deserialize)]
pub(super) struct Window<'a> {
    pub(super) last_customer_at: Option<i64>,
    pub(super) opened_at: Option<i64>,
    pub(super) refused_at: Option<i64>,
    pub(super) free_until: Option<i64>,
    #[serde(borrow)]
    pub(super) said: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Contact<'a> {
    pub(super) id: i64,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) phone: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) bsuid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) username: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) language: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct ReadMarker {
    pub(super) conversation_id: i64,
    pub(super) up_to: i64,
}
