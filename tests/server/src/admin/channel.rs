//! Numbers and pages, and the templates that belong to them.

use std::net::IpAddr;

use riposte::model::{
    ChannelAccount, ChannelCapabilities, ChannelId, ChannelKind, ChannelState, Row, RowKind, TariffId,
    TemplateCategory, TemplateComponent, TemplateId, TemplateStatus, WindowPolicy,
};
use riposte::rules::policy::{ChannelPolicy, channel_policy};
use rusqlite::{OptionalExtension, params};

use super::{Admin, AdminError};
use crate::app::Shared;
use crate::channels::provider::ProviderTemplate;
use crate::db::text::{from_word, word};
use crate::feed::{Writer, account, row, rows_of};
use crate::inbox::put_template;
use crate::sim::Simulator;
use crate::sim::account::{Account, VERSION};
use crate::widget::Origin;

/// A number or page to be connected.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// Which channel.
    pub kind: ChannelKind,
    /// The name of the page, or the label of the number.
    pub name: String,
    /// The number in digits, or the page's id, as customers see it.
    pub address: Option<String>,
    /// Whether it can be used now.
    pub state: ChannelState,
    /// What prices its messages; none means *not priced*.
    pub tariff: Option<TariffId>,
    /// The web sites that may call a widget from a browser; a page of the server's own host may in any case.
    pub origins: Vec<Origin>,
    /// Another window than the channel's own, for a story.
    pub window: Option<WindowPolicy>,
}

impl NewChannel {
    /// A connected one; WhatsApp is priced by the page's tariff, the others are not priced.
    pub fn new(kind: ChannelKind, name: &str) -> Self {
        let tariff = (kind == ChannelKind::Whatsapp).then_some(TariffId(1));
        Self {
            kind,
            name: name.to_owned(),
            address: None,
            state: ChannelState::Connected,
            tariff,
            origins: Vec::new(),
            window: None,
        }
    }

    /// With the number or page that customers see.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }
}

/// How it is reached at its provider, and how the provider proves itself.
#[derive(Clone)]
pub struct ChannelLink {
    /// Where the provider's API is.
    pub base: String,
    /// The API's version.
    pub version: String,
    /// Phone number id or page id.
    pub provider_id: String,
    /// The WhatsApp business account.
    pub business_id: Option<String>,
    /// The token that the API asks for.
    pub token: String,
    /// Signs the webhooks.
    pub app_secret: String,
    /// Verifies their address.
    pub verify_token: String,
    /// A widget's.
    pub site_key: Option<String>,
}

impl std::fmt::Debug for ChannelLink {
    // Its secrets stay out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelLink")
            .field("base", &self.base)
            .field("provider_id", &self.provider_id)
            .finish_non_exhaustive()
    }
}

impl ChannelLink {
    fn of(account: &Account, simulator: &Simulator) -> Self {
        Self {
            base: simulator.api(),
            version: VERSION.to_owned(),
            provider_id: account.provider_id.clone(),
            business_id: Some(account.business_id.clone()),
            token: account.token.clone(),
            app_secret: account.app_secret.clone(),
            verify_token: account.verify_token.clone(),
            site_key: Some(account.site_key.clone()),
        }
    }
}

/// A template that is at the provider already.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// The number it belongs to.
    pub channel: ChannelId,
    /// Its id at the provider.
    pub provider_id: String,
    /// Its name.
    pub name: String,
    /// BCP 47 in Meta's spelling.
    pub language: String,
    /// Its category.
    pub category: TemplateCategory,
    /// What Meta says of it.
    pub status: TemplateStatus,
    /// Why it was rejected or paused, in Meta's words.
    pub reason: Option<String>,
    /// Its parts.
    pub components: Vec<TemplateComponent>,
    /// Whether it was made in the inbox: only such ones may be sent from there.
    pub made_here: bool,
}

impl Admin {
    /// Connects a number or page. In the simulator's folder only one whose provider is played on this machine.
    pub async fn add_channel(&self, new: NewChannel, link: ChannelLink) -> Result<ChannelId, AdminError> {
        self.app
            .write(move |w| {
                let here = is_loopback(&link.base);
                if account(w.tx)?.is_some_and(|account| account.simulated) && !here {
                    return Err(AdminError::Simulated);
                }
                if !(here || link.base.starts_with("https://")) {
                    return Err(AdminError::BadBase);
                }
                add(w, new, &link, None)
            })
            .await
    }

    /// Connects a number or page that the simulator plays; `key` is what stories call it.
    pub async fn add_simulated_channel(&self, key: &str, new: NewChannel) -> Result<ChannelId, AdminError> {
        let simulator = self.simulator.clone().ok_or(AdminError::NoSimulator)?;
        let account = simulator.add_account(key, new.kind, new.address.as_deref().unwrap_or_default());
        let (link, key) = (ChannelLink::of(&account, &simulator), key.to_owned());
        self.app.write(move |w| add(w, new, &link, Some(&key))).await
    }

    /// Every number and page.
    pub async fn channels(&self) -> Result<Vec<ChannelAccount>, AdminError> {
        Ok(self.app.read(|tx| rows_of(tx, RowKind::Channel)).await?)
    }

    /// Whether a channel can be used now.
    pub async fn set_channel_state(&self, id: ChannelId, state: ChannelState) -> Result<(), AdminError> {
        self.change_channel(id, move |channel| channel.state = state).await
    }

    /// What a channel can do from now on.
    pub async fn set_capabilities(&self, id: ChannelId, capabilities: ChannelCapabilities) -> Result<(), AdminError> {
        self.change_channel(id, move |channel| channel.capabilities = capabilities).await
    }

    async fn change_channel(
        &self,
        id: ChannelId,
        change: impl FnOnce(&mut ChannelAccount) + Send + 'static,
    ) -> Result<(), AdminError> {
        self.app
            .write(move |w| {
                let held: Option<ChannelAccount> = row(w.tx, RowKind::Channel, id.0)?;
                let mut held = held.ok_or(AdminError::NotFound("channel"))?;
                change(&mut held);
                w.put(&Row::Channel(held))?;
                Ok(())
            })
            .await
    }

    /// Writes down a template that is at the provider already.
    pub async fn add_template(&self, new: NewTemplate) -> Result<TemplateId, AdminError> {
        const MADE: &str = "INSERT OR REPLACE INTO template_made_here (channel_id, name, language, agent_id, key)
             VALUES (?1, ?2, ?3, 0, '')";
        self.app
            .write(move |w| {
                if new.made_here {
                    w.tx.execute(MADE, params![new.channel.0, new.name, new.language])?;
                }
                let listed = ProviderTemplate {
                    provider_id: new.provider_id,
                    name: new.name,
                    language: new.language,
                    category: new.category,
                    status: new.status,
                    reason: new.reason,
                    components: new.components,
                };
                Ok(put_template(w, new.channel, &listed)?)
            })
            .await
    }
}

fn add(
    w: &mut Writer<'_>,
    new: NewChannel,
    link: &ChannelLink,
    simulated: Option<&str>,
) -> Result<ChannelId, AdminError> {
    const TAKEN: &str = "SELECT 1 FROM channel_link WHERE kind = ?1 AND provider_id = ?2";
    const SQL: &str = "INSERT INTO channel_link (channel_id, kind, provider_id, business_id, base, version, token,
             app_secret, verify_token, site_key, simulated, origins)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let ChannelPolicy { window, capabilities, .. } = channel_policy(new.kind).ok_or(AdminError::UnknownKind)?;
    let kind = word(&new.kind)?;
    if w.tx.query_row(TAKEN, [&kind, &link.provider_id], |_| Ok(())).optional()?.is_some() {
        return Err(AdminError::Connected);
    }
    let origins: Vec<&str> = new.origins.iter().map(Origin::as_str).collect();
    let id = ChannelId(w.next_id("channel")?);
    w.tx.execute(
        SQL,
        params![
            id.0,
            kind,
            link.provider_id,
            link.business_id,
            link.base,
            link.version,
            link.token,
            link.app_secret,
            link.verify_token,
            link.site_key,
            simulated,
            origins.join(" ")
        ],
    )?;
    w.put(&Row::Channel(ChannelAccount {
        id,
        kind: new.kind,
        name: new.name,
        address: new.address,
        state: new.state,
        notice: None,
        window: new.window.unwrap_or(window),
        capabilities,
        tariff: new.tariff,
    }))?;
    Ok(id)
}

/// Whether an address is one of this machine's own.
fn is_loopback(base: &str) -> bool {
    let url = reqwest::Url::parse(base).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// No simulator runs: the numbers that one played sign, verify and reach nothing until one runs again.
pub(crate) async fn silence_played(app: &Shared) -> Result<(), AdminError> {
    const SQL: &str =
        "UPDATE channel_link SET base = '', token = '', app_secret = '', verify_token = '', site_key = NULL
         WHERE simulated IS NOT NULL";
    app.write(|w| Ok(w.tx.execute(SQL, []).map(drop)?)).await
}

/// A new simulator knows nothing of the numbers that an earlier one played in this data folder:
/// connects them again.
pub(crate) async fn play_again(app: &Shared, simulator: &Simulator) -> Result<(), AdminError> {
    const PLAYED: &str = "SELECT l.channel_id, l.kind, l.simulated FROM channel_link l
         WHERE l.simulated IS NOT NULL ORDER BY l.channel_id";
    const AGAIN: &str = "UPDATE channel_link SET base = ?2, provider_id = ?3, business_id = ?4, token = ?5,
             app_secret = ?6, verify_token = ?7, site_key = ?8 WHERE channel_id = ?1";
    let simulator = simulator.clone();
    app.write(move |w| {
        let played: Vec<(i64, String, String)> = {
            let mut statement = w.tx.prepare(PLAYED)?;
            let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            found.collect::<Result<_, _>>()?
        };
        for (id, kind, key) in played {
            let channel: Option<ChannelAccount> = row(w.tx, RowKind::Channel, id)?;
            let address = channel.and_then(|channel| channel.address).unwrap_or_default();
            let account = simulator.add_account(&key, from_word(&kind)?, &address);
            let link = ChannelLink::of(&account, &simulator);
            w.tx.execute(
                AGAIN,
                params![
                    id,
                    link.base,
                    link.provider_id,
                    link.business_id,
                    link.token,
                    link.app_secret,
                    link.verify_token,
                    link.site_key
                ],
            )?;
        }
        Ok(())
    })
    .await
}
