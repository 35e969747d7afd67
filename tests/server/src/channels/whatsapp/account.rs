//! What becomes of the account and its numbers (`account_update`, `account_review_update`).
//!
//! Meta says in one field that a partner lost the account, that it was banned, restricted or given
//! back, and much that is no news for an inbox (tiers of prices, linked ad accounts). Only what
//! changes whether messages flow is an event.

use riposte::rules::phone::international;

use crate::channels::event::{AccountChange, AccountNews, Event};
use crate::channels::json::Node;

pub(super) fn read_news(field: &str, entry: &Node<'_>, value: &Node<'_>) -> Option<Event> {
    let change = match field {
        "account_update" => update(value)?,
        "account_review_update" if value.text("decision") == Some("REJECTED") => {
            AccountChange::Disconnected { why: "REVIEW_REJECTED".to_owned() }
        }
        _ => return None,
    };
    let at = entry.get("time").and_then(|time| time.instant().ok());
    let phone = value.text("phone_number").or(value.text("display_phone_number")).and_then(international);
    Some(Event::Account(AccountNews { phone, at, change }))
}

fn update(value: &Node<'_>) -> Option<AccountChange> {
    let event = value.text("event")?;
    let why = || event.to_owned();
    Some(match event {
        "PARTNER_REMOVED"
        | "PARTNER_APP_UNINSTALLED"
        | "ACCOUNT_OFFBOARDED"
        | "ACCOUNT_DELETED"
        | "ACCOUNT_DISABLED"
        | "ACCOUNT_BANNED"
        | "PHONE_NUMBER_REMOVED"
        | "PHONE_NUMBER_DELETED" => AccountChange::Disconnected { why: why() },
        "ACCOUNT_RECONNECTED" | "ACCOUNT_REINSTATED" | "PARTNER_ADDED" | "PARTNER_APP_INSTALLED" => {
            AccountChange::Connected
        }
        "DISABLED_UPDATE" => {
            let ban = value.get("ban_info");
            match ban.as_ref().and_then(|ban| ban.text("waba_ban_state")) {
                Some("REINSTATE") => AccountChange::Connected,
                Some("SCHEDULE_FOR_DISABLE") => AccountChange::Restricted { why: why(), until: None },
                _ => AccountChange::Disconnected { why: why() },
            }
        }
        "ACCOUNT_RESTRICTION" => restriction(value, event),
        "ACCOUNT_VIOLATION" => AccountChange::Restricted { why: why(), until: None },
        _ => return None,
    })
}

/// A restriction ends when its last part does. One without an end has none.
fn restriction(value: &Node<'_>, event: &str) -> AccountChange {
    let parts = value.list("restriction_info");
    let word = parts.first().and_then(|part| part.text("restriction_type")).unwrap_or(event);
    let ends: Option<Vec<_>> = parts.iter().map(|part| part.get("expiration")?.instant().ok()).collect();
    AccountChange::Restricted { why: word.to_owned(), until: ends.and_then(|ends| ends.into_iter().max()) }
}
