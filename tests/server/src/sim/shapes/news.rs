//! News of templates and accounts (Meta, "Webhooks", `message_template_*` and `account_update`).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{post, put};
use crate::sim::account::Account;
use crate::sim::post::Post;
use crate::sim::templates::SimTemplate;
use crate::sim::world::AccountNews;

fn of_business(account: &Account, id: &str, field: &str, value: Value, at: DateTime<Utc>) -> Post {
    let entry = json!({ "id": id, "time": at.timestamp(), "changes": [{ "field": field, "value": value }] });
    post(account, json!({ "object": "whatsapp_business_account", "entry": [entry] }))
}

fn named(template: &SimTemplate) -> Value {
    json!({
        "message_template_id": template.id.parse::<i64>().unwrap_or_default(),
        "message_template_name": template.name, "message_template_language": template.language,
    })
}

/// Meta decided about a template; `event` is its word.
pub(in crate::sim) fn template_status(
    account: &Account,
    template: &SimTemplate,
    event: &str,
    at: DateTime<Utc>,
) -> Post {
    let mut value = named(template);
    let reason = template.reason.as_deref().unwrap_or("NONE");
    put(&mut value, "event", json!(event));
    put(&mut value, "reason", json!(reason));
    put(&mut value, "message_template_category", json!(template.category));
    match event {
        "REJECTED" => {
            let advice = "Change the template and submit it again.";
            put(&mut value, "rejection_info", json!({ "reason": reason, "recommendation": advice }));
        }
        "PAUSED" => {
            let other = json!({ "title": "FIRST_PAUSE", "description": "The template is paused for its quality." });
            put(&mut value, "other_info", other);
        }
        "DISABLED" => put(&mut value, "disable_info", json!({ "disable_date": at.timestamp() })),
        _ => {}
    }
    of_business(account, &account.business_id, "message_template_status_update", value, at)
}

pub(in crate::sim) fn template_category(
    account: &Account,
    template: &SimTemplate,
    previous: &str,
    at: DateTime<Utc>,
) -> Post {
    let mut value = named(template);
    put(&mut value, "previous_category", json!(previous));
    put(&mut value, "new_category", json!(template.category));
    of_business(account, &account.business_id, "template_category_update", value, at)
}

pub(in crate::sim) fn template_components(
    account: &Account,
    template: &SimTemplate,
    body: &str,
    at: DateTime<Utc>,
) -> Post {
    let mut value = named(template);
    put(&mut value, "message_template_element", json!(body));
    of_business(account, &account.business_id, "message_template_components_update", value, at)
}

pub(in crate::sim) fn template_quality(
    account: &Account,
    template: &SimTemplate,
    score: &str,
    at: DateTime<Utc>,
) -> Post {
    let mut value = named(template);
    put(&mut value, "previous_quality_score", json!("GREEN"));
    put(&mut value, "new_quality_score", json!(score));
    of_business(account, &account.business_id, "message_template_quality_update", value, at)
}

/// Something happened to an account.
pub(in crate::sim) fn account(account: &Account, happens: AccountNews, at: DateTime<Utc>) -> Post {
    let portfolio = format!("3{}", account.business_id);
    let info = json!({ "waba_id": account.business_id, "owner_business_id": portfolio });
    let banned = |state: &str| json!({ "waba_ban_state": state, "waba_ban_date": at.format("%B %-d, %Y").to_string() });
    let (id, value) = match happens {
        AccountNews::Violation => (
            &account.business_id,
            json!({ "event": "ACCOUNT_VIOLATION", "violation_info": { "violation_type": "SPAM" } }),
        ),
        AccountNews::Restricted => {
            let until = (at + chrono::TimeDelta::days(7)).timestamp();
            let restriction = json!({ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": until });
            (&account.business_id, json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [restriction] }))
        }
        AccountNews::Disabled => {
            (&account.business_id, json!({ "event": "DISABLED_UPDATE", "ban_info": banned("DISABLE") }))
        }
        AccountNews::Reinstated => {
            (&account.business_id, json!({ "event": "DISABLED_UPDATE", "ban_info": banned("REINSTATE") }))
        }
        AccountNews::PartnerRemoved => (&portfolio, json!({ "event": "PARTNER_REMOVED", "waba_info": info })),
        AccountNews::Offboarded => (&account.business_id, json!({ "event": "ACCOUNT_OFFBOARDED" })),
        AccountNews::Reconnected => (&account.business_id, json!({ "event": "ACCOUNT_RECONNECTED" })),
        AccountNews::Deleted => (&account.business_id, json!({ "event": "ACCOUNT_DELETED" })),
    };
    of_business(account, id, "account_update", value, at)
}
