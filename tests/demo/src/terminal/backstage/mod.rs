//! Behind the scenes of the demo: the server with its simulator, the customers, the phone's
//! network, and the clock that all of them share.
//!
//! Nothing here is part of the client. It runs as a task of its own, handles one request at a
//! time and reports when everything is idle.

mod prologue;
mod scenes;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use riposte::clock::{Clock, ManualClock, SystemClock};
use riposte::texts::Language;
use riposte_e2e::story::{CustomerDeed, Network};
use riposte_e2e::world::{World, WorldError};
use riposte_server::sim::LinkState;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::event::{Event, News, Stage, StageNews};

/// The agent whose phone the terminal is.
const MARC: &str = "marc";
/// The customer of the tour.
const LEA: &str = "lea";
/// How often the shared clock follows the machine's.
const TICK: Duration = Duration::from_millis(100);

/// How the demo's time begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time {
    /// What the clock shows when the client opens.
    pub(crate) now: DateTime<Utc>,
    /// The time zone, minutes east of UTC.
    pub(crate) utc_offset_minutes: i32,
    /// The clock stands still until a key moves it; otherwise it goes as the machine's does.
    pub(crate) still: bool,
}

/// Those behind the scenes, as the client knows them.
pub(super) struct Backstage {
    /// What they are asked.
    pub(super) asks: UnboundedSender<Stage>,
    /// The clock of phone and server.
    pub(super) clock: ManualClock,
    task: JoinHandle<()>,
    ticking: Option<JoinHandle<()>>,
}

impl Backstage {
    /// Starts the server and lets happen what happened before the client is opened.
    pub(super) async fn start(
        language: Language,
        time: Time,
        out: UnboundedSender<Event>,
    ) -> Result<Self, super::Wrong> {
        let story = prologue::story(language, time)?;
        let world = World::start(&story.cast).await?;
        let clock = world.clock().clone();
        let (asks, asked) = unbounded_channel();
        let mut crew = Crew { world, language, out, turn: 0, opened: false };
        let task = tokio::spawn(async move {
            match crew.prologue(&story, time).await {
                Ok(()) => crew.opened().await,
                Err(error) => crew.broken(&error),
            }
            crew.work(asked).await;
        });
        let ticking = (!time.still).then(|| tokio::spawn(follow(clock.clone(), time.now)));
        Ok(Self { asks, clock, task, ticking })
    }

    /// Stops everything and removes what was kept on disk.
    pub(super) async fn stop(self) {
        if let Some(ticking) = self.ticking {
            ticking.abort();
        }
        drop(self.asks);
        // A panic in there has been reported already; the folders go with what held them.
        let _ = self.task.await;
    }
}

/// Lets the shared clock go as the machine's does, once it has reached the present.
async fn follow(clock: ManualClock, begin: DateTime<Utc>) {
    let mut last = SystemClock.boot();
    loop {
        tokio::time::sleep(TICK).await;
        let now = SystemClock.boot();
        if clock.wall() >= begin {
            clock.advance(now.saturating_sub(last));
        }
        last = now;
    }
}

struct Crew {
    world: World,
    language: Language,
    out: UnboundedSender<Event>,
    /// Whose turn it is to write, and what.
    turn: usize,
    opened: bool,
}

impl Crew {
    async fn work(mut self, mut asked: UnboundedReceiver<Stage>) {
        while let Some(stage) = asked.recv().await {
            if stage == Stage::Count {
                let taken = self.taken().await;
                let _ = self.out.send(Event::News(News::Taken(taken)));
                continue;
            }
            match self.perform(stage).await {
                Ok(scene) => self.report(scene).await,
                Err(error) => self.broken(&error),
            }
        }
        self.world.stop().await;
    }

    async fn perform(&mut self, stage: Stage) -> Result<Option<(usize, riposte::model::ConversationId)>, WorldError> {
        match stage {
            Stage::Network => {
                let up = self.world.phone(MARC).await?.link.state() == LinkState::Up;
                self.network(!up).await?;
            }
            Stage::Hour => self.pass(TimeDelta::hours(1)).await?,
            Stage::Customer(name) => self.customer(name.as_deref()).await?,
            Stage::Lose => {
                let phone = self.world.phone(MARC).await?;
                phone.restart().await?;
                self.opened().await;
            }
            Stage::Scene(scene) => {
                let id = self.scene(scene).await?;
                return Ok(Some((scene, id)));
            }
            Stage::Count => {}
        }
        Ok(None)
    }

    async fn network(&mut self, on: bool) -> Result<(), WorldError> {
        self.world.network(MARC, if on { Network::On } else { Network::Off }).await?;
        self.world.settle().await
    }

    async fn pass(&mut self, span: TimeDelta) -> Result<(), WorldError> {
        self.world.clock().advance(span.to_std().unwrap_or_default());
        self.world.settle().await
    }

    /// A customer reads what we wrote and writes something.
    async fn customer(&mut self, name: Option<&str>) -> Result<(), WorldError> {
        let lines = prologue::lines(self.language);
        let known = |name: &str| {
            let mut customers = self.world.cast().customers.iter();
            customers.find(|(_, part)| part.name == name).map(|(key, _)| key.clone())
        };
        let who = match name.and_then(known) {
            Some(who) => who,
            None => lines.get(self.turn % lines.len().max(1)).map_or(LEA, |line| line.0).to_owned(),
        };
        let theirs: Vec<&str> = lines.iter().filter(|line| line.0 == who).map(|line| line.1).collect();
        let line =
            theirs.get(self.turn / 2 % theirs.len().max(1)).copied().unwrap_or(prologue::any_line(self.language));
        self.turn += 1;
        self.world.customer(&who, None, &CustomerDeed::Reads(true)).await?;
        self.world.customer(&who, None, &CustomerDeed::Says(line.to_owned())).await?;
        self.world.settle().await
    }

    async fn taken(&self) -> usize {
        self.world.taken_by_provider(None).await.map_or(0, |taken| taken.len())
    }

    async fn report(&mut self, scene: Option<(usize, riposte::model::ConversationId)>) {
        let taken = self.taken().await;
        let network = match self.world.phone(MARC).await {
            Ok(phone) => phone.link.state() == LinkState::Up,
            Err(_) => true,
        };
        let news = StageNews { network, taken, now: self.world.now(), scene };
        // The receiver is gone: the client is closing.
        let _ = self.out.send(Event::News(News::Stage(news)));
    }

    /// The app is open: here is its account.
    async fn opened(&mut self) {
        let account = match self.world.phone(MARC).await {
            Ok(phone) => phone.account().cloned().map_err(WorldError::from),
            Err(error) => Err(error),
        };
        match account {
            Ok(account) => {
                let first = !std::mem::replace(&mut self.opened, true);
                let _ = self.out.send(Event::News(News::Opened(account)));
                if first {
                    self.report(None).await;
                }
            }
            Err(error) => self.broken(&error),
        }
    }

    fn broken(&self, error: &WorldError) {
        let _ = self.out.send(Event::News(News::Broken(error.to_string())));
    }
}
