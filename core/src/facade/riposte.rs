//! The core in one process: who is signed in, signing in, opening an account.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::SecretString;

use super::account::Listed;
use super::core::{Core, Opening, SignedIn};
use super::diagnosis;
use super::engine::{Engine, blocking};
use super::installation::{Installation, account_id, opened};
use super::record::AccountRecord;
use super::running::Call;
use super::{Account, AccountInfo, Config, Error};
use crate::backend::http::{HttpBackend, HttpConfig, ProxySetting};
use crate::backend::{Backend, Credentials, SignIn};
use crate::log::Log;
use crate::model::{Phrase, Tokens};
use crate::texts::{self, Language, Locale};

/// The core in one process. Owns the runtime on which everything runs.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use riposte::facade::*;
/// # async fn run(secrets: Arc<dyn SecretStore>) -> Result<(), Error> {
/// let riposte = Riposte::open(Config::new("/data/riposte".into(), secrets))?;
/// let account = riposte
///     .sign_in("https://inbox.example.com".into(), "marc@example.com".into(), "correct horse".into())
///     .await?;
/// for row in account.inbox().page(InboxQuery::default()).await?.rows {
///     println!("{} {}", row.title, row.preview.map(|line| line.text).unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
#[cfg_attr(feature = "uniffi", derive(uniffi::Object))]
pub struct Riposte {
    engine: Engine,
    house: Arc<House>,
    proxy: ProxySetting,
}

/// Finds the way to a server by its address.
pub(super) type Servers = Arc<dyn Fn(&str) -> Result<Way, Error> + Send + Sync>;

/// The way to a server.
pub(super) struct Way {
    /// Without credentials.
    pub(super) server: Arc<dyn Backend>,
    /// The same with credentials.
    pub(super) signed_in: SignedIn,
}

/// What all accounts of the process share.
pub(super) struct House {
    config: Config,
    log: Log,
    servers: Servers,
    installation: Installation,
    /// Who is signed in: read once, so that no later call waits for the disk.
    records: Mutex<Vec<AccountRecord>>,
    /// Accounts that are open. Held while one is being opened, so that none is opened twice.
    open: tokio::sync::Mutex<HashMap<String, Arc<Account>>>,
    /// How often everything was paused: what began before opens nothing afterwards.
    pauses: AtomicU64,
}

impl Riposte {
    /// Opens the core. Touches no network; the caller waits for the disk.
    ///
    /// Fails with [`Error::Storage`] or [`Error::Full`] when the folder cannot be made.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        let proxy = proxy_of(&config)?;
        let engine = Engine::start()?;
        let log = config.log(&engine);
        let servers = over_http(&config, &proxy, &log);
        Ok(Arc::new(Self { engine, house: Arc::new(House::open(config, log, servers)?), proxy }))
    }

    #[cfg(test)]
    pub(super) fn open_with(config: Config, servers: Servers) -> Result<Arc<Self>, Error> {
        let engine = Engine::start()?;
        let log = config.log(&engine);
        let house = Arc::new(House::open(config, log, servers)?);
        Ok(Arc::new(Self { engine, house, proxy: ProxySetting::none() }))
    }
}

#[cfg_attr(feature = "uniffi", uniffi::export)]
impl Riposte {
    /// Opens the core as [`open`](Self::open) does, for callers whose thread may not wait for the
    /// disk.
    #[cfg_attr(feature = "uniffi", uniffi::constructor)]
    pub async fn start(config: Config) -> Result<Arc<Self>, Error> {
        let proxy = proxy_of(&config)?;
        let engine = Engine::start()?;
        let log = config.log(&engine);
        let servers = over_http(&config, &proxy, &log);
        let house = engine.run(blocking(move || House::open(config, log, servers))).await?;
        Ok(Arc::new(Self { engine, house: Arc::new(house), proxy }))
    }

    /// Sends every account's calls by way of another proxy from now on, given as `host:port`; none, or
    /// port 0 (how Android writes it): no proxy. Calls under way keep their connection.
    ///
    /// Fails with [`Error::Refused`] (`bad_proxy`) when it is not written so; then nothing changes.
    pub fn set_proxy(&self, address: Option<String>) -> Result<(), Error> {
        Ok(self.proxy.set(address.as_deref())?)
    }

    /// Asks a server for the name of its inbox, before anybody signs in: whether an address that was typed
    /// is the right one.
    ///
    /// Fails with [`Error::Refused`] (`bad_address`, `not_https`, `address_letters`) when it cannot be an
    /// address, and with [`Error::Offline`] when no inbox answers there; [`diagnosis`](Self::diagnosis)
    /// then names the cause.
    pub async fn check_server(&self, server_url: String) -> Result<String, Error> {
        let Way { server, .. } = (self.house.servers)(&server_url)?;
        self.engine.run(async move { Ok(server.about().await?.name) }).await
    }

    /// What a support ticket needs when nobody can sign in: the version and the last failures with their
    /// causes, in English and safe to send. [`Account::diagnosis`] says more of an account.
    pub fn diagnosis(&self) -> String {
        diagnosis::before_sign_in(self.house.records().len(), &self.house.log)
    }

    /// A sentence in the phone's language and time zone, for the time before a sign-in: why
    /// signing in was refused. [`Account::words`] is the same for an account.
    pub fn words(&self, phrase: &Phrase) -> String {
        texts::words(phrase, &self.house.locale(), self.house.config.clock().wall())
    }

    /// Who is signed in on this phone.
    pub fn accounts(&self) -> Vec<AccountInfo> {
        let mut infos: Vec<AccountInfo> = self.house.records().iter().map(AccountRecord::info).collect();
        infos.sort_by(|a, b| a.id.cmp(&b.id));
        infos
    }

    /// Signs an agent in and opens the account. Signing in again as the same agent takes up the
    /// same account, with what waits in its outbox.
    ///
    /// Fails with [`Error::Refused`] (`bad_credentials`, `bad_address`, `not_https`,
    /// `address_letters`), [`Error::Offline`], [`Error::Locked`] when the tokens cannot be kept, or
    /// [`Error::Paused`] when [`pause`](Self::pause) was called meanwhile and nothing was kept.
    pub async fn sign_in(&self, server_url: String, email: String, password: String) -> Result<Arc<Account>, Error> {
        let (house, engine) = (self.house.clone(), self.engine.clone());
        let password = SecretString::from(password);
        let pauses = house.pauses();
        self.engine.run(async move { house.sign_in(engine, pauses, server_url, email, password).await }).await
    }

    /// Pauses every account that is open: what is left holds no file and sends nothing. An account
    /// that is just being opened is paused when it comes, or does not come.
    pub async fn pause(&self) -> Result<(), Error> {
        let (house, call) = (self.house.clone(), Call::now());
        house.pauses.fetch_add(1, Ordering::AcqRel);
        self.engine
            .run(async move {
                let open: Vec<Arc<Account>> = house.open.lock().await.values().cloned().collect();
                for account in open {
                    account.core().pause(call).await;
                }
                Ok(())
            })
            .await
    }

    /// A signed-in account, by [`AccountInfo::id`]. The same object each time. Another `Riposte` of this
    /// process that has the account open, for example one that is not yet garbage-collected, is paused
    /// there first.
    ///
    /// Fails with [`Error::NotFound`] if no account is signed in under that id, and with
    /// [`Error::Paused`] when [`pause`](Self::pause) was called before it could be opened.
    pub async fn account(&self, id: String) -> Result<Arc<Account>, Error> {
        let (house, engine) = (self.house.clone(), self.engine.clone());
        let pauses = house.pauses();
        self.engine.run(async move { house.account(engine, pauses, id).await }).await
    }
}

impl House {
    fn open(config: Config, log: Log, servers: Servers) -> Result<Self, Error> {
        let installation = Installation::open(Path::new(&config.folder))?;
        let records = Mutex::new(installation.records());
        let (open, pauses) = (tokio::sync::Mutex::default(), AtomicU64::new(0));
        Ok(Self { config, log, servers, installation, records, open, pauses })
    }

    async fn sign_in(
        self: Arc<Self>,
        engine: Engine,
        pauses: u64,
        server_url: String,
        email: String,
        password: SecretString,
    ) -> Result<Arc<Account>, Error> {
        let Way { server, signed_in } = (self.servers)(&server_url)?;
        let about = server.about().await?;
        let request = SignIn {
            email,
            password,
            device_id: self.installation.device_id.clone(),
            device_name: self.config.device_name.clone(),
            platform: self.config.platform.clone(),
        };
        let session = server.sign_in(request).await?;
        let record = AccountRecord {
            id: account_id(&about.server_id, session.account.id, session.agent.id.0),
            server_url,
            agent: session.agent,
            account: session.account,
            upload_most_bytes: about.upload_most_bytes,
        };
        let mut open = self.open.lock().await;
        self.not_paused_since(pauses)?;
        if let Some(earlier) = open.remove(&record.id) {
            earlier.core().retire().await;
        }
        // Listed only once its tokens are kept: a sign-in that was cut short is none.
        let account = self.open_account(engine, record, Way { server, signed_in }, Some(session.tokens)).await?;
        self.installation.keep(account.core().record.clone()).await?;
        self.list(account.core().record.clone());
        open.insert(account.id(), account.clone());
        Ok(account)
    }

    async fn account(self: Arc<Self>, engine: Engine, pauses: u64, id: String) -> Result<Arc<Account>, Error> {
        let mut open = self.open.lock().await;
        if let Some(account) = open.get(&id) {
            return Ok(account.clone());
        }
        self.not_paused_since(pauses)?;
        let record = self.records().iter().find(|record| record.id == id).cloned().ok_or(Error::NotFound)?;
        let way = (self.servers)(&record.server_url)?;
        let account = self.open_account(engine, record, way, None).await?;
        open.insert(id, account.clone());
        Ok(account)
    }

    async fn open_account(
        self: &Arc<Self>,
        engine: Engine,
        record: AccountRecord,
        Way { server, signed_in }: Way,
        tokens: Option<Tokens>,
    ) -> Result<Arc<Account>, Error> {
        let (store, files) = opened(self.installation.folder(&record.id).await?).await?;
        let core = Core::open(Opening {
            store,
            files,
            record,
            locale: self.locale(),
            clock: self.config.clock(),
            secrets: self.config.secrets.clone(),
            server,
            signed_in,
            log: self.log.clone(),
            tokens,
        })
        .await?;
        let listed: Arc<dyn Listed> = self.clone();
        Ok(Account::new(engine, core, Some(Arc::downgrade(&listed))))
    }

    fn pauses(&self) -> u64 {
        self.pauses.load(Ordering::Acquire)
    }

    fn not_paused_since(&self, pauses: u64) -> Result<(), Error> {
        if self.pauses() == pauses { Ok(()) } else { Err(Error::Paused) }
    }

    fn locale(&self) -> Locale {
        let language = Language::of_locale(&self.config.locale);
        Locale { language, utc_offset_minutes: self.config.utc_offset_minutes }
    }

    fn records(&self) -> MutexGuard<'_, Vec<AccountRecord>> {
        // A list of whole records: a panic elsewhere cannot have left it half written.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn list(&self, record: AccountRecord) {
        let mut records = self.records();
        records.retain(|known| known.id != record.id);
        records.push(record);
    }
}

fn proxy_of(config: &Config) -> Result<ProxySetting, Error> {
    let proxy = ProxySetting::none();
    proxy.set(config.proxy.as_deref())?;
    Ok(proxy)
}

#[async_trait]
impl Listed for House {
    async fn forget(&self, core: &Arc<Core>) -> Result<(), Error> {
        let id = &core.record.id;
        // No sign-in opens it before it is gone.
        let mut open = self.open.lock().await;
        if !open.get(id).is_some_and(|account| Arc::ptr_eq(account.core(), core)) {
            return Err(Error::SignedOut);
        }
        core.retire().await;
        core.session.forget().await?;
        open.remove(id);
        self.installation.forget(id).await?;
        self.records().retain(|record| record.id != *id);
        Ok(())
    }
}

/// Servers that speak our protocol over HTTP.
fn over_http(config: &Config, proxy: &ProxySetting, log: &Log) -> Servers {
    let log = log.clone();
    let proxy = proxy.clone();
    let roots = (!config.extra_roots_pem.is_empty()).then(|| config.extra_roots_pem.join("\n"));
    let clock = config.clock();
    Arc::new(move |url| {
        let server = HttpBackend::new(HttpConfig {
            base_url: url.to_owned(),
            extra_roots_pem: roots.clone(),
            proxy: proxy.clone(),
            log: log.clone(),
            clock: clock.clone(),
            credentials: None,
        })?;
        let way = server.clone();
        let signed_in = move |credentials: Arc<dyn Credentials>| -> Arc<dyn Backend> {
            Arc::new(way.with_credentials(credentials))
        };
        Ok(Way { server: Arc::new(server), signed_in: Box::new(signed_in) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::MemorySecretStore;

    fn open(folder: &tempfile::TempDir) -> Arc<Riposte> {
        let path = folder.path().to_string_lossy().into_owned();
        Riposte::open(Config::new(path, Arc::new(MemorySecretStore::new()))).unwrap()
    }

    async fn sign_in(riposte: &Riposte, url: &str) -> Error {
        riposte.sign_in(url.into(), "marc@example.com".into(), "correct horse".into()).await.err().unwrap()
    }

    #[tokio::test]
    async fn names_and_texts_never_travel_in_clear_to_another_machine() {
        let folder = tempfile::tempdir().unwrap();
        let riposte = open(&folder);
        for (address, why) in [
            ("http://inbox.example.com", "not_https"),
            ("ftp://inbox.example.com", "bad_address"),
            ("inbox", "bad_address"),
            ("https://büro.example", "address_letters"),
        ] {
            let Error::Refused { code, .. } = sign_in(&riposte, address).await else { panic!("{address}") };
            assert_eq!(code, why, "{address}");
        }
    }

    #[tokio::test]
    async fn without_a_server_no_sign_in_succeeds_and_no_account_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let riposte = open(&folder);
        assert_eq!(sign_in(&riposte, "http://127.0.0.1:1").await, Error::Offline);
        assert_eq!(riposte.accounts(), []);
        assert_eq!(riposte.account("a-1-3".into()).await.err(), Some(Error::NotFound));
    }

    #[tokio::test]
    async fn the_reason_of_a_refused_sign_in_is_written_in_the_phones_language() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_string_lossy().into_owned();
        let mut config = Config::new(path, Arc::new(MemorySecretStore::new()));
        config.locale = "fr-FR".into();
        let riposte = Riposte::open(config).unwrap();
        let wrong = crate::rules::failure::refusal("bad_credentials");
        assert_eq!(riposte.words(&wrong), "L’adresse e-mail ou le mot de passe est incorrect.");
    }
}
