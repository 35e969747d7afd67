//! What Meta reports of templates and accounts, and what an account may not do any more.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::World;
use crate::sim::SimError;
use crate::sim::account::Account;
use crate::sim::errors::{Refusal, no_such_object, refusal};
use crate::sim::post::Post;
use crate::sim::shapes::news;

/// What happens to an account at Meta (`account_update`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountNews {
    /// A policy was broken. Nothing else changes yet.
    Violation,
    /// No templates go out any more.
    Restricted,
    /// The account is banned: nothing goes out any more.
    Disabled,
    /// The ban has ended.
    Reinstated,
    /// The company took the number away from the app.
    PartnerRemoved,
    /// The number left the Cloud API.
    Offboarded,
    /// The number came back to it.
    Reconnected,
    /// The account is no more.
    Deleted,
}

/// What Meta changes about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sim) enum TemplateNews<'a> {
    /// A status in Meta's word, and why.
    Status(&'a str, Option<&'a str>),
    /// A category in Meta's word.
    Category(&'a str),
    /// The words of the body.
    Body(&'a str),
    /// Its quality in Meta's word.
    Quality(&'a str),
}

impl World {
    /// Meta decides about a template.
    pub(in crate::sim) fn template_news(
        &mut self,
        name: &str,
        change: TemplateNews<'_>,
        now: DateTime<Utc>,
    ) -> Result<Post, SimError> {
        let unknown = || SimError::UnknownTemplate(name.to_owned());
        let template = self.templates.iter_mut().find(|template| template.name == name).ok_or_else(unknown)?;
        let account = self.accounts.values().find(|account| account.business_id == template.business_id);
        let account = account.ok_or_else(unknown)?;
        Ok(match change {
            TemplateNews::Status(status, reason) => {
                // Meta goes on reporting under other words what stays usable.
                let kept = match status {
                    "REINSTATED" | "UNARCHIVED" => Some("APPROVED"),
                    "FLAGGED" | "LOCKED" => None,
                    other => Some(other),
                };
                if let Some(kept) = kept {
                    template.status = kept.to_owned();
                }
                template.reason = reason.map(str::to_owned);
                news::template_status(account, template, status, now)
            }
            TemplateNews::Category(category) => {
                let previous = std::mem::replace(&mut template.category, category.to_owned());
                news::template_category(account, template, &previous, now)
            }
            TemplateNews::Body(words) => {
                let is_body = |part: &&mut Value| part.get("type").and_then(Value::as_str) == Some("BODY");
                if let Some(fields) = template.components.iter_mut().find(is_body).and_then(Value::as_object_mut) {
                    fields.insert("text".to_owned(), words.into());
                }
                news::template_components(account, template, words, now)
            }
            TemplateNews::Quality(score) => news::template_quality(account, template, score, now),
        })
    }

    /// Meta reports something of an account; calls are refused accordingly from now on.
    pub(in crate::sim) fn account_news(
        &mut self,
        account: &str,
        happens: AccountNews,
        now: DateTime<Utc>,
    ) -> Result<Post, SimError> {
        let account = self.account(account)?.clone();
        match happens {
            AccountNews::Violation => {}
            AccountNews::Reinstated | AccountNews::Reconnected => {
                self.news.remove(&account.key);
            }
            AccountNews::Restricted
            | AccountNews::Disabled
            | AccountNews::PartnerRemoved
            | AccountNews::Offboarded
            | AccountNews::Deleted => {
                self.news.insert(account.key.clone(), happens);
            }
        }
        Ok(news::account(&account, happens, now))
    }

    /// What Meta took away from this account, as a refusal of this send.
    pub(in crate::sim) fn barred(&self, account: &Account, is_template: bool) -> Option<Refusal> {
        match self.news.get(&account.key)? {
            AccountNews::Restricted => is_template.then(|| refusal(131031)),
            AccountNews::Disabled => Some(refusal(131031)),
            AccountNews::PartnerRemoved | AccountNews::Offboarded | AccountNews::Deleted => {
                Some(no_such_object(&account.provider_id))
            }
            AccountNews::Violation | AccountNews::Reinstated | AccountNews::Reconnected => None,
        }
    }
}
