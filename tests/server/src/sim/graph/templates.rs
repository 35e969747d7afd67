//! `/{version}/{business account}/message_templates`.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{account_of, answer};
use crate::sim::account::Account;
use crate::sim::errors::{because, with_subcode};
use crate::sim::simulator::Simulator;
use crate::sim::templates::{SimTemplate, submitted};

/// Templates on one page of a listing, if the caller does not say.
const PAGE: usize = 25;
const PAGE_MOST: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct Listing {
    limit: Option<usize>,
    #[serde(default)]
    after: String,
    name: Option<String>,
    name_or_content: Option<String>,
    language: Option<String>,
    status: Option<String>,
    category: Option<String>,
    summary: Option<String>,
}

impl Listing {
    fn asks_for(&self, template: &SimTemplate) -> bool {
        // Several values stand between commas.
        let is = |wanted: &Option<String>, value: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|wanted| wanted.eq_ignore_ascii_case(value)))
        };
        // Meta finds a template by any part of its name.
        let named = |part: &Option<String>| part.as_ref().is_none_or(|part| template.name.contains(part.as_str()));
        named(&self.name)
            && named(&self.name_or_content)
            && is(&self.language, &template.language)
            && is(&self.status, &template.status)
            && is(&self.category, &template.category)
    }
}

pub(super) async fn list(
    Extension(simulator): Extension<Simulator>,
    Path((version, object)): Path<(String, String)>,
    Query(asked): Query<Listing>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let api = simulator.api();
    answer(simulator.change(|world| {
        let query = uri.query().unwrap_or_default();
        let account = account_of(world, &headers, query, &object, |account| account.business_id == object)?;
        let from: usize = match asked.after.as_str() {
            "" => 0,
            after => after.parse().map_err(|_| because(100, "Invalid cursors values"))?,
        };
        let of_account = world.templates.iter().filter(|known| known.business_id == object);
        let all: Vec<&SimTemplate> = of_account.filter(|template| asked.asks_for(template)).collect();
        let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE_MOST);
        let page: Vec<Value> = all.iter().skip(from).take(limit).map(|template| template.listed()).collect();
        let after = from + page.len();
        let mut paging = json!({ "cursors": { "before": from.to_string(), "after": after.to_string() } });
        if let Some(fields) = paging.as_object_mut().filter(|_| after < all.len()) {
            let kept = query.split('&').filter(|pair| {
                !pair.is_empty() && !["after=", "access_token="].iter().any(|name| pair.starts_with(name))
            });
            let kept = kept.fold(String::new(), |kept, pair| format!("{kept}&{pair}"));
            let next = format!(
                "{api}/{version}/{object}/message_templates?access_token={}{kept}&after={after}",
                account.token
            );
            fields.insert("next".to_owned(), json!(next));
        }
        let mut listing = json!({ "data": page, "paging": paging });
        if let (true, Some(fields)) = (asked.summary.is_some(), listing.as_object_mut()) {
            let summary = json!({ "total_count": all.len(), "message_template_count": all.len(),
                                  "message_template_limit": 250, "are_translations_complete": false });
            fields.insert("summary".to_owned(), summary);
        }
        Ok(listing)
    }))
}

pub(super) async fn create(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(simulator.change(|world| {
        let owner = |account: &Account| account.business_id == object;
        account_of(world, &headers, uri.query().unwrap_or_default(), &object, owner)?;
        let body: Value = serde_json::from_slice(&body).map_err(|_| because(100, "The body is not valid JSON."))?;
        let id = format!("{}", 700_000_000 + world.count());
        let known: Vec<&SimTemplate> =
            world.templates.iter().filter(|template| template.business_id == object).collect();
        let template = submitted(&body, id, &object, &known)?;
        let answer = json!({ "id": template.id, "status": template.status, "category": template.category });
        world.templates.push(template);
        Ok(answer)
    }))
}

#[derive(Deserialize)]
pub(super) struct Deletion {
    name: Option<String>,
    hsm_id: Option<String>,
}

/// Every language of a name, or the one of an id.
pub(super) async fn delete(
    Extension(simulator): Extension<Simulator>,
    Path((_, object)): Path<(String, String)>,
    Query(asked): Query<Deletion>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    answer(simulator.change(|world| {
        let owner = |account: &Account| account.business_id == object;
        account_of(world, &headers, uri.query().unwrap_or_default(), &object, owner)?;
        let name = asked.name.as_deref().ok_or_else(|| because(100, "The parameter name is required."))?;
        let before = world.templates.len();
        world.templates.retain(|known| {
            let meant = known.business_id == object && known.name == name;
            !meant || asked.hsm_id.as_ref().is_some_and(|id| *id != known.id)
        });
        match world.templates.len() == before {
            true => Err(with_subcode(100, 2_593_002, "The message template was not found")),
            false => Ok(json!({ "success": true })),
        }
    }))
}
