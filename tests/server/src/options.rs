//! What a server is started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use riposte::clock::{ManualClock, SharedClock, SystemClock};

use crate::address::TrustedProxies;
use crate::channels::media::MediaHosts;
use crate::faults::Faults;
use crate::sim::Simulator;
use crate::widget::WidgetLimits;

pub use crate::feed::{PageLimits, SnapshotLimits};

/// What a server is started with. The defaults serve on the loopback address with a data folder
/// that goes when the server does.
#[derive(Clone)]
pub struct Options {
    /// The data folder; made when it is not there. None: a temporary one.
    pub data: Option<PathBuf>,
    /// Where it listens. Port 0: any free one.
    pub listen: SocketAddr,
    /// The time. A story gives one that it moves itself.
    pub clock: SharedClock,
    /// Whether WhatsApp and its customers are played in this process. Only on a loopback address, and only in a
    /// data folder that had a simulator at its first start.
    pub simulator: bool,
    /// The clock that the simulator may move; the same as `clock`.
    pub manual_clock: Option<ManualClock>,
    /// A simulator that plays already, for a server that comes back to the same customers.
    pub world: Option<Simulator>,
    /// The name of the account, should the data folder be new.
    pub account_name: String,
    /// Its time zone as minutes east of UTC, should the data folder be new.
    pub utc_offset_minutes: i32,
    /// The number of the first history, should the data folder be new. None: a random one.
    pub first_epoch: Option<i64>,
    /// Sizes and spans.
    pub limits: Limits,
    /// Proxies whose `Forwarded` and `X-Forwarded-For` are believed. None: the network address is the caller's.
    pub trusted_proxies: TrustedProxies,
    /// Where customers' files are fetched from, beside the providers' APIs.
    pub media_hosts: MediaHosts,
    /// What goes wrong with phones' calls: nothing, until a plan is set.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Arc::new(SystemClock),
            simulator: false,
            manual_clock: None,
            world: None,
            account_name: "Atelier Nord".to_owned(),
            utc_offset_minutes: 60,
            first_epoch: None,
            limits: Limits::default(),
            trusted_proxies: TrustedProxies::default(),
            media_hosts: MediaHosts::default(),
            faults: Faults::default(),
        }
    }
}

impl Options {
    /// For a story: a temporary folder, a simulator, a clock that the story moves, histories
    /// that begin with `e1`, and passwords that cost next to nothing.
    pub fn story(clock: &ManualClock) -> Self {
        Self {
            clock: Arc::new(clock.clone()),
            manual_clock: Some(clock.clone()),
            simulator: true,
            first_epoch: Some(1),
            limits: Limits {
                password_cost: PasswordCost::FOR_TESTS,
                widget: WidgetLimits::FOR_STORIES,
                ..Limits::default()
            },
            ..Self::default()
        }
    }

    /// Whether a simulator plays the providers, one of this server's own or a given one.
    pub(crate) fn has_simulator(&self) -> bool {
        self.simulator || self.world.is_some()
    }
}

/// Sizes and spans. The defaults are the protocol's; tests make them small.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Pages of the feed.
    pub page: PageLimits,
    /// Pages of a snapshot.
    pub snapshot: SnapshotLimits,
    /// The largest file, in bytes.
    pub upload_bytes: u64,
    /// The uploads of one agent that no message carries, in bytes.
    pub unused_uploads_bytes: u64,
    /// The largest body of any other call, in bytes.
    pub body_bytes: usize,
    /// Failed attempts to sign in to an account from one network address, or from one device of the agent's, within
    /// [`Limits::sign_in_span`].
    pub sign_ins_per_account: usize,
    /// Failed attempts to sign in from one network address, from devices that are new, within the same span.
    pub sign_ins_per_address: usize,
    /// Failed attempts to sign in to an account from all devices that are new, within the same span.
    pub sign_ins_of_new_devices: usize,
    /// The span in which attempts are counted.
    pub sign_in_span: Duration,
    /// How much work a password costs.
    pub password_cost: PasswordCost,
    /// How much a web site's visitors may write and read.
    pub widget: WidgetLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: PageLimits::default(),
            snapshot: SnapshotLimits::default(),
            upload_bytes: 100 * 1024 * 1024,
            unused_uploads_bytes: 1024 * 1024 * 1024,
            body_bytes: 256 * 1024,
            sign_ins_per_account: 5,
            sign_ins_per_address: 30,
            sign_ins_of_new_devices: 100,
            sign_in_span: Duration::from_secs(15 * 60),
            password_cost: PasswordCost::default(),
            widget: WidgetLimits::default(),
        }
    }
}

/// The cost of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// OWASP's first recommendation for Argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

impl PasswordCost {
    /// Next to nothing: for tests, where an unoptimised build would take a second per sign-in.
    pub const FOR_TESTS: Self = Self { memory_kib: 8, passes: 1 };
}
