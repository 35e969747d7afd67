//! One item of `statuses[]`: what became of a message of ours.

use riposte::model::{DeliveryStatus, ProviderError};

use crate::channels::event::{Event, StatusReport};
use crate::channels::json::{Fault, Node};

pub(super) fn read(item: &Node<'_>) -> Result<Event, Fault> {
    if item.text("recipient_type") == Some("group") {
        return Ok(Event::Ignored);
    }
    Ok(Event::Status(StatusReport {
        message_id: item.need_id("id")?,
        key: item.text("biz_opaque_callback_data").map(str::to_owned),
        status: status(item.need_text("status")?),
        at: item.need("timestamp")?.instant()?,
        error: item.list("errors").first().map(error),
        billable: billable(item),
        free_until: free_until(item),
    }))
}

fn status(word: &str) -> DeliveryStatus {
    match word {
        "sent" => DeliveryStatus::Sent,
        "delivered" => DeliveryStatus::Delivered,
        "read" => DeliveryStatus::Read,
        "played" => DeliveryStatus::Played,
        "failed" => DeliveryStatus::Failed,
        // Meta adds words; each is kept and none is guessed at.
        other => DeliveryStatus::Other(other.to_owned()),
    }
}

/// Meta asks to go by `code` and `error_data.details`; titles will go. A code that is missing or no
/// number is 0, which no table knows: the message failed all the same.
fn error(node: &Node<'_>) -> ProviderError {
    let number = |field| node.get(field).and_then(|number| number.number().ok());
    let details = node.get("error_data").and_then(|data| data.text("details"));
    ProviderError {
        code: number("code").unwrap_or(0),
        subcode: number("error_subcode"),
        detail: details.or(node.text("message")).or(node.text("title")).unwrap_or_default().to_owned(),
    }
}

/// `billable` will be removed from the webhook; `type` says the same. A reply inside the month's
/// 1,000 free ones counts as charged since 1 October 2026: it uses one of them up, and that pays.
fn billable(item: &Node<'_>) -> Option<bool> {
    const FREE_REPLIES_SINCE: i64 = 1_790_812_800;
    let pricing = item.get("pricing")?;
    let at = item.get("timestamp").and_then(|at| at.instant().ok());
    let counted = at.is_some_and(|at| at.timestamp() >= FREE_REPLIES_SINCE);
    if counted && pricing.text("type") == Some("free_customer_service") && pricing.text("category") == Some("service") {
        return Some(true);
    }
    let said = pricing.get("billable").and_then(|billable| billable.value().as_bool());
    said.or_else(|| pricing.text("type").map(|kind| !kind.starts_with("free_")))
}

/// Only a free entry point's conversation is of interest: for ordinary ones the expiry is
/// not the window that the inbox computes.
fn free_until(item: &Node<'_>) -> Option<chrono::DateTime<chrono::Utc>> {
    let conversation = item.get("conversation")?;
    let origin = conversation.get("origin")?;
    if origin.text("type") != Some("referral_conversion") {
        return None;
    }
    conversation.get("expiration_timestamp")?.instant().ok()
}
