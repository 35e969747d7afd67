//! Who is in a story: people, numbers, texts and prices, each by a short key.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use riposte::model::{
    AgentStatus, ChannelKind, ChannelState, TariffVersion, TemplateCategory, TemplateComponent, TemplateSource,
    TemplateStatus,
};
use serde::Deserialize;

/// Everybody and everything that is there before the first step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "tests/scenarios/README.md says what each part holds")]
pub struct Cast {
    pub account: AccountPart,
    pub groups: BTreeMap<String, GroupPart>,
    pub agents: BTreeMap<String, AgentPart>,
    pub channels: BTreeMap<String, ChannelPart>,
    pub customers: BTreeMap<String, CustomerPart>,
    pub saved_replies: BTreeMap<String, SavedReplyPart>,
    pub templates: BTreeMap<String, TemplatePart>,
    pub tariff: TariffPart,
    #[serde(default)]
    pub grant: Option<GrantPart>,
    pub phones: BTreeMap<String, String>,
    #[serde(default)]
    pub feed: FeedPart,
    /// The whole of it as JSON, for the server.
    #[serde(skip)]
    pub as_written: serde_json::Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AccountPart {
    pub name: String,
    pub utc_offset_minutes: i32,
    pub first_day: NaiveDate,
    pub conversations: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct GroupPart {
    pub name: String,
    pub public: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AgentPart {
    pub name: String,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub administrator: bool,
    #[serde(default)]
    pub status: Option<AgentStatus>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ChannelPart {
    pub kind: ChannelKind,
    pub name: String,
    pub address: String,
    #[serde(default = "connected")]
    pub state: ChannelState,
    #[serde(default = "yes")]
    pub tariff: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CustomerPart {
    pub name: String,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub bsuid: Option<String>,
    #[serde(default)]
    pub username: Option<String>,
    pub channel: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SavedReplyPart {
    pub title: String,
    pub text: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TemplatePart {
    pub channel: String,
    pub name: String,
    pub language: String,
    pub category: TemplateCategory,
    pub source: TemplateSource,
    pub status: TemplateStatus,
    #[serde(default)]
    pub reason: Option<String>,
    pub components: Vec<TemplateComponent>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TariffPart {
    pub name: String,
    pub versions: Vec<TariffVersion>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct GrantPart {
    pub messages: u32,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FeedPart {
    #[serde(default)]
    pub most_items: Option<i64>,
}

fn yes() -> bool {
    true
}

fn connected() -> ChannelState {
    ChannelState::Connected
}

impl Cast {
    /// Every key that is named must exist.
    pub(super) fn check(&self) -> Result<(), String> {
        for agent in self.agents.values() {
            for group in &agent.groups {
                known("groups", &self.groups, group)?;
            }
        }
        for customer in self.customers.values() {
            known("channels", &self.channels, &customer.channel)?;
        }
        for template in self.templates.values() {
            known("channels", &self.channels, &template.channel)?;
        }
        for agent in self.phones.values() {
            known("agents", &self.agents, agent)?;
        }
        Ok(())
    }
}

/// Refuses a key that nobody in that part of the cast has.
pub(super) fn known<T>(part: &str, of: &BTreeMap<String, T>, key: &str) -> Result<(), String> {
    if of.contains_key(key) { Ok(()) } else { Err(format!("nobody called {key:?} among the {part}")) }
}
