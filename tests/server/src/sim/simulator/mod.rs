//! The handle of the simulator: what a story, the demo or a test asks of it.
//!
//! - [`customers`], [`visitors`]: what customers do; [`provider`]: what the provider does

mod customers;
mod error;
mod provider;
mod visitors;

use std::collections::HashMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use chrono::{DateTime, Utc};
use reqwest::Client;
use riposte::clock::{ManualClock, SharedClock};
use riposte::model::ChannelKind;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::account::Account;
use super::customer::Customer;
use super::graph;
use super::link::Link;
use super::post::{Letter, OpenCall, Post, PostOffice};
use super::templates::GivenTemplate;
use super::world::World;
use crate::channels::graph::NoClient;

pub use error::SimError;

/// WhatsApp, Messenger and the customers. Clones are the same world; it ends with the last.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

/// Ends when the server has nothing to do.
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

/// A simulator that this does not keep alive: its own API holds it so.
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
            // It ends with the task; if the listener fails, every call shows it.
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

    /// [`Simulator::idle`] waits for this too: the work of the server that is there now.
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

    /// A number or page of the business; the same again for the same key.
    pub fn add_account(&self, key: &str, kind: ChannelKind, address: &str) -> Account {
        self.change(|world| world.add_account(key, kind, address))
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

    /// The network of a phone, made at the first call.
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

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        // A test that panicked in here has failed already; the others go on with what is there.
        change(&mut self.inner.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Posts webhooks to the server, or where their business account wants them.
    pub(super) fn post(&self, posts: Vec<Post>) {
        if posts.is_empty() {
            return;
        }
        let letter = |world: &World, post: Post| Letter { to: world.callbacks.get(&post.business_id).cloned(), post };
        self.inner.office.send(self.change(|world| posts.into_iter().map(|post| letter(world, post)).collect()));
    }

    /// Where a business account wants its webhooks, if not at the server.
    pub(super) fn callback(&self, business_id: &str) -> Option<String> {
        self.change(|world| world.callbacks.get(business_id).cloned())
    }

    pub(super) fn set_callback(&self, business_id: &str, url: Option<String>) {
        self.change(|world| match url {
            Some(url) => world.callbacks.insert(business_id.to_owned(), url),
            None => world.callbacks.remove(business_id),
        });
    }

    /// Whether an address answers Meta's challenge.
    pub(super) async fn verifies(&self, url: &str, verify_token: &str) -> bool {
        const CHALLENGE: &str = "1158201444";
        let query = [("hub.mode", "subscribe"), ("hub.challenge", CHALLENGE), ("hub.verify_token", verify_token)];
        let Ok(answer) = self.inner.client.get(url).query(&query).send().await else { return false };
        answer.status().is_success() && answer.text().await.is_ok_and(|text| text == CHALLENGE)
    }

    pub(super) fn open_call(&self) -> OpenCall {
        self.inner.office.open_call()
    }
}

fn address_of(server: &str) -> Option<SocketAddr> {
    server.trim_end_matches('/').strip_prefix("http://")?.parse().ok()
}
