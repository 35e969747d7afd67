//! Starting and stopping.

use std::fs::{File, TryLockError};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::{Router, middleware};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::admin::{self, Admin};
use crate::app::{App, Shared};
use crate::channels::{self, Providers};
use crate::db::{Db, DbError};
use crate::faults::{self, Faults};
use crate::feed::account;
use crate::files::Files;
use crate::inbox::{Fetching, Inbox, fetch_waiting};
use crate::options::Options;
use crate::presence::Presence;
use crate::rate::Rates;
use crate::session::Attempts;
use crate::sim::{self, SimError, Simulator};
use crate::tasks::Tasks;
use crate::{api, commands, private, retention, unread, widget};

/// How long open calls may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

/// The database in the data folder.
pub(crate) const DATABASE: &str = "inbox.db";

/// Passwords that are compared at the same time.
const PASSWORDS_AT_ONCE: usize = 4;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made or written.
    #[error("the data folder {0} cannot be used: {1}")]
    Folder(PathBuf, io::Error),
    /// Another server works on it.
    #[error("the data folder {0} is in use by another server")]
    InUse(PathBuf),
    /// Its database cannot be used.
    #[error("the data folder's database cannot be used: {0}")]
    Db(#[from] DbError),
    /// Nothing can listen there.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    /// The providers cannot be called from here.
    #[error("providers cannot be called: {0}")]
    Providers(#[from] channels::graph::NoClient),
    /// There is no data folder.
    #[error("the folder {0} is no data folder of a server")]
    NoFolder(PathBuf),
    /// A simulator that the network could reach.
    #[error(
        "the simulator lets every caller be a customer and an administrator: it listens on a loopback address only, not on {0}"
    )]
    SimulatorInPublic(SocketAddr),
    /// A simulator in a folder that was made without one.
    #[error("the data folder {0} was made without the simulator: start the simulator in a new folder")]
    NotSimulated(PathBuf),
    /// The simulator did not start.
    #[error("the simulator did not start: {0}")]
    Simulator(#[from] SimError),
    /// The account could not be set up.
    #[error("the account could not be set up: {0}")]
    Account(#[from] admin::AdminError),
}

/// A server that is running. Dropping it leaves it running; [`Running::stop`] ends it.
pub struct Running {
    app: Shared,
    address: SocketAddr,
    simulator: Option<Simulator>,
    faults: Faults,
    first_start: bool,
    serving: JoinHandle<io::Result<()>>,
    folder: Folder,
}

/// The data folder, held as long as the server runs.
struct Folder {
    path: PathBuf,
    lock: File,
    temporary: Option<TempDir>,
}

impl Running {
    /// Where it is, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether the data folder was made by this start.
    pub fn is_first_start(&self) -> bool {
        self.first_start
    }

    /// What an administrator does.
    pub fn admin(&self) -> Admin {
        Admin::new(self.app.clone(), self.simulator.clone())
    }

    /// Where webhooks put what they bring.
    pub fn inbox(&self) -> Inbox {
        Inbox::new(self.app.clone())
    }

    /// WhatsApp and the customers, if they are played here.
    pub fn simulator(&self) -> Option<Simulator> {
        self.simulator.clone()
    }

    /// What goes wrong with phones' calls.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// The newest change of the feed: who waits for rest looks whether it still moves.
    pub fn head(&self) -> i64 {
        *self.app.doorbell.borrow()
    }

    /// Ends when the server has nothing under way: no command is with a provider, no file is
    /// being fetched.
    pub async fn idle(&self) {
        self.app.tasks.idle().await;
    }

    /// Stops: streams end, calls under way come to theirs. The simulator goes on if it was given.
    pub async fn stop(self) {
        self.app.stopping.send_replace(true);
        // What hangs on request must not hold up the end.
        self.faults.calm();
        let abort = self.serving.abort_handle();
        if tokio::time::timeout(GRACE, self.serving).await.is_err() {
            abort.abort();
        }
        let _ = tokio::time::timeout(GRACE, self.app.tasks.idle()).await;
        drop(self.app);
        let Folder { lock, temporary, .. } = self.folder;
        drop(lock);
        drop(temporary);
    }
}

/// Starts a server. It serves when this returns.
pub async fn start(options: Options) -> Result<Running, StartError> {
    if options.has_simulator() && !options.listen.ip().is_loopback() {
        return Err(StartError::SimulatorInPublic(options.listen));
    }
    let folder = take_folder(options.data.as_deref())?;
    let (app, first_start) = open(&options, &folder.path).await?;
    let listener =
        TcpListener::bind(options.listen).await.map_err(|error| StartError::Listen(options.listen, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(options.listen, error))?;
    let simulator = simulator(&options, &app).await?;

    let faults = options.faults.clone();
    let faulty = middleware::from_fn_with_state((faults.clone(), app.clock.clone()), faults::apply);
    let mut router = api::router(app.clone())
        .layer(faulty)
        .merge(channels::http::router(Inbox::new(app.clone())))
        .merge(widget::router(app.clone()));
    if let Some(simulator) = &simulator {
        router = router.merge(sim::http::router(
            simulator.clone(),
            Admin::new(app.clone(), Some(simulator.clone())),
            faults.clone(),
        ));
        simulator.serve(&format!("http://{address}")).await;
    }
    let router = router.layer(middleware::from_fn(unread::close));
    let serving = tokio::spawn(serve(listener, router, app.stopping.subscribe()));
    fetch_waiting(&app);
    retention::begin(&app);
    Ok(Running { app, address, simulator, faults, first_start, serving, folder })
}

fn serve(
    listener: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) -> impl Future<Output = io::Result<()>> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let end = async move {
        // An error means that the server's insides are gone: that is an end too.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    async move { axum::serve(listener, service).with_graceful_shutdown(end).await }
}

fn take_folder(asked: Option<&Path>) -> Result<Folder, StartError> {
    let (path, temporary) = match asked {
        Some(path) => (path.to_owned(), None),
        None => {
            let made = tempfile::Builder::new().prefix("riposte-").tempdir();
            let made = made.map_err(|error| StartError::Folder(std::env::temp_dir(), error))?;
            (made.path().to_owned(), Some(made))
        }
    };
    let unusable = |error| StartError::Folder(path.clone(), error);
    private::make_folder(&path, path.join(DATABASE).exists()).map_err(unusable)?;
    let lock = private::make_file(&path.join("in-use.lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {
            if path.join(DATABASE).exists() {
                private::close_all(&path).map_err(unusable)?;
            }
            Ok(Folder { path, lock, temporary })
        }
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(path)),
        Err(TryLockError::Error(error)) => Err(StartError::Folder(path, error)),
    }
}

/// What an administrator does beside a server that may be running on the folder: sessions, passwords, backups. Nothing of
/// what the server has under way is touched.
pub async fn beside(data: &Path) -> Result<Admin, StartError> {
    if !data.join(DATABASE).is_file() {
        return Err(StartError::NoFolder(data.to_owned()));
    }
    let options = Options::default();
    let db = open_database(data).await?;
    Ok(Admin::new(insides(&options, data, db, 0)?, None))
}

async fn open_database(folder: &Path) -> Result<Db, StartError> {
    let file = folder.join(DATABASE);
    // SQLite gives its other files the mode of this one.
    private::make_file(&file).map_err(|error| StartError::Folder(folder.to_owned(), error))?;
    let opened = tokio::task::spawn_blocking(move || Db::open(&file)).await;
    Ok(opened.unwrap_or(Err(DbError::Interrupted))?)
}

async fn open(options: &Options, folder: &Path) -> Result<(Shared, bool), StartError> {
    let db = open_database(folder).await?;
    let held = db.read(|tx| account(tx)).await?;
    if options.has_simulator() && held.as_ref().is_some_and(|account| !account.simulated) {
        return Err(StartError::NotSimulated(folder.to_owned()));
    }
    let app = insides(options, folder, db, held.as_ref().map_or(0, |account| account.seq))?;
    if held.is_none() {
        admin::set_up(&app, options).await?;
    }
    if held.as_ref().is_some_and(|account| account.is_backup) {
        admin::another_history(&app).await?;
    }
    if !options.has_simulator() {
        admin::silence_played(&app).await?;
    }
    app.write(commands::recover).await?;
    Ok((app, held.is_none()))
}

fn insides(options: &Options, folder: &Path, db: Db, seq: i64) -> Result<Shared, StartError> {
    let files = Files::open(folder).map_err(|error| StartError::Folder(folder.to_owned(), error))?;
    Ok(Arc::new(App {
        db,
        clock: options.clock.clone(),
        limits: options.limits.clone(),
        most_items: AtomicI64::new(options.limits.page.behind),
        providers: Providers::with_files_from(options.media_hosts.clone())?,
        files,
        attempts: Attempts::new(options.limits.sign_in_span),
        hashing: Semaphore::new(PASSWORDS_AT_ONCE),
        proxies: options.trusted_proxies.clone(),
        rates: Rates::default(),
        presence: Presence::new(),
        tasks: Tasks::new(),
        fetching: Fetching::default(),
        doorbell: watch::Sender::new(seq),
        stopping: watch::Sender::new(false),
    }))
}

async fn simulator(options: &Options, app: &Shared) -> Result<Option<Simulator>, StartError> {
    let simulator = match &options.world {
        Some(world) => world.clone(),
        None if options.simulator => Simulator::start(options.clock.clone(), options.manual_clock.clone()).await?,
        None => return Ok(None),
    };
    admin::play_again(app, &simulator).await?;
    let quiet = Arc::downgrade(app);
    simulator.also_wait_for(move || {
        let app = quiet.upgrade();
        Box::pin(async move {
            if let Some(app) = app {
                app.tasks.idle().await;
            }
        })
    });
    Ok(Some(simulator))
}
