//! The reference server over real HTTP: what `core/PROTOCOL.md` promises, as a phone sees it.
#![allow(unreachable_pub, reason = "a test is no library")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

mod access;
mod aside;
mod bad_input;
mod billing;
mod cli;
mod commands;
mod customers;
mod faults;
mod feed;
mod files;
mod live;
mod media_sources;
mod money;
mod page;
mod persons;
#[cfg(unix)]
mod private;
mod restoring;
mod retention;
mod sending;
mod session;
mod signers;
mod simulated;
mod slow_provider;
mod snapshot;
mod views;
mod widget;
