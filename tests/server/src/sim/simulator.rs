//! The handle of the simulator: what a story, the demo or a test asks of it.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use chrono::{DateTime, Utc};
use reqwest::{Client, RequestBuilder, StatusCode};
use riposte::clock::{ManualClock, SharedClock};
use riposte::model::ChannelKind;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::account::Account;
use super::customer::{Customer, Manner, Phone, Saying};
use super::graph;
use super::ledger::Entry;
use super::link::Link;
use super::post::{OpenCall, Post, PostOffice, Reports};
use super::templates::GivenTemplate;
use super::world::{SimFile, World};
use crate::channels::graph::NoClient;

/// Why the simulator could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No customer is called so.
    #[error("no customer is called {0:?}")]
    UnknownCustomer(String),
    /// No number or page is called so.
    #[error("no channel is called {0:?}")]
    UnknownAccount(String),
    /// No template has this name.
    #[error("no template is called {0:?}")]
    UnknownTemplate(String),
    /// There is nothing of the business to react to or to quote.
    #[error("the business wrote nothing to this customer yet")]
    NothingOfOurs,
    /// There is nothing of the customer to change or take back.
    #[error("the customer wrote nothing yet")]
    NothingOfTheirs,
    /// The customer's phone is off.
    #[error("the customer's phone is off")]
    PhoneOff,
    /// This channel has no word for that.
    #[error("not possible on this channel")]
    NotOnThisChannel,
    /// A file's content is not base64.
    #[error("the file is not base64")]
    NotBase64,
    /// The machine's own clock cannot be moved.
    #[error("the clock moves by itself here")]
    NoManualClock,
    /// Clocks do not go back.
    #[error("the clock never goes back")]
    ClockGoesBack,
    /// The server does not listen yet.
    #[error("the server does not listen yet")]
    NotServing,
    /// The server's widget said no.
    #[error("the server's widget answered {0}")]
    Widget(u16),
    /// A port could not be opened.
    #[error("no port: {0}")]
    Port(#[from] io::Error),
    /// The HTTP client could not be made.
    #[error(transparent)]
    NoClient(#[from] NoClient),
    /// The server could not be called.
    #[error("the server could not be called: {0}")]
    Http(#[from] reqwest::Error),
}

/// WhatsApp, Messenger and the customers. Clones are the same world; it ends with the last.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

/// Ends when somebody else has nothing to do.
pub type Quiet = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Inner {
    clock: SharedClock,
    manual: Option<ManualClock>,
    world: Mutex<World>,
    office: PostOffice,
    links: tokio::sync::Mutex<std::collections::BTreeMap<String, Link>>,
    client: Client,
    api: SocketAddr,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    quiet: Mutex<Option<Arc<dyn Fn() -> Quiet + Send + Sync>>>,
    /// The secret that the server gave each visitor's page, by customer and account.
    visitors: Mutex<HashMap<(String, String), String>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let tasks = self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner);
        tasks.drain(..).for_each(|task| task.abort());
    }
}

/// A simulator that is not kept alive by whoever holds this: its own API.
#[derive(Clone)]
pub(super) struct Absent(Weak<Inner>);

impl Absent {
    pub(super) fn here(&self) -> Option<Simulator> {
        Some(Simulator { inner: self.0.upgrade()? })
    }
}

impl Simulator {
    /// Starts it: its API listens on a loopback port. With `manual` the clock can be moved
    /// through it; it must be the same clock.
    pub async fn start(clock: SharedClock, manual: Option<ManualClock>) -> Result<Self, SimError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let api = listener.local_addr()?;
        let client = crate::channels::graph::client()?.build().map_err(NoClient::from)?;
        let inner = Inner {
            clock,
            manual,
            world: Mutex::default(),
            office: PostOffice::default(),
            links: tokio::sync::Mutex::default(),
            client: client.clone(),
            api,
            tasks: Mutex::default(),
            quiet: Mutex::default(),
            visitors: Mutex::default(),
        };
        let simulator = Self { inner: Arc::new(inner) };
        let router = graph::router(Absent(Arc::downgrade(&simulator.inner)));
        let served = tokio::spawn(async move {
            // It ends with the task; a listener that fails shows in every call.
            let _ = axum::serve(listener, router).await;
        });
        let posted = tokio::spawn(simulator.inner.office.clone().run(client));
        simulator.inner.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend([served, posted]);
        Ok(simulator)
    }

    /// Where the server listens: webhooks go there, also those that waited for it, and so do the
    /// phones' networks. Called again when the server came back somewhere else.
    pub async fn serve(&self, server: &str) {
        self.inner.office.serve(server);
        if let Some(address) = address_of(server) {
            self.inner.links.lock().await.values().for_each(|link| link.lead_to(address));
        }
    }

    /// The base address of its API, for the server's channel accounts.
    pub fn api(&self) -> String {
        format!("http://{}", self.inner.api)
    }

    /// Whoever waits for [`Simulator::idle`] waits for this too: the work of the server that is
    /// there now.
    pub fn also_wait_for(&self, quiet: impl Fn() -> Quiet + Send + Sync + 'static) {
        *self.inner.quiet.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(quiet));
    }

    fn server_is_quiet(&self) -> Option<Quiet> {
        let quiet = self.inner.quiet.lock().unwrap_or_else(PoisonError::into_inner).clone();
        quiet.map(|quiet| quiet())
    }

    /// Ends once no webhook waits that may leave (held ones stay), no call to its API is open,
    /// and the server does nothing of its own either.
    pub async fn idle(&self) {
        loop {
            let before = self.inner.office.idle().await;
            let Some(quiet) = self.server_is_quiet() else { return };
            quiet.await;
            // The server's work may have called us, and our webhooks may have given it work.
            if self.inner.office.idle().await == before {
                return;
            }
        }
    }

    // The cast ------------------------------------------------------------------------------

    /// A number or page of the business; the same again for the same key.
    pub fn add_account(&self, key: &str, kind: ChannelKind, address: &str) -> Account {
        self.change(|world| world.add_account(key, kind, address))
    }

    /// All numbers and pages.
    pub fn accounts(&self) -> Vec<Account> {
        self.change(|world| world.accounts().cloned().collect())
    }

    /// A customer with a phone that is on; gives the id that pages know them by.
    pub fn add_customer(&self, key: &str, customer: Customer) -> String {
        self.change(|world| world.add_customer(key, customer))
    }

    /// The id that pages know a customer by.
    pub fn scoped_id(&self, customer: &str) -> Result<String, SimError> {
        self.change(|world| world.scoped_id(customer).map(str::to_owned))
    }

    /// A template that is at the provider already; gives the provider's id.
    pub fn add_template(&self, account: &str, template: &GivenTemplate) -> Result<String, SimError> {
        self.change(|world| world.add_template(account, template))
    }

    // Customers -----------------------------------------------------------------------------

    /// A customer says something; gives the provider's id of it. It is on its way, not there.
    pub async fn says(
        &self,
        customer: &str,
        account: &str,
        saying: &Saying,
        manner: Manner,
    ) -> Result<String, SimError> {
        let kind = self.change(|world| world.account(account).map(|account| account.kind))?;
        if kind == ChannelKind::Widget {
            return self.visitor_writes(customer, account, saying).await;
        }
        let (now, api) = (self.now(), self.api());
        let (id, post) = self.change(|world| world.says(customer, account, saying, manner, &api, now))?;
        self.post(vec![post]);
        Ok(id)
    }

    /// A customer writes words.
    pub async fn writes(&self, customer: &str, account: &str, body: &str) -> Result<String, SimError> {
        self.says(customer, account, &Saying::Text { body: body.to_owned() }, Manner::default()).await
    }

    /// A customer opens the talk and reads everything that has arrived.
    pub fn reads(&self, customer: &str, account: &str) -> Result<(), SimError> {
        let now = self.now();
        let posts = self.change(|world| {
            let widget = world.account(account)?.kind == ChannelKind::Widget;
            // A visitor's page tells nobody what was read.
            if widget { Ok(Vec::new()) } else { world.reads(customer, account, now) }
        })?;
        self.post(posts);
        Ok(())
    }

    /// A customer's phone changes: switched off, blocked, read receipts. What waited arrives.
    pub fn set_phone(&self, customer: &str, change: impl FnOnce(&mut Phone)) -> Result<(), SimError> {
        let now = self.now();
        let posts = self.change(|world| world.set_phone(customer, change, now))?;
        self.post(posts);
        Ok(())
    }

    /// The company writes on its own phone or page.
    pub fn company_says(&self, account: &str, customer: &str, body: &str) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.company_says(account, customer, body, now))?;
        self.post(vec![post]);
        Ok(())
    }

    async fn visitor_writes(&self, customer: &str, account: &str, saying: &Saying) -> Result<String, SimError> {
        let Saying::Text { body } = saying else { return Err(SimError::NotOnThisChannel) };
        let (site_key, name, number) = self.change(|world| {
            let site_key = world.account(account)?.site_key.clone();
            Ok::<_, SimError>((site_key, world.customer(customer)?.name.clone(), world.count()))
        })?;
        let id = format!("visit-{number}");
        let message = json!({ "site_key": site_key, "id": id, "text": body, "name": name });
        let visitor = (customer.to_owned(), account.to_owned());
        let mut answer =
            self.with_secret(&visitor, self.inner.client.post(self.widget_url()?)).json(&message).send().await?;
        // A server that was restored from a backup does not know the secret: the page begins again.
        if answer.status() == StatusCode::UNAUTHORIZED && self.visitors().remove(&visitor).is_some() {
            answer = self.inner.client.post(self.widget_url()?).json(&message).send().await?;
        }
        if !answer.status().is_success() {
            return Err(SimError::Widget(answer.status().as_u16()));
        }
        let given: Value = answer.json().await?;
        if let Some(secret) = given.get("secret").and_then(Value::as_str) {
            self.visitors().insert(visitor, secret.to_owned());
        }
        Ok(id)
    }

    fn visitors(&self) -> MutexGuard<'_, HashMap<(String, String), String>> {
        self.inner.visitors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_secret(&self, visitor: &(String, String), request: RequestBuilder) -> RequestBuilder {
        match self.visitors().get(visitor) {
            Some(secret) => request.header("x-visitor-secret", secret),
            None => request,
        }
    }

    /// What a visitor's page shows of the business's answers, oldest first.
    pub async fn visitor_sees(&self, customer: &str, account: &str) -> Result<Vec<String>, SimError> {
        let site_key = self.change(|world| world.account(account).map(|account| account.site_key.clone()))?;
        let visitor = (customer.to_owned(), account.to_owned());
        if !self.visitors().contains_key(&visitor) {
            // A page that never wrote has nothing to ask for.
            return Ok(Vec::new());
        }
        let query = [("site_key", site_key.as_str()), ("after", "0")];
        let request = self.with_secret(&visitor, self.inner.client.get(self.widget_url()?).query(&query));
        let answer = request.send().await?;
        if !answer.status().is_success() {
            return Err(SimError::Widget(answer.status().as_u16()));
        }
        let page: Value = answer.json().await?;
        let texts = page.get("messages").and_then(Value::as_array).into_iter().flatten();
        Ok(texts.filter_map(|message| Some(message.get("text")?.as_str()?.to_owned())).collect())
    }

    fn widget_url(&self) -> Result<String, SimError> {
        let server = self.inner.office.server().ok_or(SimError::NotServing)?;
        Ok(format!("{server}/widget/messages"))
    }

    // The provider --------------------------------------------------------------------------

    /// Answers the next message that is sent with this error.
    pub fn refuse_next(&self, code: i64) {
        self.change(|world| world.whims.refuse = Some(code));
    }

    /// Takes the next message, then reports this failure.
    pub fn fail_next(&self, code: i64) {
        self.change(|world| world.whims.fail = Some(code));
    }

    /// Takes the next message; the answer never reaches the server.
    pub fn lose_next_answer(&self) {
        self.change(|world| world.whims.lose_answer = true);
    }

    /// How webhooks leave from now on.
    pub fn reports(&self, reports: Reports) {
        self.inner.office.set_mode(reports);
    }

    /// Meta approves a template.
    pub fn approve(&self, template: &str) -> Result<(), SimError> {
        self.decide(template, "APPROVED", None)
    }

    /// Meta rejects a template.
    pub fn reject(&self, template: &str, reason: &str) -> Result<(), SimError> {
        self.decide(template, "REJECTED", Some(reason))
    }

    /// Meta pauses a template for its quality.
    pub fn pause_template(&self, template: &str) -> Result<(), SimError> {
        self.decide(template, "PAUSED", None)
    }

    fn decide(&self, template: &str, status: &str, reason: Option<&str>) -> Result<(), SimError> {
        let now = self.now();
        let post = self.change(|world| world.decide(template, status, reason, now))?;
        self.post(vec![post]);
        Ok(())
    }

    /// What it was asked to send, oldest first.
    pub fn ledger(&self) -> Vec<Entry> {
        self.change(|world| world.ledger())
    }

    /// A file that a customer sent or the business uploaded, by its id.
    pub fn file(&self, id: &str) -> Option<SimFile> {
        self.change(|world| world.files.get(id).cloned())
    }

    /// The customers' messages that the business marked as read, by their ids.
    pub fn read_by_business(&self) -> Vec<String> {
        self.change(|world| world.read_by_business())
    }

    // Time and networks ---------------------------------------------------------------------

    /// What the clock shows.
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.wall()
    }

    /// Lets time pass.
    pub fn advance(&self, span: std::time::Duration) -> Result<(), SimError> {
        self.inner.manual.as_ref().ok_or(SimError::NoManualClock)?.advance(span);
        Ok(())
    }

    /// Lets time pass until an instant.
    pub fn advance_to(&self, at: DateTime<Utc>) -> Result<(), SimError> {
        let span = (at - self.now()).to_std().map_err(|_| SimError::ClockGoesBack)?;
        self.advance(span)
    }

    /// The network of the phone called so; made at the first asking.
    pub async fn link(&self, phone: &str) -> Result<Link, SimError> {
        let mut links = self.inner.links.lock().await;
        if let Some(link) = links.get(phone) {
            return Ok(link.clone());
        }
        let server = self.inner.office.server().ok_or(SimError::NotServing)?;
        let link = Link::open(address_of(&server).ok_or(SimError::NotServing)?).await?;
        links.insert(phone.to_owned(), link.clone());
        Ok(link)
    }

    // For the rooms of the simulator ----------------------------------------------------------

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        // A test that panicked in here has failed already; the others go on with what is there.
        change(&mut self.inner.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn post(&self, posts: Vec<Post>) {
        if !posts.is_empty() {
            self.inner.office.send(posts);
        }
    }

    pub(super) fn open_call(&self) -> OpenCall {
        self.inner.office.open_call()
    }
}

fn address_of(server: &str) -> Option<SocketAddr> {
    server.trim_end_matches('/').strip_prefix("http://")?.parse().ok()
}
