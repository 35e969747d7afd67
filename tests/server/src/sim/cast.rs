//! A story's cast, brought in: into the server as an administrator would, and to the provider's
//! side. The form is that of `tests/scenarios/cast.json`, and this is its one reader: an unknown
//! field is an error. Every part may be missing, so that a cast of customers only can follow
//! another one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use riposte::model::{
    AgentGroupId, AgentStatus, ChannelId, ChannelKind, ChannelState, Tariff, TariffId, TariffVersion, TemplateCategory,
    TemplateComponent, TemplateId, TemplateSource, TemplateStatus,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::customer::Customer;
use super::simulator::{SimError, Simulator};
use super::templates::GivenTemplate;
use crate::admin::{Admin, AdminError, NewAgent, NewChannel, NewTemplate, page_rule};

/// The password of every agent of a cast.
pub const PASSWORD: &str = "correct horse";

/// All people and things that are there before the first step, each by a key that stories use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "tests/scenarios/README.md says what each part holds")]
pub struct Cast {
    #[serde(default)]
    pub account: AccountPart,
    #[serde(default)]
    pub groups: BTreeMap<String, GroupPart>,
    #[serde(default)]
    pub agents: BTreeMap<String, AgentPart>,
    #[serde(default)]
    pub channels: BTreeMap<String, ChannelPart>,
    #[serde(default)]
    pub customers: BTreeMap<String, CustomerPart>,
    #[serde(default)]
    pub saved_replies: BTreeMap<String, SavedReplyPart>,
    #[serde(default)]
    pub templates: BTreeMap<String, TemplatePart>,
    #[serde(default)]
    pub tariff: Option<TariffPart>,
    #[serde(default)]
    pub grant: Option<GrantPart>,
    /// The phones' own; the server has no use for it.
    #[serde(default)]
    pub phones: BTreeMap<String, String>,
    #[serde(default)]
    pub feed: FeedPart,
}

/// The account. All but `conversations` is given when the server starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AccountPart {
    pub name: String,
    pub utc_offset_minutes: i32,
    pub first_day: NaiveDate,
    #[serde(default = "yes")]
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
    #[serde(deserialize_with = "versions")]
    pub versions: Vec<TariffVersion>,
}

/// A version that names no `model` is charged by the rule of the product page's tariff.
fn versions<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<TariffVersion>, D::Error> {
    let rule = page_rule().and_then(serde_json::to_value).map_err(Error::custom)?;
    let versions = Vec::<serde_json::Map<String, Value>>::deserialize(source)?.into_iter().map(|mut version| {
        version.entry("model").or_insert_with(|| rule.clone());
        serde_json::from_value(Value::Object(version))
    });
    versions.collect::<Result<_, _>>().map_err(Error::custom)
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
    /// How many changes a phone may be behind before it must take a snapshot.
    #[serde(default)]
    pub most_items: Option<i64>,
}

impl Default for AccountPart {
    fn default() -> Self {
        let first_day = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap_or_default();
        Self { name: "Atelier Nord".to_owned(), utc_offset_minutes: 60, first_day, conversations: true }
    }
}

fn yes() -> bool {
    true
}

fn connected() -> ChannelState {
    ChannelState::Connected
}

impl Cast {
    /// Every key that is named must exist, here or among the channels that are there already.
    ///
    /// Fails with [`CastError::Unknown`].
    pub fn check(&self) -> Result<(), CastError> {
        self.check_beside(&[])
    }

    fn check_beside(&self, channels: &[String]) -> Result<(), CastError> {
        for agent in self.agents.values() {
            for group in &agent.groups {
                known("groups", &self.groups, group)?;
            }
        }
        for customer in self.customers.values().filter(|customer| !channels.contains(&customer.channel)) {
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

/// Refuses a key that is not in that part of the cast.
pub fn known<T>(part: &'static str, of: &BTreeMap<String, T>, key: &str) -> Result<(), CastError> {
    if of.contains_key(key) { Ok(()) } else { Err(CastError::Unknown(part, key.to_owned())) }
}

impl TemplatePart {
    /// The template as the provider knows it.
    fn given(&self) -> GivenTemplate {
        GivenTemplate {
            name: self.name.clone(),
            language: self.language.clone(),
            category: self.category,
            status: self.status,
            reason: self.reason.clone(),
            components: self.components.clone(),
        }
    }
}

/// The server's ids of what was brought in, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Brought {
    /// How each agent signs in.
    pub agents: BTreeMap<String, SignIn>,
    /// Groups.
    pub groups: BTreeMap<String, AgentGroupId>,
    /// Numbers and pages.
    pub channels: BTreeMap<String, ChannelId>,
    /// Templates.
    pub templates: BTreeMap<String, TemplateId>,
    /// The tariff, if the cast has one.
    pub tariff: Option<TariffId>,
}

/// How an agent signs in.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// The agent's id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for SignIn {
    // The password stays out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a cast could not be brought in.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// A key is used that nothing has.
    #[error("there is no {1:?} among the {0}")]
    Unknown(&'static str, String),
    /// The server refused.
    #[error("the server: {0}")]
    Admin(#[from] AdminError),
    /// The simulator refused.
    #[error("the simulator: {0}")]
    Simulator(#[from] SimError),
}

impl Cast {
    /// The customers' phones. Their user ids are the same whenever they are added.
    pub fn add_customers(&self, simulator: &Simulator) {
        for (key, part) in self.customers.clone() {
            let CustomerPart { name, phone, bsuid, username, channel: _ } = part;
            simulator.add_customer(&key, Customer { name, phone, bsuid, username });
        }
    }
}

/// Brings all people and things in.
pub async fn bring_in(cast: &Cast, admin: &Admin, simulator: &Simulator) -> Result<Brought, CastError> {
    let channels: Vec<String> = simulator.accounts().into_iter().map(|account| account.key).collect();
    cast.check_beside(&channels)?;
    simulator.set_time_zone(cast.account.utc_offset_minutes);
    let mut brought = Brought::default();
    if let Some(most_items) = cast.feed.most_items {
        admin.set_most_items(most_items);
    }
    admin.set_conversations(cast.account.conversations).await?;
    if let Some(TariffPart { name, versions }) = cast.tariff.clone() {
        brought.tariff = Some(admin.add_tariff(Tariff { id: TariffId(0), name, versions }).await?);
    }
    people(cast, admin, &mut brought).await?;
    for (key, part) in &cast.channels {
        let mut new = NewChannel::new(part.kind, &part.name).at(&part.address);
        new.state = part.state;
        new.tariff = brought.tariff.or(new.tariff).filter(|_| part.tariff);
        brought.channels.insert(key.clone(), admin.add_simulated_channel(key, new).await?);
    }
    cast.add_customers(simulator);
    templates(cast, admin, simulator, &mut brought).await?;
    for reply in cast.saved_replies.values() {
        admin.add_saved_reply(&reply.title, &reply.text).await?;
    }
    if let Some(grant) = cast.grant {
        admin.grant(grant.messages).await?;
    }
    Ok(brought)
}

async fn people(cast: &Cast, admin: &Admin, brought: &mut Brought) -> Result<(), CastError> {
    for (key, part) in &cast.groups {
        brought.groups.insert(key.clone(), admin.add_group(&part.name, part.public).await?);
    }
    for (key, part) in &cast.agents {
        let group =
            |name: &String| brought.groups.get(name).copied().ok_or_else(|| CastError::Unknown("groups", name.clone()));
        let new = NewAgent {
            name: part.name.clone(),
            email: format!("{key}@example.com"),
            password: PASSWORD.to_owned(),
            administrator: part.administrator,
            groups: part.groups.iter().map(group).collect::<Result<_, _>>()?,
        };
        let email = new.email.clone();
        let id = admin.add_agent(new).await?;
        admin.set_status(id, part.status.unwrap_or(AgentStatus::Online)).await?;
        brought.agents.insert(key.clone(), SignIn { id: id.0, email, password: PASSWORD.to_owned() });
    }
    Ok(())
}

async fn templates(cast: &Cast, admin: &Admin, simulator: &Simulator, brought: &mut Brought) -> Result<(), CastError> {
    for (key, part) in &cast.templates {
        let channel = brought.channels.get(&part.channel).copied();
        let channel = channel.ok_or_else(|| CastError::Unknown("channels", part.channel.clone()))?;
        let given = part.given();
        let provider_id = simulator.add_template(&part.channel, &given)?;
        let GivenTemplate { name, language, category, status, reason, components } = given;
        let made_here = part.source == TemplateSource::Conversations;
        let new = NewTemplate { channel, provider_id, name, language, category, status, reason, components, made_here };
        brought.templates.insert(key.clone(), admin.add_template(new).await?);
    }
    Ok(())
}
