//! An agent's phone: the real core on files of its own, behind a network that can be cut.

mod deeds;
mod screens;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::clock::{Clock, ManualClock};
use riposte::facade::{Account, AssigneeFilter, Config, InboxQuery, MemorySecretStore, Riposte};
use riposte::model::ConversationId;
use tempfile::TempDir;

use crate::story::Cast;

/// The word every agent of a story signs in with.
pub const PASSWORD: &str = "correct horse";

/// The address an agent signs in with.
pub fn email(agent: &str) -> String {
    format!("{agent}@example.com")
}

/// What went wrong on a phone, in the words of a story.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The core said no.
    #[error("the core says: {0}")]
    Core(#[from] riposte::facade::Error),
    /// The story asks for something that is not there.
    #[error("{0}")]
    Missing(String),
}

pub(crate) fn missing(what: impl Into<String>) -> PhoneError {
    PhoneError::Missing(what.into())
}

/// A customer on one of the channels.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The customer's key.
    pub customer: String,
    /// The channel's key.
    pub channel: String,
}

/// A phone in somebody's hand.
pub struct Phone {
    /// Its key in the cast.
    pub key: String,
    /// Whose it is.
    pub agent: String,
    /// The network between it and the server.
    pub link: riposte_server::sim::Link,
    /// It is in the back: nothing of it works.
    pub paused: bool,
    /// The language it is set to. Takes effect when the app starts.
    pub locale: String,
    /// Another way to the server than its link, for whoever puts something in between.
    pub detour: Option<String>,
    cast: Arc<Cast>,
    folder: TempDir,
    secrets: Arc<MemorySecretStore>,
    clock: Arc<ManualClock>,
    core: Option<Arc<Riposte>>,
    account: Option<Arc<Account>>,
    on_screen: Option<Place>,
    known: std::collections::BTreeMap<Place, ConversationId>,
}

impl Phone {
    /// A new phone that nobody has signed in on.
    pub fn new(
        key: &str,
        agent: &str,
        cast: Arc<Cast>,
        link: riposte_server::sim::Link,
        clock: Arc<ManualClock>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            key: key.to_owned(),
            agent: agent.to_owned(),
            link,
            paused: false,
            locale: "en".to_owned(),
            detour: None,
            cast,
            folder: tempfile::tempdir()?,
            secrets: Arc::new(MemorySecretStore::default()),
            clock,
            core: None,
            account: None,
            on_screen: None,
            known: std::collections::BTreeMap::new(),
        })
    }

    /// Starts the app on this phone's files.
    fn core(&mut self) -> Result<Arc<Riposte>, PhoneError> {
        if let Some(core) = &self.core {
            return Ok(core.clone());
        }
        let mut config = Config::new(self.folder.path().to_string_lossy().into_owned(), self.secrets.clone());
        config.locale.clone_from(&self.locale);
        config.utc_offset_minutes = self.cast.account.utc_offset_minutes;
        config.device_name = format!("{}'s phone", self.agent);
        config.platform = "script".to_owned();
        config.clock = Some(self.clock.clone());
        let core = Riposte::open(config)?;
        self.core = Some(core.clone());
        Ok(core)
    }

    /// Signs its agent in.
    pub async fn sign_in(&mut self) -> Result<(), PhoneError> {
        let core = self.core()?;
        let server = self.detour.clone().unwrap_or_else(|| self.link.url());
        let account = core.sign_in(server, email(&self.agent), PASSWORD.to_owned()).await?;
        self.account = Some(account);
        Ok(())
    }

    /// Closes the app, as the system does, and starts it anew on the same files.
    pub async fn restart(&mut self) -> Result<(), PhoneError> {
        self.account = None;
        self.on_screen = None;
        if let Some(core) = self.core.take() {
            drop(core);
        }
        let core = self.core()?;
        let info = core.accounts().into_iter().next().ok_or_else(|| missing("nobody is signed in"))?;
        self.account = Some(core.account(info.id).await?);
        self.paused = false;
        Ok(())
    }

    /// The signed-in account.
    pub fn account(&self) -> Result<&Arc<Account>, PhoneError> {
        self.account.as_ref().ok_or_else(|| missing("nobody is signed in on this phone"))
    }

    /// Where it keeps what the server sent to the signed-in account.
    pub fn cache_file(&self) -> Result<PathBuf, PhoneError> {
        let id = self.account()?.info().id;
        Ok(self.folder.path().join("accounts").join(id).join("cache.db"))
    }

    /// Files of its accounts that the core took for damaged.
    pub(crate) fn set_aside(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let accounts = self.folder.path().join("accounts");
        // Nobody has signed in on it.
        let Ok(accounts) = std::fs::read_dir(accounts) else { return Ok(names) };
        for account in accounts {
            for file in std::fs::read_dir(account?.path())? {
                names.push(file?.file_name().to_string_lossy().into_owned());
            }
        }
        names.retain(|name| name.contains(".damaged."));
        Ok(names)
    }

    /// Whether an agent has signed in on it.
    pub fn is_signed_in(&self) -> bool {
        self.account.is_some()
    }

    /// What time it is on this phone.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }

    /// Which conversation a step speaks of: the one it names, or the one on screen.
    pub fn place(&self, customer: Option<&str>, channel: Option<&str>) -> Result<Place, PhoneError> {
        let Some(customer) = customer else {
            return self.on_screen.clone().ok_or_else(|| missing("no conversation is on screen and none is named"));
        };
        let known = self.cast.customers.get(customer).ok_or_else(|| missing(format!("no customer {customer:?}")))?;
        let channel = channel.unwrap_or(&known.channel).to_owned();
        Ok(Place { customer: customer.to_owned(), channel })
    }

    /// The conversation of a customer, as this phone's list shows it, or as it showed it once.
    pub async fn conversation_id(&mut self, place: &Place) -> Result<ConversationId, PhoneError> {
        if let Some(id) = self.known.get(place) {
            return Ok(*id);
        }
        let nobody = || missing(format!("{} has no conversation on this phone", place.customer));
        let name = &self.cast.customers.get(&place.customer).ok_or_else(nobody)?.name;
        let page = &self.cast.channels.get(&place.channel).ok_or_else(nobody)?.name;
        let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 500, ..InboxQuery::default() };
        let list = self.account()?.inbox().page(query).await?;
        let row = list
            .rows
            .iter()
            .find(|row| row.title == *name && row.channel.as_ref().is_some_and(|channel| channel.account_name == *page))
            .ok_or_else(nobody)?;
        let id = row.id;
        self.known.insert(place.clone(), id);
        Ok(id)
    }
}
