//! An agent's phone, as the world holds it: its network, its files, what is on its screen, and the
//! [`Device`] that runs the app: in this process ([`Here`]) or in another one, in any language
//! ([`crate::line::process::Elsewhere`]).

mod asks;
mod deeds;
mod here;
mod screens;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use riposte::clock::{Clock, ManualClock};
use riposte::facade::Account;
use riposte::model::ConversationId;
use serde_json::Value;
use tempfile::TempDir;

pub use here::Here;

use crate::line::{Ask, Device, Talk};
use crate::story::{AppMove, Cast, PhoneDeed, PhoneDetails};

/// The password of every agent of a story.
pub const PASSWORD: &str = "correct horse";

/// The address an agent signs in with.
pub fn email(agent: &str) -> String {
    format!("{agent}@example.com")
}

/// What went wrong on a phone, in the words of a story.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// The core returned an error.
    #[error("the core: {0}")]
    Core(#[from] riposte::facade::Error),
    /// The core refused, and has a phrase for the agent.
    #[error("the core refused: {code}")]
    Refused {
        /// A code of core/PROTOCOL.md 1.
        code: String,
        /// What the agent sees, as a picture writes it.
        phrase: Value,
    },
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

/// An agent's phone.
pub struct Phone<D = Here> {
    /// Its key in the cast.
    pub key: String,
    /// Whose it is.
    pub agent: String,
    /// The network between it and the server.
    pub link: riposte_server::sim::Link,
    /// The app is in the background: nothing of it works.
    pub paused: bool,
    /// The language it is set to. Takes effect when the app starts.
    pub locale: String,
    /// Another address of the server than its link, for a test that puts something in between.
    pub detour: Option<String>,
    cast: Arc<Cast>,
    clock: Arc<ManualClock>,
    folder: TempDir,
    on_screen: Option<Place>,
    opened: bool,
    signed_in: bool,
    device: D,
}

impl<D: Device> Phone<D> {
    /// A new phone that no agent has signed in on.
    pub(crate) fn new(
        key: &str,
        agent: &str,
        cast: Arc<Cast>,
        link: riposte_server::sim::Link,
        clock: Arc<ManualClock>,
        maker: &D::Maker,
    ) -> std::io::Result<Self> {
        Ok(Self {
            key: key.to_owned(),
            agent: agent.to_owned(),
            link,
            paused: false,
            locale: "en".to_owned(),
            detour: None,
            cast,
            clock,
            folder: D::folder(maker)?,
            on_screen: None,
            opened: false,
            signed_in: false,
            device: D::make(maker, key),
        })
    }

    /// Starts the app on this phone's files. Returns whether an agent is signed in there.
    async fn open(&mut self) -> Result<bool, PhoneError> {
        let opened = self
            .device
            .ask(Ask::Open {
                folder: self.folder.path().to_string_lossy().into_owned(),
                locale: self.locale.clone(),
                device: format!("{}'s phone", self.agent),
                utc_offset_minutes: self.cast.account.utc_offset_minutes,
                now_ms: self.clock.wall().timestamp_millis(),
            })
            .await?;
        self.opened = true;
        self.signed_in = opened.get("signed_in").and_then(Value::as_bool).unwrap_or_default();
        Ok(self.signed_in)
    }

    /// Signs its agent in.
    pub async fn sign_in(&mut self) -> Result<(), PhoneError> {
        if !self.opened {
            self.open().await?;
        }
        let server = self.detour.clone().unwrap_or_else(|| self.link.url());
        let (email, password) = (email(&self.agent), PASSWORD.to_owned());
        self.device.ask(Ask::SignIn { server, email, password }).await?;
        self.signed_in = true;
        Ok(())
    }

    /// Closes the app, as the system does, and starts it again on the same files.
    pub async fn restart(&mut self) -> Result<(), PhoneError> {
        self.on_screen = None;
        self.close().await?;
        if !self.open().await? {
            return Err(missing("no agent is signed in"));
        }
        self.paused = false;
        Ok(())
    }

    /// Closes the app.
    pub(crate) async fn close(&mut self) -> Result<(), PhoneError> {
        if self.opened {
            self.opened = false;
            self.device.ask(Ask::Close).await?;
        }
        Ok(())
    }

    /// Does a deed of a story. Returns the phrase that the agent sees, as a picture writes it, if the deed must be
    /// refused and is.
    pub async fn perform(&mut self, deed: &PhoneDeed, with: &PhoneDetails) -> Result<Option<Value>, PhoneError> {
        let done = self.perform_deed(deed, with).await;
        match (&with.refused, done) {
            (None, done) => done.map(|()| None),
            (Some(code), Ok(())) => Err(missing(format!("it went through, and {code} was expected"))),
            (Some(code), Err(PhoneError::Refused { code: found, phrase })) if found == *code => Ok(Some(phrase)),
            (Some(_), Err(other)) => Err(other),
        }
    }

    async fn perform_deed(&mut self, deed: &PhoneDeed, with: &PhoneDetails) -> Result<(), PhoneError> {
        match deed {
            PhoneDeed::SignsIn(_) => self.sign_in().await,
            PhoneDeed::App(AppMove::Restarted) => self.restart().await,
            PhoneDeed::Opens(customer) => {
                if let Some(left) = self.on_screen.take() {
                    self.device.ask(Ask::Leave { conversation: self.talk(&left)? }).await?;
                }
                let place = self.place(Some(customer), with.on.as_deref())?;
                self.device.ask(Ask::Enter { conversation: self.talk(&place)? }).await?;
                self.on_screen = Some(place);
                Ok(())
            }
            PhoneDeed::Leaves(_) => {
                let conversation = self.talk(&self.place(None, None)?)?;
                self.on_screen = None;
                self.device.ask(Ask::Leave { conversation }).await.map(drop)
            }
            PhoneDeed::SendsFile(file) => {
                let path = self.folder.path().join("chosen");
                let wrong = |error: std::io::Error| missing(format!("the file: {error}"));
                std::fs::write(&path, vec![b'.'; file.bytes]).map_err(wrong)?;
                let sent = match self.file(file, &path, with) {
                    Ok(ask) => self.device.ask(ask).await,
                    Err(error) => Err(error),
                };
                // The core has copied it: the app may delete its own at once.
                std::fs::remove_file(&path).map_err(wrong)?;
                sent.map(drop)
            }
            PhoneDeed::App(AppMove::Paused) => {
                self.device.ask(Ask::Pause).await?;
                self.paused = true;
                Ok(())
            }
            PhoneDeed::App(AppMove::Resumed) => {
                self.paused = false;
                self.device.ask(Ask::Resume).await.map(drop)
            }
            deed => {
                let ask = self.ask_of(deed, with)?;
                self.device.ask(ask).await.map(drop)
            }
        }
    }

    /// The system notifies the app that there is a network again.
    pub(crate) async fn network_available(&mut self) -> Result<(), PhoneError> {
        self.device.ask(Ask::NetworkAvailable).await.map(drop)
    }

    /// Waits until nothing of it can move without help from outside. False if that takes too long.
    pub(crate) async fn settled(&mut self, within_ms: u64) -> Result<bool, PhoneError> {
        let settled = self.device.ask(Ask::Settled { within_ms }).await?;
        Ok(settled.get("settled").and_then(Value::as_bool).unwrap_or_default())
    }

    /// The world's clock has moved: so does the phone's.
    pub(crate) async fn advance(&mut self, by_ms: u64) -> Result<(), PhoneError> {
        if self.opened { self.device.ask(Ask::Advance { by_ms }).await.map(drop) } else { Ok(()) }
    }

    /// Files of its accounts that the core took for damaged.
    pub(crate) fn set_aside(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let accounts = self.folder.path().join("accounts");
        // No agent has signed in on it.
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
        self.signed_in
    }

    /// What time it is on this phone.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }

    /// Which conversation a step means: the one it names, or the one on screen.
    pub fn place(&self, customer: Option<&str>, channel: Option<&str>) -> Result<Place, PhoneError> {
        let Some(customer) = customer else {
            return self.on_screen.clone().ok_or_else(|| missing("no conversation is on screen and none is named"));
        };
        let known = self.cast.customers.get(customer).ok_or_else(|| missing(format!("no customer {customer:?}")))?;
        let channel = channel.unwrap_or(&known.channel).to_owned();
        Ok(Place { customer: customer.to_owned(), channel })
    }

    /// That conversation by the names that the phone shows.
    fn talk(&self, place: &Place) -> Result<Talk, PhoneError> {
        let known = self.cast.customers.get(&place.customer);
        let customer = known.ok_or_else(|| missing(format!("no customer {:?}", place.customer)))?.name.clone();
        Ok(Talk { customer, page: self.page(&place.channel)? })
    }

    fn page(&self, channel: &str) -> Result<String, PhoneError> {
        let known = self.cast.channels.get(channel).ok_or_else(|| missing(format!("no channel {channel:?}")))?;
        Ok(known.name.clone())
    }
}

impl Phone<Here> {
    /// The signed-in account.
    pub fn account(&self) -> Result<&Arc<Account>, PhoneError> {
        self.device.account()
    }

    /// Where it keeps what the server sent to the signed-in account.
    pub fn cache_file(&self) -> Result<PathBuf, PhoneError> {
        let id = self.account()?.info().id;
        Ok(self.folder.path().join("accounts").join(id).join("cache.db"))
    }

    /// The conversation of a customer, as this phone's list shows it, or as it showed it once.
    pub async fn conversation_id(&mut self, place: &Place) -> Result<ConversationId, PhoneError> {
        let talk = self.talk(place)?;
        self.device.conversation_id(&talk).await
    }
}
