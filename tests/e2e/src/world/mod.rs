//! The server, WhatsApp's side, the phones, and the one clock they all share.
//!
//! Stories and the demonstration both live here. Nothing is faked between a phone and the server:
//! every phone has a network of its own, and everything goes over HTTP.

mod office;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use riposte::clock::{Clock, ManualClock};
use riposte_server::sim::customer::{Manner, Saying};
use riposte_server::sim::ledger::Judged;
use riposte_server::sim::{LinkState, Reports as Mode, SimError, Simulator};
use riposte_server::{Backup, Running};

use crate::line::Device;
use crate::phone::{Here, Phone, PhoneError};
use crate::story::time::Calendar;
use crate::story::{Cast, CustomerDeed, Network, ProviderDeed, Reports, ServerDeed};

/// How long, in real time, everything may take until it is idle. Far more than it ever needs: a story that
/// reaches it is wrong, not slow.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the world could not do what a story asks.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A phone returned an error.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The simulator returned an error.
    #[error(transparent)]
    Simulator(#[from] SimError),
    /// The server returned an error.
    #[error("the server: {0}")]
    Server(String),
    /// The cast could not be brought in.
    #[error(transparent)]
    Cast(#[from] riposte_server::sim::cast::CastError),
    /// A network could not be changed.
    #[error("the network: {0}")]
    Network(#[from] std::io::Error),
    /// The story asks for something that is not there or makes no sense.
    #[error("{0}")]
    Story(String),
    /// Nothing damages files here.
    #[error("{phone} took {files:?} for damaged")]
    SetAside {
        /// Whose.
        phone: String,
        /// Their names.
        files: Vec<String>,
    },
    /// Something went on moving.
    #[error("after {} s of real time {who} was not idle", PATIENCE.as_secs())]
    Restless {
        /// Who.
        who: String,
    },
}

/// All people and systems of a story, running.
///
/// Its phones are in this process, or wherever `D` has them.
pub struct World<D: Device = Here> {
    maker: D::Maker,
    cast: Arc<Cast>,
    calendar: Calendar,
    clock: ManualClock,
    server: Running,
    simulator: Simulator,
    backup: Option<Backup>,
    phones: BTreeMap<String, Phone<D>>,
}

/// A span of real time that ends.
pub struct Patience(Instant);

impl Patience {
    /// Whether it has been long enough.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

impl World {
    /// Starts a world whose phones are in this process.
    pub async fn start(cast: &Cast) -> Result<Self, WorldError> {
        Self::start_with(cast, |clock| Arc::new(clock.clone())).await
    }

    /// Moves the clock to where a story's `at` says. The phones of this process share it.
    pub fn go_to(&mut self, at: &str) -> Result<(), WorldError> {
        self.move_clock(at).map(drop)
    }
}

impl<D: Device> World<D> {
    /// Starts the server with its simulator and brings the cast in. The clock shows midnight of
    /// the first day.
    pub async fn start_with(cast: &Cast, maker: impl FnOnce(&ManualClock) -> D::Maker) -> Result<Self, WorldError> {
        let calendar = Calendar::new(cast.account.first_day, cast.account.utc_offset_minutes)
            .ok_or_else(|| WorldError::Story("the account's utc_offset_minutes is no offset".to_owned()))?;
        let clock = ManualClock::new(calendar.start());
        let server = riposte_server::start(office::options(cast, &clock)).await;
        let server = server.map_err(|error| WorldError::Server(error.to_string()))?;
        let simulator = server.simulator().ok_or_else(|| WorldError::Server("no simulator".to_owned()))?;
        office::bring_in(cast, &server, &simulator).await?;
        Ok(Self {
            maker: maker(&clock),
            cast: Arc::new(cast.clone()),
            calendar,
            clock,
            server,
            simulator,
            backup: None,
            phones: BTreeMap::new(),
        })
    }

    /// Closes the phones and stops the server.
    pub async fn stop(mut self) {
        for phone in self.phones.values_mut() {
            // A phone whose process is gone is closed.
            let _ = phone.close().await;
        }
        drop(self.phones);
        self.server.stop().await;
    }

    /// Fails if a phone took one of its files for damaged. It repairs such a file, so no screen would show it.
    pub fn nothing_was_set_aside(&self) -> Result<(), WorldError> {
        for (phone, held) in &self.phones {
            let files = held.set_aside()?;
            if !files.is_empty() {
                return Err(WorldError::SetAside { phone: phone.clone(), files });
            }
        }
        Ok(())
    }

    /// Who is there.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The story's days.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// The account's time zone.
    pub fn utc_offset_minutes(&self) -> i32 {
        self.cast.account.utc_offset_minutes
    }

    /// What the clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.wall()
    }

    /// The one clock.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// WhatsApp's side.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// What an administrator does in the office.
    pub fn admin(&self) -> riposte_server::Admin {
        self.server.admin()
    }

    /// The server: what goes wrong there, and whether it rests.
    pub fn server(&self) -> &Running {
        &self.server
    }

    /// Where the server listens.
    pub fn server_url(&self) -> String {
        self.server.url()
    }

    /// Moves the clock to where a story's `at` says, and every phone's with it.
    pub async fn wait_until(&mut self, at: &str) -> Result<(), WorldError> {
        let by = self.move_clock(at)?;
        let by_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        for phone in self.phones.values_mut() {
            phone.advance(by_ms).await?;
        }
        Ok(())
    }

    fn move_clock(&self, at: &str) -> Result<Duration, WorldError> {
        let to = self.calendar.read(at, self.now()).map_err(WorldError::Story)?;
        let by = (to - self.now()).to_std().unwrap_or_default();
        self.clock.advance(by);
        Ok(by)
    }

    /// A phone by its key; taken out of its box at the first mention, not signed in.
    pub async fn phone(&mut self, key: &str) -> Result<&mut Phone<D>, WorldError> {
        if !self.phones.contains_key(key) {
            let link = self.simulator.link(key).await?;
            let agent = self.cast.phones.get(key).ok_or_else(|| WorldError::Story(format!("no phone {key:?}")))?;
            let phone = Phone::new(key, agent, self.cast.clone(), link, Arc::new(self.clock.clone()), &self.maker)?;
            self.phones.insert(key.to_owned(), phone);
        }
        self.phones.get_mut(key).ok_or_else(|| WorldError::Story(format!("no phone {key:?}")))
    }

    /// Something a customer does.
    pub async fn customer(&mut self, who: &str, on: Option<&str>, deed: &CustomerDeed) -> Result<(), WorldError> {
        let part = self.cast.customers.get(who).ok_or_else(|| WorldError::Story(format!("no customer {who:?}")))?;
        let channel = on.unwrap_or(&part.channel);
        match deed {
            CustomerDeed::Says(text) => {
                self.simulator.writes(who, channel, text).await?;
            }
            CustomerDeed::Sends(what) => {
                let saying: Saying = serde_json::from_value(what.clone())
                    .map_err(|error| WorldError::Story(format!("what {who} sends: {error}")))?;
                self.simulator.says(who, channel, &saying, Manner::default()).await?;
            }
            CustomerDeed::Reads(_) => self.simulator.reads(who, channel)?,
            CustomerDeed::Reachable(on) => self.simulator.set_phone(who, |phone| phone.reachable = *on)?,
        }
        Ok(())
    }

    /// Something the provider does.
    pub async fn provider(
        &mut self,
        provider: &str,
        deed: &ProviderDeed,
        reason: Option<&str>,
    ) -> Result<(), WorldError> {
        if provider != "whatsapp" {
            return Err(WorldError::Story(format!("no provider {provider:?} misbehaves")));
        }
        let named = |template: &str| {
            self.cast.templates.get(template).map_or_else(|| template.to_owned(), |part| part.name.clone())
        };
        match deed {
            ProviderDeed::RefusesNext(code) => self.simulator.refuse_next(*code),
            ProviderDeed::FailsNext(code) => self.simulator.fail_next(*code),
            ProviderDeed::LosesAnswerNext(_) => self.simulator.lose_next_answer(),
            ProviderDeed::Reports(reports) => self.simulator.reports(match reports {
                Reports::Held => Mode::Held,
                Reports::Doubled => Mode::Doubled,
                Reports::Shuffled => Mode::Shuffled,
                Reports::ShuffledDoubled => Mode::ShuffledDoubled,
                Reports::Normal => Mode::Normal,
            }),
            ProviderDeed::Approves(template) => self.simulator.approve(&named(template))?,
            ProviderDeed::Rejects(template) => {
                self.simulator.reject(&named(template), reason.unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// Something the operator of the inbox server does.
    pub async fn operator(&mut self, deed: ServerDeed) -> Result<(), WorldError> {
        let said = |error: riposte_server::AdminError| WorldError::Server(error.to_string());
        match deed {
            ServerDeed::BacksUp(_) => self.backup = Some(self.admin().back_up().await.map_err(said)?),
            ServerDeed::GoesBack(_) => {
                let backup = self.backup.clone().ok_or_else(|| WorldError::Story("there is no backup".to_owned()))?;
                self.admin().restore(&backup).await.map_err(said)?;
            }
        }
        Ok(())
    }

    /// Changes a phone's network. Its system notifies it when there is one again.
    pub async fn network(&mut self, phone: &str, network: Network) -> Result<(), WorldError> {
        if network == Network::Hanging {
            // A late ring of the doorbell makes a phone ask; cut in the middle of that it would know
            // that it is offline, and send nothing whose answer could be lost.
            self.phone(phone).await?.link.set_doorbell(false);
            self.settle().await?;
        }
        let phone = self.phone(phone).await?;
        phone.link.set(network.into()).await?;
        phone.link.set_doorbell(true);
        if network == Network::On && !phone.paused {
            phone.network_available().await?;
        }
        Ok(())
    }

    /// The words of what a channel's provider took, oldest first; of all channels but the widget
    /// without one.
    pub async fn taken_by_provider(&self, channel: Option<&str>) -> Result<Vec<String>, WorldError> {
        if let Some(channel) = channel.filter(|channel| office::is_widget(&self.cast, channel)) {
            let mut seen = Vec::new();
            for visitor in self.cast.customers.iter().filter(|(_, part)| part.channel == channel) {
                seen.extend(self.simulator.visitor_sees(visitor.0, channel).await?);
            }
            return Ok(seen);
        }
        let ledger = self.simulator.ledger().into_iter();
        let taken = ledger.filter(|entry| entry.judged == Judged::Accepted);
        Ok(taken
            .filter(|entry| channel.is_none_or(|channel| entry.account == channel))
            .map(|entry| entry.text)
            .collect())
    }

    /// Whether some phone's network swallows answers: then it is never idle.
    pub fn hangs(&self) -> bool {
        self.phones.values().any(|phone| phone.link.state() == LinkState::Hanging)
    }

    /// How long to wait for anything.
    pub fn patience(&self) -> Patience {
        Patience(Instant::now() + PATIENCE)
    }

    /// Waits until nothing is on its way: no webhook, no call, nothing new that a phone with a
    /// network does not have, no outbox that can move.
    pub async fn settle(&mut self) -> Result<(), WorldError> {
        let patience = self.patience();
        loop {
            let restless = |who: &str| WorldError::Restless { who: who.to_owned() };
            let idle = tokio::time::timeout(patience.left(), self.simulator.idle()).await;
            idle.map_err(|_| restless("the provider"))?;
            let before = self.server.head();
            for phone in self.phones.values_mut().filter(|phone| !phone.paused && phone.is_signed_in()) {
                if phone.link.state() == LinkState::Hanging {
                    continue;
                }
                let deadline_ms = u64::try_from(patience.left().as_millis()).unwrap_or(u64::MAX);
                let settled = phone.settled(deadline_ms).await?;
                if !settled {
                    return Err(restless(&format!("{}'s phone", phone.key)));
                }
            }
            let idle = tokio::time::timeout(patience.left(), self.simulator.idle()).await;
            idle.map_err(|_| restless("the provider"))?;
            if self.server.head() == before {
                return Ok(());
            }
        }
    }
}
