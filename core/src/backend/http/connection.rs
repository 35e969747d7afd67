//! The connections to the server: kept for the next call, and made again when the way there changes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use rustls::ClientConfig;

use super::config_error::ConfigError;

/// Real time until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);

/// Real time without a byte after which a stream is dead. The live stream beats every 15 s.
const SILENCE: Duration = Duration::from_secs(40);

/// For how long an idle connection is kept. It saves two round trips when a screen makes several
/// calls; one that is kept longer is often dead on a phone that moves, and a dead one costs a call
/// all of its time.
const KEPT_IDLE: Duration = Duration::from_secs(20);

/// The proxy between this phone and every server, where there is one. Clones share it: a change
/// reaches every open account.
#[derive(Clone, Default)]
pub struct ProxySetting(Arc<Setting>);

#[derive(Default)]
struct Setting {
    proxy: Mutex<Option<reqwest::Proxy>>,
    changes: AtomicU64,
}

impl ProxySetting {
    /// No proxy, until one is set.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Sends everything by way of `address` from now on: `host:port` or `http://host:port`.
    /// An empty host or port 0 (how Android writes that there is none) means no proxy.
    pub fn set(&self, address: Option<&str>) -> Result<(), ConfigError> {
        let proxy = address.map(parsed).transpose()?.flatten();
        *self.0.proxy.lock().unwrap_or_else(PoisonError::into_inner) = proxy;
        self.0.changes.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    fn current(&self) -> Option<reqwest::Proxy> {
        self.0.proxy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Acquire)
    }
}

fn parsed(address: &str) -> Result<Option<reqwest::Proxy>, ConfigError> {
    let address = address.trim();
    let rest = address.strip_prefix("http://").unwrap_or(address).trim_end_matches('/');
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "80"));
    let port: u16 = port.parse().map_err(|_| ConfigError::Proxy)?;
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.is_empty() || port == 0 {
        return Ok(None);
    }
    if rest.contains('/') {
        return Err(ConfigError::Proxy);
    }
    reqwest::Proxy::all(format!("http://{rest}")).map(Some).map_err(|_| ConfigError::Proxy)
}

/// What carries the calls to one server.
pub(super) struct Connections {
    tls: ClientConfig,
    /// The server is this machine, spoken to without TLS and without a proxy.
    plain: bool,
    proxy: ProxySetting,
    current: Mutex<Current>,
}

struct Current {
    client: Client,
    /// The proxy setting this client was made with.
    changes: u64,
}

impl Connections {
    pub(super) fn new(tls: ClientConfig, plain: bool, proxy: ProxySetting) -> Result<Self, ConfigError> {
        let current = Mutex::new(made(&tls, plain, &proxy)?);
        Ok(Self { tls, plain, proxy, current })
    }

    /// The client for the next call.
    pub(super) fn client(&self) -> Client {
        if self.current().changes != self.proxy.changes() {
            self.renew();
        }
        self.current().client.clone()
    }

    /// Calls from now on use connections of their own: the old ones may have died with the network
    /// that carried them. Calls under way keep theirs.
    pub(super) fn renew(&self) {
        // It was made once with the same parts; if it cannot be made now, the old one still serves.
        if let Ok(current) = made(&self.tls, self.plain, &self.proxy) {
            *self.current() = current;
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        // Replaced whole: a panic elsewhere cannot leave it half written.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn made(tls: &ClientConfig, plain: bool, proxy: &ProxySetting) -> Result<Current, ConfigError> {
    let changes = proxy.changes();
    let mut client = Client::builder()
        .user_agent(concat!("riposte/", env!("CARGO_PKG_VERSION")))
        .tls_backend_preconfigured(tls.clone())
        // A redirect would carry the token elsewhere; our server never sends one.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .pool_idle_timeout(KEPT_IDLE);
    if plain {
        client = client.no_proxy();
    } else if let Some(proxy) = proxy.current() {
        client = client.proxy(proxy);
    }
    Ok(Current { client: client.build().map_err(|_| ConfigError::Tls)?, changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_and_a_port_and_android_writes_none_as_port_0() {
        for address in ["proxy.example:8080", "http://10.0.0.1:3128", "http://user:word@proxy.example:8080/"] {
            assert!(matches!(parsed(address), Ok(Some(_))), "{address}");
        }
        for address in [":0", "", "proxy.example:0", "http://:0"] {
            assert!(matches!(parsed(address), Ok(None)), "{address}");
        }
        for address in ["proxy.example:x", "proxy.example:99999", "http://proxy.example:80/path"] {
            assert!(parsed(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_setting_that_cannot_be_read_changes_nothing() {
        let setting = ProxySetting::none();
        setting.set(Some("proxy.example:8080")).unwrap();
        assert_eq!(setting.set(Some("proxy.example:x")), Err(ConfigError::Proxy));
        assert!(setting.current().is_some());
        assert_eq!(setting.changes(), 1);
    }
}
