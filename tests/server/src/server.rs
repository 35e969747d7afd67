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
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admin::{self, Admin};
use crate::app::{App, Shared};
use crate::channels::{self, Providers};
use crate::db::{Db, DbError};
use crate::faults::{self, Faults};
use crate::feed::account;
use crate::files::Files;
use crate::inbox::{Inbox, fetch_waiting};
use crate::options::Options;
use crate::presence::Presence;
use crate::session::Attempts;
use crate::sim::{self, SimError, Simulator};
use crate::tasks::Tasks;
use crate::{api, commands};

/// How long open calls may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(5);

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
        .merge(channels::http::router(Inbox::new(app.clone()), app.clock.clone()));
    if let Some(simulator) = &simulator {
        router = router.merge(sim::http::router(
            simulator.clone(),
            Admin::new(app.clone(), Some(simulator.clone())),
            faults.clone(),
        ));
        simulator.serve(&format!("http://{address}")).await;
    }
    let serving = tokio::spawn(serve(listener, router, app.stopping.subscribe()));
    fetch_waiting(&app);
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
    std::fs::create_dir_all(&path).map_err(unusable)?;
    let lock = File::create(path.join("in-use.lock")).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => Ok(Folder { path, lock, temporary }),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(path)),
        Err(TryLockError::Error(error)) => Err(StartError::Folder(path, error)),
    }
}

async fn open(options: &Options, folder: &Path) -> Result<(Shared, bool), StartError> {
    let files = Files::open(folder).map_err(|error| StartError::Folder(folder.to_owned(), error))?;
    let file = folder.join("inbox.db");
    let opened = tokio::task::spawn_blocking(move || Db::open(&file)).await;
    let db = opened.unwrap_or(Err(DbError::Interrupted))?;
    let seq = db.read(|tx| account(tx)).await?.map(|account| account.seq);
    let app = Arc::new(App {
        db,
        clock: options.clock.clone(),
        limits: options.limits.clone(),
        most_items: AtomicI64::new(options.limits.page.behind),
        providers: Providers::new()?,
        files,
        attempts: Attempts::new(options.limits.sign_in_span),
        presence: Presence::new(),
        tasks: Tasks::new(),
        fetching: tokio::sync::Mutex::new(()),
        doorbell: watch::Sender::new(seq.unwrap_or(0)),
        stopping: watch::Sender::new(false),
    });
    if seq.is_none() {
        admin::set_up(&app, &options.account_name, options.utc_offset_minutes).await?;
    }
    app.write(commands::recover).await?;
    Ok((app, seq.is_none()))
}

async fn simulator(options: &Options, app: &Shared) -> Result<Option<Simulator>, StartError> {
    let simulator = match &options.world {
        Some(world) => world.clone(),
        None if options.simulator => {
            let simulator = Simulator::start(options.clock.clone(), options.manual_clock.clone()).await?;
            admin::play_again(app, &simulator).await?;
            simulator
        }
        None => return Ok(None),
    };
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
