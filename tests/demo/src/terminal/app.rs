//! The loop: take an event, change the state, draw the screen, do what the state asks for.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{self as term, MouseButton, MouseEventKind};
use riposte::clock::Clock;
use riposte::facade::{Account, Riposte};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;

use super::Wrong;
use super::backstage::Backstage;
use super::event::{Act, Effect, Event, News, Stage};
use super::hands::Hands;
use super::ink::Palette;
use super::state::State;
use super::tty::Tty;
use super::update::update;
use super::view::{self, Spot};

/// How often times on the screen are refreshed.
const TICK: Duration = Duration::from_secs(1);

/// Where the account comes from.
pub(super) enum House {
    /// From the backstage.
    Demo(Box<Backstage>),
    /// From signing in.
    Server { riposte: Arc<Riposte>, server: String },
}

pub(super) struct App {
    state: State,
    house: House,
    clock: Arc<dyn Clock>,
    palette: Palette,
    hands: Option<Hands>,
    out: UnboundedSender<Event>,
    events: UnboundedReceiver<Event>,
    /// Work that needs no account.
    beside: JoinSet<()>,
    spots: Vec<Spot>,
    /// The app is to be killed.
    losing: bool,
}

impl App {
    pub(super) fn new(
        state: State,
        house: House,
        clock: Arc<dyn Clock>,
        out: UnboundedSender<Event>,
        events: UnboundedReceiver<Event>,
    ) -> Self {
        let palette = Palette::of(|name| std::env::var(name).ok());
        Self {
            state,
            house,
            clock,
            palette,
            hands: None,
            out,
            events,
            beside: JoinSet::new(),
            spots: Vec::new(),
            losing: false,
        }
    }

    /// Runs until the user quits.
    pub(super) async fn run(mut self) -> Result<(), Wrong> {
        let mut tty = Tty::take()?;
        let mut input = read_terminal();
        self.begin();
        let mut ends = Ends::listen()?;
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let done = loop {
            if let Err(error) = self.draw(&mut tty) {
                break Err(error.into());
            }
            let event = tokio::select! {
                Some(event) = self.events.recv() => Some(event),
                given = input.recv() => match given {
                    Some(Ok(event)) => self.typed(event),
                    Some(Err(error)) => break Err(error.into()),
                    None => Some(Event::Act(Act::Quit)),
                },
                _ = ticks.tick() => Some(Event::Tick(self.clock.wall())),
                () = ends.wait() => Some(Event::Act(Act::Quit)),
            };
            let mut over = event.is_some_and(|event| self.happen(event));
            // All pending events are handled before the screen is drawn again.
            while !over && let Ok(event) = self.events.try_recv() {
                over = self.happen(event);
            }
            if over {
                break Ok(());
            }
            self.killed().await;
        };
        drop(tty);
        if let Some(hands) = self.hands.take() {
            hands.let_go().await;
        }
        self.beside.shutdown().await;
        if let House::Demo(backstage) = self.house {
            backstage.stop().await;
        }
        done
    }

    fn draw(&mut self, tty: &mut Tty) -> std::io::Result<()> {
        tty.terminal.draw(|frame| {
            let drawn = view::draw(&self.state, self.palette, frame.area(), frame.buffer_mut());
            if let Some(at) = drawn.cursor {
                frame.set_cursor_position(at);
            }
            self.spots = drawn.spots;
        })?;
        Ok(())
    }

    fn typed(&self, event: term::Event) -> Option<Event> {
        match event {
            term::Event::Key(key) => Some(Event::Key(key)),
            term::Event::Paste(text) => Some(Event::Paste(text)),
            // The next drawing uses the size at that time.
            term::Event::Resize(..) => None,
            term::Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => {
                    let at = (mouse.column, mouse.row);
                    // The last thing drawn is on top.
                    let spot = self.spots.iter().rev().find(|spot| spot.area.contains(at.into()))?;
                    Some(Event::Act(spot.act.clone()))
                }
                MouseEventKind::ScrollUp => Some(Event::Act(Act::Move(-1))),
                MouseEventKind::ScrollDown => Some(Event::Act(Act::Move(1))),
                _ => None,
            },
            term::Event::FocusGained | term::Event::FocusLost => None,
        }
    }

    /// Opens the account, at the start.
    fn begin(&mut self) {
        let House::Server { riposte, server } = &self.house else { return };
        let known = riposte.accounts().into_iter().find(|account| account.server_url == *server);
        let (riposte, out) = (riposte.clone(), self.out.clone());
        self.beside.spawn(async move {
            let news = match known {
                Some(known) => match riposte.account(known.id).await {
                    Ok(account) => News::Opened(account),
                    Err(_) => News::NobodySignedIn,
                },
                None => News::NobodySignedIn,
            };
            let _ = out.send(Event::News(news));
        });
        self.state.server.clone_from(server);
    }

    /// Handles an event. True when the client is to end.
    fn happen(&mut self, event: Event) -> bool {
        match event {
            Event::News(News::Opened(account)) => {
                self.opened(&account);
                self.take_in(Event::News(News::Opened(account)))
            }
            Event::News(News::SignedOut) => {
                self.hands = None;
                self.take_in(Event::News(News::SignedOut))
            }
            Event::News(News::Ready(stage)) => {
                self.ready(stage);
                false
            }
            event => self.take_in(event),
        }
    }

    fn take_in(&mut self, event: Event) -> bool {
        let effects = update(&mut self.state, event);
        for effect in effects {
            match effect {
                Effect::Quit => return true,
                Effect::SignIn { server, email, password } => self.sign_in(server, email, password),
                // Without an account there is no core to ask.
                effect => match (&self.hands, effect) {
                    (Some(hands), effect) => hands.give(effect),
                    (None, Effect::Stage(stage)) => self.ready(stage),
                    (None, _) => {}
                },
            }
        }
        false
    }

    fn opened(&mut self, account: &Arc<Account>) {
        self.hands = Some(Hands::start(account.clone(), self.out.clone()));
    }

    fn sign_in(&mut self, server: String, email: String, password: String) {
        let House::Server { riposte, .. } = &self.house else { return };
        let (riposte, out) = (riposte.clone(), self.out.clone());
        self.beside.spawn(async move {
            let news = match riposte.sign_in(server, email, password).await {
                Ok(account) => News::Opened(account),
                Err(error) => News::Failed(error),
            };
            let _ = out.send(Event::News(news));
        });
    }

    /// Waits until every earlier request to the core is done.
    fn ready(&mut self, stage: Stage) {
        let House::Demo(backstage) = &self.house else { return };
        if stage == Stage::Lose {
            self.losing = true;
            return;
        }
        // They only stop listening when the client ends.
        let _ = backstage.asks.send(stage);
    }

    /// Kills the app, if that was requested: everything that holds the core drops it at once, and the
    /// backstage starts it again.
    async fn killed(&mut self) {
        if !std::mem::take(&mut self.losing) {
            return;
        }
        if let Some(hands) = self.hands.take() {
            hands.let_go().await;
        }
        // Pending events of the old app may still hold it.
        while let Ok(event) = self.events.try_recv() {
            if !matches!(event, Event::News(News::Opened(_))) {
                self.take_in(event);
            }
        }
        if let House::Demo(backstage) = &self.house {
            let _ = backstage.asks.send(Stage::Lose);
        }
    }
}

/// What the terminal sends, read on a thread of its own: reading it blocks.
fn read_terminal() -> UnboundedReceiver<std::io::Result<term::Event>> {
    let (given, input) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        loop {
            let event = term::read();
            let failed = event.is_err();
            // The receiver is gone: the client has ended, and this thread ends with it.
            if given.send(event).is_err() || failed {
                return;
            }
        }
    });
    input
}

/// Signals that ask the program to end.
#[cfg(unix)]
struct Ends {
    ended: tokio::signal::unix::Signal,
    hung_up: tokio::signal::unix::Signal,
    interrupted: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            ended: signal(SignalKind::terminate())?,
            hung_up: signal(SignalKind::hangup())?,
            interrupted: signal(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.ended.recv() => {}
            _ = self.hung_up.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }
}

/// Where there are no such signals only Ctrl-C ends it.
#[cfg(not(unix))]
struct Ends;

#[cfg(not(unix))]
impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
