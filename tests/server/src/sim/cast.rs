//! A story's cast, brought in: into the server as an administrator would, and to the provider's
//! side. The form is that of `tests/scenarios/cast.json`; what only concerns the phones or the
//! start of the server is passed over here.

use std::collections::BTreeMap;

use riposte::model::{
    AgentGroupId, AgentStatus, ChannelId, ChannelKind, ChannelState, Tariff, TariffId, TariffVersion, TemplateId,
    TemplateSource,
};
use serde::{Deserialize, Serialize};

use super::customer::Customer;
use super::simulator::{SimError, Simulator};
use super::templates::GivenTemplate;
use crate::admin::{Admin, AdminError, NewAgent, NewChannel, NewTemplate};

/// The password of every agent of a cast.
pub const PASSWORD: &str = "correct horse";

/// Who and what is there before the first step, each by a key that stories use.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Cast {
    account: AccountPart,
    groups: BTreeMap<String, GroupPart>,
    agents: BTreeMap<String, AgentPart>,
    channels: BTreeMap<String, ChannelPart>,
    customers: BTreeMap<String, CustomerPart>,
    saved_replies: BTreeMap<String, SavedReplyPart>,
    templates: BTreeMap<String, TemplatePart>,
    tariff: Option<TariffPart>,
    grant: Option<GrantPart>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
struct AccountPart {
    conversations: bool,
}

impl Default for AccountPart {
    fn default() -> Self {
        Self { conversations: true }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct GroupPart {
    name: String,
    public: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct AgentPart {
    name: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    administrator: bool,
    #[serde(default)]
    status: Option<AgentStatus>,
}

#[derive(Debug, Clone, Deserialize)]
struct ChannelPart {
    kind: ChannelKind,
    name: String,
    address: String,
    #[serde(default)]
    state: Option<ChannelState>,
    #[serde(default = "yes")]
    tariff: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
struct CustomerPart {
    name: String,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    bsuid: Option<String>,
    #[serde(default)]
    username: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct SavedReplyPart {
    title: String,
    text: String,
}

#[derive(Debug, Clone, Deserialize)]
struct TemplatePart {
    channel: String,
    source: TemplateSource,
    #[serde(flatten)]
    given: GivenTemplate,
}

#[derive(Debug, Clone, Deserialize)]
struct TariffPart {
    name: String,
    versions: Vec<TariffVersion>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct GrantPart {
    messages: u32,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// The agent's id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Why a cast could not be brought in.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// A key is used that nothing has.
    #[error("the cast has no {0} called {1:?}")]
    Unknown(&'static str, String),
    /// The server said no.
    #[error("the server: {0}")]
    Admin(#[from] AdminError),
    /// The simulator said no.
    #[error("the simulator: {0}")]
    Simulator(#[from] SimError),
}

/// Brings everybody and everything in.
pub async fn bring_in(cast: &Cast, admin: &Admin, simulator: &Simulator) -> Result<Brought, CastError> {
    let mut brought = Brought::default();
    admin.set_conversations(cast.account.conversations).await?;
    if let Some(TariffPart { name, versions }) = cast.tariff.clone() {
        brought.tariff = Some(admin.add_tariff(Tariff { id: TariffId(0), name, versions }).await?);
    }
    people(cast, admin, &mut brought).await?;
    for (key, part) in &cast.channels {
        let mut new = NewChannel::new(part.kind, &part.name).at(&part.address);
        new.state = part.state.unwrap_or(ChannelState::Connected);
        new.tariff = brought.tariff.or(new.tariff).filter(|_| part.tariff);
        brought.channels.insert(key.clone(), admin.add_simulated_channel(key, new).await?);
    }
    for (key, part) in cast.customers.clone() {
        let CustomerPart { name, phone, bsuid, username } = part;
        simulator.add_customer(&key, Customer { name, phone, bsuid, username });
    }
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
            |name: &String| brought.groups.get(name).copied().ok_or_else(|| CastError::Unknown("group", name.clone()));
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
        let channel = channel.ok_or_else(|| CastError::Unknown("channel", part.channel.clone()))?;
        let provider_id = simulator.add_template(&part.channel, &part.given)?;
        let GivenTemplate { name, language, category, status, reason, components } = part.given.clone();
        let made_here = part.source == TemplateSource::Conversations;
        let new = NewTemplate { channel, provider_id, name, language, category, status, reason, components, made_here };
        brought.templates.insert(key.clone(), admin.add_template(new).await?);
    }
    Ok(())
}
