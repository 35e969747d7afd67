//! The companion in a terminal: a complete client on top of the core's facade.
//!
//! - [`state`]: everything the screens show; [`event`]: what happens, what is wanted, what is to be
//!   done; [`update`] turns one into the other and [`view`] draws it: both are pure
//! - [`keys`], [`labels`], [`ink`], [`text`], [`field`]: keys, names of controls, colours, widths,
//!   typing
//! - [`hands`]: what the core is asked; [`app`]: the loop; [`tty`]: the terminal;
//!   [`secrets`]: tokens on disk
//! - [`backstage`]: of the demo alone: server, customers, network, clock

mod app;
mod backstage;
mod event;
mod field;
mod hands;
mod ink;
mod keys;
mod labels;
mod secrets;
mod state;
mod text;
mod tty;
mod update;
mod view;

use std::path::PathBuf;
use std::sync::Arc;

use riposte::clock::{Clock, SystemClock};
use riposte::facade::{Config, Riposte};
use riposte::texts::{self, Language, Locale};
use tokio::sync::mpsc::unbounded_channel;

pub(crate) use backstage::Time;

use app::{App, House};
use backstage::Backstage;
use labels::Labels;
use secrets::FileSecretStore;
use state::{Speaker, StageState, State};

/// Why the client ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Wrong {
    #[error("{0}")]
    World(#[from] riposte_e2e::world::WorldError),
    #[error("the story before the demo: {0}")]
    Story(#[from] riposte_e2e::story::StoryError),
    #[error("the core: {0}")]
    Core(#[from] riposte::facade::Error),
    #[error("the terminal: {0}")]
    Terminal(#[from] std::io::Error),
    #[error("the folder {0} cannot be used: {1}")]
    Folder(PathBuf, std::io::Error),
    #[error("the folder {0} is in use by another client")]
    InUse(PathBuf),
}

/// Opens the client on a server, a phone and customers of its own.
pub(crate) async fn demo(language: Language, time: Time) -> Result<(), Wrong> {
    let (out, events) = unbounded_channel();
    let backstage = Backstage::start(language, time, out.clone()).await?;
    let clock: Arc<dyn Clock> = Arc::new(backstage.clock.clone());
    let place = Locale { language, utc_offset_minutes: time.utc_offset_minutes };
    let wall = clock.clone();
    let speaker: Speaker = Arc::new(move |phrase| texts::words(phrase, &place, wall.wall()));
    let mut state = State::new(Labels::of(language), speaker, time.now, time.utc_offset_minutes);
    state.stage = Some(StageState { network: true, taken: 0, busy: true, lost: false });
    state.secrets = state.labels.tokens_in_memory;
    App::new(state, House::Demo(Box::new(backstage)), clock, out, events).run().await
}

/// Opens the client on a given server. It keeps its files in `folder`.
pub(crate) async fn client(
    language: Language,
    server: String,
    folder: PathBuf,
    utc_offset_minutes: i32,
) -> Result<(), Wrong> {
    let _held = hold(&folder)?;
    let secrets = Arc::new(FileSecretStore::new(&folder));
    let mut config = Config::new(folder.to_string_lossy().into_owned(), secrets);
    config.locale = if language == Language::French { "fr" } else { "en" }.to_owned();
    config.utc_offset_minutes = utc_offset_minutes;
    config.device_name = "Terminal".to_owned();
    let riposte = Riposte::open(config)?;
    let words = riposte.clone();
    let speaker: Speaker = Arc::new(move |phrase| words.words(phrase));
    let clock = Arc::new(SystemClock);
    let mut state = State::new(Labels::of(language), speaker, clock.wall(), utc_offset_minutes);
    state.secrets = state.labels.tokens_in_file;
    let (out, events) = unbounded_channel();
    App::new(state, House::Server { riposte, server }, clock, out, events).run().await
}

/// What to send to support: whether an inbox answers at this address, and how each account stands.
pub(crate) async fn diagnosis(server: String, folder: PathBuf) -> Result<String, Wrong> {
    let _held = hold(&folder)?;
    let secrets = Arc::new(FileSecretStore::new(&folder));
    let riposte = Riposte::open(Config::new(folder.to_string_lossy().into_owned(), secrets))?;
    let mut text = match riposte.check_server(server).await {
        Ok(_) => "An inbox answers at this address.".to_owned(),
        Err(error) => format!("No inbox answers at this address: {error}."),
    };
    for info in riposte.accounts() {
        let account = riposte.account(info.id).await?;
        // Whether it came to rest or not, the text says how it stands.
        drop(account.settled(10_000).await);
        text = format!("{text}\n\n{}", account.diagnosis().await?);
        account.pause().await?;
    }
    Ok(if riposte.accounts().is_empty() { format!("{text}\n\n{}", riposte.diagnosis()) } else { text })
}

/// Makes the folder, for its owner alone, and locks it against a second client.
fn hold(folder: &PathBuf) -> Result<std::fs::File, Wrong> {
    let unusable = |error| Wrong::Folder(folder.clone(), error);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(unusable)?;
    let lock = std::fs::File::create(folder.join("in-use.lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(Wrong::InUse(folder.clone())),
        Err(std::fs::TryLockError::Error(error)) => Err(unusable(error)),
    }
}
