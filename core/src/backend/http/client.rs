//! The client of one server: its address, its connections, its clock samples.

use std::sync::Arc;

use reqwest::Url;

use super::config_error::ConfigError;
use super::connection::{Connections, ProxySetting};
use super::samples::Samples;
use super::tls;
use crate::backend::Credentials;
use crate::clock::SharedClock;
use crate::log::Log;

/// Where the server is and whom to trust.
#[derive(Clone)]
pub struct HttpConfig {
    /// The server's address, such as `https://inbox.example.com`; a path is kept. Plain HTTP
    /// goes only to this machine itself.
    pub base_url: String,
    /// Root certificates of the operator's own, in PEM, beside the platform's.
    pub extra_roots_pem: Option<String>,
    /// The proxy on the way there, if any; it may change while calls are made.
    pub proxy: ProxySetting,
    /// Times the answers, for the server's clock.
    pub clock: SharedClock,
    /// Where failed calls are noted.
    pub log: Log,
    /// Where tokens come from; none before the agent has signed in.
    pub credentials: Option<Arc<dyn Credentials>>,
}

/// An inbox server that speaks our protocol. Clones share connections.
#[derive(Clone)]
pub struct HttpBackend {
    pub(super) base: Url,
    pub(super) connections: Arc<Connections>,
    pub(super) clock: SharedClock,
    pub(super) samples: Arc<Samples>,
    pub(super) log: Log,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
}

impl HttpBackend {
    /// A way to the server. Nothing is sent yet.
    pub fn new(config: HttpConfig) -> Result<Self, ConfigError> {
        if !config.base_url.is_ascii() {
            return Err(ConfigError::AddressLetters);
        }
        let base = Url::parse(&config.base_url).map_err(|_| ConfigError::Address)?;
        let plain = match base.scheme() {
            "https" => false,
            "http" if is_this_machine(&base) => true,
            "http" => return Err(ConfigError::PlainHttp),
            _ => return Err(ConfigError::Address),
        };
        let tls = tls::client_config(config.extra_roots_pem.as_deref(), plain)?;
        Ok(Self {
            base,
            connections: Arc::new(Connections::new(tls, plain, config.proxy)?),
            clock: config.clock,
            samples: Arc::new(Samples::default()),
            log: config.log,
            credentials: config.credentials,
        })
    }

    /// The same way to the same server with credentials. Connections and clock samples
    /// are shared, so that signing in and refreshing tell the time too.
    #[must_use]
    pub fn with_credentials(&self, credentials: Arc<dyn Credentials>) -> Self {
        Self { credentials: Some(credentials), ..self.clone() }
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host and port of an address, without its path and without what else it may carry.
pub fn host(address: &str) -> String {
    Url::parse(address).map(|url| host_of(&url)).unwrap_or_default()
}

pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
