//! Brings a story's cast into the server and to WhatsApp's side, as an administrator would.

use std::collections::BTreeMap;

use riposte::clock::ManualClock;
use riposte::model::{AgentGroupId, AgentStatus, ChannelId, ChannelKind, Tariff, TariffId, TemplateSource};
use riposte_server::sim::Simulator;
use riposte_server::sim::customer::Customer;
use riposte_server::sim::templates::GivenTemplate;
use riposte_server::{Admin, NewAgent, NewChannel, NewTemplate, Options, Running};

use super::WorldError;
use crate::phone::{PASSWORD, email};
use crate::story::{Cast, TemplatePart};

pub(super) fn options(cast: &Cast, clock: &ManualClock) -> Options {
    let mut options = Options::story(clock);
    options.account_name.clone_from(&cast.account.name);
    options.utc_offset_minutes = cast.account.utc_offset_minutes;
    if let Some(most_items) = cast.feed.most_items {
        options.limits.page.behind = most_items;
    }
    options
}

pub(super) async fn bring_in(cast: &Cast, server: &Running, simulator: &Simulator) -> Result<(), WorldError> {
    let admin = server.admin();
    if !cast.account.conversations {
        admin.set_conversations(false).await?;
    }
    let mut groups = BTreeMap::new();
    for (key, group) in &cast.groups {
        groups.insert(key.as_str(), admin.add_group(&group.name, group.public).await?);
    }
    agents(cast, &admin, &groups).await?;
    for reply in cast.saved_replies.values() {
        admin.add_saved_reply(&reply.title, &reply.text).await?;
    }
    if let Some(grant) = cast.grant {
        admin.grant(grant.messages).await?;
    }
    let tariff = Tariff { id: TariffId(0), name: cast.tariff.name.clone(), versions: cast.tariff.versions.clone() };
    let tariff = admin.add_tariff(tariff).await?;
    let channels = channels(cast, &admin, tariff).await?;
    for template in cast.templates.values() {
        put_template(template, &admin, simulator, &channels).await?;
    }
    for (key, customer) in &cast.customers {
        let hidden = customer.phone.is_none() && customer.bsuid.is_some();
        simulator.add_customer(
            key,
            Customer {
                name: customer.name.clone(),
                phone: customer.phone.clone(),
                bsuid: customer.bsuid.clone(),
                // Who hides the number has a username.
                username: hidden.then(|| key.clone()),
            },
        );
    }
    Ok(())
}

async fn agents(cast: &Cast, admin: &Admin, groups: &BTreeMap<&str, AgentGroupId>) -> Result<(), WorldError> {
    for (key, agent) in &cast.agents {
        let new = NewAgent {
            name: agent.name.clone(),
            email: email(key),
            password: PASSWORD.to_owned(),
            administrator: agent.administrator,
            groups: agent.groups.iter().filter_map(|group| groups.get(group.as_str()).copied()).collect(),
        };
        let id = admin.add_agent(new).await?;
        admin.set_status(id, agent.status.unwrap_or(AgentStatus::Online)).await?;
    }
    Ok(())
}

async fn channels(cast: &Cast, admin: &Admin, tariff: TariffId) -> Result<BTreeMap<String, ChannelId>, WorldError> {
    let mut channels = BTreeMap::new();
    for (key, channel) in &cast.channels {
        let new = NewChannel {
            state: channel.state,
            tariff: channel.tariff.then_some(tariff),
            ..NewChannel::new(channel.kind, &channel.name).at(&channel.address)
        };
        channels.insert(key.clone(), admin.add_simulated_channel(key, new).await?);
    }
    Ok(channels)
}

/// At the provider and, as a refresh would have brought it, in the inbox.
async fn put_template(
    template: &TemplatePart,
    admin: &Admin,
    simulator: &Simulator,
    channels: &BTreeMap<String, ChannelId>,
) -> Result<(), WorldError> {
    let given = GivenTemplate {
        name: template.name.clone(),
        language: template.language.clone(),
        category: template.category,
        status: template.status,
        reason: template.reason.clone(),
        components: template.components.clone(),
    };
    let provider_id = simulator.add_template(&template.channel, &given)?;
    let Some(channel) = channels.get(&template.channel).copied() else { return Ok(()) };
    let new = NewTemplate {
        channel,
        provider_id,
        name: given.name,
        language: given.language,
        category: given.category,
        status: given.status,
        reason: given.reason,
        components: given.components,
        made_here: template.source == TemplateSource::Conversations,
    };
    admin.add_template(new).await?;
    Ok(())
}

/// Whether a channel's messages are read on a page of a web site instead of at a provider.
pub(super) fn is_widget(cast: &Cast, channel: &str) -> bool {
    cast.channels.get(channel).is_some_and(|part| part.kind == ChannelKind::Widget)
}
