//! The reference inbox server of the protocol (`core/PROTOCOL.md`), with a simulator of WhatsApp
//! and its customers.
//!
//! - [`start`] a server with [`Options`]; [`Running`] is the handle.
//! - `api`: the protocol's addresses. Nothing is decided there.
//! - `commands`: what agents ask for, once per key. `inbox`: what it means for conversations,
//!   windows and charges.
//! - `feed`: rows, versions, who sees what, pages and snapshots. `session`: who is signed in.
//! - [`channels`]: providers' webhooks in, sending out. [`sim`]: the other end of that, played.
//! - [`Admin`]: agents, groups, channels and what else an agent's phone cannot make.
//! - [`faults`]: what goes wrong with a phone's calls, when asked for.
//! - `widget`: anonymous visitors of a web site. `rate`, `address`: how often, and whose calls.
//! - [`retention`]: what is kept, and the sweep.
//! - `db`: the file. One data folder is one account.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod address;
mod admin;
mod api;
mod app;
pub mod channels;
mod commands;
mod db;
pub mod faults;
mod feed;
mod files;
pub mod inbox;
mod options;
mod presence;
mod private;
mod problem;
mod rate;
pub mod retention;
mod server;
mod session;
pub mod sim;
mod tasks;
mod unread;
mod widget;

pub use address::{Network, NoNetwork, TrustedProxies};
pub use admin::{
    Admin, AdminError, Backup, ChannelLink, Copied, Joining, NewAgent, NewChannel, NewTemplate, OpenSession, SetAside,
    restore,
};
pub use db::DbError;
pub use options::{Limits, Options, PageLimits, PasswordCost, SnapshotLimits};
pub use rate::Rate;
pub use server::{Running, StartError, beside, start};
pub use widget::{NotAnOrigin, Origin, WidgetLimits};
